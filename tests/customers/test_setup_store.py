"""`manage.py setup_store`: a store from the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from customers.models import Store

pytestmark = pytest.mark.django_db


def run(*args):
    out, err = StringIO(), StringIO()
    call_command("setup_store", *args, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


EVERYTHING = (
    "harbour-pine",
    "--name=Harbour & Pine",
    "--platform=shopify",
    "--secret=s3cret",
    "--currency=eur",
    "--timezone=Europe/Berlin",
    "--language=de",
    "--email-from=Harbour & Pine <hello@harbour-pine.example>",
    "--domain=Orders.Harbour-Pine.example",
    "--country=de",
    "--brand-color=#2a6ab4",
    "--support-email=help@harbour-pine.example",
)


def test_a_store_is_made_and_its_webhook_address_told():
    out, err = run(*EVERYTHING)

    store = Store.objects.get()
    assert out == (
        "Store harbour-pine created.\nWebhooks: http://localhost:8000/webhooks/shops/harbour-pine/\n"
    )
    assert err == ""
    assert (store.name, store.platform, store.webhook_secret) == ("Harbour & Pine", "shopify", "s3cret")
    assert (store.currency, store.timezone, store.language, store.country) == (
        "EUR",
        "Europe/Berlin",
        "de",
        "DE",
    )
    assert store.email_from == "Harbour & Pine <hello@harbour-pine.example>"
    assert store.domain == "orders.harbour-pine.example"


def test_run_again_it_changes_nothing():
    run(*EVERYTHING)
    before = Store.objects.values().get()

    out, _ = run(*EVERYTHING)

    assert out.startswith("Store harbour-pine unchanged.")
    assert Store.objects.values().get() == before


def test_what_is_left_out_keeps_its_value():
    run(*EVERYTHING)

    out, _ = run("harbour-pine", "--name=Pine")

    store = Store.objects.get()
    assert out.startswith("Store harbour-pine updated.")
    assert (store.name, store.currency, store.webhook_secret) == ("Pine", "EUR", "s3cret")


def test_a_new_secret_keeps_the_old_one_for_the_change_over():
    run(*EVERYTHING)

    run("harbour-pine", "--secret=newer")
    store = Store.objects.get()
    assert (store.webhook_secret, store.webhook_secret_previous) == ("newer", "s3cret")

    run("harbour-pine", "--secret=newer")
    store.refresh_from_db()
    assert store.webhook_secret_previous == "s3cret"

    run("harbour-pine", "--secret-previous=")
    store.refresh_from_db()
    assert (store.webhook_secret, store.webhook_secret_previous) == ("newer", "")


def test_a_slug_alone_is_enough():
    out, err = run("north-mill")

    assert out == "Store north-mill created.\n"
    assert Store.objects.get().name == "North Mill"


def test_a_shop_without_a_secret_is_pointed_out():
    _, err = run("harbour-pine", "--platform=shopify")

    assert "--secret" in err


@pytest.mark.parametrize("platform", ["shopify", "woocommerce"])
def test_every_platform_on_offer_can_be_read(platform):
    out, err = run("harbour-pine", f"--platform={platform}", "--secret=s3cret")

    assert "/webhooks/shops/harbour-pine/" in out
    assert err == ""


def test_the_way_into_the_shops_api_is_set_and_kept_encrypted():
    run(
        "mill",
        "--platform=woocommerce",
        "--api-url=https://mill.example",
        "--api-key=ck_1",
        "--api-secret=cs_1",
    )

    store = Store.objects.get()
    assert (store.api_url, store.api_key, store.api_secret) == ("https://mill.example", "ck_1", "cs_1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key, api_secret FROM customers_store")
        assert not {"ck_1", "cs_1"} & set(cursor.fetchone())


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--api-url=http://mill.example", "--api-url: The address has to begin with https://"),
        ("--api-url=https://10.0.0.8", "--api-url: “https://10.0.0.8”: 10.0.0.8 is not an address of the"),
        ("--timezone=Berlin", "--timezone: “Berlin” is not a time zone"),
        ("--currency=XXL", "--currency: “XXL” is not a currency"),
        ("--language=Klingon", "--language: “Klingon” is not a language"),
        ("--country=Germany", "--country: "),
        ("--country=XX", "--country: “XX” is not"),
        ("--brand-color=orange", "--brand-color: A colour looks like"),
        ("--email-from=nobody", "--email-from: "),
        ("--email-from=A <a@example.com>\nBcc: b@example.com", "--email-from: "),
        ("--support-email=nobody", "--support-email: "),
        ("--domain=https://example.com/", "--domain: "),
        ("--name=", "--name: "),
        ("--platform=magento", "invalid choice"),
    ],
)
def test_a_wrong_option_is_named_and_nothing_is_kept(option, words):
    with pytest.raises(CommandError) as refused:
        run("harbour-pine", option)

    assert words in str(refused.value)
    assert not Store.objects.exists()


def test_a_wrong_slug_is_named():
    with pytest.raises(CommandError, match="SLUG: "):
        run("Harbour & Pine")


def test_two_stores_cannot_share_a_domain():
    run("harbour-pine", "--domain=orders.example.com")

    with pytest.raises(CommandError, match="--domain: Another store"):
        run("north-mill", "--domain=ORDERS.example.com")
