"""What all pages of a store share: its colours, its languages, its words when something is wrong."""

from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings as django_settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from config.lib import brand
from tests.factories.customers import StoreFactory
from tests.tracking import scenes
from tracking import access

LOCALE = Path(django_settings.LOCALE_PATHS[0])
SAME_IN_BOTH = {
    "Code",
    "Messages",
    "Name",
    "E-mail",
    "Pages",
    "Total",
    "Source",
}  # words that are spelled alike


@pytest.fixture
def store(db):
    return StoreFactory(brand_color="#ffd400")


def test_the_brand_sheet_sets_corrected_colours_and_nothing_else(client, store):
    response = client.get("/brand/harbour-pine.css")
    made = brand.palette("#ffd400")

    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert response.content.decode() == (
        "@layer tokens{:root{"
        f"--brand:{made['fill']};--on-brand:{made['on_fill']};"
        f"--accent:light-dark({made['accent_light']},{made['accent_dark']})"
        "}}\n"
    )
    assert brand.contrast(made["accent_light"], brand.PAPER) >= brand.NEEDED


def test_the_current_sheet_is_kept_for_ever_and_any_other_only_briefly(client, store):
    page = client.get("/").content.decode()
    address = page[page.index("/brand/") : page.index(".css?v=") + 17]

    assert client.get(address)["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/brand/harbour-pine.css?v=1")["Cache-Control"] == "public, max-age=300"
    assert client.get("/brand/harbour-pine.css").headers.get("Set-Cookie") is None


def test_an_unknown_stores_sheet_is_not_found_and_cannot_be_posted_to(client, store):
    assert client.get("/brand/nobody.css").status_code == 404
    assert client.post("/brand/harbour-pine.css").status_code == 405


def test_a_logo_is_shown_only_from_where_the_policy_allows(client, store):
    store.logo_url = "http://cdn.example/logo.png"
    store.save()
    assert "logo.png" not in client.get("/").content.decode()

    store.logo_url = "https://cdn.example/logo.png"
    store.save()
    assert 'src="https://cdn.example/logo.png" alt="Harbour &amp; Pine"' in client.get("/").content.decode()


# --- languages


def lang(response) -> str:
    text = response.content.decode()
    return text[text.index('<html lang="') + 12 :].split('"')[0]


def test_the_browsers_language_is_spoken(client, store):
    assert (
        "Wo ist meine Bestellung?"
        in client.get("/", headers={"Accept-Language": "de-AT,de;q=0.9"}).content.decode()
    )


def test_the_shoppers_own_choice_wins_and_lasts_a_year(client, store):
    response = client.post("/language/", {"language": "fr", "next": "/s/harbour-pine/"})

    assert response["Location"] == "/s/harbour-pine/"
    cookie = response.cookies["django_language"]
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == (
        "fr",
        timedelta(days=365).total_seconds(),
        "Lax",
    )
    assert lang(client.get("/", headers={"Accept-Language": "de"})) == "fr"


def test_without_a_wish_the_orders_language_is_spoken_then_the_stores(client, db):
    order = scenes.german(timezone.now())
    path = f"/o/{access.token(access.link_for(order, 'act', at=timezone.now()))}/"
    assert lang(client.get(path)) == "de-DE"
    assert lang(client.get(path, headers={"Accept-Language": "xx"})) == "de-DE"
    assert lang(client.get(path, headers={"Accept-Language": "fr-CA"})).startswith("fr")

    order.language = ""
    order.save()
    assert lang(client.get(path)) == "de-DE"


def test_one_request_does_not_change_the_language_of_the_next(client, store):
    client.get("/", headers={"Accept-Language": "de"})

    assert lang(client.get("/")) == "en"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example", ""]
)
def test_choosing_a_language_leads_nowhere_else(client, store, target):
    assert client.post("/language/", {"language": "de", "next": target})["Location"] == "/"


def test_an_unknown_language_is_not_remembered(client, store):
    assert "django_language" not in client.post("/language/", {"language": "tlh", "next": "/"}).cookies
    assert client.get("/language/").status_code == 405


@pytest.mark.parametrize("language", ["de", "fr"])
def test_every_text_is_translated(language):
    catalogue = read_po((LOCALE / language / "LC_MESSAGES" / "django.po").open("rb"))
    with translation.override(language):
        # What our own catalogue leaves open must be known to Django's.
        missing = [
            message.id
            for message in catalogue
            if message.id
            and not any([message.string] if isinstance(message.string, str) else message.string)
            and translation.gettext(message.id) == message.id
        ]
        untouched = [
            message.id
            for message in catalogue
            if message.id and message.id == message.string and message.id not in SAME_IN_BOTH
        ]

    assert (missing, untouched) == ([], [])


@pytest.mark.parametrize("language", ["de", "fr"])
def test_translations_keep_every_placeholder(language):
    for message in read_po((LOCALE / language / "LC_MESSAGES" / "django.po").open("rb")):
        if not message.id:
            continue
        wanted = message.id if isinstance(message.id, tuple) else (message.id,)
        given = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in filter(None, given):
            for mark in ("%(", "{"):
                assert names(text, mark) == names(wanted[-1], mark), message.id


def names(text: str, mark: str) -> set[str]:
    end = ")" if mark == "%(" else "}"
    return {part.split(end)[0] for part in text.split(mark)[1:]}


@pytest.mark.parametrize("language", ["de", "fr"])
def test_the_compiled_catalogue_is_up_to_date(language):
    folder = LOCALE / language / "LC_MESSAGES"
    source, compiled = (
        {str(m.id): list(m.string) for m in read((folder / name).open("rb")) if m.id and any(m.string)}
        for read, name in ((read_po, "django.po"), (read_mo, "django.mo"))
    )

    assert {key.replace("[", "(").replace("]", ")"): value for key, value in compiled.items()} == source


# --- when something is wrong


@pytest.mark.parametrize("name", ["400.html", "403.html", "404.html", "500.html"])
def test_words_for_trouble_need_neither_request_nor_database(name):
    page = render_to_string(name)

    assert "<h1>" in page
    assert "oops" not in page.lower()


def test_a_crash_is_answered_in_words_and_with_the_policy_on(client, store, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("tracking.views.lookup.speak", lambda *a: 1 / 0)

    response = client.get("/")

    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_a_missing_page_offers_the_look_up(client, store):
    response = client.get("/no/such/page/")

    assert response.status_code == 404
    assert "Find an order" in response.content.decode()
