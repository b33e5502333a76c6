"""The back-office on shops' APIs: testing the way, comparing now, what was found."""

from datetime import timedelta

import pytest
import responses

from customers.models import Store
from tests.factories.customers import StoreFactory, UserFactory
from tests.staff import act, client_of, listing, page, press, queries, said
from tests.tracking.reconcile_scene import NIGHT, an_order, run, shopify_store, stand
from tests.tracking.shop_doubles import ShopifyDouble
from tracking.models import ReconcileFinding, ReconcileRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield ShopifyDouble().at(mock)


@pytest.fixture
def store(shop):
    return shopify_store(shop)


@pytest.fixture
def client(db):
    return client_of()


def test_the_connection_is_tested_and_the_shop_says_its_name(client, store):
    told = said(press(client, store, "test_connection"))

    assert "Harbour & Pine: Shopify answered as “Harbour & Pine”." in told


def test_a_connection_that_fails_says_why_and_shows_no_secret(client, shop, store):
    shop.fail("401")

    answer = press(client, store, "test_connection")

    assert any("Shopify answered 401" in words for words in said(answer))
    assert shop.token not in answer.content.decode()
    store.refresh_from_db()
    assert store.api_failing_since
    assert "Failing" in client.get(listing(Store)).content.decode()


def test_a_key_is_sent_to_https_addresses_of_the_open_internet_only(client, store):
    form = client.get(page(store)).context["adminform"].form
    kept = {name: value for name, value in form.initial.items() if value is not None}

    for wrong in ("http://shop.example", "https://127.0.0.1", "https://u:p@shop.example"):
        answer = client.post(page(store), kept | {"api_url": wrong})
        assert answer.status_code == 200
        assert answer.context["adminform"].form.errors.keys() == {"api_url"}


def test_a_store_without_an_address_is_not_called(client, shop):
    store = StoreFactory(api_secret="x")

    told = said(press(client, store, "test_connection"))

    assert told == ["Not reached: Harbour & Pine: The address of the shop's API is not set."]
    assert shop.calls == []


def test_many_shops_are_not_called_while_somebody_waits(client, shop):
    stores = [shopify_store(shop, slug=f"s{n}") for n in range(6)]

    told = said(act(client, Store, "test_connection", stores))

    assert told == ["Choose at most 5 at a time."]
    assert shop.calls == []


def test_a_comparison_is_started_from_the_stores_page_once(client, store):
    first = said(press(client, store, "reconcile"))
    second = said(press(client, store, "reconcile"))

    assert any("is being compared" in words for words in first)
    assert any("already" in words for words in second)
    made = ReconcileRun.objects.get()
    assert made.state == "OPEN"
    assert "staff" in made.asked_by


def test_those_who_may_only_look_may_not_call(store):
    user = UserFactory(is_staff=True)
    clerk = client_of(user)

    answer = press(clerk, store, "test_connection")

    assert answer.status_code in (403, 404)
    assert not ReconcileRun.objects.exists()


def test_what_was_found_is_listed_and_can_be_downloaded(client, shop, store):
    stand(shop, an_order(), an_order(77))
    made = run(store)
    other = ReconcileRun.objects.create(
        store=store, state="DONE", since=NIGHT, until=NIGHT, created_at=NIGHT + timedelta(days=1)
    )
    other.findings.create(kind="STOCK", external_id="not-this", what="OLDER", found_at=NIGHT)

    runs = client.get(listing(ReconcileRun)).content.decode()
    one = client.get(page(made)).content.decode()
    url = f"{listing(ReconcileFinding)}?run__id__exact={made.pk}"
    found = client.get(url).content.decode()
    csv = b"".join(
        client.post(f"{listing(ReconcileFinding, 'export')}?run__id__exact={made.pk}").streaming_content
    ).decode()

    assert "Comparisons with shops" in runs
    assert "2 missing here; 2 repaired" in one
    assert f"?run__id__exact={made.pk}" in one
    assert "Repaired" in found
    assert "not-this" not in found
    assert csv.count("MISSING") == 2
    assert "not-this" not in csv


def test_the_lists_take_as_many_queries_for_many_rows_as_for_one(client, shop, store):
    made = ReconcileRun.objects.create(store=store, state="DONE", since=NIGHT, until=NIGHT, created_at=NIGHT)
    made.findings.create(kind="ORDER", external_id="0", what="OLDER", found_at=NIGHT)
    few = queries(client, listing(ReconcileRun)), queries(client, listing(ReconcileFinding))
    for number in range(1, 12):
        ReconcileRun.objects.create(
            store=store, state="DONE", since=NIGHT, until=NIGHT, created_at=NIGHT + timedelta(days=number)
        )
        made.findings.create(kind="ORDER", external_id=str(number), what="OLDER", found_at=NIGHT)

    assert (queries(client, listing(ReconcileRun)), queries(client, listing(ReconcileFinding))) == few


def test_nobody_writes_comparisons_by_hand(client, store):
    made = ReconcileRun.objects.create(store=store, state="DONE", since=NIGHT, until=NIGHT, created_at=NIGHT)

    assert client.get(listing(ReconcileRun, "add")).status_code == 403
    assert client.post(page(made), {"state": "OPEN"}).status_code == 403
    assert client.post(page(made, "delete"), {"post": "yes"}).status_code == 403
