"""What every answer carries, whoever asks and whatever comes of it; and that asking alone changes nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.test import Client

from tests import world as whole
from tests.world import PEOPLE, World

pytestmark = [pytest.mark.django_db, pytest.mark.once]

POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", "https:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "frame-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
    "frame-ancestors": ["'none'"],
}
CONSTANT = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
}
# Shown in a frame without rights, under a policy of its own: what staff write, as mail programs show it.
FRAMED = {f"admin/engagement/template/{name}.html" for name in ("guide", "look", "tested")}
PUBLIC = ("/static/", "/brand/", "/api/schema/", "/api/docs/", "/admin/jsi18n/")


@pytest.fixture
def world(tmp_path, settings) -> World:
    settings.DEMO = True
    settings.MAILBOX_DIR = tmp_path
    cache.clear()
    return whole.build(tmp_path)


def policy_of(response) -> dict[str, list[str]]:
    parts = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {words[0]: words[1:] for words in parts if words}


def missing(response, path: str) -> list[str]:
    """Return what is wrong with an answer's headers."""
    framed = path.startswith("/demo/mailbox/") and path.endswith("/html") and response.status_code == 200
    wrong = [
        f"{name}: {response.get(name)}" for name, value in CONSTANT.items() if response.get(name) != value
    ]
    if response.get("X-Frame-Options") != ("SAMEORIGIN" if framed else "DENY"):
        wrong.append(f"X-Frame-Options: {response.get('X-Frame-Options')}")
    if "Content-Security-Policy" not in response:
        wrong.append("no policy")
    elif not framed and policy_of(response) != POLICY:
        wrong.append(response["Content-Security-Policy"])
    kept = response.get("Cache-Control", "")
    if not path.startswith(PUBLIC) and "no-store" not in kept and not kept.startswith("private, no-cache"):
        wrong.append(f"Cache-Control: {kept}")
    if any(name in response for name in ("Access-Control-Allow-Origin", "Server", "X-Powered-By")):
        wrong.append("says more than it should")
    return [f"{response.status_code} {path} {each}" for each in wrong]


# Following a link of a marketing mail writes down that somebody did, and nothing else: whether it was a
# person is decided later (docs/channels.md).
WRITTEN_BY_GET = frozenset({"engagement_click"})


@pytest.mark.parametrize("who", PEOPLE)
def test_every_answer_carries_every_header_and_asking_changes_nothing(world, who):
    before = whole.fingerprint(but=WRITTEN_BY_GET)
    wrong = []
    for path in whole.everything(world):
        wrong += missing(world.callers[who].get(path), path)
    after = whole.fingerprint(but=WRITTEN_BY_GET)

    assert not wrong, "\n".join(wrong[:40])
    assert [table for table in after if after[table] != before[table]] == []


@pytest.mark.parametrize("method", ["head", "options"])
def test_asking_in_other_ways_changes_nothing(world, method):
    before = whole.fingerprint(but=WRITTEN_BY_GET)
    for path in whole.everything(world):
        getattr(world.callers["superuser"], method)(path)
    after = whole.fingerprint(but=WRITTEN_BY_GET)

    assert [table for table in after if after[table] != before[table]] == []


@pytest.mark.parametrize(
    "path", ["/static/css/tokens.css", "/static/js/nothing.js", "/nothing/", "/o/nothing/", "/s/nobody/"]
)
def test_files_and_missing_pages_carry_them_too(world, path):
    response = Client().get(path)

    assert response.status_code == (200 if "tokens" in path else 404)
    assert not missing(response, path)


def test_failures_carry_them_too(world, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("secret words of the failure")

    monkeypatch.setattr("tracking.views.lookup.speak", broken)
    response = Client(raise_request_exception=False).get("/")

    assert response.status_code == 500
    assert b"secret words" not in response.content
    assert not missing(response, "/")


def test_refusals_carry_them_too(world):
    strict = Client(enforce_csrf_checks=True)
    answers = {
        403: strict.post("/", {"number": "1", "email": "a@example.com"}),
        405: Client().put("/"),
        400: strict.get("/", HTTP_HOST="evil.example"),
        401: strict.get("/api/v1/orders/"),
        413: strict.post("/webhooks/shops/harbour-pine/", b"x" * 5_300_000, content_type="application/json"),
    }

    for status, answer in answers.items():
        assert answer.status_code == status
        assert not missing(answer, "/")


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/admin/", "/healthz", "/account/login/", "/static/css/tokens.css"])
def test_methods_that_nothing_takes_are_refused_everywhere(world, method, path):
    for who in ("anonymous", "superuser"):
        response = world.callers[who].generic(method, path)

        assert response.status_code == 405
        assert not missing(response, path)


def test_a_wrong_host_is_refused_with_every_header_before_it_is_sent_to_https(world, settings):
    settings.SECURE_SSL_REDIRECT = True
    refused, sent = Client().get("/", HTTP_HOST="evil.example"), Client().get("/s/harbour-pine/")

    assert refused.status_code == 400
    assert "evil.example" not in refused.content.decode()
    assert sent["Location"] == "https://testserver/s/harbour-pine/"
    for answer in (refused, sent):
        assert not missing(answer, "/")


@pytest.mark.parametrize(
    "name",
    [
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-For",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-HTTP-Method-Override",
        "Forwarded",
    ],
)
def test_what_a_stranger_says_about_proxies_is_not_believed(world, name):
    plain = Client().get("/nothing/")
    told = Client().get("/nothing/", headers={name: "https"})
    page = world.callers["anonymous"].get(
        whole.address(world, "order", "act"), headers={name: "evil.example"}
    )

    assert (told.status_code, told.content) == (plain.status_code, plain.content)
    assert page.status_code == 200
    assert "evil.example" not in page.content.decode()


# --- behind https

NAMES = (
    "SESSION_COOKIE_NAME SESSION_COOKIE_SECURE SESSION_COOKIE_HTTPONLY SESSION_COOKIE_SAMESITE "
    "CSRF_COOKIE_NAME CSRF_COOKIE_SECURE CSRF_COOKIE_HTTPONLY SECURE_HSTS_SECONDS "
    "SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_HSTS_PRELOAD SECURE_SSL_REDIRECT DEBUG"
)


@pytest.fixture
def https(tmp_path, settings):
    """The settings as they are with nothing but BASE_URL=https://…"""
    read = f"{{n: getattr(s, n) for n in '{NAMES}'.split()}}"
    code = f"import json; from config import settings as s; print(json.dumps({read}))"
    env = {"PATH": os.environ["PATH"], "BASE_URL": "https://orders.example.com", "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=env,
        cwd=configured.BASE_DIR,
        check=True,
    )
    for name, value in json.loads(done.stdout).items():
        setattr(settings, name, value)
    return settings


def test_cookies_belong_to_this_host_alone_and_to_no_script(world, https):
    assert https.DEBUG is False
    found = {}
    for client in (Client(), world.callers["shopper_a"]):
        for method, path, data in (
            ("get", "/", {}),
            ("post", "/", {"number": "1042", "email": "ada@example.com"}),
            ("post", "/language/", {"language": "de"}),
            ("get", "/account/login/", {}),
            ("post", "/account/login/code/", {"email": "ada@example.com"}),
            ("post", "/account/logout/", {}),
        ):
            found |= getattr(client, method)(path, data, secure=True).cookies

    assert {"__Host-session", "__Host-csrf"} < set(found)
    for name, cookie in found.items():
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name


def test_browsers_are_told_to_stay_with_https_for_a_year(world, https):
    response = Client().get("/", secure=True)

    assert response["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert Client().get("/")["Location"].startswith("https://")


def test_templates_hold_nothing_the_policy_would_stop():
    """The policy makes it fail in a browser; this names the file."""
    folder = Path(configured.BASE_DIR) / "templates"
    marks = ("<style", " style=", "javascript:", " onclick", " onload", " onerror", " onsubmit", " onchange")
    found = [
        f"{file.relative_to(folder)}: {mark}"
        for file in folder.rglob("*.html")
        if "emails" not in file.parts and file.relative_to(folder).as_posix() not in FRAMED
        for mark in marks
        if mark in file.read_text(encoding="utf-8")
    ]

    assert not found
