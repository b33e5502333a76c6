"""`manage.py create_api_key`: a key from the command line."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from customers.models import ApiKey, Partner
from tests.factories.customers import StoreFactory

pytestmark = pytest.mark.django_db


def run(*args):
    out, err = StringIO(), StringIO()
    call_command("create_api_key", *args, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_stdout_is_the_key_and_nothing_else():
    out, err = run("acme", "--scopes=orders:read")

    assert re.fullmatch(r"pl_[a-z0-9]{8}_[0-9a-f]{64}\n", out)
    assert "new partner acme" in err and out.strip() not in err
    response = Client(headers={"Authorization": f"Bearer {out.strip()}"}).get("/api/v1/orders/")
    assert response.status_code == 200


def test_a_partner_is_made_once_and_may_hold_several_keys():
    run("Acme Logistics", "--scopes=orders:read")
    run("acme-logistics", "--scopes=orders:read")

    partner = Partner.objects.get()
    assert (partner.slug, partner.name) == ("acme-logistics", "Acme Logistics")
    assert partner.keys.count() == 2


def test_scopes_and_stores_are_taken_as_lists():
    StoreFactory(slug="one")
    StoreFactory(slug="two")
    StoreFactory(slug="three")

    run("acme", "--scopes=orders:read, shipments:write", "--stores=one,two", "--expires-days=30")

    key = ApiKey.objects.get()
    assert key.scopes == ["orders:read", "shipments:write"]
    assert sorted(key.stores.values_list("slug", flat=True)) == ["one", "two"]
    assert not key.all_stores
    assert (key.expires_at - timezone.now()).days == 29


def test_without_stores_a_key_opens_every_store():
    run("acme", "--scopes=orders:read")

    assert ApiKey.objects.get().all_stores


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--scopes=orders:red"], r"--scopes: Unknown scope orders:red\. Known: orders:read, orders:write"),
        (["--scopes="], r"--scopes: Unknown scope \(none given\)"),
        (
            ["--scopes=orders:read", "--stores=nowhere"],
            r"--stores: Unknown store nowhere\. Known: harbour-pine",
        ),
        (["--scopes=orders:read", "--stores="], r"--stores: Unknown store \(none given\)"),
        (["--scopes=orders:read", "--expires-days=0"], "--expires-days"),
        ([], "--scopes"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(options, words):
    StoreFactory()

    with pytest.raises(CommandError, match=words):
        run("acme", *options)

    assert not ApiKey.objects.exists() and not Partner.objects.exists()


def test_a_partner_needs_a_name():
    with pytest.raises(CommandError, match="PARTNER"):
        run("!!!", "--scopes=orders:read")
