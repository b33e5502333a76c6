"""What the wizard's pages work on: the draft, what the policy says to it, and the choices it comes to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.translation import gettext as _

from returns.models import ReturnPhoto
from returns.pieces import pieces_of
from returns.presentation.faces import name_of_variant
from returns.services import photos
from returns.services.assess import Assessment, Item, assess
from returns.services.quoting import Quoted, quote_for
from returns.views.doors import Door
from returns.views.draft import Draft, Slot, name_of, read
from returns.vocabulary import OF_RETURNS, Outcome
from returns.wishes import Wish, unit_key
from tracking.models import Variant


@dataclass
class Bench:
    """One visitor's return in the making."""

    door: Door
    draft: Draft
    assessment: Assessment
    slots: list[Slot]

    @property
    def items(self) -> Sequence[Item]:
        """Everything of the order, with what the policy says to it."""
        return self.assessment.items

    def missing(self) -> str:
        """Return the first page on which something is still to be said; '' when all is."""
        if not self.slots:
            return "items"
        if any(not slot.reason or not slot.item.verdict.allowed or _wants_photo(slot) for slot in self.slots):
            return "reasons"
        if any(outcome_problem(slot) for slot in self.slots):
            return "outcome"
        return ""

    def wishes(self, *, outcome: str = "") -> list[Wish]:
        """Return what is asked for, unit by unit; `outcome` instead of what was chosen."""
        sent = {str(photo.public_id): photo.pk for slot in self.slots for photo in self.photos_of(slot)}
        return [
            wish
            for slot in self.slots
            for wish in slot.wishes((sent[key] for key in slot.photos if key in sent), outcome=outcome)
        ]

    def wanted(self, slot: Slot) -> str:
        """Return what a choice is exchanged for, in words; '' for another outcome."""
        if not slot.variant_id:
            return ""
        rows = Variant.objects.filter(store=self.door.order.store_id, pk=slot.variant_id)
        variant = rows.select_related("product").first()
        name = name_of_variant(variant, within=slot.item.line.product_id) if variant else ""
        return _("Exchange for %(item)s") % {"item": name} if name else ""

    def photos_of(self, slot: Slot) -> list[ReturnPhoto]:
        """Return the pictures sent for a choice that are still there."""
        return photos.of_draft(self.door.order, slot.photos, ret=self.door.ret) if slot.photos else []

    def quoted(self, method: str, *, outcome: str = "") -> Quoted:
        """Return what it comes to for a way back; `outcome` instead of what was chosen."""
        door = self.door
        return quote_for(
            door.order,
            self.wishes(outcome=outcome),
            method=method,
            at=door.judged_at,
            gift=door.gift,
            changing=door.ret.pk if door.ret else None,
        )

    def paid(self) -> dict[str, int]:
        """Return {part of the order: what was paid for one of it}; the first that is free speaks for all."""
        worth = {piece.key: piece.value_minor for piece in pieces_of(self.door.order)}
        keys = {
            name_of(item): Wish(
                item.line.pk, item.free[0][0], "", "", item.part.pk if item.part else None, item.free[0][1]
            ).key
            for item in self.items
            if item.free
        }
        return {name: worth[key] for name, key in keys.items() if key in worth}


def _wants_photo(slot: Slot) -> bool:
    return slot.item.verdict.photo and not slot.photos


def outcome_problem(slot: Slot) -> bool:
    """Say whether a choice still lacks its outcome, or names one that is not offered."""
    offered = slot.item.verdict.outcomes
    return slot.outcome not in offered or (slot.outcome == Outcome.EXCHANGE and not slot.variant_id)


def bench_of(request: HttpRequest, door: Door, draft: Draft | None = None) -> Bench:
    """Return what a visitor has chosen so far, judged as of now; each choice by its own reason."""
    draft = draft or read(request, door.place, door.ret)
    assessment = assessed(door)
    bench = Bench(door, draft, assessment, draft.chosen(assessment.items))
    for slot in bench.slots:
        if slot.reason in OF_RETURNS:
            slot.item = _judged(slot, assessment)
    return bench


def _judged(slot: Slot, assessment: Assessment) -> Item:
    """Return a choice's item as it stands for its reason; of several units the strictest verdict."""
    item, part = slot.item, slot.item.part.pk if slot.item.part else None
    told = [assessment.verdict(item.line.pk, index, part, place, slot.reason) for index, place in slot.units]
    strict = sorted(told, key=lambda one: (one.allowed, not one.photo, not one.review))
    return replace(item, verdict=strict[0]) if strict else item


def assessed(door: Door) -> Assessment:
    """Return what the policy says now; of a return that is being changed, its own units count as free."""
    told = assess(door.order, at=door.judged_at, gift=door.gift)
    if door.ret is None:
        return told
    rows = door.ret.units.filter(active=True)
    own = {unit_key(*row) for row in rows.values_list("line_id", "index", "part_id", "part_index")}
    material = told.judge.material
    standing = {key: "" if key in own else why for key, why in material.standing.items()}
    told.judge.material = replace(material, standing=standing)
    return replace(told, items=told.judge.items({}))
