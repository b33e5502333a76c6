"""Loyalty tiers: which one a year's orders come to. Pure but for the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings

from engagement.vocabulary import Tier

# What counts: orders of the last twelve months.
YEAR = timedelta(days=365)
_ORDER = [tier.value for tier in Tier]


@dataclass(frozen=True)
class Threshold:
    """
    What a tier takes within twelve months: so many `orders`, or so much `spent` ({currency: minor units}). 0
    and a currency that is not named cannot be reached that way.
    """

    orders: int = 0
    spent: Mapping[str, int] = field(default_factory=dict)

    def is_met(self, orders: int, spent_minor: int, currency: str) -> bool:
        """Say whether `orders` and `spent_minor` of `currency` reach it."""
        enough = self.spent.get(currency, 0)
        return bool(self.orders and orders >= self.orders) or bool(enough and spent_minor >= enough)


def read(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Threshold]:
    """
    Return the thresholds of `settings.LOYALTY_TIERS`, lowest tier first.

    Raises: ValueError for a tier we do not have, or a number that is none.
    """
    unknown = sorted(set(told) - set(_ORDER[1:]))
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no loyalty tier; there are {', '.join(_ORDER[1:])}.")
    found = {}
    for tier in _ORDER[1:]:
        if tier in told:
            spent = told[tier].get("spent") or {}
            found[tier] = Threshold(
                _whole(told[tier].get("orders") or 0),
                {str(code): _whole(sum_) for code, sum_ in spent.items()},
            )
    return found


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no whole number of orders or minor units.")
    return value


def tier_of(orders: int, spent_minor: int, currency: str) -> str:
    """
    Return the highest tier that `orders` and `spent_minor` (minor units of `currency`) of twelve months
    reach, '' for none.
    """
    reached = Tier.NONE.value
    for tier, threshold in read(settings.LOYALTY_TIERS).items():
        if threshold.is_met(orders, spent_minor, currency):
            reached = tier
    return reached


def is_higher(tier: str, than: str) -> bool:
    """Say whether `tier` stands above `than`."""
    return _ORDER.index(tier) > _ORDER.index(than)
