"""
Who stands before an order's page, and how far the door is open.

A token alone opens the page of its purpose. One made by a look-up works only in the session that made it, and
opens the rest for half an hour after a code.
"""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from customers.storefront import speak
from tracking import access
from tracking.models import Link, Order
from tracking.presentation import Level, Voice, voice_for
from tracking.services.access import ACT_LIFE, TooMany

VIEWS, ACTS = "portal_views", "portal_acts"  # session keys: {Link.key: end as a Unix time}
KEPT = 20


@dataclass(frozen=True)
class Visit:
    """One request for one order. `token` is the text in the address."""

    link: Link
    level: Level
    token: str

    @property
    def order(self) -> Order:
        """The order behind the link, with store and customer loaded."""
        return self.link.order


def open_visit(request: HttpRequest, token: str, *, at: datetime) -> Visit:
    """Return the visit a token allows. Raises Http404, the same for every token that opens nothing."""
    link = access.open_token(token, at=at)
    if link is None or link.purpose == Link.Purpose.GIFT:  # a gift's link opens nothing but its return
        raise Http404
    if link.purpose == Link.Purpose.VIEW:
        if not _holds(request, VIEWS, link, at):
            raise Http404
        return Visit(link, Level.ACT if _holds(request, ACTS, link, at) else Level.VIEW, token)
    return Visit(link, Level.SHARE if link.purpose == Link.Purpose.SHARE else Level.ACT, token)


def _holds(request: HttpRequest, name: str, link: Link, at: datetime) -> bool:
    return float(request.session.get(name, {}).get(link.key, 0)) > at.timestamp()


def remember_view(request: HttpRequest, link: Link, *, at: datetime) -> None:
    """Let this session use a link that a look-up has made."""
    _remember(request, VIEWS, link, (at + access.VIEW_LIFE).timestamp(), at)


def remember_act(request: HttpRequest, link: Link, *, at: datetime) -> None:
    """Open the whole page to this session for half an hour."""
    _remember(request, ACTS, link, (at + ACT_LIFE).timestamp(), at)


def _remember(request: HttpRequest, name: str, link: Link, until: float, at: datetime) -> None:
    """
    Note the link under a new session id, so that one planted before is worth nothing; drop what has ended.
    """
    held = {key: end for key, end in request.session.get(name, {}).items() if end > at.timestamp()}
    request.session.cycle_key()
    request.session[name] = dict(sorted({**held, link.key: until}.items(), key=lambda kept: kept[1])[-KEPT:])


def voice_of(request: HttpRequest, order: Order, *, at: datetime) -> Voice:
    """Return how this visitor is spoken to, and activate their language."""
    language = speak(request, order.language, order.store.language)
    country = str(order.ship_to.get("country", "")) or order.store.country
    return voice_for(language=language, country=country, zone=order.store.zone, at=at)


def too_many(request: HttpRequest, limit: TooMany, **context: object) -> HttpResponse:
    """Say in plain words that it was too often, and when it works again (429)."""
    minutes = -(-limit.retry_after // 60)
    response = render(request, "429.html", {**context, "minutes": minutes}, status=429)
    response["Retry-After"] = str(limit.retry_after)
    return response
