"""
Questions to Shopify's Admin API: cost-aware, and every way of failing told apart.

Limits are by calculated cost: https://shopify.dev/docs/api/usage/limits. Each answer says how much is left in
the bucket and how fast it fills; a question that would certainly be refused waits first, but not for long.
"""

import json
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import requests

from tracking import reading
from tracking.carriers.base import BadPayload
from tracking.reading import Record
from tracking.shops import calls
from tracking.shops.client import ShopError

VERSION = "2026-07"
LONGEST_SLEEP = 5.0
LABEL = "Shopify"
# What Shopify says of a key (@idempotent) whose first call is still being worked on.
_UNDER_WAY = "IDEMPOTENCY_CONCURRENT_REQUEST"
# refundCreate's errors have no code (UserError), only these words.
_IN_PROGRESS = "currently in progress"
TOO_COSTLY = "MAX_COST_EXCEEDED"

Sleep = Callable[[float], None]


class TooCostly(ShopError):
    """One question asked for more than any question may: ask for less at a time."""


class Graph:
    """The way to one shop's GraphQL endpoint; remembers what is left in its bucket."""

    def __init__(self, url: str, token: str, http: requests.Session, sleep: Sleep = time.sleep) -> None:
        """Raises: ShopError when `url` is no https address or `token` cannot be sent."""
        if not token or not token.isascii() or not token.isprintable():
            raise ShopError(
                f"the access token for {LABEL} is missing or damaged", permanent=True, denied=True
            )
        self._url = f"{calls.origin(url, LABEL)}/admin/api/{VERSION}/graphql.json"
        self._token = token
        self._http = http
        self._sleep = sleep
        self._left: float | None = None
        self._fills = 50.0
        self._costs: dict[str, float] = {}

    def ask(self, question: str, variables: Mapping[str, Any], *, effect: bool = False) -> Record:
        """
        Ask (network) and return `data`. `effect`: it is a mutation.

        Raises: ShopError; of errors beside data only those about what we may not see are passed over.
        """
        self._wait(question)
        reply = calls.send(
            self._http,
            LABEL,
            "POST",
            self._url,
            effect=effect,
            hide=(self._token,),
            headers={"X-Shopify-Access-Token": self._token, "Content-Type": "application/json"},
            data=json.dumps({"query": question, "variables": dict(variables)}),
        )
        if reply.status == 404:
            raise ShopError(f"{LABEL} knows no shop at this address", permanent=True, denied=True)
        try:
            told = reading.record(calls.document(reply, LABEL, effect=effect), "the answer")
            self._note_cost(question, told)
            self._refuse(told, effect)
            return reading.record(told.get("data"), "data")
        except BadPayload as exc:
            raise ShopError(f"{LABEL}'s answer could not be read: {exc}", unknown=effect) from exc

    def _wait(self, question: str) -> None:
        """Wait until the bucket can hold the question, by what the last answer said of it."""
        need = self._costs.get(question, 0.0)
        if self._left is None or self._left >= need:
            return
        seconds = (need - self._left) / self._fills
        if seconds > LONGEST_SLEEP:
            self._left = None  # by the next try it will have filled
            raise ShopError(f"{LABEL}'s limit is used up for now", retry_after=seconds)
        self._sleep(seconds)

    def _note_cost(self, question: str, told: Record) -> None:
        extensions = reading.optional(told.get("extensions"), "extensions")
        cost = reading.optional(extensions.get("cost"), "cost")
        status = reading.optional(cost.get("throttleStatus"), "throttleStatus")
        left, fills = _number(status.get("currentlyAvailable")), _number(status.get("restoreRate"))
        asked = _number(cost.get("requestedQueryCost"))
        self._left = left if left is not None else self._left
        self._fills = fills or self._fills
        if asked is not None:
            self._costs[question] = asked

    def _refuse(self, told: Record, effect: bool) -> None:
        """Raise ShopError for errors at the top of an answer."""
        errors = told.get("errors")
        if not errors:
            return
        if isinstance(errors, str):
            said = self._hidden(reading.text(errors, "errors", 300))
            raise ShopError(f"{LABEL}: {said}", permanent=True, denied=True)
        found = [_error(entry) for entry in reading.records(errors, "errors")]
        codes = {code for code, _ in found}
        words = f"{LABEL}: " + self._hidden("; ".join(dict.fromkeys(said for _, said in found)))[:500]
        if "THROTTLED" in codes:
            raise ShopError(words, retry_after=self._until_full(told))
        if TOO_COSTLY in codes:
            raise TooCostly(words, permanent=True)
        if codes == {"ACCESS_DENIED"}:
            if not effect and any(value is not None for value in (told.get("data") or {}).values()):
                return
            raise ShopError(words, permanent=True)  # the key is good, what it may do is not enough
        if codes & {"INTERNAL_SERVER_ERROR", "TIMEOUT", _UNDER_WAY} or _IN_PROGRESS in words:
            raise ShopError(words, unknown=effect)
        raise ShopError(words, permanent=True)

    def _hidden(self, words: str) -> str:
        return words.replace(self._token, "…")

    def _until_full(self, told: Record) -> float:
        """Return how long until the question that was refused would have had room."""
        cost = reading.optional(told.get("extensions") or {}, "extensions").get("cost") or {}
        need = _number(reading.record(cost, "cost").get("requestedQueryCost")) or 0.0
        return min(max((need - (self._left or 0.0)) / self._fills, 1.0), 60.0)


def refuse(payload: Record, *, effect: bool = True) -> None:
    """Raise ShopError for a mutation's userErrors: the field and the words, as the shop says them."""
    errors = reading.records(payload.get("userErrors"), "userErrors")
    if not errors:
        return
    codes = {reading.text(error.get("code"), "code") for error in errors}
    words = "; ".join(_user_error(error) for error in errors)[:500]
    if _UNDER_WAY in codes or _IN_PROGRESS in words:
        raise ShopError(f"{LABEL}: {words}", unknown=effect, retry_after=5.0)
    raise ShopError(f"{LABEL}: {words}", permanent=True)


def codes_of(payload: Record) -> set[str]:
    """Return the codes of a mutation's userErrors."""
    errors = reading.records(payload.get("userErrors"), "userErrors")
    return {reading.text(error.get("code"), "code") for error in errors}


def _user_error(error: Record) -> str:
    path = error.get("field")
    named = ".".join(str(part) for part in path) if isinstance(path, list) else str(path or "")
    said = calls.nobodys(reading.text(error.get("message"), "message", 300))
    return f"{named}: {said}" if named else said


def _error(error: Record) -> tuple[str, str]:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else ""
    said = calls.nobodys(reading.text(error.get("message"), "message", 300))
    if not code and said.lower() == "throttled":
        code = "THROTTLED"
    return str(code or ""), said


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
