"""
Who may deliver here: stores and carrier accounts, remembered by each web process so that a delivery is stored
with one statement.

What is remembered is used only together with a check, in the statement that stores, that the row is still the
very one that was read: a secret that is changed or an account that is switched off holds from that moment on,
in every process.
"""

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.db.models import TextField
from django.db.models.expressions import RawSQL

from config.lib import copying
from customers.models import Store
from tracking.models import CarrierAccount, Inbound

log = logging.getLogger(__name__)

# What a door needs to know of a store: the rest, secrets to decrypt among it, is left where it is.
OF_STORE = (
    "slug",
    "platform",
    "currency",
    "webhook_secret",
    "webhook_secret_previous",
    "last_webhook_at",
    "last_rejected_at",
)
MOST = 1000  # remembered at a time
_COLUMNS = [field for field in Inbound._meta.concrete_fields if not field.primary_key]
_HEADERS = [field.name for field in _COLUMNS].index("headers")  # the one column psycopg needs help with

Row = TypeVar("Row", Store, CarrierAccount)


@dataclass(frozen=True, slots=True)
class Sender(Generic[Row]):
    """
    A store or account as it was read. `version` is another after every change of its row; '' when it was read
    just now, or where nothing is remembered.
    """

    row: Row
    version: str = ""


_remembered: dict[tuple[type, str], Sender[Any]] = {}


def remembered(model: type[Row], slug: str) -> Sender[Row] | None:
    """Return a sender as it was known when last read, None for one that was not. No query."""
    return _remembered.get((model, slug)) if copying.available() else None


def read(model: type[Row], slug: str) -> Sender[Row] | None:
    """Return a sender as it is now and remember it, None when there is none. One query."""
    rows: Any = model._default_manager.filter(slug=slug)
    rows = rows.only(*OF_STORE) if model is Store else rows.filter(enabled=True)
    if copying.available():
        rows = rows.annotate(row_version=RawSQL(_version(model._meta.db_table), (), TextField()))  # noqa: S611
    row = rows.order_by().first()
    _remembered.pop((model, slug), None)
    if row is None:
        return None
    if copying.available():
        if len(_remembered) >= MOST:
            _remembered.clear()
        _remembered[model, slug] = Sender(row, row.row_version)
    return Sender(row)


def forget() -> None:
    """Forget all senders, as a new process has."""
    _remembered.clear()


def insert_from(sender: Store | CarrierAccount, version: str, row: Inbound) -> bool:
    """
    Store a delivery in one statement, if its sender is still the `version` its signature was checked with.

    Returns: whether it was stored; not when the sender has changed since, the delivery is here already or the
    connection turns out to be gone: whoever reads the sender anew will know. Only for PostgreSQL.
    """
    values = [getattr(row, field.attname) for field in _COLUMNS]
    values[_HEADERS] = connection.ops.adapt_json_value(row.headers, None)
    try:
        # A failure of this statement costs nothing, so the connection is not tried before it.
        connection.health_check_done = connection.connection is not None  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute(_statement(type(sender)), [*values, sender.pk, version])
            return bool(cursor.rowcount)
    except (InterfaceError, OperationalError):
        if connection.in_atomic_block:
            raise
        log.warning("the connection to the database was lost; trying another")
        connection.close()
        return False


def _version(table: str) -> str:
    """Return SQL for what identifies a version of a row of `table`: who wrote it, and where it lies."""
    quoted = connection.ops.quote_name(table)
    return f"{quoted}.xmin::text || {quoted}.ctid::text"


@lru_cache(maxsize=2)
def _statement(model: type[Store] | type[CarrierAccount]) -> str:
    quote = connection.ops.quote_name
    sender = model._meta.db_table
    columns = [quote(str(field.column)) for field in _COLUMNS]
    return (
        f"INSERT INTO {quote(Inbound._meta.db_table)} ({', '.join(columns)}) "  # noqa: S608 (our own names)
        f"SELECT {', '.join(['%s'] * len(columns))} FROM {quote(sender)} "
        f"WHERE {quote(sender)}.id = %s AND {_version(sender)} = %s ON CONFLICT DO NOTHING"
    )
