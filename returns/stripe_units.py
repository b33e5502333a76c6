"""
How Stripe writes sums (https://docs.stripe.com/currencies): mostly as we do, in the currency's minor units.

Krona and shilling have no decimals any more and are still written with two; of three decimals the last has to
be 0.
"""

from config.lib.money import exponent

# Stripe's own list; everything else has two decimals there, or three.
NO_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


class NotInStripe(ValueError):
    """A sum that Stripe cannot write."""


def decimals(currency: str) -> int:
    """Return how many decimals Stripe writes `currency` with."""
    if currency in NO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def to_stripe(amount_minor: int, currency: str) -> int:
    """
    Return our minor units as Stripe writes the sum. Raises: NotInStripe when it cannot be written exactly;
    BadMoney for an unknown currency.
    """
    more = decimals(currency) - exponent(currency)
    if more < 0 and amount_minor % 10**-more:
        raise NotInStripe(f"{amount_minor} minor units of {currency} have no exact form at Stripe")
    found = amount_minor * 10**more if more >= 0 else amount_minor // 10**-more
    if currency in THREE_DECIMALS and found % 10:
        raise NotInStripe(f"Stripe takes {currency} in steps of ten of its smallest unit")
    return found


def from_stripe(amount: int, currency: str) -> int:
    """Return what Stripe wrote as our minor units; what is smaller than one is dropped."""
    more = decimals(currency) - exponent(currency)
    return amount // 10**more if more >= 0 else amount * 10**-more
