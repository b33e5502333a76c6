"""The import wizard in a real Chromium: from a file to orders, with and without scripts."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.utils import timezone
from playwright.sync_api import expect

from tests.staff import client_of, listing, page
from tests.tracking.imported import fresh, shop, uploaded
from tracking.models import ImportJob, Order
from tracking.services import imports

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FILE = (
    "Bestellnummer;Bestellt am;E-Mail;Artikel;Menge;Einzelpreis;Land\r\n"
    "#1001;31.12.2025 18:30;ada@example.com;Laterne;2;1.024,50;Deutschland\r\n"
    "#1002;32.12.2025;bo@example.com;Docht;1;2,50;Deutschland\r\n"
).encode("cp1252")


@pytest.fixture
def staff(db, open_page):
    """Return `open(path, …)`: a page of the back-office, logged in."""
    client = client_of()
    user = client.get("/admin/").wsgi_request.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    session = {"name": "session", "value": client.cookies["session"].value}
    return lambda path, **how: open_page(path, cookies=(session,), **how)


def sound(opened):
    return opened.problems(), opened.axe(), opened.overflow()


def work():
    """Do what a worker would."""
    while imports.import_due(at=timezone.now()):
        pass


def test_from_a_file_to_orders_while_the_page_renews_itself(staff):
    shop()
    opened = staff(listing(ImportJob, "add"), width=1280)
    opened.page.get_by_label("File").set_input_files(
        {"name": "bestellungen.csv", "mimeType": "text/csv", "buffer": FILE}
    )
    opened.page.get_by_role("button", name="Upload and look at it").click()

    expect(opened.page.get_by_role("heading", level=1)).to_have_text("Which column is what")
    expect(opened.page.get_by_text("2 × Laterne at €1,024.50")).to_be_visible()
    opened.page.get_by_role("button", name="Do a dry run").click()

    expect(opened.page.get_by_role("progressbar")).to_be_visible()
    work()
    expect(opened.page.get_by_role("heading", name="What the import would do")).to_be_visible()
    expect(opened.page.get_by_text("“32.12.2025” is not a day of the calendar.")).to_be_visible()
    assert not Order.objects.exists()

    opened.page.get_by_role("button", name="Import now").click()
    expect(opened.page.get_by_role("progressbar")).to_be_visible()
    work()
    expect(opened.page.get_by_role("heading", name="What was imported")).to_be_visible()
    with opened.page.expect_download() as download:
        opened.page.get_by_role("button", name="Download 1 refused row").click()
    assert download.value.suggested_filename.endswith("-refused.csv")
    assert Order.objects.get().number == "#1001"
    assert sound(opened) == ([], [], 0)


def test_without_scripts_there_is_a_link_to_look_again(staff):
    job = uploaded("orders", FILE)
    imports.start(job_id=job.pk, dry=True, at=timezone.now())
    opened = staff(page(job), width=390, js=False)

    expect(opened.page.get_by_role("link", name="Look again")).to_be_visible()
    work()
    opened.page.get_by_role("link", name="Look again").click()

    expect(opened.page.get_by_role("heading", name="What the import would do")).to_be_visible()
    assert fresh(job).state == "CHECKED"


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_page_of_it_is_sound(staff, width, scheme):
    job = uploaded("orders", FILE)
    paths = [listing(ImportJob), listing(ImportJob, "add"), page(job, "columns"), page(job)]
    for path in paths:
        assert sound(staff(path, width=width, scheme=scheme, again=True)) == ([], [], 0), path
    imports.start(job_id=job.pk, dry=False, at=timezone.now())
    assert sound(staff(page(job), width=width, scheme=scheme, again=True)) == ([], [], 0)
    work()
    assert sound(staff(page(job), width=width, scheme=scheme, again=True)) == ([], [], 0)
