"""
What a policy is made of, and what it says about one piece. Plain data: `PolicyVersion.body` holds `Body` as
JSON (returns/policy/reading.py), `Return.why` holds the `Verdict` it came to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Fee:
    """`kind`: none, flat (`amount_minor` per return), percent (`bp`: 100 is 1 %), label (its cost)."""

    kind: str = "none"
    amount_minor: int = 0
    bp: int = 0


@dataclass(frozen=True)
class Terms:
    """
    What a base or a rule sets; None: it says nothing about that. `window_from`: order, fulfilment, delivery.
    `keep_under_minor`: cheaper pieces need not be sent. `free_over_minor`: no fee when as much goes back.
    `refuse`: words for the shopper; '' with `allow` True lets in what a later rule would refuse.
    """

    allow: bool | None = None
    refuse: str | None = None
    window_days: int | None = None
    window_from: str | None = None
    fee: Fee | None = None
    free_over_minor: int | None = None
    outcomes: tuple[str, ...] | None = None
    methods: tuple[str, ...] | None = None
    destination: str | None = None  # external id of a Location
    photo: bool | None = None
    keep_under_minor: int | None = None
    credit_bonus_bp: int | None = None
    exchange_bonus_bp: int | None = None
    review: bool | None = None
    refund_shipping: str | None = None  # never, ours (our fault), whole (all of the order comes back)


@dataclass(frozen=True)
class Condition:
    """One fact (returns/policy/facts.py) compared; `op`: is, is_not, any, none, at_least, at_most."""

    fact: str
    op: str
    value: Any


@dataclass(frozen=True)
class Rule:
    """All of `when` hold → `then`. Rules stand by priority; on each point the first that speaks decides."""

    code: str
    name: str
    when: tuple[Condition, ...]
    then: Terms


@dataclass(frozen=True)
class HolidayWindow:
    """What was bought from `start` to `end` (days, inclusive) may come back until `until`."""

    name: str
    start: date
    end: date
    until: date


@dataclass(frozen=True)
class Body:
    """One version of a policy."""

    base: Terms
    rules: tuple[Rule, ...] = ()
    holidays: tuple[HolidayWindow, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """
    What holds for one piece, for one reason, at one moment. `allowed` False: `words` say why, in the
    shopper's language where they are ours. `until`: end of the window (aware), None where none
    runs yet or ever.
    `steps`: how it came to that, for staff: [{rule, name, words, set}].
    """

    allowed: bool
    words: str = ""
    code: str = ""  # refused, final_sale, closed, not_yet, nothing_left
    until: datetime | None = None
    outcomes: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    fee: Fee = field(default=Fee())
    free_over_minor: int = 0
    destination: str = ""
    photo: bool = False
    keep: bool = False
    credit_bonus_bp: int = 0
    exchange_bonus_bp: int = 0
    review: bool = False
    refund_shipping: str = "never"
    version: int = 0  # PolicyVersion.number; 0: the house's default
    steps: tuple[Mapping[str, Any], ...] = ()
