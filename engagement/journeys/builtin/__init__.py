"""The journeys that come with Porchlight (docs/built-in-journeys.md)."""

from engagement.journeys.builtin import marketing, orders, returns
from engagement.journeys.builtin.definition import Builtin

BUILTIN: tuple[Builtin, ...] = (*orders.JOURNEYS, *returns.JOURNEYS, *marketing.JOURNEYS)
BY_CODE = {journey.code: journey for journey in BUILTIN}

__all__ = ["BUILTIN", "BY_CODE", "Builtin"]
