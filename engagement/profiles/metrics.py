"""What of a profile can be asked for by a segment, with how it is called and what kind of value it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engagement.vocabulary import Tier


class Type(StrEnum):
    """What kind of value a metric is, and so how it is compared and typed in."""

    NUMBER = "number"
    SHARE = "share"  # 0 to 1, shown as per cent
    MONEY = "money"  # minor units of the profile's currency
    DATE = "date"  # a day
    TIME = "time"  # aware UTC
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True)
class Metric:
    """
    One column of Profile. `unit`: what a number counts, '' for none; `choices`: {stored value: shown word}
    where only these exist. `empty`: the column can be NULL, which means that there is nothing to say yet.
    """

    label: str
    type: Type
    column: str
    unit: str = ""
    empty: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)


def _fifth(label: str, column: str) -> Metric:
    words = {0: "not ranked yet", 1: "lowest fifth", 2: "second", 3: "middle", 4: "fourth", 5: "best fifth"}
    return Metric(label, Type.NUMBER, column, "fifth", choices={str(n): word for n, word in words.items()})


METRICS: dict[str, Metric] = {
    "orders": Metric("Orders", Type.NUMBER, "orders", "orders"),
    "items": Metric("Items bought", Type.NUMBER, "items", "items"),
    "spent": Metric("Spent", Type.MONEY, "spent_minor"),
    "average": Metric("Average order", Type.MONEY, "average_minor"),
    "currency": Metric("Currency", Type.TEXT, "currency"),
    "first_order": Metric("First order", Type.TIME, "first_order_at", empty=True),
    "last_order": Metric("Last order", Type.TIME, "last_order_at", empty=True),
    "cadence": Metric("Days between orders", Type.NUMBER, "cadence_days", "days", empty=True),
    "next_order": Metric("Next order expected", Type.DATE, "next_order_on", empty=True),
    "returned": Metric("Items returned", Type.NUMBER, "returned_items", "items"),
    "return_rate": Metric("Share of items returned", Type.SHARE, "return_rate"),
    "delivered": Metric("Parcels delivered", Type.NUMBER, "delivered", "parcels"),
    "late": Metric("Parcels that came late", Type.NUMBER, "late", "parcels"),
    "satisfaction": Metric("Satisfaction, 1 to 5", Type.NUMBER, "satisfaction", "points", empty=True),
    "recency": _fifth("Recency", "recency"),
    "frequency": _fifth("Frequency", "frequency"),
    "monetary": _fifth("Money spent, compared", "monetary"),
    "tier": Metric("Loyalty tier", Type.CHOICE, "tier", choices=dict(Tier.choices)),
    "messages": Metric("Marketing messages in 90 days", Type.NUMBER, "messages_90d", "messages"),
    "clicks": Metric("Clicks in 90 days", Type.NUMBER, "clicks_90d", "clicks"),
    "last_click": Metric("Last click", Type.TIME, "last_click_at", empty=True),
    "send_hour": Metric("Best hour to write", Type.NUMBER, "send_hour", "o’clock", empty=True),
    "zone": Metric("Time zone", Type.TEXT, "zone"),
    "country": Metric("Country", Type.TEXT, "country"),
}
