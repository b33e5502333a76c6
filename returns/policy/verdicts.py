"""Verdicts: which of two is kinder, and how one is kept as JSON in `Return.why`."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from returns.policy.base import Fee, Verdict

SHIPPING = ("never", "ours", "whole")


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON."""
    told = asdict(verdict)
    told["until"] = verdict.until.isoformat() if verdict.until else None
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}


def from_json(told: Mapping[str, Any]) -> Verdict:
    """Return the verdict that `as_json` wrote; what it does not name is as in a new one."""
    names = {field.name for field in fields(Verdict)}
    said = {name: value for name, value in told.items() if name in names}
    said["fee"] = Fee(**said.get("fee", {}))
    said["until"] = datetime.fromisoformat(said["until"]) if said.get("until") else None
    for name in ("outcomes", "methods", "steps"):
        said[name] = tuple(said.get(name, ()))
    return Verdict(**said)


def as_kind(new: Verdict, old: Verdict) -> bool:
    """
    Say whether `new` is at least as kind to the shopper as `old` on every point (docs/returns-policy.md).

    Who lets in is kinder than who refuses, whatever else they say. Fees of different kinds cannot be
    compared: neither is then as kind as the other.
    """
    if not old.allowed:
        return True
    return new.allowed and all(one(new, old) for one in _POINTS)


def choose(frozen: Verdict, newest: Verdict) -> Verdict:
    """
    Return the verdict that holds: the one frozen at purchase, unless the newest is as kind on every point
    and kinder on one. It is always one of the two, never a mixture that neither said.
    """
    return newest if as_kind(newest, frozen) and not as_kind(frozen, newest) else frozen


def _until(new: Verdict, old: Verdict) -> bool:
    return new.until is None or (old.until is not None and new.until >= old.until)


def _fee(new: Verdict, old: Verdict) -> bool:
    if new.fee.kind == "none":
        return True
    if new.fee.kind != old.fee.kind:
        return False
    less = new.fee.amount_minor <= old.fee.amount_minor and new.fee.bp <= old.fee.bp
    return less and _free_over(new, old)


def _free_over(new: Verdict, old: Verdict) -> bool:
    """0: no sum makes it free."""
    return not old.free_over_minor or 0 < new.free_over_minor <= old.free_over_minor


_POINTS = (
    _until,
    _fee,
    lambda new, old: set(new.outcomes) >= set(old.outcomes),
    lambda new, old: set(new.methods) >= set(old.methods),
    lambda new, old: new.photo <= old.photo,
    lambda new, old: new.keep >= old.keep,
    lambda new, old: new.credit_bonus_bp >= old.credit_bonus_bp,
    lambda new, old: new.exchange_bonus_bp >= old.exchange_bonus_bp,
    lambda new, old: new.review <= old.review,
    lambda new, old: SHIPPING.index(new.refund_shipping) >= SHIPPING.index(old.refund_shipping),
)
