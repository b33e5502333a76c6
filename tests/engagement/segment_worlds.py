"""Small random worlds, random rules, and a plain reading of rules that shares nothing with the SQL."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from customers.models import Consent, Customer, CustomerTag, Event, Store
from engagement.models import Membership, Profile, Segment
from engagement.segments.facts import FACTS, Type
from tests.factories.customers import StoreFactory
from tracking.models import Order, OrderLine, Product

NOW = datetime(2027, 2, 27, 9, 30, tzinfo=UTC)  # the day before a 28 February that stands for the 29th
KINDS = ("tracking.order.placed", "engagement.survey.answered")
WORDS = ("vip", "sale")
COUNTRIES = ("DE", "US", "")


@dataclass
class Person:
    """One customer: what its tables hold, as plain values."""

    row: dict[str, Any] = field(default_factory=dict)
    merged_into: int | None = None
    profile: dict[str, Any] | None = None
    tags: list[str] = field(default_factory=list)
    consents: dict[str, bool] = field(default_factory=dict)
    events: list[tuple[str, int]] = field(default_factory=list)  # kind, days ago
    orders: list[dict[str, Any]] = field(default_factory=list)
    listed: bool = False


small = st.integers(0, 4)
ago = st.sampled_from([0, 1, 5, 10, 30])
profiles = st.fixed_dictionaries(
    {
        "orders": small,
        "spent_minor": st.sampled_from([0, 1000, 5000]),
        "currency": st.sampled_from(["EUR", "USD"]),
        "return_rate": st.sampled_from([0.0, 0.3, 0.5, 1.0]),
        "satisfaction": st.none() | st.sampled_from([2.5, 4.0]),
        "cadence_days": st.none() | st.sampled_from([7.0, 30.5]),
        "last_order_at": st.none() | ago.map(lambda days: NOW - timedelta(days=days)),
        "next_order_on": st.none() | st.integers(-10, 10).map(lambda d: NOW.date() + timedelta(days=d)),
        "tier": st.sampled_from(["", "silver", "gold"]),
        "country": st.sampled_from(COUNTRIES),
    }
)
lines = st.fixed_dictionaries(
    {
        "sku": st.sampled_from(["A-1", "B-2"]),
        "title": st.sampled_from(["Brass lantern", "Wick"]),
        "vendor": st.sampled_from(["Harbour", "Mill"]),
        "product": st.sampled_from([None, 0, 1]),
        "quantity": st.sampled_from([0, 1]),
    }
)
orders = st.fixed_dictionaries(
    {
        "days": ago,
        "total_minor": st.sampled_from([500, 5000]),
        "currency": st.sampled_from(["EUR", "USD"]),
        "store": st.sampled_from([0, 1]),
        "tags": st.lists(st.sampled_from(WORDS), max_size=2, unique=True),
        "codes": st.lists(st.sampled_from(WORDS), max_size=1),
        "country": st.sampled_from(COUNTRIES),
        "city": st.sampled_from(["Kiel", "BONN"]),
        "postcode_key": st.sampled_from(["24103", "97201"]),
        "cancelled": st.booleans(),
        "lines": st.lists(lines, max_size=2),
    }
)
people = st.builds(
    Person,
    row=st.fixed_dictionaries(
        {
            "email": st.sampled_from(["", "ada@example.com"]),
            "phone": st.sampled_from(["", "+491"]),
            "language": st.sampled_from(["", "de", "de-AT", "en"]),
            "born_on": st.none()
            | st.sampled_from([date(1996, 2, 29), date(1990, 2, 28), date(1990, 3, 1), date(1990, 7, 4)]),
        }
    ),
    merged_into=st.none() | st.just(0),
    profile=st.none() | profiles,
    tags=st.lists(st.sampled_from(WORDS), max_size=2, unique=True),
    consents=st.dictionaries(st.sampled_from(["email", "sms"]), st.booleans(), max_size=2),
    events=st.lists(st.tuples(st.sampled_from(KINDS), ago), max_size=3),
    orders=st.lists(orders, max_size=2),
    listed=st.booleans(),
)


@st.composite
def worlds(draw: Any) -> list[Person]:
    """Up to six people; the first is nobody else, others may have been merged into the first."""
    found = draw(st.lists(people, min_size=1, max_size=6))
    found[0].merged_into = None
    return found


@dataclass
class Built:
    """The rows of a world: people in its order, both stores, both products, the list."""

    pks: list[int]
    stores: list[Store]
    products: list[Product]
    listed: Segment


PRODUCTS = ({"product_type": "Lantern", "tags": ["vip"]}, {"product_type": "Wick", "tags": []})


def build(world: list[Person]) -> Built:
    """Write a world into the database."""
    stores = [StoreFactory(), StoreFactory(slug="north-mill", name="North Mill")]
    products = [
        Product.objects.create(store=stores[0], external_id=str(number), title="x", **about)
        for number, about in enumerate(PRODUCTS)
    ]
    listed = Segment.objects.create(name="On the list", kind=Segment.Kind.LIST)
    made = [Customer.objects.create(**person.row) for person in world]
    for number, (person, customer) in enumerate(zip(world, made, strict=True)):
        if person.merged_into is not None:
            Customer.objects.filter(pk=customer.pk).update(merged_into=made[person.merged_into])
        if person.profile is not None:
            Profile.objects.create(customer=customer, updated_at=NOW, **person.profile)
        CustomerTag.objects.bulk_create(
            CustomerTag(customer=customer, name=name, added_at=NOW) for name in person.tags
        )
        Consent.objects.bulk_create(
            Consent(customer=customer, channel=channel, purpose="marketing", granted=yes, said_at=NOW)
            for channel, yes in person.consents.items()
        )
        Event.objects.bulk_create(
            Event(
                kind=kind,
                key=f"{number}:{place}",
                customer=customer,
                occurred_at=NOW - timedelta(days=days),
            )
            for place, (kind, days) in enumerate(person.events)
        )
        if person.listed:
            Membership.objects.create(segment=listed, customer=customer, entered_at=NOW)
        for place, order in enumerate(person.orders):
            _order(customer, f"{number}:{place}", order, stores, products)
    return Built([customer.pk for customer in made], stores, products, listed)


def _order(customer: Customer, name: str, told: dict[str, Any], stores: Any, products: Any) -> None:
    order = Order.objects.create(
        store=stores[told["store"]],
        customer=customer,
        external_id=name,
        number=name,
        number_key=name,
        placed_at=NOW - timedelta(days=told["days"]),
        cancelled_at=NOW if told["cancelled"] else None,
        currency=told["currency"],
        total_minor=told["total_minor"],
        tags=told["tags"],
        discount_codes=told["codes"],
        ship_to={"country": told["country"], "city": told["city"]},
        postcode_key=told["postcode_key"],
    )
    for number, line in enumerate(told["lines"]):
        product = products[line["product"]] if line["product"] is not None else None
        OrderLine.objects.create(
            order=order,
            external_id=str(number),
            product=product,
            **{key: line[key] for key in ("sku", "title", "vendor", "quantity")},
        )


# --- random rules ---
VALUES: dict[Type, Any] = {
    Type.NUMBER: st.sampled_from([0, 1, 2, 2.5, 4.0, 30]),
    Type.MONEY: st.sampled_from([0, 1000, 4999]),
    Type.SHARE: st.sampled_from([0, 30, 50.0, 100]),
    Type.TEXT: st.sampled_from(["DE", "de", "US", "", "gold"]),
    Type.YES: st.booleans(),
}
ASKED = [
    "profile.orders",
    "profile.spent",
    "profile.return_rate",
    "profile.satisfaction",
    "profile.cadence",
    "profile.last_order",
    "profile.next_order",
    "profile.tier",
    "profile.country",
    "customer.language",
    "customer.email",
    "customer.phone",
    "customer.birthday",
    "customer.tag",
    "consent.email",
    "consent.push",
]
days = st.sampled_from([0, 1, 5, 10, 31])


@st.composite
def questions(draw: Any) -> dict[str, Any]:
    """One question about a fact with a column, a tag or a consent."""
    fact = FACTS[draw(st.sampled_from(ASKED))]
    op = draw(st.sampled_from(fact.ops))
    if op in ("known", "unknown"):
        return {"fact": fact.name, "op": op}
    value: Any
    if op in ("last_days", "longer_ago", "next_days"):
        value = draw(days)
    elif op in ("from_day", "before_day"):
        value = (NOW.date() + timedelta(days=draw(st.integers(-10, 10)))).isoformat()
    elif op == "month":
        value = draw(st.sampled_from([2, 3, 7, 12]))
    elif fact.type == Type.TAGS:
        value = draw(st.sampled_from(WORDS))
    else:
        one = (
            st.sampled_from([choice for choice, _ in fact.choices])
            if fact.type == Type.CHOICE
            else VALUES[fact.type]
        )
        value = draw(st.lists(one, min_size=1, max_size=2) if op in ("one_of", "none_of") else one)
    if fact.type == Type.MONEY and draw(st.booleans()):
        return {"fact": fact.name, "op": op, "value": value, "currency": "eur"}
    return {"fact": fact.name, "op": op, "value": value}


window = {"last_days": days, "longer_ago": days}
of_orders = st.fixed_dictionaries(
    {},
    optional={
        **window,
        "store": st.sampled_from(["harbour-pine", "north-mill"]),
        "sku": st.sampled_from(["a-1", "B-2"]),
        "title": st.sampled_from(["LANTERN", "wick"]),
        "vendor": st.just("harbour"),
        "product_type": st.just("lantern"),
        "product_tag": st.sampled_from(WORDS),
        "order_tag": st.sampled_from(WORDS),
        "code": st.sampled_from(WORDS),
        "country": st.sampled_from(["de", "US"]),
        "city": st.sampled_from(["kiel", "Bonn"]),
        "postcode": st.sampled_from(["241", "97 201"]),
        "currency": st.just("EUR"),
    },
)
worth = of_orders.map(lambda where: {**where, "currency": "EUR", "min_minor": 1000})
has_order = st.fixed_dictionaries(
    {
        "fact": st.just("order"),
        "op": st.sampled_from(["has", "has_not"]),
        "where": of_orders | worth,
        "at_least": st.sampled_from([1, 1, 2]),
    }
)
has_event = st.fixed_dictionaries(
    {
        "fact": st.just("event"),
        "op": st.sampled_from(["has", "has_not"]),
        "where": st.fixed_dictionaries({"kind": st.sampled_from(KINDS)}, optional=window),
        "at_least": st.sampled_from([1, 2, 3]),
    }
)
LIST = "the list"  # stands for its public id until there is one
in_list = st.fixed_dictionaries(
    {"fact": st.just("customer.segment"), "op": st.sampled_from(["has", "has_not"]), "value": st.just(LIST)}
)
rules = st.recursive(
    questions() | has_order | has_event | in_list,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda found: {"all": found})
        | st.lists(inner, min_size=1, max_size=3).map(lambda found: {"any": found})
        | inner.map(lambda one: {"not": one})
    ),
    max_leaves=6,
)
