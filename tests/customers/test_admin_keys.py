"""Making and ending API keys in the back-office."""

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from customers.models import ApiKey
from customers.services.partners import find_key, issue_key
from tests.factories.customers import PartnerFactory, UserFactory
from tests.staff import act, client_of, listing, page, press, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return client_of()


def test_a_new_key_is_shown_once_and_works(staff):
    partner = PartnerFactory(slug="warehouse")

    made = staff.post(
        page(partner, "newkey"), {"scopes": ["orders:read"], "all_stores": "on"}
    ).content.decode()

    key = made.split('value="pl_')[1].split('"')[0]
    row = find_key(f"pl_{key}", at=timezone.now())
    assert row is not None
    assert (row.partner, row.scopes, row.all_stores) == (partner, ["orders:read"], True)
    for url in (page(partner), page(row), listing(ApiKey), page(partner, "newkey")):
        assert key.split("_")[1] not in staff.get(url).content.decode()
    assert "New API key" in staff.get(page(partner)).content.decode()


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        ({"all_stores": "on"}, "This field is required"),
        ({"scopes": ["orders:read"]}, "Choose either every store"),
        ({"scopes": ["orders:all"], "all_stores": "on"}, "is not one of the available choices"),
        (
            {
                "scopes": ["orders:read"],
                "all_stores": "on",
                "expires_at": "2020-01-01T10:00",
            },
            "This time has passed",
        ),
    ],
)
def test_a_key_that_could_do_nothing_is_not_made(staff, data, wrong):
    partner = PartnerFactory()

    assert wrong in staff.post(page(partner, "newkey"), data).content.decode()
    assert not ApiKey.objects.exists()


def test_a_revoked_key_opens_nothing_and_stays_revoked(staff):
    made = issue_key(partner="warehouse", scopes=["orders:read"], stores=None)

    first = press(staff, made.row, "revoke")
    again = act(staff, ApiKey, "revoke", [made.row])

    assert find_key(made.text, at=timezone.now()) is None
    assert said(first) == [f"1 revoked: {made.row}."]
    assert said(again) == [f"Not revoked: {made.row}: it was revoked before"]


def test_keys_need_their_own_permission(db):
    helper = UserFactory(is_staff=True)
    helper.user_permissions.add(
        Permission.objects.get(codename="view_partner"), Permission.objects.get(codename="change_partner")
    )
    partner = PartnerFactory()
    client = client_of(helper)

    assert "New API key" not in client.get(page(partner)).content.decode()
    assert client.get(page(partner, "newkey")).status_code == 403
