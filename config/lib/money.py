"""Money as integer minor units plus an ISO 4217 code. No floats, no lost cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision


class BadMoney(ValueError):
    """An amount or currency that cannot be read."""


@dataclass(frozen=True)
class Money:
    """An exact amount: `minor` units (cents, yen, fils) of `currency`."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return self.format()

    def format(self, language: str = "en") -> str:
        """Return the amount as people of `language` write it, e.g. '$12.50' or '12,50 €'."""
        return format_currency(
            major(self.minor, self.currency), self.currency, locale=language.replace("-", "_")
        )


def exponent(currency: str) -> int:
    """Return how many decimals `currency` has (0 for JPY, 3 for KWD). Raises BadMoney for an unknown code."""
    if currency not in get_global("all_currencies"):
        raise BadMoney(f"{currency!r} is not an ISO 4217 currency")
    return get_currency_precision(currency)


def minor(amount: str | int | Decimal | None, currency: str) -> int:
    """
    Read a decimal amount ('12.50') into minor units, halves rounded away from zero.

    Returns: 0 for None and ''. Raises: BadMoney (also for floats: they have already lost the cent).
    """
    if amount is None or amount == "":
        return 0
    if isinstance(amount, float | bool):
        raise BadMoney(f"{amount!r} is not an exact amount")
    try:
        value = Decimal(str(amount)).scaleb(exponent(currency))
        return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except (InvalidOperation, OverflowError, ValueError) as exc:
        raise BadMoney(f"{amount!r} is not an amount") from exc


def major(amount: int, currency: str) -> Decimal:
    """Return minor units as a decimal amount."""
    return Decimal(amount).scaleb(-exponent(currency))


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """
    Divide `amount` minor units in proportion to `weights` by largest remainder: the parts always sum to
    `amount`.

    All-zero weights share equally. Raises: ValueError without weights or with a negative one.
    """
    if not weights or min(weights) < 0:
        raise ValueError("split needs weights of at least zero")
    if sum(weights) == 0:
        weights = [1] * len(weights)
    total = sum(weights)
    sign = -1 if amount < 0 else 1
    shares = [divmod(abs(amount) * weight, total) for weight in weights]
    parts = [whole for whole, _ in shares]
    by_remainder = sorted(range(len(parts)), key=lambda i: (-shares[i][1], i))
    for i in by_remainder[: abs(amount) - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]
