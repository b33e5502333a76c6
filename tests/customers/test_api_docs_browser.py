"""The API's reference in a real browser: nothing blocked, nothing broken, readable by everyone."""

import pytest
from playwright.sync_api import expect

from tests.factories.customers import StoreFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_reference_is_sound_at_any_width_and_by_night(open_page, scheme, width):
    StoreFactory()

    opened = open_page("/api/docs/", width=width, scheme=scheme)
    opened.page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")

    assert opened.problems() == []
    assert opened.axe() == []
    assert opened.overflow() <= 0


def test_without_scripts_everything_is_there(open_page):
    opened = open_page("/api/docs/#error-invalid", js=False)

    expect(opened.page.get_by_text("/api/v1/shipments/{public_id}/scans/", exact=True)).to_be_visible()
    assert opened.problems() == []
