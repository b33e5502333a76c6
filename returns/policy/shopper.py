"""A policy in the shopper's language: the whole of it, and why one piece cannot come back."""

from collections.abc import Iterator
from datetime import date, datetime, tzinfo

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from config.lib.money import Money
from returns.policy.base import Body, Fee, Rule, Terms
from returns.policy.defaults import BASE, FINAL_SALE
from returns.policy.words import per_cent
from returns.vocabulary import Method, Outcome, Reason

OUTCOMES = {
    Outcome.REFUND: gettext_lazy("money back"),
    Outcome.EXCHANGE: gettext_lazy("another one"),
    Outcome.CREDIT: gettext_lazy("store credit"),
    Outcome.REPAIR: gettext_lazy("repair"),
}
METHODS = {
    Method.LABEL: gettext_lazy("a label you print"),
    Method.QR: gettext_lazy("a code instead of a label"),
    Method.DROP_OFF: gettext_lazy("bringing it to us"),
    Method.COLLECTION: gettext_lazy("collection at your door"),
    Method.OWN: gettext_lazy("sending it your own way"),
}
REASONS = {
    Reason.SIZE_TOO_SMALL: gettext_lazy("Too small"),
    Reason.SIZE_TOO_LARGE: gettext_lazy("Too large"),
    Reason.COLOR: gettext_lazy("The colour is not right"),
    Reason.STYLE: gettext_lazy("Not my style"),
    Reason.DEFECTIVE: gettext_lazy("It does not work"),
    Reason.DAMAGED: gettext_lazy("It arrived damaged"),
    Reason.WRONG_ITEM: gettext_lazy("It is not what I ordered"),
    Reason.NOT_AS_DESCRIBED: gettext_lazy("Not as described"),
    Reason.LATE: gettext_lazy("It came too late"),
    Reason.UNWANTED: gettext_lazy("I do not want it any more"),
    Reason.OTHER: gettext_lazy("Something else"),
    Reason.LOST: gettext_lazy("It never came"),
    Reason.MISSING: gettext_lazy("It was not in the parcel"),
}


def refusal(code: str, *, words: str = "", until: datetime | None = None, zone: tzinfo | None = None) -> str:
    """
    Return why a piece cannot come back, in the active language; `words` are the store's own and come first.

    `until`: end of the window that is over, shown as a day of `zone`.
    """
    if words:
        return words
    if code == "final_sale":
        return _("This was a final sale and cannot be returned.")
    if code == "closed" and until is not None:
        return _("It could be returned until %(day)s.") % {"day": _day(until.astimezone(zone).date())}
    if code == "claim_closed" and until is not None:
        return _("A problem could be reported until %(day)s.") % {"day": _day(until.astimezone(zone).date())}
    return str(_OTHERS[code]) if code in _OTHERS else _("This item cannot be returned.")


_OTHERS = {
    "not_yet": gettext_lazy("It has not been sent to you yet."),
    "coming_back": gettext_lazy("It is on its way back to us already."),
    "returned": gettext_lazy("A return of it has been started already."),
    "nothing_left": gettext_lazy("It was refunded, replaced or taken off the order already."),
    "not_goods": gettext_lazy("There is nothing to send back of this item."),
    "cancelled": gettext_lazy("The order was cancelled."),
    "gift": gettext_lazy("It cannot be returned as a gift. The buyer may be able to return it."),
    "off": gettext_lazy("Returns are not taken here. Please write to us."),
}


def for_shopper(body: Body, currency: str) -> list[str]:
    """Return a whole policy as sentences in the active language. Rules of the back-office stay there."""
    base = _filled(body.base)
    told = [*_base(base, currency), *_rules(body, currency)]
    for one in body.holidays:
        days = {"start": _day(one.start), "end": _day(one.end), "until": _day(one.until)}
        told.append(_("What you order from %(start)s to %(end)s can be returned until %(until)s.") % days)
    return told


def _filled(base: Terms) -> Terms:
    said = {name: value for name, value in vars(base).items() if value is not None}
    return Terms(**{**vars(BASE), **said})


def _base(base: Terms, currency: str) -> Iterator[str]:
    if base.allow is False:
        yield base.refuse or _("Only some items can be returned.")
    yield _window(base)
    yield _fee(base.fee or Fee(), currency)
    if base.fee and base.fee.kind != "none" and base.free_over_minor:
        yield _("It is free when items worth %(sum)s or more go back.") % {
            "sum": _sum(base.free_over_minor, currency)
        }
    names = [str(OUTCOMES[Outcome(one)]) for one in base.outcomes or ()]
    yield _("What you can get: %(list)s.") % {"list": ", ".join(names)}
    ways = [str(METHODS[Method(one)]) for one in base.methods or ()]
    yield _("How it comes back: %(list)s.") % {"list": ", ".join(ways)}
    if base.keep_under_minor:
        yield _("What cost less than %(sum)s you may keep.") % {"sum": _sum(base.keep_under_minor, currency)}
    if base.credit_bonus_bp:
        yield _("Store credit gets %(share)s on top.") % {"share": per_cent(base.credit_bonus_bp)}
    if base.exchange_bonus_bp:
        yield _("An exchange gets %(share)s on top.") % {"share": per_cent(base.exchange_bonus_bp)}
    if base.refund_shipping == "whole":
        yield _("Shipping is refunded when all of an order comes back.")
    elif base.refund_shipping == "ours":
        yield _("Shipping is refunded when all of an order comes back because of a mistake of ours.")


def _window(base: Terms) -> str:
    days = base.window_days or 0
    words = {
        "order": ngettext(
            "You can return items within %(count)s day of your order.",
            "You can return items within %(count)s days of your order.",
            days,
        ),
        "fulfilment": ngettext(
            "You can return items within %(count)s day after they were sent.",
            "You can return items within %(count)s days after they were sent.",
            days,
        ),
        "delivery": ngettext(
            "You can return items within %(count)s day of their delivery.",
            "You can return items within %(count)s days of their delivery.",
            days,
        ),
    }
    return words[base.window_from or "delivery"] % {"count": days}


def _fee(fee: Fee, currency: str) -> str:
    if fee.kind == "flat":
        return _("A return costs %(sum)s.") % {"sum": _sum(fee.amount_minor, currency)}
    if fee.kind == "percent":
        return _("A return costs %(share)s of what was paid.") % {"share": per_cent(fee.bp)}
    if fee.kind == "label":
        return _("The cost of the return label is taken off your refund.")
    return _("Returning is free.")


def _rules(body: Body, currency: str) -> Iterator[str]:
    """Rules that only ask the reason can be told whole; of the others what they refuse is told."""
    untold = False
    for rule in body.rules:
        if rule.then.allow is False:
            yield _refused(rule)
        elif rule.then.photo and _only_reasons(rule):
            reasons = [str(REASONS[Reason(one)]) for cond in rule.when for one in _several(cond.value)]
            yield _("A photo is needed for: %(list)s.") % {"list": ", ".join(reasons)}
        else:
            untold = True
    if untold:
        yield _("Some items have terms of their own. You see them when you choose what to return.")


def _refused(rule: Rule) -> str:
    if rule.then.refuse:
        return rule.then.refuse
    if rule.code == FINAL_SALE:
        return _("Final sale items cannot be returned.")
    return _("Some items cannot be returned.")


def _only_reasons(rule: Rule) -> bool:
    return bool(rule.when) and all(one.fact == "reason" and one.op in ("is", "any") for one in rule.when)


def _several(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (str(value),)


def _sum(minor: int, currency: str) -> str:
    return Money(minor, currency).format(get_language() or "en")


def _day(value: date) -> str:
    return str(date_format(value, "DATE_FORMAT"))
