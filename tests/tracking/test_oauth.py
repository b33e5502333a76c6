"""Access tokens: one per credentials, used until shortly before their end, fetched by one thread."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tracking.carriers.base import CarrierError
from tracking.carriers.oauth import Grant, Tokens, read_token

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
GRANT = Grant("https://carrier.example/token", "id", "secret")


class Desk:
    """A token endpoint that counts its visitors."""

    def __init__(self, expires_in: object = 3600) -> None:
        self.expires_in = expires_in
        self.visits = 0

    def __call__(self) -> bytes:
        self.visits += 1
        return json.dumps({"access_token": f"token-{self.visits}", "expires_in": self.expires_in}).encode()


def test_a_token_is_kept_until_shortly_before_its_end():
    tokens, desk = Tokens(), Desk()

    for minutes, expected in ((0, "token-1"), (58, "token-1"), (59, "token-2"), (60, "token-2")):
        assert tokens.get(GRANT, NOON + timedelta(minutes=minutes), desk) == expected
    assert desk.visits == 2


@pytest.mark.parametrize(
    "other",
    [
        Grant("https://other.example/token", "id", "secret"),
        Grant("https://carrier.example/token", "id2", "secret"),
        Grant("https://carrier.example/token", "id", "secret2"),
        Grant("https://carrier.example/token", "id", "secret", scope="tracking"),
        Grant("https://carrier.example/token", "id", "secret", basic=True),
    ],
)
def test_credentials_that_differ_in_anything_share_no_token(other):
    tokens, desk = Tokens(), Desk()

    assert tokens.get(GRANT, NOON, desk) == "token-1"
    assert tokens.get(other, NOON, desk) == "token-2"
    assert tokens.get(GRANT, NOON, desk) == "token-1"


def test_a_refused_token_is_dropped_but_not_the_one_that_came_after_it():
    tokens, desk = Tokens(), Desk()
    first = tokens.get(GRANT, NOON, desk)
    tokens.forget(GRANT, first)
    second = tokens.get(GRANT, NOON, desk)
    tokens.forget(GRANT, first)

    assert (first, second, tokens.get(GRANT, NOON, desk)) == ("token-1", "token-2", "token-2")


def test_many_threads_ask_once():
    tokens, together = Tokens(), threading.Barrier(8)
    desk, seen = Desk(), []
    entered = threading.Event()

    def slowly() -> bytes:
        entered.wait(0.05)
        return desk()

    def visit() -> None:
        together.wait()
        seen.append(tokens.get(GRANT, NOON, slowly))

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == ["token-1"] * 8
    assert desk.visits == 1


def test_a_failed_request_is_not_remembered():
    tokens, desk = Tokens(), Desk()

    def broken() -> bytes:
        raise CarrierError("down")

    with pytest.raises(CarrierError):
        tokens.get(GRANT, NOON, broken)
    assert tokens.get(GRANT, NOON, desk) == "token-1"


@pytest.mark.parametrize(
    ("expires_in", "lasts"),
    [
        (3600, 3540),
        ("14399", 14339),  # UPS and USPS write it as text
        (10, 30),
        (10**9, 86340),
        (None, 540),
        ("soon", 540),
    ],
)
def test_the_end_of_a_token_is_read_with_a_margin_and_within_reason(expires_in, lasts):
    token = read_token(json.dumps({"access_token": "t", "expires_in": expires_in}).encode(), NOON)

    assert token.until - NOON == timedelta(seconds=lasts)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"<html>", b"{}", b'{"access_token": ""}', b'{"access_token": "a\\nb"}'],
)
def test_an_answer_without_a_usable_token_is_an_error_and_no_token(body):
    with pytest.raises(CarrierError, match="token"):
        read_token(body, NOON)


def test_neither_grant_nor_token_shows_its_secret():
    token = read_token(b'{"access_token": "very-private"}', NOON)

    assert "secret" not in repr(Grant("https://x.example", "id", "very-secret")).replace("client_secret", "")
    assert "very-private" not in repr(token)


def test_a_form_holds_the_secret_only_when_it_is_not_in_the_header():
    assert GRANT.form() == {"grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"}
    assert Grant("u", "id", "secret", scope="tracking", basic=True).form() == {
        "grant_type": "client_credentials",
        "scope": "tracking",
    }
