"""The returns desk: the queue, one return's page, and what a person can do there."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from returns.models import Policy, Return
from returns.services import photos
from tests.factories.customers import UserFactory
from tests.factories.tracking import NOON
from tests.returns.paying import back
from tests.returns.scenes import ask, bought, sibling, swap
from tests.returns.shopper import picture, policy
from tests.staff import act, client_of, listing, page, press, queries, said
from tests.tracking import memory_shop

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


@pytest.fixture
def staff():
    return client_of()


def reviewed(**given):
    """Return a return that waits for a person, because the policy says so."""
    order = bought({"quantity": 2}, **given)
    if not Policy.objects.filter(store=order.store).exists():
        policy(order.store, review=True)
    return ask(order)


def allowed(*names):
    user = UserFactory(is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def test_the_queue_counts_what_waits_and_shows_only_that(staff):
    other = ask(bought())
    waits = reviewed()

    whole = staff.get(listing(Return)).content.decode()
    chosen = staff.get(listing(Return), {"view": "decide"}).content.decode()

    assert "To decide" in whole
    assert other.number in whole
    assert waits.number in chosen
    assert other.number not in chosen


@pytest.mark.parametrize(
    ("view", "fields"),
    [
        ("held", {"refund_held": True}),
        ("waiting", {"state": "RECEIVED"}),
        ("overpaid", {"overpaid_minor": 5}),
        ("older-7", {"requested_at": NOON.replace(year=2020)}),
    ],
)
def test_a_saved_view_holds_its_rows_and_no_other(staff, view, fields):
    mine, other = back(), back()
    Return.objects.update(requested_at=timezone.now())
    Return.objects.filter(pk=mine.pk).update(**fields)

    shown = staff.get(listing(Return), {"view": view}).content.decode()

    assert mine.number in shown
    assert other.number not in shown


def test_label_trouble_is_a_view_of_its_own(staff):
    mine, other = back(), back()
    mine.parcels.update(problem="No account sells labels back.")

    shown = staff.get(listing(Return), {"view": "label"}).content.decode()

    assert mine.number in shown
    assert other.number not in shown


@pytest.mark.parametrize("what", ["number", "bare", "order", "email", "parcel"])
def test_a_return_is_found_by_whatever_is_in_hand(staff, what):
    ret, other = back(), back()
    ret.parcels.update(tracking_number="1Z 77", tracking_key="1Z77")
    Return.objects.filter(pk=ret.pk).update(email="bo@example.com")
    words = {
        "number": ret.number.lower(),
        "bare": ret.number.removeprefix("R-"),
        "order": ret.order.number,
        "email": "Bo@example.com",
        "parcel": "1z77",
    }[what]

    shown = staff.get(listing(Return), {"q": words}).content.decode()

    assert ret.number in shown
    assert other.number not in shown


def test_the_quick_search_opens_a_return_at_once(staff):
    ret = back()

    answer = staff.post(reverse("admin:find"), {"words": ret.number})

    assert answer["Location"] == page(ret)


def test_the_list_costs_the_same_however_long_it_is(staff):
    back()
    few = queries(staff, listing(Return))
    for _ in range(4):
        back()

    assert queries(staff, listing(Return)) == few


def test_the_page_tells_money_goods_and_why(staff):
    ret = reviewed()
    number = ret.policy_version.number

    shown = staff.get(page(ret)).content.decode()

    for words in (
        ret.number,
        "To decide",
        "$48.00",
        "I do not want it any more",
        f"Version {number} of",
        "inspected",
    ):
        assert words in shown


def test_approving_approves_once_and_the_log_names_who(staff):
    ret = reviewed()

    press(staff, ret, "approve")
    again = staff.post(reverse("admin:returns_return_do", args=[ret.pk, "approve"]))

    ret.refresh_from_db()
    assert (ret.state, again.status_code) == ("APPROVED", 403)
    assert ret.approved_by
    assert "Approved." in staff.get(page(ret, "history")).content.decode()


def test_refusing_asks_for_words_and_names_the_language(staff):
    ret = reviewed()
    Return.objects.filter(pk=ret.pk).update(language="de")

    asked = staff.get(page(ret, "reject")).content.decode()
    empty = staff.post(page(ret, "reject"), {"words": " "})
    staff.post(page(ret, "reject"), {"words": "Das ging leider nicht."})

    ret.refresh_from_db()
    assert "The shopper reads German" in asked
    assert empty.status_code == 200
    assert (ret.state, ret.rejected_words) == ("REJECTED", "Das ging leider nicht.")
    assert "Das ging leider nicht." in staff.get(page(ret)).content.decode()


def test_a_refund_is_held_with_a_reason_and_let_go(staff):
    ret = ask(bought())

    staff.post(page(ret, "hold"), {"words": "Sent stones last time"})
    held = Return.objects.get(pk=ret.pk)
    shown = staff.get(page(ret)).content.decode()
    press(staff, ret, "release")

    assert held.refund_held
    assert "Sent stones last time" in shown
    ret.refresh_from_db()
    assert not ret.refund_held
    assert ret.why["released_by"]


def test_what_is_over_cannot_be_held(staff):
    ret = back(state="SETTLED")

    told = staff.post(page(ret, "hold"), {"words": "Late"}, follow=True)

    assert any("Not held" in words for words in said(told))
    assert not Return.objects.get(pk=ret.pk).refund_held


def test_a_fee_is_let_go_and_shipping_given_back(staff):
    order = bought()
    policy(order.store, fee={"kind": "flat", "amount_minor": 500})
    ret = ask(order)
    assert ret.fee_minor == 500

    press(staff, ret, "waive")
    much = staff.post(page(ret, "shipping"), {"amount": "5.01"}, follow=True)
    staff.post(page(ret, "shipping"), {"amount": "5.00"})

    ret.refresh_from_db()
    assert (ret.fee_minor, ret.shipping_minor) == (0, 500)
    assert any("Not granted" in words for words in said(much))


def test_a_return_is_cancelled_for_the_shopper(staff):
    ret = ask(bought())

    press(staff, ret, "take_back")

    ret.refresh_from_db()
    assert ret.state == "CANCELLED"


def test_a_number_is_entered_where_no_label_could_be_bought(staff):
    ret = back()

    staff.post(page(ret, "parcel"), {"number": "1Z999AA10123456784", "carrier": ""})

    assert ret.parcels.get().shipment.tracking_number == "1Z999AA10123456784"


def test_a_note_stands_in_the_story(staff):
    ret = back()

    staff.post(page(ret, "note"), {"words": "Called her on Monday"})

    assert "Note: Called her on Monday" in staff.get(page(ret)).content.decode()


def test_photos_are_for_who_may_see_returns(staff):
    ret = back()
    photo = photos.store(ret.order, picture(), by="SHOPPER", at=NOON)
    type(photo).objects.update(ret=ret)
    url = page(ret, "photo") + f"?id={photo.public_id}"

    shown = staff.get(url)

    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert staff.get(url + "&small").status_code == 200
    assert staff.get(page(back(), "photo") + f"?id={photo.public_id}").status_code == 404
    assert staff.get(page(ret, "photo") + "?id=none").status_code == 404
    assert allowed("view_order").get(url).status_code == 403


def test_who_may_only_look_can_press_nothing():
    ret = reviewed()
    client = allowed("view_return")

    shown = client.get(page(ret)).content.decode()

    assert "Refuse with words" not in shown
    for name in ("reject", "note", "parcel"):
        assert client.post(page(ret, name), {"words": "x", "number": "1Z1"}).status_code == 403
    assert client.post(reverse("admin:returns_return_do", args=[ret.pk, "approve"])).status_code == 403
    assert client.post(reverse("admin:returns_return_bulk"), {"row": f"{ret.pk}:1"}).status_code == 403


def test_money_needs_a_right_of_its_own():
    ret = ask(bought())
    client = allowed("view_return", "change_return")

    assert "Hold the refund" not in client.get(page(ret)).content.decode()
    for name in ("hold", "shipping"):
        assert client.post(page(ret, name), {"words": "x", "amount": "1"}).status_code == 403
    Return.objects.update(refund_held=True)
    assert client.post(reverse("admin:returns_return_do", args=[ret.pk, "release"])).status_code == 403


def test_the_csv_holds_what_the_list_holds(staff):
    ret = reviewed()

    body = b"".join(act(staff, Return, "export_rows", [ret]).streaming_content).decode()

    assert ret.number in body
    assert "48.00" in body


def test_an_exchange_and_its_difference_stand_on_the_page(staff):
    order = bought()
    other = sibling(order, price_minor=5800)
    ret = ask(order, swap(order, other))

    shown = staff.get(page(ret)).content.decode()

    assert "Exchange" in shown
    assert "$10.00" in shown


# --- many at once
def test_the_preview_says_what_will_happen_and_changes_nothing(staff):
    decided = ask(bought())
    waits = reviewed()
    Return.objects.filter(pk=waits.pk).update(risk=[["claims", "3 claims within a year."]])

    shown = act(staff, Return, "approve_chosen", [waits, decided]).content.decode()

    for words in (
        "1 of 2 can be approved",
        "$48.00 goes back",
        "3 claims within a year.",
        "nothing to decide",
    ):
        assert words in shown
    waits.refresh_from_db()
    assert waits.state == "REVIEW"


def test_what_was_shown_is_approved_and_sent_twice_it_is_once(staff):
    one, two = reviewed(), reviewed()
    rows = [f"{ret.pk}:{ret.version}" for ret in (one, two)]
    url = reverse("admin:returns_return_bulk")

    first = staff.post(url, {"row": rows}).content.decode()
    second = staff.post(url, {"row": rows}).content.decode()

    assert "2 of 2 approved now" in first
    assert "0 of 2 approved now" in second
    assert "Approved already." in second
    assert Return.objects.filter(state="APPROVED").count() == 2


def test_what_changed_since_it_was_shown_is_left(staff):
    ret = reviewed()
    shown = f"{ret.pk}:{ret.version}"
    Return.objects.filter(pk=ret.pk).update(version=ret.version + 1)

    told = staff.post(reverse("admin:returns_return_bulk"), {"row": [shown, "x:1", "7"]}).content.decode()

    assert "changed since you looked" in told
    ret.refresh_from_db()
    assert ret.state == "REVIEW"


def test_more_than_two_hundred_are_refused_in_words(staff, monkeypatch):
    monkeypatch.setattr("returns.admin.bulk.ONE_BY_ONE", 1)
    rows = [reviewed(), reviewed()]

    told = act(staff, Return, "approve_chosen", rows)

    assert said(told) == ["Choose at most 1 at a time."]
