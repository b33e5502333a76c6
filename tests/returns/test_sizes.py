"""Which size comes next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns.services.exchanges import next_size, offers, search
from returns.sizes import next_label, rank
from tests.factories.tracking import NOON
from tests.returns.scenes import bought, sibling
from tracking.models import StockLevel

LETTERS = ["XXS", "XS", "S", "M", "L", "XL", "XXL", "3XL", "4XL", "5XL"]
SHOES = ["36", "36.5", "37", "37 1/2", "38", "38½", "39,5", "40"]


@pytest.mark.parametrize(
    "ladder", [LETTERS, SHOES, ["UK 7", "UK 7.5", "UK 8"], ["86/92", "98/104", "110/116"]]
)
def test_the_next_size_is_one_step_up_or_down_the_ladder(ladder):
    for smaller, larger in zip(ladder, ladder[1:], strict=False):
        assert next_label(smaller, ladder, larger=True) == larger
        assert next_label(larger, ladder, larger=False) == smaller
    assert next_label(ladder[-1], ladder, larger=True) is None
    assert next_label(ladder[0], ladder, larger=False) is None


def test_jeans_get_wider_and_keep_their_length():
    others = ["W31 L34", "W33 L32", "W34 L34", "W33/L34"]

    assert next_label("W32 L34", others, larger=True) == "W33/L34"
    assert next_label("32/34", ["33/32", "33/34", "34/34"], larger=True) == "33/34"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("XXL", "2xl"),
        ("Small", "S"),
        ("extra-large", "XL"),
        ("42½", "42.5"),
        ("EU 42", "42 EU"),
        ("Size 8", "8"),
    ],
)
def test_the_same_size_may_be_written_in_several_ways(one, other):
    assert rank(one) == rank(other) is not None


@pytest.mark.parametrize("label", ["One size", "Green", "", "Pine 500 ml", "EU 42 UK"])
def test_what_is_no_size_has_no_place(label):
    assert rank(label) is None


def test_ladders_are_not_mixed():
    assert next_label("EU 42", ["UK 9", "EU 43", "43"], larger=True) == "EU 43"
    assert next_label("M", ["42", "44"], larger=True) is None


@given(st.permutations(LETTERS), st.sampled_from(LETTERS))
def test_the_order_of_the_shop_does_not_matter_on_a_ladder(shuffled, size):
    place = LETTERS.index(size)
    expected = LETTERS[place + 1] if place + 1 < len(LETTERS) else None

    assert next_label(size, shuffled, larger=True) == expected


# --- with stock ---
def sized(*sizes, **given):
    """Return an order of the first size, and the other variants by their label."""
    order = bought()
    variant = order.lines.get().variant
    variant.options, variant.position = list(sizes[0]), 1
    variant.save()
    made = {
        tuple(options): sibling(order, options=list(options), position=place, **given)
        for place, options in enumerate(sizes[1:], 2)
    }
    return order, variant, made


@pytest.mark.django_db
def test_too_small_preselects_the_next_larger_of_the_same_colour():
    _order, variant, made = sized(("M", "Pine"), ("L", "Sand"), ("XL", "Pine"), ("L", "Pine"), ("S", "Pine"))

    assert next_size(variant, "SIZE_TOO_SMALL") == made["L", "Pine"]
    assert next_size(variant, "SIZE_TOO_LARGE") == made["S", "Pine"]
    assert next_size(variant, "COLOR") is None


@pytest.mark.django_db
def test_a_size_that_is_out_of_stock_is_not_preselected_and_none_is_skipped():
    _order, variant, made = sized(("M",), ("L",), ("XL",))
    StockLevel.objects.filter(inventory_item_id=made["L",].inventory_item_id).update(available=0)

    assert next_size(variant, "SIZE_TOO_SMALL") is None
    assert [offer.variant for offer in offers(variant)] == [variant, made["XL",]]
    assert len(offers(variant, wider=True)) == 3


@pytest.mark.django_db
def test_without_a_ladder_the_shops_own_order_counts():
    _order, variant, made = sized(("Regular",), ("Roomy",), ("Huge",))

    assert next_size(variant, "SIZE_TOO_SMALL") == made["Roomy",]
    assert next_size(variant, "SIZE_TOO_LARGE") is None


@pytest.mark.django_db
def test_nobody_guesses_between_two_things_that_differ():
    _order, variant, _made = sized(("Regular", "Pine"), ("Roomy", "Sand"))

    assert next_size(variant, "SIZE_TOO_SMALL") is None


@pytest.mark.django_db
def test_another_product_is_found_by_all_of_its_words_in_stock_and_on_sale():
    order = bought()
    lamp = sibling(bought(store=order.store), title="Brass 30 cm", sku="BR-30")
    sibling(bought(store=order.store), title="Brass 60 cm", stock=0)
    sibling(bought(store=order.store), title="Brass 90 cm", removed_at=NOON)

    assert [offer.variant for offer in search(order.store_id, "brass cm")] == [lamp]
    assert [offer.variant for offer in search(order.store_id, "br-30")] == [lamp]
    assert search(order.store_id, " ") == []
    assert search(order.store_id, "brass copper") == []
