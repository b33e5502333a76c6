"""Guides in the back-office."""

import pytest
from django.urls import reverse

from engagement.models import Guide
from tests.factories.customers import StoreFactory, UserFactory
from tests.factories.engagement import GuideFactory
from tests.factories.tracking import ProductFactory
from tests.staff import client_of, listing, page, queries

pytestmark = pytest.mark.django_db
ADD = "/admin/engagement/guide/add/"


@pytest.fixture
def staff(db):
    return client_of()


@pytest.fixture
def data():
    store = StoreFactory()
    return {
        "store": store.pk,
        "kind": "care",
        "language": "en",
        "title": "Keep it dry",
        "body": "Dry.",
        "live": "on",
        "position": 0,
    }


def test_staff_write_a_guide(staff, data):
    product = ProductFactory(store_id=data["store"], product_type="Lighting")

    staff.post(ADD, data | {"product": product.pk, "body": "One\r\nTwo\r\n", "language": "de_AT"})

    guide = Guide.objects.get()
    assert (guide.body, guide.language, guide.product) == ("One\nTwo", "de-AT", product)
    shown = staff.get(listing(Guide)).content.decode()
    assert str(product) in shown and "Shown" in shown
    assert "Types there are: Lighting" in staff.get(page(guide)).content.decode()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "maintenance"}, "every_days"),
        ({"every_days": 30}, "every_days"),
        ({"kind": "maintenance", "every_days": 0}, "every_days"),
        ({"video_url": "http://video.example/1"}, "video_url"),
        ({"body": ""}, "body"),
        ({"language": "German"}, "language"),
        ({"body": "Dry.\n\n[[secrets]]"}, "body"),
    ],
    ids=[
        "no interval",
        "an interval for a tip",
        "never",
        "an open video",
        "nothing",
        "no language",
        "no place",
    ],
)
def test_what_makes_no_guide_is_said(staff, data, given, field):
    response = staff.post(ADD, data | given)

    assert field in response.context["adminform"].form.errors
    assert not Guide.objects.exists()


def test_a_product_of_another_store_is_refused(staff, data):
    other = ProductFactory(store=StoreFactory(slug="other"))

    response = staff.post(ADD, data | {"product": other.pk})

    assert "product" in response.context["adminform"].form.errors


def test_a_guide_is_looked_at_before_it_is_saved_and_runs_nothing(staff):
    body = "# Hi\n\n<script>alert(1)</script> [x](javascript:alert(1)) **bold**"

    response = staff.post(reverse("admin:engagement_guide_look"), {"title": "<b>T</b>", "body": body})

    text = response.content.decode()
    assert "<strong>bold</strong>" in text and "<h3>Hi</h3>" in text and "&lt;b&gt;T&lt;/b&gt;" in text
    assert "<script" not in text and 'href="javascript' not in text
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert not Guide.objects.exists()


def test_only_who_may_see_guides_looks_at_them():
    clerk = client_of(UserFactory(is_staff=True))

    assert clerk.post(reverse("admin:engagement_guide_look")).status_code == 403


def test_a_list_of_thirty_takes_as_many_queries_as_one_of_three(staff):
    store = StoreFactory()
    for _ in range(3):
        GuideFactory(store=store, product=ProductFactory(store=store))
    few = queries(staff, listing(Guide))

    for _ in range(27):
        GuideFactory(store=store, product=ProductFactory(store=store))

    assert queries(staff, listing(Guide)) == few


def test_guides_are_downloaded_as_csv(staff):
    GuideFactory(store=StoreFactory(), title="Keep it dry")

    answer = staff.post(reverse("admin:engagement_guide_export"))

    assert b"Keep it dry" in b"".join(answer.streaming_content)
