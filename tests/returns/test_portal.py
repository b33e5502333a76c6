"""Making a return: every step, what is refused and why; nothing is written before it is confirmed."""

import pytest
from django.test import Client

from returns.models import Return, ReturnUnit
from returns.vocabulary import State
from tests.returns import shopper
from tests.returns.shopper import address, bought, confirm, policy, status_of, text, walk
from tests.world import fingerprint
from tracking.models import Product

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return bought()


def jumper(order):
    return order.lines.get(title="Wool jumper")


def candle(order):
    return order.lines.get(title="Pine candle")


def test_a_shopper_returns_one_of_two_jumpers_for_money(client, order):
    page = walk(client, order, quantities={jumper(order).pk: 1})

    assert "$48.00" in text(page)
    assert not Return.objects.exists()

    answer = confirm(client, order, page)

    ret = Return.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, status_of(ret))
    assert [(u.line_id, u.index, u.outcome, u.value_minor) for u in ret.units.all()] == [
        (jumper(order).pk, 0, "REFUND", 4800)
    ]
    assert ret.state == State.APPROVED
    assert client.get(answer["Location"]).status_code == 200


def test_the_same_confirmation_twice_is_one_return(client, order):
    page = walk(client, order, quantities={jumper(order).pk: 1})

    first, second = confirm(client, order, page), confirm(client, order, page)

    assert first["Location"] == second["Location"]
    assert Return.objects.count() == 1


def test_a_confirmation_replayed_in_two_browsers_does_not_return_more_than_there_is(client, order):
    other = Client()
    pages = [walk(each, order, quantities={candle(order).pk: 1}) for each in (client, other)]

    answers = [confirm(each, order, page) for each, page in zip((client, other), pages, strict=True)]

    assert answers[0]["Location"] == status_of()
    assert answers[1].status_code == 302 and not answers[1]["Location"].startswith("/r/")
    assert ReturnUnit.objects.count() == 1


def test_more_than_was_bought_cannot_be_chosen(client, order):
    walk(client, order, quantities={jumper(order).pk: 9})
    confirm(client, order, client.get(address(order, rest="return/confirm/")))

    assert ReturnUnit.objects.count() == 2


def test_sums_that_changed_meanwhile_are_shown_again_and_nothing_is_made(client, order):
    page = walk(client, order, quantities={jumper(order).pk: 1})

    answer = confirm(client, order, page, seen="9900,0,0")

    assert "Something has changed" in text(answer)
    assert not Return.objects.exists()


def test_nothing_is_written_before_it_is_confirmed(client, order):
    before = fingerprint(frozenset({"django_session", "tracking_link"}))

    walk(client, order, quantities={jumper(order).pk: 2, candle(order).pk: 1})

    assert fingerprint(frozenset({"django_session", "tracking_link"})) == before


def test_going_back_finds_what_was_entered(client, order):
    key = jumper(order).pk
    here = address(order)
    client.post(here, {f"quantity-{key}": 2})
    client.post(here + "reasons/", {f"reason-{key}": "COLOR", f"words-{key}": "More of a <b>green</b>"})

    page = client.get(here + "reasons/").content.decode()

    assert '<option value="COLOR" selected>' in page
    assert "More of a &lt;b&gt;green&lt;/b&gt;" in page
    assert '<option value="2" selected>' in client.get(here).content.decode()


def test_each_step_asks_for_the_one_before_it(client, order):
    here = address(order)

    assert client.get(here + "reasons/")["Location"] == here
    assert client.get(here + "outcome/")["Location"] == here
    assert client.get(here + "confirm/")["Location"] == here
    assert (
        client.post(here + "confirm/", {"key": "x", "method": "LABEL", "seen": "1,0,0"})["Location"] == here
    )


def test_nothing_chosen_and_no_reason_are_said_in_words(client, order):
    here, key = address(order), jumper(order).pk

    assert "Choose at least one item" in text(client.post(here, {}))
    client.post(here, {f"quantity-{key}": 1})
    assert "Choose a reason" in text(client.post(here + "reasons/", {f"reason-{key}": "NONSENSE"}))
    client.post(here + "reasons/", {f"reason-{key}": "COLOR"})
    assert "Choose what you would like" in text(client.post(here + "outcome/", {f"outcome-{key}": "MONEY"}))
    assert not Return.objects.exists()


def test_units_of_one_line_can_go_back_for_different_reasons_and_outcomes(client, order):
    key, small = jumper(order).pk, jumper(order).variant.product.variants.get(title="Large")
    here = address(order)
    client.post(here, {f"quantity-{key}": 2, f"apart-{key}": "on"})
    client.post(here + "reasons/", {f"reason-{key}~1": "SIZE_TOO_SMALL", f"reason-{key}~2": "UNWANTED"})
    client.post(
        here + "outcome/",
        {f"outcome-{key}~1": "EXCHANGE", f"variant-{key}~1": small.pk, f"outcome-{key}~2": "REFUND"},
    )
    confirm(client, order, client.get(here + "confirm/"))

    units = ReturnUnit.objects.order_by("index")
    assert [(u.reason, u.outcome) for u in units] == [("SIZE_TOO_SMALL", "EXCHANGE"), ("UNWANTED", "REFUND")]
    assert Return.objects.get().exchanges.get().variant == small


def test_too_small_suggests_the_next_size(client, order):
    here, key = address(order), jumper(order).pk
    large = jumper(order).variant.product.variants.get(title="Large")
    client.post(here, {f"quantity-{key}": 1})
    client.post(here + "reasons/", {f"reason-{key}": "SIZE_TOO_SMALL"})

    page = client.get(here + "outcome/").content.decode()

    assert f'name="variant-{key}" value="{large.pk}" checked' in page
    assert f'name="outcome-{key}" value="EXCHANGE" checked' in page


def test_what_is_out_of_stock_cannot_be_had_in_exchange(client, order):
    here, key = address(order), jumper(order).pk
    gone = shopper.product(order.store, "Old hat", sizes=("One",), stock=0)[0]
    client.post(here, {f"quantity-{key}": 1})
    client.post(here + "reasons/", {f"reason-{key}": "STYLE"})

    answer = client.post(here + "outcome/", {f"outcome-{key}": "EXCHANGE", f"variant-{key}": gone.pk})

    assert "not enough of it" in text(answer)


def test_another_product_is_found_by_its_name_and_its_difference_is_said(client, order):
    here, key = address(order), jumper(order).pk
    coat = shopper.product(order.store, "Rain coat", price=7800)[0]
    client.post(here, {f"quantity-{key}": 1})
    client.post(here + "reasons/", {f"reason-{key}": "STYLE"})
    found = client.post(
        here + "outcome/", {f"outcome-{key}": "EXCHANGE", f"q-{key}": "rain", "find": key}, follow=True
    )
    assert "$30.00 more" in text(found)

    client.post(here + "outcome/", {f"outcome-{key}": "EXCHANGE", f"variant-{key}": coat.pk})
    page = client.get(here + "confirm/")
    assert "Left to pay $30.00" in text(page)
    confirm(client, order, page)

    assert Return.objects.get().payments.get().amount_minor == 3000


def test_another_shops_variant_is_none(client, order):
    here, key = address(order), jumper(order).pk
    foreign = shopper.product(shopper.StoreFactory(slug="north-mill"), "Coat")[0]
    client.post(here, {f"quantity-{key}": 1})
    client.post(here + "reasons/", {f"reason-{key}": "STYLE"})

    answer = client.post(here + "outcome/", {f"outcome-{key}": "EXCHANGE", f"variant-{key}": foreign.pk})

    assert answer.status_code == 200
    assert "Coat" not in text(answer)


def test_store_credit_shows_its_bonus_before_it_is_chosen(client, order):
    policy(order.store, credit_bonus_bp=1000, outcomes=["REFUND", "CREDIT"])
    here, key = address(order), jumper(order).pk
    client.post(here, {f"quantity-{key}": 1})
    client.post(here + "reasons/", {f"reason-{key}": "STYLE"})

    page = text(client.get(here + "outcome/"))

    assert "$48.00" in page and "$52.80" in page and "$4.80 on top" in page


def test_a_fee_is_named_and_taken_off_once(client, order):
    policy(order.store, fee={"kind": "flat", "amount_minor": 495}, outcomes=["REFUND"])

    page = text(walk(client, order, quantities={jumper(order).pk: 1, candle(order).pk: 1}))

    assert "Return fee −$4.95" in page
    assert "Back to you $67.05" in page


def test_a_bundle_goes_back_by_its_parts(client):
    order = shopper.bundle()
    page = client.get(address(order))
    name = next(n for n in page.context["can"] if n.title == "Jug").name

    assert {each.title for each in page.context["can"]} == {"Mug", "Jug"}
    confirm(client, order, walk(client, order, quantities={name: 1}))
    unit = ReturnUnit.objects.get()
    assert (unit.part.part.product.title, unit.value_minor) == ("Jug", 3000)


def test_a_picture_that_the_policy_needs_is_asked_for(client, order):
    key = jumper(order).pk
    when = [{"fact": "reason", "op": "is", "value": "DAMAGED"}]
    policy(order.store, rules=[{"code": "photo", "name": "Photo", "when": when, "then": {"photo": True}}])
    here = address(order)
    client.post(here, {f"quantity-{key}": 1})

    without = client.post(here + "reasons/", {f"reason-{key}": "DAMAGED"})
    assert "Please add a picture" in text(without)
    sent = client.post(here + "reasons/", {f"reason-{key}": "DAMAGED", f"photo-{key}": shopper.picture()})
    assert sent["Location"] == here + "outcome/"
    client.post(here + "outcome/", {f"outcome-{key}": "REFUND"})
    confirm(client, order, client.get(here + "confirm/"))

    assert Return.objects.get().photos.get().unit == ReturnUnit.objects.get()


def test_a_closed_window_says_until_when_it_could(client):
    order = bought(days=45)

    page = client.get(address(order))

    assert "It could be returned until" in text(page)
    assert client.post(address(order), {f"quantity-{jumper(order).pk}": 1}).status_code == 200
    assert not Return.objects.exists()


def test_a_final_sale_says_so(client, order):
    Product.objects.update(tags=["final-sale"])

    assert "This was a final sale" in text(client.get(address(order)))


def test_nothing_goes_back_before_it_has_come(client, order):
    order.shipments.update(status="PENDING", delivered_at=None, shipped_at=None)

    assert "nothing to return yet" in text(client.get(address(order)))


def test_a_cancelled_order_and_a_store_without_returns_say_so(client, order):
    order.__class__.objects.update(cancelled_at=order.placed_at)
    assert "This order was cancelled" in text(client.get(address(order)))

    order.__class__.objects.update(cancelled_at=None)
    rules = order.store.return_settings
    rules.enabled = False
    rules.save()
    assert "Returns are not made here" in text(client.get(address(order)))
    order.store.__class__.objects.update(returns_url="https://shop.example/returns/")
    assert "https://shop.example/returns/" in client.get(address(order)).content.decode()


def test_shared_links_and_links_of_others_open_no_return(client, order):
    for rest in ("return/", "return/reasons/", "return/outcome/", "return/confirm/"):
        assert client.get(address(order, "share", rest)).status_code == 404
        assert client.get(f"/o/{'x' * 44}/{rest}").status_code == 404
    assert client.get(f"/g/{'x' * 44}/").status_code == 404


def test_the_order_page_leads_to_the_return_and_shows_how_it_stands(client, order):
    page = client.get(address(order, rest="")).content.decode()
    assert address(order) in page

    confirm(client, order, walk(client, order, quantities={jumper(order).pk: 1}))
    page = client.get(address(order, rest=""))

    assert status_of() in page.content.decode()
    assert f"Return {Return.objects.get().number}" in text(page)
    assert status_of() not in client.get(address(order, "share", "")).content.decode()
