"""How `tracking.services.bulk` reads and writes its rows: PostgreSQL's COPY, and one UPDATE for all."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.base import ModelState

from config.lib import copying
from tracking.carriers.base import Kept
from tracking.models import Order, Scan, Shipment
from tracking.services.bulk_parcel import Fresh

_PAST = ("fingerprint", "at", "order_at", *Kept._fields)
_TOLD = ("source", "fingerprint", "at", "local", "order_at", *Kept._fields)
# What hearing of a parcel never changes; all else is read and written, so that no new column is forgotten.
_OTHERS = {
    "id",
    "public_id",
    "order_id",
    "fulfillment_external_id",
    "position",
    "source_version",
    "packing",
    "carrier",
    "carrier_name",
    "tracking_number",
    "tracking_key",
    "tracking_url",
    "origin",
    "destination",
    "handed_over_at",
    "checked_at",
    "replaced_at",
    "leased_until",
    "claim",
    "attempts",
    "last_error",
    "created_at",
    "updated_at",
}
_FOLDED = tuple(field.attname for field in Shipment._meta.concrete_fields if field.attname not in _OTHERS)
# What of its row decides what hearing of a parcel does.
READ = ("id", *_FOLDED, "order_id", "tracking_number", "destination", "handed_over_at", "replaced_at")
_NEWS = "news_of_parcels"
_ORDERS = "news_of_orders"


def shipment_of(values: Sequence[Any]) -> Shipment:
    """
    Return a shipment from the values of READ; anything else of it is fetched when it is asked for.

    This is `Shipment.from_db` without looking at each of its sixty columns again: a third of reading them.
    """
    shipment = Shipment.__new__(Shipment)
    shipment._state = ModelState()
    shipment._state.adding, shipment._state.db = False, connection.alias
    shipment.__dict__.update(zip(READ, values, strict=True))
    return shipment


def fingerprints_of(shipment_ids: Collection[int]) -> Iterator[tuple[int, str]]:
    """Yield (shipment, fingerprint) of all scans of these shipments."""
    rows = Scan.objects.filter(copying.is_among("shipment_id", shipment_ids))
    return rows.values_list("shipment_id", "fingerprint").iterator(chunk_size=5000)


def scans_of(shipment_ids: Collection[int]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield (shipment, scan as its row holds it) for all scans of these shipments."""
    rows = Scan.objects.filter(copying.is_among("shipment_id", shipment_ids))
    for shipment_id, *values in rows.values_list("shipment_id", *_PAST).iterator(chunk_size=5000):
        yield shipment_id, dict(zip(_PAST, values, strict=True))


def insert_scans(scans: Iterable[tuple[int, Fresh]], stamp: datetime) -> None:
    """Insert (shipment, scan). `stamp`: when they are recorded."""
    named = ["shipment_id", *_TOLD, "recorded_at"]
    rest, defaults = copying.others(Scan, named)
    end = "\t".join([copying.text(stamp), *defaults])
    copying.copy(
        Scan._meta.db_table,
        [*named, *rest],
        [
            f"{shipment_id}\t{copying.words(source)}\t{fingerprint}\t"
            f"{copying.NULL if local else order_at}\t{local}\t{order_at}\t{_kept(kept)}\t{end}\n"
            for shipment_id, (source, fingerprint, order_at, local, kept) in scans
        ],
    )


@lru_cache(maxsize=4096)
def _kept(kept: Kept) -> str:
    """Return what is kept of a scan's words as it stands in a line of COPY: the same words come often."""
    return "\t".join(map(copying.text, kept))


def insert(model: type[Model], rows: Sequence[Model]) -> None:
    """Insert rows as they are."""
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    names = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    lines = [copying.line(copying.text(getattr(row, name)) for name in names) for row in rows]
    copying.copy(model._meta.db_table, columns, lines)


def update_shipments(shipments: Sequence[Shipment], *, checked_at: datetime, stamp: datetime) -> None:
    """Write what hearing of them changed, with `checked_at`; `stamp` is their time of change."""
    values = attrgetter("id", *_FOLDED)
    lines = (copying.line(map(copying.text, values(row))) for row in shipments)
    _update(Shipment, _NEWS, _FOLDED, lines, {"checked_at": checked_at, "updated_at": stamp})


def update_orders(changes: Mapping[int, int], statuses: Mapping[int, str], *, stamp: datetime) -> None:
    """Write the orders' statuses and raise each version by how often its page changed."""
    lines = (copying.line([str(pk), statuses[pk], str(count)]) for pk, count in changes.items())
    _update(Order, _ORDERS, ("status",), lines, {"updated_at": stamp}, added=("version",))


def _update(
    model: type[Model],
    name: str,
    columns: Sequence[str],
    lines: Iterable[str],
    same: Mapping[str, Any],
    *,
    added: Sequence[str] = (),
) -> None:
    """Set `columns` to those of `lines` (id first), `same` for all, and add `added` to what is there."""
    table = connection.ops.quote_name(model._meta.db_table)
    copying.temporary(name, model._meta.db_table, ["id", *columns, *added])
    copying.copy(name, ["id", *columns, *added], lines)
    parts = [f"{column} = news.{column}" for column in columns]
    parts += [f"{column} = {table}.{column} + news.{column}" for column in added]
    parts += [f"{column} = %s" for column in same]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {', '.join(parts)} "  # noqa: S608 (names of our own columns)
            f"FROM {name} news WHERE {table}.id = news.id",
            [*same.values()],
        )
        cursor.execute(f"DROP TABLE {name}")
