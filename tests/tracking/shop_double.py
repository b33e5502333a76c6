"""What the doubles of shops' APIs share: calls kept in order, and failures waiting for their call."""

from collections.abc import Callable
from itertools import count
from typing import Any

import requests

from tracking.shops.client import ShopCredentials

HTML = "<html><body>Briefly unavailable for scheduled maintenance.</body></html>"
Answer = tuple[int, dict[str, str], str]


class Double:
    """What both have: calls kept in order, and failures waiting for their call."""

    credentials: ShopCredentials

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.failures: list[tuple[str, str]] = []
        self.ids = count(9001)

    def fail(self, *modes: str, on: str = "") -> None:
        """
        Let the next calls fail, one per mode: timeout, timeout_after, reset, unreachable, 429, 500, 401,
        garbage, huge, throttled. `on`: only calls of that name.
        """
        self.failures += [(mode, on) for mode in modes]

    def called(self, name: str) -> int:
        """Return how many calls of that name came."""
        return sum(1 for called, _ in self.calls if called == name)

    def answer(self, name: str, what: Any, effect: Callable[[], Answer]) -> Answer:
        """Keep the call, and answer it or fail it."""
        self.calls.append((name, what))
        waiting = next((failure for failure in self.failures if failure[1] in ("", name)), None)
        if waiting is None:
            return effect()
        self.failures.remove(waiting)
        return self.failed(waiting[0], effect)

    def failed(self, mode: str, effect: Callable[[], Answer]) -> Answer:
        if mode == "timeout_after":
            effect()
        if mode.startswith("timeout"):
            raise requests.ReadTimeout("timed out")
        if mode == "reset":
            raise requests.ConnectionError("Connection reset by peer")
        if mode == "unreachable":
            raise requests.ConnectTimeout("no route")
        plain = {"Content-Type": "application/json"}
        return {
            "429": (429, plain | {"Retry-After": "7"}, '{"errors": "Too many"}'),
            "500": (500, plain, '{"message": "Internal"}'),
            "401": (401, plain, '{"message": "Not you: shpat_secret cs_secret"}'),
            "garbage": (200, {}, HTML),
            "huge": (200, plain, " " * (21 * 1024 * 1024)),
        }[mode]
