"""`manage.py setup_carrier`: a carrier account from the command line."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tracking.models import CarrierAccount

pytestmark = pytest.mark.django_db


def run(*args):
    out = StringIO()
    call_command("setup_carrier", *args, stdout=out)
    return out.getvalue()


EVERYTHING = ("ep-main", "--carrier=easypost", "--secret=s", "--api-key=EZAK", '--config={"mode": "test"}')


def test_an_account_is_made_and_its_webhook_address_told():
    out = run(*EVERYTHING)

    account = CarrierAccount.objects.get()
    assert out == (
        "Carrier account ep-main created.\nWebhooks: http://localhost:8000/webhooks/carriers/ep-main/\n"
    )
    assert (account.carrier, account.secret, account.api_key) == ("easypost", "s", "EZAK")
    assert account.config == {"mode": "test"} and account.enabled


def test_what_is_left_out_keeps_its_value():
    run(*EVERYTHING)

    assert run(*EVERYTHING).startswith("Carrier account ep-main unchanged.")
    run("ep-main", "--secret=newer")

    account = CarrierAccount.objects.get()
    assert (account.secret, account.api_key, account.config) == ("newer", "EZAK", {"mode": "test"})


def test_an_account_is_switched_off_and_on():
    run(*EVERYTHING)

    assert "disabled" in run("ep-main", "--disable")
    assert not CarrierAccount.objects.get().enabled
    run("ep-main", "--enable")
    assert CarrierAccount.objects.get().enabled


def test_a_new_key_ends_the_pause_the_old_one_caused():
    run(*EVERYTHING)
    later = timezone.now() + timedelta(hours=1)
    CarrierAccount.objects.update(resume_at=later, failing_since=later, failures=9, last_error="401")

    run("ep-main", "--secret=newer")
    assert CarrierAccount.objects.get().failures == 9
    run("ep-main", "--api-key=EZAK2")

    account = CarrierAccount.objects.get()
    assert (account.resume_at, account.failing_since, account.failures, account.last_error) == (
        None,
        None,
        0,
        "",
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--carrier=pigeon"], r"--carrier: “pigeon” .* Known: .*easypost.*sandbox"),
        ([], r"--carrier: Say which .* Known: .*easypost"),
        (["--carrier=easypost", "--config=[1]"], "--config: This is not a JSON object"),
        (["--carrier=easypost", "--config={"], "--config: This is not JSON"),
    ],
)
def test_a_wrong_option_is_named_and_nothing_is_kept(options, words):
    with pytest.raises(CommandError, match=words):
        run("ep-main", *options)

    assert not CarrierAccount.objects.exists()


def test_a_wrong_slug_is_named():
    with pytest.raises(CommandError, match="SLUG: "):
        run("ep main", "--carrier=easypost")
