"""The words of returns as shoppers read them, in the language that is active."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from returns.vocabulary import Condition, Method, Outcome, Reason

Words = Mapping[str, Callable[[], str]]

REASONS: Words = {
    Reason.SIZE_TOO_SMALL: lambda: _("It is too small"),
    Reason.SIZE_TOO_LARGE: lambda: _("It is too large"),
    Reason.COLOR: lambda: _("The colour is not right"),
    Reason.STYLE: lambda: _("It is not my style"),
    Reason.DEFECTIVE: lambda: _("It does not work"),
    Reason.DAMAGED: lambda: _("It arrived damaged"),
    Reason.WRONG_ITEM: lambda: _("It is not what I ordered"),
    Reason.NOT_AS_DESCRIBED: lambda: _("It is not as described"),
    Reason.LATE: lambda: _("It came too late"),
    Reason.UNWANTED: lambda: _("I do not want it any more"),
    Reason.OTHER: lambda: _("Something else"),
    Reason.LOST: lambda: _("It never came"),
    Reason.MISSING: lambda: _("It was not in the parcel"),
}
OUTCOMES: Words = {
    Outcome.REFUND: lambda: _("Money back"),
    Outcome.EXCHANGE: lambda: _("Exchange"),
    Outcome.CREDIT: lambda: _("Store credit"),
    Outcome.REPAIR: lambda: _("Repair"),
}
METHODS: Words = {
    Method.LABEL: lambda: _("Print a label"),
    Method.QR: lambda: _("Show a code, print nothing"),
    Method.DROP_OFF: lambda: _("Bring it to us"),
    Method.COLLECTION: lambda: _("Have it collected"),
    Method.OWN: lambda: _("Send it yourself"),
    Method.NONE: lambda: _("Nothing to send"),
}
METHOD_MORE: Words = {
    Method.LABEL: lambda: _("You print it, stick it on the parcel and hand it over."),
    Method.QR: lambda: _("The counter scans the code from your phone and prints the label."),
    Method.DROP_OFF: lambda: _("No parcel, no label: hand it over in one of our shops."),
    Method.COLLECTION: lambda: _("Somebody comes to your door and takes the parcel along."),
    Method.OWN: lambda: _("You choose the carrier and pay the postage."),
    Method.NONE: lambda: _("You keep what you have."),
}
CONDITIONS: Words = {
    Condition.AS_NEW: lambda: _("As new"),
    Condition.OPENED: lambda: _("Opened"),
    Condition.WORN: lambda: _("Worn"),
    Condition.DAMAGED: lambda: _("Damaged"),
    Condition.WRONG_ITEM: lambda: _("Another item"),
    Condition.MISSING: lambda: _("Not in the parcel"),
    Condition.NOT_OURS: lambda: _("Not one of ours"),
}


def reason(code: str) -> str:
    """Return a reason in the shopper's words; '' for a code we do not know."""
    return _said(REASONS, code)


def outcome(code: str) -> str:
    """Return what a shopper gets, in a word or two."""
    return _said(OUTCOMES, code)


def method(code: str) -> str:
    """Return how goods come back, in a few words."""
    return _said(METHODS, code)


def method_more(code: str) -> str:
    """Return what a way back asks of the shopper, in a sentence."""
    return _said(METHOD_MORE, code)


def condition(code: str) -> str:
    """Return what the warehouse saw, in a word or two."""
    return _said(CONDITIONS, code)


def _said(words: Words, code: str) -> str:
    found = words.get(code)
    return found() if found else ""
