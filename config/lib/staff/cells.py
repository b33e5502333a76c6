"""Cells of staff tables: a pill is word + shape + colour, numbers stand right, times are short and in UTC."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.lib.money import BadMoney, Money

Cell = Callable[[Any], Any]
GOOD, WARN, BAD, BUSY, QUIET = "good", "warn", "bad", "busy", "quiet"
EMPTY = "–"
SHOWN = 200_000  # characters of a raw body that a page can bear


def pill(word: str, tone: str = QUIET) -> SafeString:
    """Return `word` as a status pill; `tone` (good, warn, bad, busy, quiet) picks shape and colour."""
    return format_html('<span class="pill pill--{}">{}</span>', tone, word)


def moment(at: datetime | None, zone: tzinfo = UTC) -> str:
    """Return an aware time in `zone` as a short <time>, '–' for None. The column's head names the zone."""
    if at is None:
        return EMPTY
    local = at.astimezone(zone)
    return format_html(
        '<time class="num" datetime="{}">{}</time>', at.isoformat(), f"{local.day} {local:%b %Y, %H:%M}"
    )


def day(value: date) -> str:
    """Return a calendar day as staff read it: 'Tue 24 Nov 2026'."""
    return f"{value:%a} {value.day} {value:%b %Y}"


def sum_of(minor: int, currency: str) -> SafeString:
    """Return minor units as an amount in digits that line up; a currency nobody knows is shown as it came."""
    try:
        text = Money(minor, currency).format()
    except BadMoney:
        text = f"{minor} {currency} (minor units)"
    return format_html('<span class="num">{}</span>', text)


def link(row: models.Model | None, text: str = "") -> str:
    """Return a link to the back-office page of `row`, '–' for None."""
    if row is None:
        return EMPTY
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', url, text or str(row))


def raw(text: str, label: str) -> SafeString:
    """Return `text` escaped, in a block that scrolls by keyboard too, cut where a page would choke."""
    cut = f"\n… {len(text) - SHOWN} more characters" if len(text) > SHOWN else ""
    return format_html(
        '<pre class="raw" tabindex="0" role="region" aria-label="{}">{}{}</pre>', label, text[:SHOWN], cut
    )


def pretty(value: Any) -> str:
    """Return a JSON value indented for reading."""
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False, default=str)


def _named(cell: Cell, name: str) -> Cell:
    # Django makes the cell's CSS class of the function's name.
    cell.__name__ = name
    return cell


def when(field: str, label: str) -> Cell:
    """Return a column that shows the aware time `field` in UTC and sorts by it."""

    @admin.display(description=f"{label} (UTC)", ordering=field)
    def cell(row: Any) -> str:
        return moment(getattr(row, field))

    return _named(cell, f"{field}_num")


def amount(field: str, label: str, currency: str = "currency") -> Cell:
    """Return a right-aligned column of the minor units in `field`; `currency` is a path on the row."""

    @admin.display(description=label, ordering=field)
    def cell(row: Any) -> str:
        code = row
        for part in currency.split("."):
            code = getattr(code, part)
        return sum_of(getattr(row, field), code)

    return _named(cell, f"{field}_num")


def number(field: str, label: str, *, sorts: bool = True) -> Cell:
    """Return a right-aligned column of the number in `field`; `sorts` unless that reads the whole table."""

    @admin.display(description=label, ordering=field if sorts else None)
    def cell(row: Any) -> str:
        value = getattr(row, field)
        return EMPTY if value is None else format_html('<span class="num">{}</span>', value)

    return _named(cell, f"{field}_num")


def status(field: str, label: str, tones: Mapping[str, str]) -> Cell:
    """Return a column of pills for the choice field `field`; values without a tone are quiet."""

    @admin.display(description=label, ordering=field)
    def cell(row: Any) -> str:
        value = getattr(row, field)
        word = getattr(row, f"get_{field}_display")()
        return pill(word, tones.get(value, QUIET)) if value else EMPTY

    return _named(cell, f"{field}_pill")


def picture(field: str = "image_url") -> Cell:
    """Return a column with the row's picture, decorative: the title beside it says what it is."""

    @admin.display(description="Picture")
    def cell(row: Any) -> str:
        url = getattr(row, field)
        return format_html('<img class="thumb" src="{}" alt="" loading="lazy">', url) if url else EMPTY

    return _named(cell, "picture")
