"""The four pages on which a return is made, ready for templates that only lay them out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from returns.presentation import words
from returns.presentation.faces import face
from returns.services.assess import Item
from returns.vocabulary import OF_RETURNS, Outcome, Reason
from tracking.models import Order
from tracking.presentation.goods import Sum
from tracking.presentation.voice import Voice

PAGES = ("items", "reasons", "outcome", "confirm")


@dataclass(frozen=True)
class Bar:
    """One of the four steps: `url` where it can be gone back to, '' else. `state`: done, current, todo."""

    label: str
    state: str
    url: str


@dataclass(frozen=True)
class Line:
    """A part of the order on the first page. `counts`: how many may be chosen; () when it cannot go back."""

    name: str
    title: str
    detail: str
    image: str
    price: str
    counts: tuple[int, ...]
    chosen: int
    apart: bool
    until: str
    why: str

    @property
    def several(self) -> bool:
        """Whether more than one can go back."""
        return len(self.counts) > 2


@dataclass(frozen=True)
class Option:
    """Something to choose from: `sum` what it comes to, `more` a sentence about it, `taken`: chosen."""

    code: str
    label: str
    sum: str = ""
    more: str = ""
    taken: bool = False
    disabled: bool = False
    image: str = ""


@dataclass(frozen=True)
class Stop:
    """Why there is no return to be made here, and where to go instead ('' for nowhere)."""

    headline: str
    words: str
    url: str = ""
    label: str = ""


@dataclass(frozen=True)
class Head:
    """What stands above each page: the question, a sentence, and the bar."""

    title: str
    words: str
    bar: tuple[Bar, ...]
    number: str


@dataclass(frozen=True)
class Way:
    """One way back on the last page, with what it comes to."""

    code: str
    label: str
    more: str
    sum: str
    current: bool


@dataclass(frozen=True)
class Summary:
    """The last page: what goes back for what, every sum, every date, and the words of the button."""

    sums: Sequence[Sum]
    dates: Sequence[str]
    notes: Sequence[str]
    confirm: str


def bar_for(page: str, urls: Sequence[str]) -> tuple[Bar, ...]:
    """Return the four steps; `urls` of each in order."""
    labels = (_("Items"), _("Reasons"), _("What you get"), _("Check and send"))
    now = PAGES.index(page)
    return tuple(
        Bar(label, "done" if i < now else "current" if i == now else "todo", urls[i] if i < now else "")
        for i, label in enumerate(labels)
    )


def lines_for(
    items: Iterable[Item],
    chosen: dict[str, int],
    apart: Iterable[str],
    prices: dict[str, int],
    order: Order,
    voice: Voice,
) -> tuple[list[Line], list[Line]]:
    """
    Return what can go back, and what cannot and why. `prices`: {name: what was paid for one}, {} where prices
    are not shown.
    """
    can: list[Line] = []
    cannot: list[Line] = []
    for item in items:
        name = f"{item.line.pk}.{item.part.pk}" if item.part else str(item.line.pk)
        verdict, free = item.verdict, len(item.free)
        allowed = verdict.allowed and free > 0
        title, detail, image = face(item)
        line = Line(
            name=name,
            title=title,
            detail=detail,
            image=image,
            price=voice.money(prices[name], order.currency) if name in prices else "",
            counts=tuple(range(free + 1)) if allowed else (),
            chosen=min(chosen.get(name, 0), free),
            apart=name in apart,
            until=voice.day(voice.date_of(verdict.until)) if verdict.until and allowed else "",
            why="" if allowed else verdict.words or _("There is nothing of it left to return."),
        )
        (can if allowed else cannot).append(line)
    return can, cannot


def reasons_for(item: Item, offered: dict[str, list[str]], taken: str) -> list[Option]:
    """Return the reasons for an item, first an empty one. `offered`: those of its product type, {}: all."""
    kind = item.line.product.product_type if item.line.product else ""
    may = item.reasons or OF_RETURNS
    known = [code for code in offered.get(kind, ()) if code in may] or list(may)
    first = Option("", _("Choose a reason"), taken=not taken)
    return [first, *(Option(str(code), words.reason(code), taken=code == taken) for code in known)]


def prompts(reason: str) -> str:
    """Return what to write about, for reasons where it helps."""
    return {
        Reason.DEFECTIVE: _("What does it do, or not do?"),
        Reason.DAMAGED: _("What is broken, and how did the parcel look?"),
        Reason.WRONG_ITEM: _("What did you get instead?"),
        Reason.NOT_AS_DESCRIBED: _("What is different from what we said?"),
        Reason.OTHER: _("What is it?"),
    }.get(Reason(reason) if reason in Reason.values else Reason.LATE, "")


def outcome_more(code: str, *, bonus: str = "") -> str:
    """Return a sentence on an outcome. `bonus`: how much is on top, as people write it."""
    if code == Outcome.CREDIT:
        return (
            _("To spend in the shop, with %(bonus)s on top.") % {"bonus": bonus}
            if bonus
            else _("To spend in the shop.")
        )
    if code == Outcome.EXCHANGE:
        return _("Another size, colour or item. We keep it for you while your parcel travels.")
    return {
        Outcome.REFUND: _("It goes back the way it was paid."),
        Outcome.REPAIR: _("We mend it and send it back."),
    }[Outcome(code)]
