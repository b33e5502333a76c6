"""Joins what several apps tell of one order on its back-office page."""

from collections.abc import Iterable

from django import template

from config.lib.staff.story import Entry, newest_first

register = template.Library()


@register.filter
def with_entries(own: Iterable[Entry], others: Iterable[Entry]) -> list[Entry]:
    """Return both stories as one, newest first."""
    return newest_first(own, others)
