"""Text that no browser of ours sends, at every door: refused in plain words, never a failure of ours."""

import io
import json
import logging

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import hashers
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.api import Api
from tests.factories.customers import StoreFactory, UserFactory
from tests.factories.tracking import OrderFactory
from tests.staff import client_of
from tracking import access
from tracking.models import AccessCode, Link

pytestmark = pytest.mark.django_db
MULTIPART = b'--b\r\nContent-Disposition: form-data; name="number"\r\n\r\n1042\r\n--b--\r\n'


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def order():
    return OrderFactory(number="#1042", store=StoreFactory())


def token_of(order, purpose=Link.Purpose.ACT) -> str:
    return access.token(access.link_for(order, purpose, at=timezone.now()))


def look_up(client, order) -> str:
    return client.post("/", {"number": order.number, "email": order.email})["Location"]


@pytest.mark.parametrize(
    "token", ["a%00b", "%00" * 44, "é" * 44, "%ff%fe", "a" * 100_000, "%ed%a0%80", "%E2%80%AE"]
)
def test_a_token_of_strange_bytes_is_as_unknown_as_any_other(client, order, token):
    plain = client.get("/o/nothing/")
    strange = client.get(f"/o/{token}/")

    assert (strange.status_code, strange.content) == (404, plain.content)


@pytest.mark.parametrize("purpose", list(Link.Purpose))
def test_no_token_works_with_one_character_changed(order, purpose):
    at = timezone.now()
    whole = token_of(order, purpose)

    @given(st.integers(0, len(whole) - 1), st.characters())
    def changed(where, letter):
        if letter != whole[where]:
            assert access.open_token(whole[:where] + letter + whole[where + 1 :], at=at) is None

    changed()
    assert access.open_token(whole, at=at) is not None
    for other in (whole[:-1], whole + "A", whole + "=", whole + "\n", whole.swapcase()):
        assert access.open_token(other, at=at) is None


def test_the_seal_of_one_purpose_opens_no_other(order):
    share = access.link_for(order, Link.Purpose.SHARE, at=timezone.now())
    sealed = access.token(share)
    Link.objects.filter(pk=share.pk).update(purpose=Link.Purpose.ACT)

    assert access.open_token(sealed, at=timezone.now()) is None


@pytest.mark.parametrize(
    "value", [r'"\000aaaaaaaaaaaaaaaaaaaaaaaaaaaa"', r'"\377aaaaaaaaaaaa"', "a" * 9000, "'; --aaaaaaa", ""]
)
def test_a_session_cookie_nobody_was_given_is_no_session(order, value):
    client = Client(HTTP_COOKIE=f"session={value}; csrf={value}; django_language={value}")

    assert client.get("/account/orders/").status_code == 302
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/", ("number", "email")),
        ("/language/", ("language", "next")),
        ("/account/login/", ("login", "password")),
        ("/account/signup/", ("email", "password1")),
        ("/account/password/reset/", ("email",)),
        ("/account/login/code/", ("email",)),
        ("/account/email/", ("email",)),
        ("/admin/find/", ("words",)),
    ],
)
@pytest.mark.parametrize("staff", [False, True])
def test_nul_in_a_form_or_a_query_is_refused(order, path, fields, staff):
    client = client_of() if staff else Client()

    for name in (*fields, "unknown"):
        assert (
            client.post(path, dict.fromkeys(fields, "x") | {name: "a\0b", "action_remove": ""}).status_code
            == 400
        )
    assert client.get(path, {"next": "\0"}).status_code == 400
    assert client.get(path, {"a\0": "x"}).status_code == 400


@pytest.mark.parametrize(
    "charset", ["hex", "base64", "idna", "undefined", "rot13", "utf-7", "utf-16", "unicode_escape", "bogus"]
)
def test_a_charset_the_sender_names_is_not_tried(order, charset):
    form = Client().generic(
        "POST", "/", MULTIPART, content_type=f"multipart/form-data; boundary=b; charset={charset}"
    )

    assert form.status_code == 200
    assert form.context["form"]["number"].value() == "1042"


@pytest.mark.parametrize(
    "number",
    [
        "\u202e1042",
        "1042\ufeff",
        "<script>alert(1)</script>",
        "1" * 100_000,
        "'; DROP TABLE x; --",
        "{{7*7}}",
        "%s%n",
    ],
)
def test_numbers_of_strange_letters_find_nothing_and_run_nothing(client, order, number):
    response = client.post("/", {"number": number, "email": order.email})

    assert response.status_code == 200
    assert b"<script>alert" not in response.content
    assert b'value="49"' not in response.content


def test_the_log_never_holds_what_opens_a_page(client, order):
    [console] = [each for each in logging.getLogger().handlers if each.name == "console"]
    token, lines = token_of(order), io.StringIO()
    before = console.setStream(lines)
    try:
        assert client.get(f"/o/{token}/calendar.ics").status_code == 404
        assert client.get(f"/o/{token}/link/").status_code == 405
    finally:
        console.setStream(before)

    assert "Not Found: /o/[token]/calendar.ics" in lines.getvalue()
    assert token not in lines.getvalue()


# --- the code


@pytest.mark.parametrize("zero", ["٠", "०", "０"])
def test_the_digits_of_any_script_are_digits(client, order, zero):
    where = look_up(client, order)
    client.post(where + "code/")
    digits = access.digits(AccessCode.objects.get())
    typed = "".join(chr(ord(zero) + int(digit)) for digit in digits)

    assert client.post(where + "code/", {"code": typed})["Location"] == where


@pytest.mark.parametrize(
    "typed", ["²²²²²²", "①②③④⑤⑥", "\u202e123456", "1e5", "", "\ud7ff", "-12345", "0x1234"]
)
def test_what_is_no_code_is_refused_in_words(client, order, typed):
    where = look_up(client, order)
    client.post(where + "code/")

    assert client.post(where + "code/", {"code": typed}).status_code == 200


def test_an_ended_link_sends_no_code_and_takes_none(client, order):
    where = look_up(client, order)
    client.post(where + "code/")
    digits = access.digits(AccessCode.objects.get())
    access.revoke_links(order, at=timezone.now())

    assert client.post(where + "code/").status_code == 404
    assert client.post(where + "code/", {"code": digits}).status_code == 404


# --- the API


@pytest.mark.parametrize("path", ["orders/", "shipments/"])
@pytest.mark.parametrize(
    "body",
    [
        r'{"\ud800": 1}',
        r'{"\ud800": 1, "\ud800": 2}',
        r'{"currency": "\udfff"}',
        r'{"lines": [{"title": "\ud83d"}]}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "1" * 5000,
        "NaN",
        "null",
        '"x"',
    ],
)
def test_a_body_that_is_no_text_is_answered_as_a_problem(order, path, body):
    api = Api()
    response = api.client.generic("POST", f"/api/v1/{path}", body.encode(), content_type="application/json")

    assert response.status_code == 400
    assert response.json()["code"] in ("malformed", "invalid")


def test_a_whole_pair_is_one_character(order):
    body = r'{"note": "\ud83d\ude00"}'
    response = Api().client.generic("POST", "/api/v1/orders/", body.encode(), content_type="application/json")

    assert "note" not in response.json()["errors"]


def test_the_descriptions_problems_are_json_too(client):
    response = client.put("/api/schema/")

    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["code"] == "method_not_allowed"


# --- log-in, sign-up, reset


def known(email: str, **fields) -> None:
    user = UserFactory(email=email, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/account/login/", {"login": "{}", "password": "a wrong password"}),
        ("/account/signup/", {"email": "{}", "password1": "a long enough password!"}),
        ("/account/password/reset/", {"email": "{}"}),
        ("/account/login/code/", {"email": "{}"}),
    ],
)
def test_nobody_learns_whether_an_address_has_an_account(monkeypatch, path, data):
    known("ada@example.com")
    known("eve@example.com", is_active=False)
    hashed = []
    encode = hashers.MD5PasswordHasher.encode
    monkeypatch.setattr(
        hashers.MD5PasswordHasher, "encode", lambda *args: (hashed.append(1), encode(*args))[1]
    )
    answers = []
    for email in ("ada@example.com", "bob@example.com", "eve@example.com"):
        cache.clear()
        hashed.clear()
        client = Client(enforce_csrf_checks=False)
        first = client.post(path, {name: value.format(email) for name, value in data.items()})
        then = client.get(first["Location"]) if first.status_code == 302 else first
        words = "".join(
            line for line in then.content.decode().replace(email, "").splitlines() if "csrf" not in line
        )
        answers.append(
            (
                first.status_code,
                first.get("Location"),
                sorted(first.cookies),
                sorted(first.headers),
                words,
                len(hashed),
            )
        )

    assert answers[0] == answers[1] == answers[2]


def test_the_letter_about_a_forgotten_password_follows_no_host_name_of_the_request(client):
    known("ada@example.com")
    client.post("/account/password/reset/", {"email": "ada@example.com"}, HTTP_HOST="localhost:6666")

    assert "localhost:6666" not in mail.outbox[0].body
    assert "://" not in mail.outbox[0].body
