"""
Who stands before the pages on which a return is made, and by which door they came: the order's own link, the
link for who was given it, or the page of the return that is to be changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from returns.models import Return, ReturnSettings
from returns.services.moves import settings_of
from returns.states import WITH_SHOPPER
from returns.tokens import open_token
from returns.vocabulary import Kind
from tracking import access
from tracking.models import Link, Order
from tracking.presentation import Level, Voice
from tracking.views.gate import open_visit, voice_of

OWN, GIFT, CHANGE = "return", "gift", "change"  # what the names of addresses begin with


@dataclass(frozen=True)
class Door:
    """One request to make a return. `ret`: the one that is being changed. `kind`: OWN, GIFT, CHANGE."""

    kind: str
    token: str
    order: Order
    settings: ReturnSettings
    voice: Voice
    ret: Return | None = None

    @property
    def at(self) -> datetime:
        """The moment of the request."""
        return self.voice.at

    @property
    def judged_at(self) -> datetime:
        """The moment the policy is asked about: a return that is changed keeps the day it was asked for."""
        return self.ret.requested_at if self.ret else self.at

    @property
    def gift(self) -> bool:
        """Whether who was given it stands here: no prices, nothing of the buyer."""
        return self.kind == GIFT or bool(self.ret and self.ret.is_gift)

    @property
    def place(self) -> str:
        """Where the draft is kept in the session."""
        return f"{self.order.pk}:{self.ret.public_id if self.ret else self.kind}"

    def url(self, page: str, *args: object) -> str:
        """Return the address of a page behind this door."""
        return reverse(f"{self.kind}_{page}", args=[self.token, *args])

    @property
    def home(self) -> str:
        """Where the way out leads; '' for a gift, which has no other page."""
        if self.ret:
            return reverse("return_status", args=[self.token])
        return "" if self.gift else reverse("order", args=[self.token])


View = Callable[..., HttpResponse]


def behind_a_door(view: Callable[..., HttpResponse]) -> View:
    """
    Give a view its Door instead of a token. Tokens that open nothing, and shared links, get 404; who may only
    look is asked for the code first.
    """

    @wraps(view)
    def opened(request: HttpRequest, token: str, kind: str = OWN, **rest: object) -> HttpResponse:
        at = timezone.now()
        if kind == OWN:
            visit = open_visit(request, token, at=at)
            if visit.level == Level.SHARE:
                raise Http404
            if visit.level != Level.ACT:
                return redirect("order_code", token)
            return view(request, _door(request, OWN, token, visit.order, at), **rest)
        if kind == GIFT:
            order = gift_order(token, at=at)
            door = _door(request, GIFT, token, order, at)
            if not door.settings.gift_returns:
                raise Http404
            return view(request, door, **rest)
        ret = open_token(token)
        if ret is None or ret.kind != Kind.RETURN:
            raise Http404
        if ret.state not in WITH_SHOPPER:
            return redirect("return_status", token)
        return view(request, _door(request, CHANGE, token, ret.order, at, ret), **rest)

    return opened


def gift_order(token: str, *, at: datetime) -> Order:
    """Return the order that a gift's link opens. Raises Http404, the same for every token that opens none."""
    link = access.open_token(token, at=at)
    if link is None or link.purpose != Link.Purpose.GIFT:
        raise Http404
    return link.order


def _door(
    request: HttpRequest, kind: str, token: str, order: Order, at: datetime, ret: Return | None = None
) -> Door:
    return Door(kind, token, order, settings_of(order.store), voice_of(request, order, at=at), ret)
