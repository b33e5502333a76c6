"""
What rules can ask about a person: every fact, its type, and what can be asked of that type. Pure.

A fact that nobody told (no profile yet, no birthday) is its `missing`;
where that is None every question says no, but for “is not known” and the negative ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from customers.models import Consent
from engagement.profiles import metrics


class Type(StrEnum):
    """What kind of answer a fact gives."""

    NUMBER = "number"
    MONEY = "money"  # minor units of the profile's currency
    SHARE = "share"  # in rules per cent, 0 to 100; in the table 0 to 1
    TEXT = "text"
    CHOICE = "choice"
    YES = "yes"
    MOMENT = "moment"  # aware UTC; days are 24 hours
    DAY = "day"  # a calendar day; today is UTC's
    BIRTHDAY = "birthday"
    TAGS = "tags"
    HAS = "has"  # rows of another table, narrowed by the fact's `where`
    FREE = "free"  # what an event carries: whatever JSON holds


class Takes(StrEnum):
    """What a question needs beside the fact."""

    NOTHING = "nothing"
    VALUE = "value"  # of the fact's type
    VALUES = "values"  # a list of them
    DAYS = "days"  # a whole number of days
    DATE = "date"  # an ISO day
    MONTH = "month"
    WORD = "word"  # one tag


@dataclass(frozen=True)
class Op:
    """A question. `words` stands between the fact and the value."""

    words: str
    takes: Takes
    negates: str = ""  # the question it is the opposite of


OPS: Mapping[str, Op] = {
    "is": Op("is", Takes.VALUE),
    "is_not": Op("is not", Takes.VALUE, "is"),
    "one_of": Op("is one of", Takes.VALUES),
    "none_of": Op("is none of", Takes.VALUES, "one_of"),
    "at_least": Op("is at least", Takes.VALUE),
    "at_most": Op("is at most", Takes.VALUE),
    "last_days": Op("is in the last", Takes.DAYS),
    "longer_ago": Op("is longer ago than", Takes.DAYS),
    "next_days": Op("is in the next", Takes.DAYS),
    "from_day": Op("is on or after", Takes.DATE),
    "before_day": Op("is before", Takes.DATE),
    "month": Op("is in the month", Takes.MONTH),
    "has": Op("has", Takes.WORD),
    "has_not": Op("has not", Takes.WORD, "has"),
    "known": Op("is known", Takes.NOTHING),
    "unknown": Op("is not known", Takes.NOTHING, "known"),
}

_SIZES = ("at_least", "at_most")
_TIMES = ("last_days", "longer_ago", "next_days", "from_day", "before_day")
_NAMES = ("is", "is_not", "one_of", "none_of")
_KNOWN = ("known", "unknown")
TYPE_OPS: Mapping[Type, tuple[str, ...]] = {
    Type.NUMBER: (*_SIZES, "is", "is_not"),
    Type.MONEY: _SIZES,
    Type.SHARE: _SIZES,
    Type.TEXT: _NAMES,
    Type.CHOICE: _NAMES,
    Type.YES: ("is",),
    Type.MOMENT: _TIMES,
    Type.DAY: _TIMES,
    Type.BIRTHDAY: ("month", "next_days", *_KNOWN),
    Type.TAGS: ("has", "has_not"),
    Type.HAS: ("has", "has_not"),
    Type.FREE: (*_NAMES, *_SIZES, "has", "has_not", *_KNOWN),
}


@dataclass(frozen=True)
class Part:
    """One condition within a HAS fact, e.g. the product of an order. `takes`: text, number, days, money, …"""

    label: str
    takes: str
    hint: str = ""


@dataclass(frozen=True)
class Fact:
    """
    One thing that is known of a person.

    `column` is its field (of Profile or Customer); `missing` stands in where there is no row; `nullable`: the
    row may leave it open, so that “is known” can be asked. `run`: only of a journey's own event and order.
    """

    name: str
    label: str
    type: Type
    group: str
    column: str = ""
    unit: str = ""
    missing: Any = None
    nullable: bool = False
    run: bool = False
    choices: Sequence[tuple[str, str]] = ()
    where: Mapping[str, Part] = field(default_factory=dict)

    @property
    def ops(self) -> tuple[str, ...]:
        """The questions that can be asked of it."""
        return (*TYPE_OPS[self.type], *(_KNOWN if self.nullable else ()))


_TYPES = {
    metrics.Type.NUMBER: (Type.NUMBER, 0),
    metrics.Type.SHARE: (Type.SHARE, 0.0),
    metrics.Type.MONEY: (Type.MONEY, 0),
    metrics.Type.DATE: (Type.DAY, None),
    metrics.Type.TIME: (Type.MOMENT, None),
    metrics.Type.CHOICE: (Type.CHOICE, ""),
    metrics.Type.TEXT: (Type.TEXT, ""),
}


def _metric(name: str, metric: metrics.Metric) -> Fact:
    kind, missing = _TYPES[metric.type]
    return Fact(
        f"profile.{name}",
        metric.label,
        kind,
        "How they buy",
        column=metric.column,
        unit="%" if kind == Type.SHARE else metric.unit,
        missing=None if metric.empty else missing,
        nullable=metric.empty,
        choices=list(metric.choices.items()),
    )


_PROFILE = tuple(_metric(name, metric) for name, metric in metrics.METRICS.items())


def _person(name: str, label: str, kind: Type, **more: Any) -> Fact:
    return Fact(f"customer.{name}", label, kind, "Who they are", **more)


_CUSTOMER = (
    _person("language", "Language", Type.TEXT, column="language", missing=""),
    _person("email", "An e-mail address is known", Type.YES, column="email", missing=False),
    _person("phone", "A phone number is known", Type.YES, column="phone", missing=False),
    _person("birthday", "Birthday", Type.BIRTHDAY, column="born_on"),
    _person("tag", "Tag", Type.TAGS),
    _person("segment", "Segment or list", Type.TAGS),
)

CONSENTS = (("yes", "Yes"), ("no", "No"), ("unset", "Never said"))
_CONSENT = tuple(
    Fact(
        f"consent.{value}",
        f"Consent to marketing by {label if label.isupper() else label[0].lower() + label[1:]}",
        Type.CHOICE,
        "Consent",
        missing="unset",
        choices=CONSENTS,
    )
    for value, label in Consent.Channel.choices
)

_TIME = {
    "last_days": Part("in the last … days", "days"),
    "longer_ago": Part("longer ago than … days", "days"),
}
_HAS = (
    Fact(
        "order",
        "An order",
        Type.HAS,
        "What they bought",
        where={
            **_TIME,
            "store": Part("at the store", "store"),
            "product": Part("with the product", "product", "Our number of it."),
            "sku": Part("with the SKU", "text"),
            "title": Part("with a title that has", "text"),
            "product_type": Part("with a product of the type", "text"),
            "vendor": Part("with a product made by", "text"),
            "product_tag": Part("with a product tagged", "text"),
            "order_tag": Part("tagged", "text"),
            "code": Part("with the discount code", "text"),
            "country": Part("sent to the country", "country", "Two letters."),
            "region": Part("sent to the region", "text"),
            "city": Part("sent to the city", "text"),
            "postcode": Part("sent to a postcode beginning with", "text"),
            "currency": Part("paid in", "currency", "Three letters."),
            "min_minor": Part("worth at least", "money", "Needs the currency."),
            "max_minor": Part("worth at most", "money", "Needs the currency."),
        },
    ),
    Fact(
        "event",
        "Something that happened",
        Type.HAS,
        "What happened",
        where={"kind": Part("of the kind", "kind"), **_TIME, "store": Part("at the store", "store")},
    ),
)


def _run(name: str, label: str, kind: Type, **more: Any) -> Fact:
    return Fact(f"order.{name}", label, kind, "The order it is about", run=True, **more)


# Of the order a journey's run is about: settled from what the run knows, not asked of the database.
_RUN = (
    _run("total_minor", "Worth of the order", Type.MONEY),
    _run("currency", "Currency of the order", Type.TEXT),
    _run("country", "Country the order goes to", Type.TEXT),
    _run("language", "Language of the order", Type.TEXT),
    _run("status", "State of the order", Type.TEXT),
    _run("items", "Items in the order", Type.NUMBER),
    _run("discounted", "The order was discounted", Type.YES),
    _run("placed_at", "When the order was placed", Type.MOMENT, nullable=True),
    _run("tag", "Tag of the order", Type.TAGS),
    _run("product_type", "Type of a product in it", Type.TAGS),
    _run("product_tag", "Tag of a product in it", Type.TAGS),
    _run("sku", "SKU in it", Type.TAGS),
)

FACTS: Mapping[str, Fact] = {fact.name: fact for fact in (*_PROFILE, *_CUSTOMER, *_CONSENT, *_HAS, *_RUN)}
EVENT = "event."  # what follows is the name of something the event carries


def fact_of(name: str) -> Fact | None:
    """Return the fact called `name`; “event.<anything>” is one of FREE type. None when there is none."""
    found = FACTS.get(name)
    if found is None and name.startswith(EVENT) and len(name) > len(EVENT):
        label = name[len(EVENT) :].replace("_", " ")
        return Fact(name, f"The event's {label}", Type.FREE, "The event", run=True)
    return found
