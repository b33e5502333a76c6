"""
The refund clock: where money that goes back is, and by when the shopper has it. Pure, but for translation.

How long a way back takes is up to whoever carries it: counted in working days of the store's country from the
day it was sent off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from django.utils.translation import gettext as _

from config.lib.business_days import add_working_days
from returns.models import Refund

# (fewest, most) working days by how it was paid. Sources: Stripe "Refund and cancel payments": 5-10 business
# days to cards; PayPal help "When will I get my refund": 3-5 to a balance or bank; Klarna help: 5-7; SEPA
# credit transfers: 1 day by law (PSD2 art. 83) and the bank's own handling; Shopify help "Refunding orders":
# up to 10 to cards.
DAYS: Mapping[str, tuple[int, int]] = {
    "card": (5, 10),
    "paypal": (3, 5),
    "klarna": (5, 7),
    "afterpay": (3, 10),
    "affirm": (3, 10),
    "sepa": (3, 5),
    "ideal": (2, 5),
    "bancontact": (2, 5),
    "amazon": (3, 5),
    "bank": (2, 5),
    "gift_card": (0, 1),
    "cash": (2, 5),
}
UNKNOWN_WAY = (5, 10)
OF_CREDIT = (0, 0)


@dataclass(frozen=True)
class Clock:
    """
    Where a refund is. `stage`: preparing, sent, arrived, delayed (a person is at it), credit. `sentence` in
    the active language. `from_date` to `to_date`: when it arrives; None while it has not been sent.
    """

    stage: str
    sentence: str
    from_date: date | None = None
    to_date: date | None = None


def ways(payment_method: str, provider: str) -> tuple[int, int]:
    """Return the fewest and most working days money takes back to how it was paid."""
    if provider == Refund.Provider.CREDIT:
        return OF_CREDIT
    return DAYS.get(payment_method.lower(), UNKNOWN_WAY)


def arrives(
    sent_at: datetime, payment_method: str, provider: str, zone: tzinfo, country: str
) -> tuple[date, date]:
    """Return between which days money that was sent at `sent_at` arrives; `country`, `zone`: the store's."""
    day = sent_at.astimezone(zone).date()
    fewest, most = ways(payment_method, provider)
    if not most:
        return day, day
    return add_working_days(day, fewest, country), add_working_days(day, most, country)


def refund_clock(refund: Refund, *, state: str, at: datetime) -> Clock:
    """
    Return where a refund is at `at`, for its shopper. Needs `refund.order` with its store.

    `state`: as it stands (returns.services.ledger.standing).
    """
    if refund.provider == Refund.Provider.CREDIT:
        return Clock("credit", _("Your store credit is ready to use."))
    if state == Refund.State.SUCCEEDED and refund.settled_at:
        return _sent(refund, refund.settled_at, at)
    if state in (Refund.State.FAILED, Refund.State.STAFF):
        return Clock("delayed", _("Your refund did not go through by itself. We are seeing to it by hand."))
    return Clock("preparing", _("Your refund is on its way to your payment provider."))


def _sent(refund: Refund, sent_at: datetime, at: datetime) -> Clock:
    store = refund.order.store
    first, last = arrives(sent_at, refund.order.payment_method, refund.provider, store.zone, store.country)
    last = refund.arrives_by or last
    first = min(first, last)
    if at.astimezone(store.zone).date() > last:
        sentence = _("Your refund should have arrived. If it has not, ask your bank first, then us.")
        return Clock("arrived", sentence, first, last)
    return Clock("sent", _("Your refund was sent. Your bank or provider now adds it."), first, last)
