"""What a parcel's page shows: rows and words, no forms and no rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from returns.models import Return, ReturnParcel, ReturnPhoto, ReturnUnit, UnexpectedItem
from returns.pieces import Piece
from returns.services import moves, stock
from returns.services.inspection import belongs, proposal
from returns.services.receiving import TO_COME, free_pieces
from returns.vocabulary import Condition, Disposition
from tracking.models import Location
from tracking.presentation.goods import picture

Stage = ReturnUnit.Stage
DEFAULT_TITLE = "Default Title"  # Shopify's word for a product without variants
# The key, the condition, and how it is meant.
KEYS = tuple((str(number), condition) for number, condition in enumerate(Condition, 1))
TONES: Mapping[str, str] = {
    Condition.AS_NEW: "good",
    Condition.OPENED: "good",
    Condition.WORN: "warn",
    Condition.DAMAGED: "warn",
    Condition.WRONG_ITEM: "bad",
    Condition.MISSING: "bad",
    Condition.NOT_OURS: "bad",
}


@dataclass(frozen=True)
class Choice:
    """One way to say it: `key` on the keyboard, `then` what would become of the unit."""

    key: str
    value: str
    label: str
    tone: str
    then: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class UnitRow:
    """One unit as the station shows it."""

    unit: ReturnUnit
    title: str
    detail: str
    image: str
    code: str
    reason: str
    outcome: str
    state: str
    tone: str
    here: bool
    done: bool
    earlier: bool
    photos: Sequence[ReturnPhoto] = field(default=())


@dataclass(frozen=True)
class Free:
    """A piece of the order that may be in a parcel that came unasked."""

    key: str
    title: str
    detail: str
    image: str


@dataclass(frozen=True)
class ParcelPage:
    """One parcel. `rest`: announced units not found in it; `blank`: found but not looked at."""

    parcel: ReturnParcel
    ret: Return
    rows: Sequence[UnitRow]
    elsewhere: Sequence[UnitRow]
    unexpected: Sequence[UnexpectedItem]
    free: Sequence[Free]
    places: Sequence[Location]
    others: int

    @property
    def found(self) -> int:
        """How many units lie in it."""
        return sum(row.here for row in self.rows)

    @property
    def rest(self) -> int:
        """How many announced units were not found in it."""
        return sum(not row.here and not row.earlier for row in self.rows)

    @property
    def blank(self) -> int:
        """How many units lie in it that nobody has looked at."""
        return sum(row.here and not row.done for row in self.rows)

    def row(self, unit_id: str) -> UnitRow | None:
        """Return the row of the unit named in an address; None when it is not in this parcel."""
        return next((row for row in self.rows if str(row.unit.pk) == unit_id), None)

    def next(self) -> UnitRow | None:
        """Return the first unit that lies in it and was not looked at."""
        return next((row for row in self.rows if row.here and not row.done), None)


def parcel_page(parcel: ReturnParcel) -> ParcelPage:
    """Return everything about a parcel, in a fixed number of queries. Needs `ret` with order and store."""
    ret = parcel.ret
    rows = ret.units.filter(active=True, keep=False).select_related(
        "line__variant", "line__product", "variant__product", "part", "location"
    )
    units = list(rows.order_by("line__position", "line_id", "index", "part_key", "part_index"))
    photos = _photos(ret)
    finished = parcel.inspected_at is not None
    here = [unit for unit in units if (unit.parcel_id == parcel.pk if finished else belongs(unit, parcel))]
    shown = {unit.pk for unit in here}
    unasked = ret.source == Return.Source.WAREHOUSE and not finished
    return ParcelPage(
        parcel=parcel,
        ret=ret,
        rows=[_row(unit, parcel, photos) for unit in here],
        elsewhere=[_row(unit, parcel, photos) for unit in units if unit.pk not in shown],
        unexpected=list(parcel.unexpected.select_related("variant__product").order_by("pk")),
        free=[_free(piece) for piece in free_pieces(ret)] if unasked else [],
        places=list(ret.store.locations.order_by("name", "pk")),
        others=ret.parcels.exclude(pk=parcel.pk).count(),
    )


def _photos(ret: Return) -> dict[int | None, list[ReturnPhoto]]:
    found: dict[int | None, list[ReturnPhoto]] = {}
    for photo in ret.photos.defer("body", "thumbnail").order_by("pk"):
        found.setdefault(photo.unit_id, []).append(photo)
    return found


def _row(unit: ReturnUnit, parcel: ReturnParcel, photos: Mapping[int | None, list[ReturnPhoto]]) -> UnitRow:
    here = unit.parcel_id == parcel.pk
    earlier = unit.stage == Stage.MISSING and not here
    looked = bool(unit.condition) and not earlier
    title, detail = _names(unit)
    return UnitRow(
        unit=unit,
        title=title,
        detail=detail,
        image=_image(unit),
        code=(unit.variant.sku or unit.variant.barcode) if unit.variant else unit.line.sku,
        reason=unit.get_reason_display(),
        outcome=unit.get_outcome_display(),
        state=_state(unit, here=here, earlier=earlier),
        tone=TONES[Condition(unit.condition)] if looked else "calm" if not here else "warn",
        here=here,
        done=here and bool(unit.condition),
        earlier=earlier,
        photos=photos.get(unit.pk, []),
    )


def _names(unit: ReturnUnit) -> tuple[str, str]:
    if unit.part_id and unit.variant:  # a part of a bundle is called by its own name
        own = "" if unit.variant.title == DEFAULT_TITLE else unit.variant.title
        return unit.variant.product.title, f"{own} · of {unit.line.title}" if own else f"Of {unit.line.title}"
    detail = "" if unit.line.variant_title == DEFAULT_TITLE else unit.line.variant_title
    return unit.line.title, detail


def _image(unit: ReturnUnit) -> str:
    if unit.part_id and unit.variant:
        known = (unit.variant.image_url, unit.variant.product.image_url)
        return next((url for url in known if url.startswith(("https://", "/"))), "")
    return picture(unit.line)


def _state(unit: ReturnUnit, *, here: bool, earlier: bool) -> str:
    if earlier:
        return "Was missing before"
    if unit.condition:
        then = f" → {unit.get_disposition_display()}" if unit.disposition else ""
        return unit.get_condition_display() + then
    if here:
        return "Here: what is it like?"
    return "To be found" if unit.stage in TO_COME else unit.get_stage_display()


def choices_for(ret: Return, unit: ReturnUnit) -> list[Choice]:
    """Return the seven conditions with what each would lead to."""
    labels, rules = dict(Disposition.choices), moves.settings_of(ret.store)
    return [
        Choice(
            key=key,
            value=condition.value,
            label=str(condition.label),
            tone=TONES[condition],
            then=str(labels.get(proposal(unit, condition, rules), "")),
            chosen=unit.condition == condition,
        )
        for key, condition in KEYS
    ]


def place_of(ret: Return, unit: ReturnUnit) -> int | None:
    """Return the primary key of the place that is chosen, or would be, for a unit back on the shelf."""
    location = unit.location or stock.default_location(ret)
    return location.pk if location else None


def _free(piece: Piece) -> Free:
    line, variant = piece.line, piece.variant
    if piece.part and variant:
        return Free(piece.key, variant.product.title, f"Of {line.title}", variant.image_url)
    detail = "" if line.variant_title == DEFAULT_TITLE else line.variant_title
    return Free(piece.key, line.title, detail, picture(line))


def minutes_left(until: datetime | None, at: datetime) -> int:
    """Return in how many minutes (rounded up) somebody's hold ends by itself, at least 1."""
    return max(int(((until - at).total_seconds() + 59) // 60), 1) if until else 1
