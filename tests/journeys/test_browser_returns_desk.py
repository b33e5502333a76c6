"""The returns desk in a real Chromium: by widths and schemes, and without JavaScript."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from returns.models import Refund, Return
from returns.services import photos
from returns.services.requests import create
from returns.wishes import Wish
from tests.returns.shopper import bought, picture, policy
from tests.staff import client_of, listing, page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALL = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture
def ret(db) -> Return:
    """A return that waits for a person, with something of everything on its page."""
    at, order = timezone.now(), bought()
    policy(order.store, review=True, fee={"kind": "flat", "amount_minor": 495})
    line, other = order.lines.order_by("position")
    size = line.product.variants.get(title="Large")
    photo = photos.store(order, picture(), by="SHOPPER", at=at)
    wishes = [
        Wish(line.pk, 0, "SIZE_TOO_SMALL", "EXCHANGE", variant_id=size.pk, words="Tight at the shoulders"),
        Wish(other.pk, 0, "DEFECTIVE", "REFUND", words="Broken " * 20, photo_ids=(photo.pk,)),
    ]
    made = create(order, wishes=wishes, method="LABEL", at=at, words="Please be quick. " * 8)
    made.risk = [["claims", "3 claims within a year."]]
    made.refund_held = True
    made.why = {**made.why, "held_why": "Sent stones last time"}
    made.save()
    made.parcels.create(problem="No account sells labels back.", created_at=at)
    parcel = made.parcels.create(position=2, tracking_number="1Z999AA10123456784", created_at=at)
    made.units.filter(line=other).update(
        stage="INSPECTED", condition="WORN", disposition="REFURBISH", deduction_minor=400, parcel=parcel,
        inspected_by="Kim", inspected_at=at, inspection_note="Scratched at the rim",
    )  # fmt: skip
    for attempt, state in ((1, Refund.State.FAILED), (2, Refund.State.STAFF)):
        made.refunds.create(
            order=order, purpose=f"return:{made.pk}:refund:1:{attempt}", attempt=attempt, provider="manual",
            amount_minor=2400, currency=made.currency, state=state, words="Closed.", created_at=at,
        )  # fmt: skip
    return made


@pytest.fixture
def staff(ret, open_page):
    """Return `open(path, …)`: a page of the back-office, logged in."""
    client = client_of()
    user = client.get("/admin/").wsgi_request.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    session = {"name": "session", "value": client.cookies["session"].value}
    return lambda path, **how: open_page(path, cookies=(session,), **how)


def sound(opened) -> tuple[list[str], list[str], int]:
    return opened.problems(), opened.axe(), opened.overflow()


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), *ALL])
def test_the_queue_one_return_and_insight_are_sound(staff, ret, width, scheme):
    paths = [
        listing(Return),
        page(ret),
        reverse("admin:returns_return_create") + f"?order={ret.order_id}",
        reverse("admin:returns_producttask_insight"),
        page(ret, "reject"),
    ]
    for path in paths:
        assert sound(staff(path, width=width, scheme=scheme, again=True)) == ([], [], 0), path


def test_a_return_is_refused_without_javascript(staff, ret):
    opened = staff(page(ret), js=False)

    opened.page.get_by_role("link", name="Refuse with words").click()
    opened.page.get_by_label("Why, for the shopper").fill("It was worn.")
    opened.page.get_by_role("button", name="Refuse this return").click()

    expect(opened.page.get_by_text("It was worn.").first).to_be_visible()
    ret.refresh_from_db()
    assert ret.state == "REJECTED"


def test_many_are_approved_after_a_look_at_what_will_happen(staff, ret):
    opened = staff(listing(Return) + "?view=decide", width=390)
    opened.page.get_by_label("Select this object for an action").first.check()
    opened.page.get_by_role("combobox", name="Action").select_option("approve_chosen")
    opened.page.get_by_role("button", name="Go").click()

    expect(opened.page.get_by_role("heading", name="1 of 1 can be approved")).to_be_visible()
    assert sound(opened) == ([], [], 0)
    opened.page.get_by_role("button", name="Approve them").click()

    expect(opened.page.get_by_role("heading", name="1 of 1 approved now")).to_be_visible()
    assert (opened.axe(), opened.overflow()) == ([], 0)
    ret.refresh_from_db()
    assert ret.state == "APPROVED"


def test_staff_make_a_return_without_javascript(staff, ret):
    Return.objects.filter(pk=ret.pk).update(requested_at=timezone.now() - timedelta(days=1))
    opened = staff(page(ret.order), js=False)
    opened.page.get_by_role("link", name="Make a return").click()
    opened.page.get_by_label("How many").first.select_option("1")
    opened.page.get_by_label("Why", exact=True).first.select_option("UNWANTED")
    opened.page.get_by_role("button", name="Show what it comes to").click()

    expect(opened.page.get_by_role("heading", name="What it comes to")).to_be_visible()
    opened.page.get_by_role("button", name="Make this return").click()

    expect(opened.page.get_by_text("is made.")).to_be_visible()
    assert ret.order.returns.filter(source="STAFF").count() == 1
