"""How `tracking.services.bulk` reads and writes its rows: PostgreSQL's COPY, and one UPDATE for all."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
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
READ = ("id", *_FOLDED, "order_id", "tracking_number", "destination", "replaced_at")
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


def update_shipments(
    shipments: Sequence[Shipment],
    read: Sequence[Sequence[Any]],
    *,
    checked_at: datetime,
    stamp: datetime,
) -> None:
    """
    Write what hearing of them (at least one) changed, with `checked_at`; `stamp` is their time of change.

    `read`: their rows as they were read (READ). A column that changed in none of them is left out.
    """
    is_now = zip(*map(attrgetter(*_FOLDED), shipments), strict=True)
    was = [*zip(*read, strict=True)][1:]  # READ is the id, then _FOLDED, then what stays as it is
    changed = {
        name: map(copying.text, now)
        for name, now, before in zip(_FOLDED, is_now, was, strict=False)
        if now != before
    }
    ids = [shipment.pk for shipment in shipments]
    _update(Shipment, _NEWS, ids, changed, same={"checked_at": checked_at, "updated_at": stamp})


def update_orders(changes: Mapping[int, int], statuses: Mapping[int, str], *, stamp: datetime) -> None:
    """Write the orders' statuses and raise each version by how often its page changed."""
    status = {"status": (statuses[pk] for pk in changes)}
    version = {"version": map(str, changes.values())}
    _update(Order, _ORDERS, [*changes], status, added=version, same={"updated_at": stamp})


def _update(
    model: type[Model],
    name: str,
    ids: Sequence[int],
    columns: Mapping[str, Iterable[str]],
    *,
    same: Mapping[str, Any],
    added: Mapping[str, Iterable[str]] = MappingProxyType({}),
) -> None:
    """
    Set `columns` of the rows with these ids (texts in their order), `same` in all, and add `added` to what is
    there.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    news = {"id": map(str, ids), **columns, **added}
    copying.temporary(name, model._meta.db_table, [*news])
    copying.copy(name, [*news], map(copying.line, zip(*news.values(), strict=True)))
    parts = [f"{column} = news.{column}" for column in columns]
    parts += [f"{column} = {table}.{column} + news.{column}" for column in added]
    parts += [f"{column} = %s" for column in same]
    with connection.cursor() as cursor:
        # The ids stand here once more for the planner: without them it reads all orders to join them with two
        # thousand, as it takes that many look-ups in an index to cost more.
        cursor.execute(
            f"UPDATE {table} SET {', '.join(parts)} FROM {name} news "  # noqa: S608 (names of our own columns)
            f"WHERE {table}.id = news.id AND {table}.id = ANY(%s::bigint[])",
            [*same.values(), copying.numbers(ids)],
        )
        cursor.execute(f"DROP TABLE {name}")
