"""What goes well with an order."""

from datetime import timedelta

import pytest

from engagement.goods import AGAIN, SAME_KIND, TOGETHER, goes_well_with
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory, ProductFactory, VariantFactory
from tracking.models import Location, StockLevel

pytestmark = pytest.mark.django_db


def product(title, kind="", stock=None, **more):
    made = ProductFactory(title=title, product_type=kind, store=StoreFactory(), **more)
    variant = VariantFactory(product=made, inventory_item_id=f"i-{made.pk}")
    if stock is not None:
        place, _ = Location.objects.get_or_create(store=made.store, external_id="1")
        StockLevel.objects.create(
            location=place, inventory_item_id=variant.inventory_item_id, available=stock
        )
    return made


def bought(*products, days_ago=30, customer=None, **more):
    order = OrderFactory(
        placed_at=NOON - timedelta(days=days_ago), customer=customer or CustomerFactory(), **more
    )
    for one in products:
        OrderLineFactory(order=order, product=one, title=one.title)
    return order


def titles(found):
    return [one.product.title for one in found]


def test_what_others_bought_together_comes_first():
    lantern, oil, wick, mug = (product(name) for name in ("Lantern", "Oil", "Wick", "Mug"))
    bought(lantern, oil), bought(lantern, oil), bought(lantern, wick), bought(mug)

    found = goes_well_with(bought(lantern, days_ago=1), at=NOON)

    assert titles(found) == ["Oil", "Wick"]
    assert [(one.why, one.times, one.beside) for one in found] == [
        (TOGETHER, 2, "Lantern"),
        (TOGETHER, 1, "Lantern"),
    ]


def test_what_they_just_bought_is_never_proposed():
    lantern, oil = product("Lantern"), product("Oil")
    bought(lantern, oil)
    mine = bought(lantern, days_ago=1)

    bought(oil, days_ago=40, customer=mine.customer)

    assert goes_well_with(mine, at=NOON) == []


def test_what_is_bought_again_and_again_may_be():
    soap, dish = product("Soap"), product("Dish")
    people = [CustomerFactory(), CustomerFactory()]
    for person in people:
        bought(soap, days_ago=90, customer=person)
        bought(soap, days_ago=30, customer=person)
    bought(soap, dish)

    found = goes_well_with(bought(soap, days_ago=1), at=NOON)

    assert [(one.product.title, one.why, one.times) for one in found] == [
        ("Dish", TOGETHER, 1),
        ("Soap", AGAIN, 2),
    ]


def test_one_person_who_buys_it_twice_makes_nothing_consumed():
    soap = product("Soap")
    person = CustomerFactory()
    bought(soap, days_ago=90, customer=person), bought(soap, days_ago=30, customer=person)

    assert goes_well_with(bought(soap, days_ago=1), at=NOON) == []


@pytest.mark.parametrize(
    "changes",
    [{"stock": 0}, {"removed_at": NOON}, {"status": "draft"}],
    ids=["sold out", "removed", "not on sale"],
)
def test_what_cannot_be_had_is_not_proposed(changes):
    lantern, oil = product("Lantern"), product("Oil", **changes)
    bought(lantern, oil)

    assert goes_well_with(bought(lantern, days_ago=1), at=NOON) == []


def test_what_is_in_stock_or_not_counted_is():
    lantern, oil, wick = product("Lantern"), product("Oil", stock=3), product("Wick")
    bought(lantern, oil), bought(lantern, wick)

    assert set(titles(goes_well_with(bought(lantern, days_ago=1), at=NOON))) == {"Oil", "Wick"}


def test_the_first_are_of_different_kinds():
    lantern = product("Lantern")
    oils = [product(f"Oil {number}", "Oil") for number in range(3)]
    mug = product("Mug", "Kitchen")
    for _ in range(2):
        bought(lantern, *oils)
    bought(lantern, mug)

    assert titles(goes_well_with(bought(lantern, days_ago=1), at=NOON)) == ["Oil 0", "Mug", "Oil 1"]


def test_with_nothing_bought_together_there_is_more_of_its_kind():
    lantern, lamp, mug = product("Lantern", "Light"), product("Lamp", "Light"), product("Mug", "Kitchen")
    bought(mug)

    [found] = goes_well_with(bought(lantern, days_ago=1), at=NOON)

    assert (found.product, found.why, found.beside) == (lamp, SAME_KIND, "Light")


def test_cancelled_old_and_other_shops_orders_do_not_count():
    lantern, oil = product("Lantern"), product("Oil")
    bought(lantern, oil, cancelled_at=NOON)
    bought(lantern, oil, days_ago=366)
    other = StoreFactory(slug="other")
    bought(lantern, oil, store=other)

    assert goes_well_with(bought(lantern, days_ago=1), at=NOON) == []


def test_it_asks_few_questions_however_much_was_sold(django_assert_max_num_queries):
    lantern = product("Lantern", "Light")
    for number in range(20):
        bought(lantern, product(f"Thing {number}", "Light"))
    mine = bought(lantern, days_ago=1)

    with django_assert_max_num_queries(9):
        assert len(goes_well_with(mine, at=NOON)) == 3


def test_an_order_of_things_the_shop_does_not_know_has_nothing_beside_it():
    order = OrderFactory()
    OrderLineFactory(order=order, product=None)

    assert goes_well_with(order, at=NOON) == []
