"""Buying labels in the back-office: the form with prices, the list, documents, cancelling."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from config.lib.downloads import document_response
from tests.factories.customers import UserFactory
from tests.factories.tracking import OrderFactory
from tests.staff import act, client_of, listing, page, press, queries, said
from tests.tracking.label_doubles import EasyPostDouble, lost
from tests.tracking.labelling import LATER, account, ask, order_with_lines, work
from tracking.models import Label, Shipment

pytestmark = pytest.mark.django_db

BUY = "admin:tracking_label_buy"
PLACE = {"name": "Shed", "lines": "1 Dock\nDoor 2", "city": "Portland", "postcode": "04101", "country": "us"}


@pytest.fixture
def staff(db):
    return client_of()


def now():
    """A little later than whatever the page did."""
    return timezone.now() + timedelta(minutes=1)


def address(order, direction="OUTBOUND"):
    return f"{reverse(BUY)}?order={order.pk}&direction={direction}"


def filled(page_shown, **more):
    """Return what a browser would send of the page, with `more` on top."""
    forms = page_shown.context["forms"]
    data = {}
    for form in (forms.parcel, forms.sender, forms.recipient, *forms.lines):
        for field in form:
            value = field.value()
            if value not in (None, False, ""):
                data[field.html_name] = getattr(value, "pk", value)
    return {**data, **{f"from-{name}": value for name, value in PLACE.items()}, **more}


def test_the_order_page_leads_to_the_form_and_the_form_is_filled_in(staff):
    account()
    order = order_with_lines()

    shown = staff.get(page(order)).content.decode()
    assert f'href="{reverse(BUY)}?order={order.pk}"' in shown and "Buy a label" in shown
    form = staff.get(address(order))

    html = form.content.decode()
    assert "12 Analytical Way" in html and 'value="97201"' in html and order.number in html
    counts = [line["quantity"].value() for line in form.context["forms"].lines]
    assert counts == [1, 3]


def test_prices_are_shown_then_the_chosen_service_is_bought_once(staff):
    account()
    order = order_with_lines()
    data = filled(staff.get(address(order)), **{f"line-{order.lines.get(external_id='L2').pk}-quantity": 1})

    priced = staff.post(address(order), data | {"prices": "1"})
    assert [offer["rate"].service for offer in priced.context["rates"]] == ["economy", "standard", "express"]
    assert "$4.20" in priced.content.decode() and not Label.objects.exists()
    for _ in range(2):  # a double click
        bought = staff.post(address(order), data | {"buy": "1", "service": "express"}, follow=True)
    work(now())

    label = Label.objects.get()
    assert said(bought) == ["The label is being bought."]
    assert (
        label.state == Label.State.BOUGHT
        and label.service == "Express"
        and label.wanted["service"] == "express"
    )
    assert label.wanted["from_"]["lines"] == ["1 Dock", "Door 2"] and label.wanted["from_"]["country"] == "US"
    assert {line.line.external_id: line.quantity for line in Shipment.objects.get().lines.all()} == {
        "L1": 1,
        "L2": 1,
    }
    assert "Asked for label" in staff.get(page(order)).content.decode()
    assert "Label bought" in staff.get(page(order)).content.decode()


def test_a_return_label_has_the_ends_the_other_way_round(staff):
    account()
    order = order_with_lines()
    shown = staff.get(address(order, "RETURN"))
    assert shown.context["forms"].sender["name"].value() == "Ada Lovelace"

    data = filled(shown, **{"to-lines": "1 Dock", "to-city": "Portland", "to-country": "US", "qr": "on"})
    staff.post(address(order, "RETURN"), data | {"buy": "1", "service": "economy"})
    work(now())

    label = Label.objects.get()
    assert label.direction == Label.Direction.RETURN and "qr-page" in label.kinds
    assert not order.shipments.exists()


def test_what_is_wrong_is_said_in_words_and_nothing_is_bought(staff):
    seller = account()
    order = order_with_lines()
    data = filled(staff.get(address(order)))

    no_street = staff.post(address(order), data | {"to-lines": "", "prices": "1"}).content.decode()
    no_service = staff.post(address(order), data | {"buy": "1"}).content.decode()
    abroad = staff.post(address(order), data | {"to-country": "DE", "from-lines": "", "prices": "1"})
    bad = staff.post(address(order), data | {"weight_g": "heavy", "prices": "1"}).content.decode()
    seller.config = {"labels_per_day": 0}
    seller.save()
    limit = staff.post(address(order), data | {"buy": "1", "service": "economy"}).content.decode()

    assert "recipient&#x27;s address lacks a street" in no_street
    assert "Choose a service." in no_service
    assert "sender&#x27;s address lacks a street" in abroad.content.decode()
    assert "Enter a whole number." in bad and "limit" in limit
    assert not Label.objects.exists()


def test_a_parcel_abroad_takes_its_declaration_from_the_order(staff):
    account()
    order = order_with_lines()
    line = order.lines.get(external_id="L1")
    data = filled(staff.get(address(order)), **{"to-country": "DE"})
    data |= {f"line-{line.pk}-hs_code": "9405.50", f"line-{line.pk}-origin_country": "in"}

    staff.post(address(order), data | {"buy": "1", "service": "economy"})

    item = Label.objects.get().wanted["customs"][0]
    assert (item["hs_code"], item["origin_country"], item["value_minor"]) == ("9405.50", "IN", 4800)


def test_a_seller_in_trouble_is_said_on_the_page(staff):
    account("easypost")
    order = order_with_lines()
    with EasyPostDouble() as double:
        double.faults["create"] = [lost(), (401, {}, "{}")]
        data = filled(staff.get(address(order)), prices="1")
        html = [staff.post(address(order), data).content.decode() for _ in range(2)]

    assert "could not be reached" in html[0] and "refused the key" in html[1]


def test_without_anybody_who_sells_labels_the_page_says_so(staff):
    assert "Nobody sells labels here yet" in staff.get(address(OrderFactory())).content.decode()
    assert said(staff.get(reverse(BUY) + "?order=x", follow=True))[0].startswith("Choose the order first")
    assert staff.get(reverse(BUY) + "?order=999999").status_code == 302


def test_documents_are_served_to_staff_with_rights_only_and_never_cached(staff):
    label = ask(is_return=True, qr=True)
    work()
    label.refresh_from_db()

    for kind, media in (
        ("4x6", "application/pdf"),
        ("a4", "application/pdf"),
        ("qr-png", "image/png"),
        ("qr-svg", "image/svg+xml"),
    ):
        url = reverse("admin:tracking_label_document", args=[label.pk, kind])
        shown, saved = staff.get(url), staff.get(url + "?save=1")
        assert shown["Content-Type"] == media and shown["X-Content-Type-Options"] == "nosniff"
        assert shown["Cache-Control"].startswith("no-store, private")
        assert re.fullmatch(r'inline; filename="[\w.-]+\.(pdf|png|svg)"', shown["Content-Disposition"])
        assert saved["Content-Disposition"].startswith("attachment;")
        assert client_of(UserFactory(is_staff=True)).get(url).status_code == 403
        assert client_of(UserFactory()).get(url).status_code == 302
    assert staff.get(reverse("admin:tracking_label_document", args=[label.pk, "invoice"])).status_code == 404
    assert "Label on A4" in staff.get(page(label)).content.decode()


def test_a_file_name_cannot_break_out_of_its_header():
    answer = document_response(b"x", "text/html", 'a"\r\nSet-Cookie: b=1\u202e/../c')

    assert answer["Content-Disposition"] == 'attachment; filename="a-Set-Cookie-b-1-..-c"'
    assert answer["Content-Type"] == "application/octet-stream"


def test_cancelling_asks_first_and_then_says_per_label_what_came_of_it(staff):
    good, used = ask(account(), order=order_with_lines()), None
    work()
    used = ask(good.account, order=order_with_lines(), purpose="other")
    work()
    Shipment.objects.filter(labels=used).update(shipped_at=LATER)

    asked = press(staff, good, "cancel").content.decode()
    assert "Cancel the label?" in asked and Label.objects.get(pk=good.pk).state == Label.State.BOUGHT
    assert "Cancel 2 labels?" in act(staff, Label, "cancel", [good, used]).content.decode()
    answer = staff.post(
        listing(Label),
        {"action": "cancel", "_selected_action": [good.pk, used.pk], "confirmed": "1"},
        follow=True,
    )
    work(now())

    assert Label.objects.get(pk=good.pk).state == Label.State.CANCELLED
    assert any("the carrier has the parcel" in words for words in said(answer))


def test_staff_settle_what_waits_for_them(staff):
    with EasyPostDouble() as double:
        double.faults["buy"] = [lost()]
        label = ask(account("easypost"))
        work()
    Label.objects.update(due_at=None)

    shown = staff.get(page(label)).content.decode()
    assert "It was not bought" in shown and "Look at the seller" in shown
    assert "Labels that may have been bought" in staff.get("/admin/").content.decode()
    press(staff, label, "not_bought")

    label.refresh_from_db()
    assert label.state == Label.State.FAILED
    url = reverse("admin:tracking_label_do", args=[label.pk, "look_up"])
    assert staff.post(url).status_code == 403, "there is nothing left to find out"


def test_the_list_takes_no_query_per_label(staff):
    seller = account()
    ask(seller)
    few = queries(staff, listing(Label))
    for n in range(4):
        ask(seller, order=OrderFactory(), purpose=f"more{n}")

    assert queries(staff, listing(Label)) == few
    found = staff.get(listing(Label) + "?q=" + Label.objects.first().order.number_key)
    assert found.status_code == 200
