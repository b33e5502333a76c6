"""What an order's page says about returns: those there are, and the ways in."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from returns.models import Return
from returns.presentation.stages import Stand, stand_of, steps_for
from returns.vocabulary import Kind, State
from tracking.models import Shipment
from tracking.presentation.steps import Step
from tracking.presentation.voice import Voice
from tracking.vocabulary import Status

# A return that was cancelled or never sent is of no interest for long.
SHOWN_DAYS = 30


@dataclass(frozen=True)
class Card:
    """One return on its order's page: `answer` says how it stands, `url` leads to its own page."""

    key: str
    title: str
    answer: Stand
    steps: tuple[Step, ...]
    url: str


@dataclass(frozen=True)
class Parcel:
    """A parcel that something may be wrong with."""

    title: str
    url: str


def cards_for(rets: Sequence[Return], urls: dict[int, str], voice: Voice) -> list[Card]:
    """Return the cards of an order's returns, newest first; none of those made by who was given it."""
    return [
        card_for(ret, number, urls[ret.pk], voice)
        for number, ret in enumerate(rets, 1)
        if not ret.is_gift and _of_interest(ret, voice)
    ]


def card_for(ret: Return, number: int, url: str, voice: Voice) -> Card:
    """Return the card of one return. `number`: its place on the page."""
    title = _("Report %(number)s") if ret.kind == Kind.CLAIM else _("Return %(number)s")
    return Card(
        key=f"return-{number}",
        title=title % {"number": ret.number},
        answer=stand_of(ret, voice),
        steps=steps_for(ret, voice),
        url=url,
    )


def _of_interest(ret: Return, voice: Voice) -> bool:
    over = ret.ended_at if ret.state in (State.CANCELLED, State.EXPIRED) else None
    return over is None or (voice.at - over).days < SHOWN_DAYS


def parcels_for(shipments: Sequence[Shipment], urls: dict[int, str]) -> list[Parcel]:
    """Return the parcels that a claim may be about: those that have left."""
    left = [each for each in shipments if each.status not in (Status.PENDING, Status.INFO_RECEIVED)]
    several = len(shipments) > 1
    return [
        Parcel(
            _("Something is wrong with parcel %(number)s") % {"number": shipments.index(each) + 1}
            if several
            else _("Something is wrong"),
            urls[each.pk],
        )
        for each in left
    ]
