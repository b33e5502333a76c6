"""What returns teach, from real rows: figures, what stands out, the tasks made of it, and their pages."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from returns.models import ProductTask, Refund, Return, ReturnUnit
from returns.services.insight import end_task, find_tasks, insight_of, open_tasks, risk_of
from returns.tasks import learn_from_returns
from tests.factories.customers import StaffFactory, StoreFactory, UserFactory
from tests.factories.tracking import (
    CarrierAccountFactory,
    LabelFactory,
    OrderFactory,
    OrderLineFactory,
    ProductFactory,
    VariantFactory,
)
from tests.staff import client_of, listing, page, press, said
from tracking.models import Label

pytestmark = pytest.mark.django_db


def sold(store, title, quantity, *, at, vendor="Mill", **order):
    """Return a line of many pieces, sold a month before `at`."""
    variant = VariantFactory(
        product=ProductFactory(store=store, title=title), title="Small", price_minor=1000
    )
    made = OrderFactory(store=store, placed_at=at - timedelta(days=30), **order)
    return OrderLineFactory(
        order=made,
        product=variant.product,
        variant=variant,
        quantity=quantity,
        ordered_quantity=quantity,
        vendor=vendor,
        unit_price_minor=1000,
        title=title,
    )


def came_back(line, count, *, reason="SIZE_TOO_SMALL", kind="RETURN", **fields):
    """Have the first `count` pieces of a line come back."""
    ret = Return.objects.create(
        store=line.order.store,
        order=line.order,
        kind=kind,
        state="INSPECTED",
        currency=line.order.currency,
        requested_at=line.order.placed_at + timedelta(days=5),
        handed_over_at=line.order.placed_at + timedelta(days=6),
    )
    given = {"outcome": "REFUND", "value_minor": 1000} | fields
    ReturnUnit.objects.bulk_create(
        ReturnUnit(ret=ret, line=line, index=index, variant=line.variant, reason=reason, **given)
        for index in range(count)
    )
    return ret


@pytest.fixture
def shop():
    """A store in which one of three products runs small."""
    at, store = timezone.now(), StoreFactory(currency="USD")
    boot, coat, hat = (
        sold(store, title, 100, at=at, vendor=vendor)
        for title, vendor in (("Boot", "Cobbler"), ("Coat", "Mill"), ("Hat", "Mill"))
    )
    ret = came_back(boot, 30)
    came_back(coat, 3)
    came_back(hat, 2, reason="UNWANTED", disposition="DISPOSE", outcome="CREDIT")
    Refund.objects.create(
        ret=ret,
        order=ret.order,
        purpose="return:1:refund:1",
        provider="shopify",
        amount_minor=30000,
        currency="USD",
        state="SUCCEEDED",
        created_at=at,
        settled_at=ret.handed_over_at + timedelta(hours=50),
    )
    return store


def of(store, **more):
    at = timezone.now()
    return insight_of(store, since=at - timedelta(days=90), until=at, **more)


def test_the_figures_are_those_of_the_rows(shop):
    found = of(shop)

    assert (found.sold, found.returned, found.claimed) == (300, 35, 0)
    assert found.reasons == {"SIZE_TOO_SMALL": 33, "UNWANTED": 2}
    assert (found.refunded_minor, found.kept_minor, found.lost_minor) == (30000, 2000, 2000)
    assert found.hours_to_refund == 50
    assert found.rate == pytest.approx(35 / 300)


def test_only_the_product_its_size_and_its_supplier_stand_out(shop):
    found = of(shop)

    names = [found.names[f"product:{one.tally.group}"] for one in found.products if one.counts]
    sizes = [found.names[f"size:{one.tally.group}"] for one in found.sizes if one.counts]
    assert names == ["Boot"]
    assert sizes == ["Boot · Small"]
    assert [one.tally.group for one in found.suppliers if one.counts] == ["Cobbler"]


def test_what_is_of_another_store_or_time_does_not_count(shop):
    at = timezone.now()
    came_back(sold(StoreFactory(slug="other"), "Glove", 50, at=at), 20)
    came_back(sold(shop, "Old", 50, at=at - timedelta(days=300)), 20)

    assert of(shop).sold == 300
    assert of(shop).returned == 35


def test_labels_back_are_a_cost(shop):
    order = Return.objects.earliest("pk").order
    given = {"order": order, "state": "BOUGHT", "currency": "USD", "account": CarrierAccountFactory()}
    LabelFactory(direction="RETURN", cost_minor=700, **given)
    LabelFactory(direction="OUTBOUND", cost_minor=900, **given)

    found = of(shop)

    assert Label.objects.count() == 2
    assert (found.labels_minor, found.cost_minor) == (700, 2700)


def test_nothing_sold_is_no_rate(shop):
    found = of(StoreFactory(slug="empty"))

    assert (found.rate, found.hours_to_refund, found.products) == (None, None, ())


def test_a_task_is_found_once_while_it_is_open(shop):
    at = timezone.now()
    first = open_tasks(shop, since=at - timedelta(days=90), until=at, at=at)
    second = open_tasks(shop, since=at - timedelta(days=90), until=at, at=at)

    assert {(task.product.title, task.size, task.work) for task in first} == {
        ("Boot", "", "SIZE"),
        ("Boot", "Small", "SIZE"),
    }
    assert second == []
    assert first[0].facts["returned"] == 30


def test_every_night_the_tasks_of_all_stores_are_found(shop):
    assert learn_from_returns() == 2
    assert find_tasks(at=timezone.now()) == 0


def test_a_task_is_closed_once_with_what_was_said(shop):
    learn_from_returns()
    task, by, at = ProductTask.objects.first(), StaffFactory(), timezone.now()

    assert end_task(task, state="DONE", by=by, note="New size chart", at=at)
    assert not end_task(task, state="DISMISSED", by=by, note="No", at=at)

    task.refresh_from_db()
    assert task.state == "DONE"
    assert "New size chart" in task.note


def test_signals_are_counted_by_their_kind(shop):
    Return.objects.filter(pk=Return.objects.first().pk).update(
        risk=[["claims", "3 claims within a year."]], refund_held=True
    )
    at = timezone.now()

    told = dict(risk_of(shop, since=at - timedelta(days=90), until=at))

    assert (told["With a signal"], told["Many claims"], told["Refunds held now"]) == (1, 1, 1)


# --- the pages
def insight_url(name="insight"):
    return reverse(f"admin:returns_producttask_{name}")


def test_the_page_says_in_words_what_stands_out(shop):
    shown = client_of().get(insight_url(), {"store": shop.slug, "days": "90"}).content.decode()

    for words in ("30 of 100", "30.0 %", "Too small", "Cobbler", "times as often as the others", "<meter"):
        assert words in shown


@pytest.mark.parametrize("asked", [{"days": "7000"}, {"store": "none"}, {"days": "x", "store": "%00"}])
def test_nonsense_in_the_address_is_no_error(shop, asked):
    assert client_of().get(insight_url(), asked).status_code == 200


def test_the_csv_holds_every_comparison(shop):
    client = client_of()

    answer = client.post(insight_url("insight_csv"), {"store": shop.slug, "days": "90"})
    body = b"".join(answer.streaming_content).decode()

    assert "Products,Boot,SIZE_TOO_SMALL,30,100,0.3" in body
    assert client.get(insight_url("insight_csv")).status_code == 405


def test_the_button_makes_tasks_and_says_when_there_is_nothing_new(shop):
    client, form = client_of(), {"store": shop.slug, "days": "90"}

    first = client.post(insight_url("insight_find"), form, follow=True)
    second = client.post(insight_url("insight_find"), form, follow=True)

    assert said(first) == ["2 made."]
    assert said(second) == ["Nothing new stands out."]
    assert "30 of 100" in first.content.decode()


def test_a_person_takes_a_task_writes_a_note_and_closes_it(shop):
    learn_from_returns()
    client, task = client_of(), ProductTask.objects.first()

    press(client, task, "take")
    task.refresh_from_db()
    owner = task.owner
    client.post(page(task), {"owner": owner.pk, "note": "Asked the cobbler"})
    client.post(page(task, "end"), {"state": "DONE", "note": "New last"})

    task.refresh_from_db()
    assert owner is not None
    assert task.state == "DONE"
    assert "Asked the cobbler" in task.note
    assert "New last" in task.note
    assert client.get(listing(ProductTask)).status_code == 200


def test_pages_of_insight_are_for_who_may_see_tasks(shop):
    clerk = client_of(UserFactory(is_staff=True))

    assert clerk.get(insight_url()).status_code == 403
    assert clerk.post(insight_url("insight_csv")).status_code == 403
    assert clerk.post(insight_url("insight_find")).status_code == 403
