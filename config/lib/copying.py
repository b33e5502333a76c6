"""Many rows into PostgreSQL at once, by COPY: some ten times as fast as INSERT."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, F, Field, Func, Model, Q
from django.db.models.expressions import RawSQL

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_JSON = json.JSONEncoder(check_circular=False)
NULL = "\\N"
CHUNK = 2000  # lines handed over together


def available() -> bool:
    """Say whether the database takes COPY."""
    return connection.vendor == "postgresql"


def among(values: Iterable[int] | Iterable[str]) -> RawSQL:
    """
    Return what a column may be `__in` for thousands of values: one array, not a parameter for each.

    On other databases than PostgreSQL use the values themselves.
    """
    given = list(values)
    kind = "text" if given and isinstance(given[0], str) else "bigint"
    return RawSQL(f"SELECT unnest(%s::{kind}[])", [given])  # noqa: S611 (the values are parameters)


def is_among(column: str, values: Iterable[int] | Iterable[str]) -> Func | Q:
    """
    Return the condition that a column is one of thousands of values, for `filter()`. Only for PostgreSQL.

    Unlike `__in=among(…)` it tells the planner how many there are: it looks each up in an index, also where
    it knows little of the table yet and would read all of it otherwise.
    """
    given: list[Any] = list(values)
    if not given:
        return Q(pk__in=())
    if isinstance(given[0], str):
        listed = RawSQL("%s::text[]", [given])  # noqa: S611 (the values are parameters)
    else:
        listed = RawSQL("%s::bigint[]", [numbers(given)])  # noqa: S611 (as above)
    return Func(
        F(column), listed, template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField()
    )


def numbers(values: Iterable[int]) -> str:
    """Return a bigint[] as a parameter: psycopg would ask each of thousands of numbers how wide it is."""
    return "{" + ",".join(map(str, values)) + "}"


def line(values: Iterable[str]) -> str:
    """
    Return one line of COPY's text form. `values`: as `text` makes them, or words that are safe as they are.
    """
    return "\t".join(values) + "\n"


def words(value: str) -> str:
    r"""Return words as COPY's text form writes them: a tab is \t, a backslash is \\."""
    # Nothing that can be printed but a backslash needs escaping, and that is quickly known of most words.
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


def text(value: Any) -> str:
    r"""
    Return a value as COPY's text form writes it; None is \N, dicts and lists are JSON.

    Takes str, bool, int, date, datetime (aware), UUID, dict, list and None. Raises: TypeError for others.
    """
    form = _FORMS.get(type(value))
    if form is not None:
        return form(value)
    if isinstance(value, str):
        return words(str(value))
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | UUID):
        return str(value)
    if isinstance(value, Mapping):
        return words(json.dumps(dict(value)))
    if isinstance(value, list):
        return words(json.dumps(value))
    raise TypeError(f"{type(value).__name__} has no form in COPY here")


# By the exact type, for nearly all there is; the rest of `text` is for what is derived from them.
_FORMS: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: NULL,
    str: words,
    bool: lambda value: "t" if value else "f",
    int: str,
    # The moment a parcel was delivered stands in three of its columns and in what is told of it.
    datetime: lru_cache(maxsize=8192)(datetime.isoformat),
    date: date.isoformat,
    dict: lambda value: _JSON.encode(value).replace("\\", "\\\\"),  # all else is escaped in JSON already
}


def others(model: type[Model], named: Sequence[str]) -> tuple[list[str], list[str]]:
    """
    Return the columns of `model` that are not `named`, and the texts of their defaults: a column added later
    is filled as the ORM would fill it. Only for constant defaults.
    """
    fields: list[Field[Any, Any]] = [
        field for field in model._meta.concrete_fields if not field.primary_key and field.column not in named
    ]
    return [str(field.column) for field in fields], [text(field.get_default()) for field in fields]


def copy(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """
    Write `lines` (see `line`) into `columns` of `table`, in the current transaction.

    Raises what an INSERT of them would, e.g. IntegrityError.
    """
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    kept = list(lines)
    if not kept:
        return
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {quote(table)} ({names}) FROM STDIN") as stream,
    ):
        for start in range(0, len(kept), CHUNK):
            stream.write("".join(kept[start : start + CHUNK]))


def temporary(name: str, like: str, columns: Sequence[str]) -> None:
    """Make an empty table `name` of these columns of the table `like`, until the transaction ends."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {quote(name)} ON COMMIT DROP AS "  # noqa: S608 (names of our own tables)
            f"SELECT {names} FROM {quote(like)} WITH NO DATA"
        )
