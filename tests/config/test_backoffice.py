"""The lists of the back-office stand in sections."""

import pytest
from django.apps import apps
from django.contrib import admin

from config.backoffice import OTHERS, SECTIONS
from tests.staff import client_of

pytestmark = pytest.mark.django_db


def test_every_list_of_ours_has_its_section():
    named = {model for _, models in SECTIONS for model in models}
    ours = {
        model._meta.label_lower
        for model in admin.site._registry
        if model._meta.app_label in ("customers", "tracking", "returns", "engagement")
    }

    assert ours - named == set()


def test_no_section_names_what_is_not_there():
    for _, models in SECTIONS:
        for model in models:
            assert apps.get_model(model)


def test_the_first_page_shows_the_sections_in_the_order_of_daily_work():
    page = client_of().get("/admin/").content.decode()

    places = [page.index(f">{name}<") for name in (*(name for name, _ in SECTIONS), OTHERS)]
    assert places == sorted(places)


def test_an_app_s_own_page_still_lists_its_models():
    assert "Carrier accounts" in client_of().get("/admin/tracking/").content.decode()
