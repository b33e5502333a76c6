"""
What a shopper has entered so far, kept in their session until they confirm: no row is written before.

A part of an order is named "<line>" or "<line>.<bundle part>"; a choice within it (its units together, or
each on its own) is a slot: the same name, or "<name>~<n>".
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest

from returns.models import Return, ReturnUnit
from returns.services.assess import Item
from returns.wishes import Wish

DRAFTS, DONE = "return_drafts", "returns_made"  # session keys
KEPT = 6
MOST_WORDS = 500


@dataclass
class Slot:
    """One choice: for which part of the order, how many units, and what was entered for them."""

    key: str
    item: Item
    units: tuple[tuple[int, int], ...]
    entered: dict[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The reason chosen, '' before."""
        return str(self.entered.get("reason", ""))

    @property
    def outcome(self) -> str:
        """The outcome chosen, '' before."""
        return str(self.entered.get("outcome", ""))

    @property
    def variant_id(self) -> int | None:
        """What is wanted in exchange, None for nothing."""
        chosen = self.entered.get("variant")
        return int(chosen) if chosen and self.outcome == "EXCHANGE" else None

    @property
    def photos(self) -> list[str]:
        """Public ids of the pictures sent for it."""
        return [str(each) for each in self.entered.get("photos", [])]

    def wishes(self, photo_ids: Iterable[int] = (), *, outcome: str = "") -> list[Wish]:
        """Return one wish per unit; `outcome` instead of what was chosen, to see what it would come to."""
        ids = tuple(photo_ids)
        return [
            Wish(
                line_id=self.item.line.pk,
                index=index,
                part_id=self.item.part.pk if self.item.part else None,
                part_index=part_index,
                reason=self.reason,
                outcome=outcome or self.outcome,
                words=str(self.entered.get("words", "")),
                variant_id=None if outcome else self.variant_id,
                photo_ids=ids,
            )
            for index, part_index in self.units
        ]


@dataclass
class Draft:
    """
    `quantities`: {part of the order: units}; `apart`: those whose units are chosen for one by one; `slots`:
    {slot: {reason, words, photos, outcome, variant}}; `person`: of a gift's recipient. `replaces`: the return
    that is being changed, its public id. `key`: names the confirmation, so that one sent twice is one.
    """

    key: str = field(default_factory=lambda: uuid4().hex)
    quantities: dict[str, int] = field(default_factory=dict)
    apart: list[str] = field(default_factory=list)
    slots: dict[str, dict[str, Any]] = field(default_factory=dict)
    method: str = ""
    words: str = ""
    person: dict[str, str] = field(default_factory=dict)
    replaces: str = ""
    at: float = 0.0

    def chosen(self, items: Iterable[Item]) -> list[Slot]:
        """Return the slots there are: what was chosen of what can still go back."""
        found = []
        for item in items:
            name = name_of(item)
            units = item.free[: self.quantities.get(name, 0)] if item.verdict.allowed else ()
            named: list[tuple[str, tuple[tuple[int, int], ...]]]
            if name in self.apart and len(units) > 1:
                named = [(f"{name}~{n}", (unit,)) for n, unit in enumerate(units, 1)]
            else:
                named = [(name, tuple(units))] if units else []
            found += [Slot(key, item, taken, self.slots.get(key, {})) for key, taken in named]
        return found


def name_of(item: Item) -> str:
    """Return the name of a part of an order."""
    return f"{item.line.pk}.{item.part.pk}" if item.part else str(item.line.pk)


def read(request: HttpRequest, place: str, ret: Return | None = None) -> Draft:
    """
    Return the draft of a place (Door.place), a new one where there is none: of what `ret` says, which is to
    be changed.
    """
    kept = request.session.get(DRAFTS, {}).get(place)
    if kept:
        return Draft(**kept)
    return of_return(ret) if ret else Draft()


def of_return(ret: Return) -> Draft:
    """Return what was entered for a return, as far as its rows still tell."""
    draft = Draft(method=ret.method, words=ret.words, replaces=str(ret.public_id))
    stories: dict[str, list[ReturnUnit]] = {}
    for unit in ret.units.filter(active=True).select_related("exchange").order_by("index", "part_index"):
        name = f"{unit.line_id}.{unit.part_id}" if unit.part_id else str(unit.line_id)
        stories.setdefault(name, []).append(unit)
    photos: dict[int, list[str]] = {}
    for line_id, public_id in ret.photos.values_list("line_id", "public_id").order_by("pk"):
        photos.setdefault(line_id or 0, []).append(str(public_id))
    for name, units in stories.items():
        draft.quantities[name] = len(units)
        told = [_entered(unit, photos.get(unit.line_id, [])) for unit in units]
        if len({repr(each) for each in told}) > 1:
            draft.apart.append(name)
            draft.slots |= {f"{name}~{n}": each for n, each in enumerate(told, 1)}
        else:
            draft.slots[name] = told[0]
    return draft


def _entered(unit: ReturnUnit, photos: list[str]) -> dict[str, Any]:
    variant = unit.exchange.variant_id if unit.exchange else None
    return {
        "reason": unit.reason,
        "words": unit.words,
        "photos": photos,
        "outcome": unit.outcome,
        "variant": variant,
    }


def write(request: HttpRequest, place: str, draft: Draft, *, at: datetime) -> None:
    """Keep a draft; the oldest goes when there are too many."""
    draft.at = at.timestamp()
    all_ = {**request.session.get(DRAFTS, {}), place: vars(draft)}
    newest = sorted(all_.items(), key=lambda kept: kept[1]["at"])[-KEPT:]
    request.session[DRAFTS] = dict(newest)


def finish(request: HttpRequest, place: str, key: str, return_id: int) -> None:
    """Forget a draft that has become a return; remember which, for the same confirmation sent again."""
    left = {name: kept for name, kept in request.session.get(DRAFTS, {}).items() if name != place}
    request.session[DRAFTS] = left
    request.session[DONE] = dict([*request.session.get(DONE, {}).items(), (key, return_id)][-KEPT:])


def made(request: HttpRequest, key: str) -> int | None:
    """Return the return that a confirmation has made before, None when it is new."""
    found = request.session.get(DONE, {}).get(key)
    return int(found) if found else None
