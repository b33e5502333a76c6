"""What shops of any platform write by hand: addresses and descriptions, made fit to keep."""

import html
import re

import nh3

from tracking import reading

_LONGEST_DESCRIPTION = 20_000
_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li|/tr|/h[1-6])\b[^>]*>", re.IGNORECASE)


def email(value: object) -> str:
    """Return an e-mail address, '' for what cannot be one. Raises: BadPayload."""
    found = reading.text(value, "email", 255)
    return found if 3 <= len(found) <= 254 and "@" in found[1:-1] and not re.search(r"\s", found) else ""


def plain(markup: str) -> str:
    """
    Return the words of a piece of HTML as plain text: one line per paragraph, no tags, no scripts or styles.
    """
    bare = html.unescape(nh3.clean(_BREAK.sub("\n", markup), tags=set()))
    lines = (" ".join(line.split()) for line in bare.splitlines())
    return "\n".join(line for line in lines if line)[:_LONGEST_DESCRIPTION]


# How shops name what paid -> our plain word for it. The first that the name holds decides.
_PAYMENTS = (
    ("paypal", "paypal"),
    ("ppcp", "paypal"),  # WooCommerce's PayPal plug-in
    ("klarna", "klarna"),
    ("afterpay", "afterpay"),
    ("clearpay", "afterpay"),
    ("affirm", "affirm"),
    ("sepa", "sepa"),
    ("ideal", "ideal"),
    ("bancontact", "bancontact"),
    ("amazon", "amazon"),
    ("gift_card", "gift_card"),
    ("cash", "cash"),
    ("cod", "cash"),
    ("bacs", "bank"),
    ("bank", "bank"),
    ("cheque", "bank"),
    ("shopify_payments", "card"),
    ("woocommerce_payments", "card"),
    ("stripe", "card"),
    ("card", "card"),
)


def payment_word(gateway: str) -> str:
    """Return a gateway's name as a plain word (card, paypal, bank, …); its own name where we know none."""
    name = gateway.lower()
    return next((word for part, word in _PAYMENTS if part in name), name[:40])
