"""The back-office's pages about orders, parcels and what others sent us."""

import csv
import io
import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.factories.customers import StoreFactory
from tests.factories.tracking import (
    NOON,
    CarrierAccountFactory,
    OrderFactory,
    OrderLineFactory,
    ProductFactory,
    ShipmentFactory,
    ShipmentLineFactory,
    VariantFactory,
)
from tests.staff import act, client_of, listing, page, press, queries, said
from tracking import access
from tracking.models import (
    AccessCode,
    CarrierAccount,
    Inbound,
    Link,
    Location,
    Order,
    Product,
    Promise,
    Scan,
    Shipment,
    StockLevel,
)
from tracking.services.sandbox import new_number
from tracking.services.search import find_orders
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return client_of()


def inbound(n=0, **fields) -> Inbound:
    made = {
        "store": StoreFactory(),
        "source": "shopify",
        "topic": "orders/create",
        "delivery_key": f"shopify:harbour-pine:{n}",
        "content_key": str(n),
        "body": b"{}",
        "received_at": NOON,
    }
    return Inbound.objects.create(**made | fields)


def many(count) -> None:
    """Add `count` rows to every list of this app, with stores and accounts of their own around them."""
    start = Order.objects.count()
    for n in range(start, start + count):
        store = StoreFactory(slug=f"store-{n}", name=f"Store {n}")
        variant = VariantFactory(product=ProductFactory(store=store), inventory_item_id=f"item-{n}")
        location = Location.objects.create(store=store, external_id="1", name=f"Place {n}")
        StockLevel.objects.create(location=location, inventory_item_id=f"item-{n}", available=n)
        account = CarrierAccountFactory()
        order = OrderFactory(store=store)
        line = OrderLineFactory(order=order, product=variant.product, variant=variant)
        parcel = ShipmentFactory(order=order, account=account)
        ShipmentLineFactory(shipment=parcel, line=line)
        inbound(n, store=store, account=account)
        access.link_for(order, Link.Purpose.ACT, at=NOON)


MODELS = [Order, Shipment, Inbound, Product, StockLevel, Location, Link, CarrierAccount]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_of_thirty_takes_as_many_queries_as_one_of_three(staff, model):
    many(3)
    few = queries(staff, listing(model))

    many(27)

    assert queries(staff, listing(model)) == few


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_row_has_a_page_and_a_history(staff, model):
    many(1)
    row = model._default_manager.get()

    assert staff.get(page(row)).status_code == 200
    assert staff.get(page(row, "history")).status_code == 200


@pytest.mark.parametrize("model", [Order, Shipment, Inbound, Product, Link], ids=lambda model: model.__name__)
def test_what_mirrors_others_or_follows_from_facts_is_not_edited(staff, model):
    many(1)
    row = model._default_manager.get()

    assert staff.post(page(row), {"status": "DELIVERED"}).status_code == 403
    assert staff.post(page(row, "delete"), {"post": "yes"}).status_code == 403
    assert staff.get(listing(model) + "add/").status_code == 403


def test_a_link_shows_neither_its_address_nor_its_key_and_can_be_ended(staff):
    order = OrderFactory()
    link = access.link_for(order, Link.Purpose.SHARE, at=NOON)
    code = AccessCode.objects.create(link=link, created_at=NOON, expires_at=NOON + timedelta(minutes=10))

    html = staff.get(page(link)).content.decode() + staff.get(listing(Link)).content.decode()
    reply = act(staff, Link, "revoke", [link])
    again = act(staff, Link, "revoke", [link])

    assert link.key not in html and code.nonce not in html and access.digits(code) not in html
    assert access.open_token(access.token(link), at=timezone.now()) is None
    assert said(reply)[0].startswith("1 ended")
    assert said(again)[0].endswith("it had been ended before")


def test_a_body_is_shown_readable_and_inert(staff):
    row = inbound(
        body=json.dumps({"note": "<script>alert(1)</script>", "name": "Bräss"}).encode(),
        headers={"x-shopify-topic": "orders/create", "x-api-key": "k3y", "authorization": "Bearer abc"},
    )

    html = staff.get(page(row)).content.decode()

    assert "<script>alert(1)" not in html
    assert "&quot;note&quot;: &quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;" in html
    assert "Bräss" in html
    assert "x-shopify-topic: orders/create" in html
    assert "k3y" not in html and "Bearer abc" not in html


@pytest.mark.parametrize("body", [b"\xff\xfe not text", b"{broken", b"[" * 100_000, b"", b"9" * 5000])
def test_a_body_that_is_no_json_is_shown_all_the_same(staff, body):
    assert staff.get(page(inbound(body=body))).status_code == 200


def test_a_replay_puts_deliveries_back_and_says_which(staff):
    failed = inbound(1, state="FAILED", reason="no order number", attempts=8, handled_at=NOON)
    other = inbound(2, state="DONE")

    reply = act(staff, Inbound, "replay", [failed])
    pressed = press(staff, other, "replay")

    failed.refresh_from_db()
    other.refresh_from_db()
    assert (failed.state, failed.reason, failed.attempts) == ("WAITING", "", 0)
    assert failed.due_at is not None
    assert other.state == "WAITING"
    assert said(reply) == ["1 put back to be read: orders/create 1."]
    assert pressed.request["PATH_INFO"] == page(other)


def test_deliveries_are_found_by_what_they_wait_for(staff):
    waiting = inbound(1, state="BLOCKED", waits_for="order:harbour-pine:1042")
    inbound(2)

    shown = staff.get(listing(Inbound), {"q": "order:harbour-pine:1042"})
    filtered = staff.get(listing(Inbound), {"state__exact": "BLOCKED", "topic": "orders/create"})

    assert list(shown.context["cl"].result_list) == [waiting]
    assert list(filtered.context["cl"].result_list) == [waiting]


def test_a_carriers_credentials_are_never_shown(staff):
    account = CarrierAccountFactory(secret="hook-s3cret", api_key="EZ-k3y")

    shown = staff.get(page(account))
    data = {"slug": account.slug, "name": "Main", "carrier": "easypost", "config": "{}", "enabled": "on"}
    staff.post(page(account), data | {"secret": "", "api_key": "EZ-new"})

    account.refresh_from_db()
    assert "hook-s3cret" not in shown.content.decode() and "EZ-k3y" not in shown.content.decode()
    assert (account.name, account.secret, account.api_key) == ("Main", "hook-s3cret", "EZ-new")


def test_only_installed_carriers_can_be_chosen(staff):
    staff.post(
        listing(CarrierAccount) + "add/", {"slug": "x", "carrier": "pigeon", "config": "{}", "enabled": "on"}
    )

    assert not CarrierAccount.objects.exists()


def test_the_first_page_leads_to_accounts_that_fail_and_parcels_held_up(staff):
    CarrierAccountFactory(failing_since=NOON, failures=3)
    CarrierAccountFactory()
    ShipmentFactory(status=Status.EXCEPTION, action_required=True)
    ShipmentFactory()

    needs = {need["label"]: need for need in staff.get("/admin/").context["needs"]}

    for label in ("Carrier accounts that fail", "Parcels held up", "Parcels that wait for the shopper"):
        assert needs[label]["words"] == "1"
        assert staff.get(needs[label]["url"]).context["cl"].result_count == 1


def test_asking_a_carrier_makes_the_parcel_due_or_says_why_not(staff):
    asked = ShipmentFactory(account=CarrierAccountFactory())
    alone = ShipmentFactory()
    off = ShipmentFactory(account=CarrierAccountFactory(enabled=False, name="Old account"))

    reply = act(staff, Shipment, "ask", [asked, alone, off])

    asked.refresh_from_db()
    alone.refresh_from_db()
    assert asked.due_at is not None and asked.due_at <= timezone.now()
    assert alone.due_at is None
    assert sorted(said(reply)) == [
        f"1 about to be asked about: {asked.tracking_number}.",
        f"Not about to be asked about: {alone.tracking_number}: no carrier account follows it",
        f"Not about to be asked about: {off.tracking_number}: the account Old account is switched off",
    ]


def test_a_play_parcel_can_be_told_what_becomes_of_it_and_a_real_one_not(staff):
    now = timezone.now()
    account = CarrierAccountFactory(carrier="sandbox", slug="play")
    play = ShipmentFactory(
        account=account, tracking_number=new_number(1), handed_over_at=now, tracking_key=new_number(1)
    )
    real = ShipmentFactory(account=CarrierAccountFactory())

    on_page = staff.get(page(play)).content.decode()
    reply = press(staff, play, "lose")
    account.refresh_from_db()

    assert "Sandbox: lose it" in on_page
    assert account.config["scenarios"][play.tracking_number]["scenario"] == "lost"
    assert said(reply) == [f"1 set to “lost”: {play.tracking_number}."]
    assert "Sandbox" not in staff.get(page(real)).content.decode().split("object-tools")[1].split("</ul>")[0]
    assert press(staff, real, "lose").status_code == 403
    assert said(act(staff, Shipment, "make_late", [real])) == [
        f"Not set to “late”: {real.tracking_number}: {real.tracking_number} is not a sandbox parcel"
    ]


def test_a_parcels_page_shows_scans_and_promises(staff):
    parcel = ShipmentFactory()
    ShipmentLineFactory(shipment=parcel, line=OrderLineFactory(order=parcel.order, title="Brass lantern"))
    Scan.objects.create(
        shipment=parcel, fingerprint="1", at=NOON, order_at=NOON, message="Scanned here", source="ups"
    )
    Promise.objects.create(
        shipment=parcel, from_date=date(2026, 3, 12), to_date=date(2026, 3, 13), source="ups", made_at=NOON
    )

    html = staff.get(page(parcel)).content.decode()

    for words in ("Brass lantern", "Scanned here", "10 Mar 2026, 12:00", "Fri 13 Mar 2026"):
        assert words in html


def test_stock_is_named_by_product_and_found_by_sku(staff):
    variant = VariantFactory(
        product=ProductFactory(title="Brass lantern"),
        title="Large",
        sku="LANTERN-L",
        inventory_item_id="808950810",
    )
    location = Location.objects.create(store=variant.store, external_id="1", name="Portland")
    level = StockLevel.objects.create(location=location, inventory_item_id="808950810", available=7)
    StockLevel.objects.create(location=location, inventory_item_id="999", available=1)

    shown = staff.get(listing(StockLevel), {"q": "lantern-l"})

    assert list(shown.context["cl"].result_list) == [level]
    assert "Brass lantern · Large" in shown.content.decode()
    assert "Not told yet (999)" in staff.get(listing(StockLevel)).content.decode()


def test_orders_are_exported_with_exact_sums(staff):
    OrderFactory(number="#1001", currency="JPY", total_minor=5300)
    OrderFactory(number="=cmd()", currency="USD", total_minor=5305)

    text = b"".join(staff.post(listing(Order, "export")).streaming_content).decode("utf-8-sig")
    rows = {row["Number"]: row for row in csv.DictReader(io.StringIO(text))}

    assert rows["#1001"]["Total"] == "5300"
    assert rows["'=cmd()"]["Total"] == "53.05"


def test_chosen_parcels_are_exported(staff):
    parcel, _ = ShipmentFactory(), ShipmentFactory()

    response = staff.post(
        listing(Shipment), {"action": "export_rows", "_selected_action": [parcel.pk], "index": 0}
    )

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert [row["Tracking number"] for row in csv.DictReader(io.StringIO(text))] == [parcel.tracking_number]


def test_an_order_is_found_by_anything_whole_and_by_nothing_else():
    order = OrderFactory(number="#EU-1042", email="Ada@Example.com", external_id="820982911946154500")
    ShipmentFactory(order=order, tracking_number="1Z999")
    other = OrderFactory(number="#1043", email="grace@example.com")

    for words in (
        "#EU-1042",
        "eu-1042",
        " EU-1042 ",
        "ada@example.com",
        "820982911946154500",
        "1z-999",
    ):
        assert find_orders(words) == [order.pk], words
    assert find_orders("10") == find_orders("") == find_orders("#") == find_orders("@") == []
    assert find_orders("1043") == [other.pk]


def test_the_newest_of_several_comes_first_and_no_more_than_wanted():
    old = OrderFactory(email="ada@example.com", placed_at=NOON - timedelta(days=9))
    new = OrderFactory(email="ada@example.com", placed_at=NOON)

    assert find_orders("ada@example.com") == [new.pk, old.pk]
    assert find_orders("ada@example.com", limit=1) == [new.pk]
