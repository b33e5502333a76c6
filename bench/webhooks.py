"""
Webhook intake: how long a signed delivery takes until it is durable and answered.

    python -m bench.webhooks [--rounds 20] [--sqlite]

Posts recorded Shopify bodies (the project's own when the shared ones are absent) to a web server of its
own, by one client that does little more than write to a socket, interleaved with requests to the health
page and with single-row inserts of the same bodies as floors, and prints medians in milliseconds and their
ratios as JSON.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg

from bench.house import ROOT, House, fresh_database

SECRET = "bench"
TOPICS = ("orders", "fulfillments", "fulfillment_events", "products", "inventory_levels", "customers")


def bodies() -> list[tuple[str, dict]]:
    """Return (topic, body) of every recorded delivery."""
    recorded = ROOT.parent / "shared" / "data" / "shopify"
    if recorded.is_dir():
        messages = [
            json.loads(f.read_text()) for topic in TOPICS for f in sorted((recorded / topic).glob("*.json"))
        ]
        return [(message["name"], message["response"]) for message in messages]
    own = ROOT / "tests" / "tracking" / "payloads" / "shopify"
    return [(f.stem.replace("__", "/"), json.loads(f.read_text())) for f in sorted(own.glob("*.json"))]


def asked(
    web: http.client.HTTPConnection,
    method: str,
    path: str,
    raw: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> float:
    """Return how many milliseconds an answer took. It must be 2xx."""
    began = time.perf_counter()
    web.request(method, path, raw, headers or {})
    answer = web.getresponse()
    said = answer.read()
    took = time.perf_counter() - began
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status} {said!r}")
    return 1000 * took


def measure(house: House, rounds: int) -> dict:
    """Post every body `rounds` times, each made unique, and compare with the health page."""
    web = http.client.HTTPConnection("127.0.0.1", house.port)
    posts, floor, inserts, per_topic = [], [], [], {}
    insert = single_inserts(house.database_url)
    for number in range(rounds):
        for topic, body in bodies():
            raw = json.dumps(body | {"bench": number}).encode()
            headers = {
                "X-Shopify-Topic": topic,
                "X-Shopify-Webhook-Id": f"{topic}-{number}",
                "X-Shopify-Hmac-SHA256": base64.b64encode(
                    hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()
                ).decode(),
                "Content-Type": "application/json",
            }
            took = asked(web, "POST", "/webhooks/shops/bench/", raw, headers)
            posts.append(took)
            per_topic.setdefault(topic, []).append(took)
            # The server rings for a worker after its answer: that is over before the empty view is asked for.
            time.sleep(0.002)
            floor.append(asked(web, "GET", "/healthz"))
            if insert:
                began = time.perf_counter()
                insert(f"{topic}-{number}", raw)
                inserts.append(1000 * (time.perf_counter() - began))
    return {
        "posts": len(posts),
        "median_ms": round(statistics.median(posts), 2),
        "p95_ms": round(statistics.quantiles(posts, n=20)[-1], 2),
        "slowest_topic_median_ms": max(
            (round(statistics.median(t), 2), topic) for topic, t in per_topic.items()
        ),
        "empty_view_median_ms": round(statistics.median(floor), 2),
        "rate_relative_to_empty_view": round(statistics.median(floor) / statistics.median(posts), 2),
        "insert_median_ms": round(statistics.median(inserts), 2) if inserts else None,
        "rate_relative_to_insert": round(statistics.median(inserts) / statistics.median(posts), 2)
        if inserts
        else None,
        # What no view can be above: an empty one, that stores nothing, against the insert.
        "empty_view_relative_to_insert": round(statistics.median(inserts) / statistics.median(floor), 2)
        if inserts
        else None,
        # The view's own part, without what any request costs, against the insert.
        "insert_relative_to_added": round(
            statistics.median(inserts) / (statistics.median(posts) - statistics.median(floor)), 2
        )
        if inserts
        else None,
        "goals": {"rate_relative_to_empty_view": 0.45, "rate_relative_to_insert": 0.6},
    }


def single_inserts(url: str) -> Callable[[str, bytes], None] | None:
    """Return what inserts one row and commits it durably, as pgbench would; None on SQLite."""
    if not url.startswith("postgres"):
        return None
    connection = psycopg.connect(url, autocommit=True)
    connection.execute(
        "CREATE TABLE floor (id bigserial PRIMARY KEY, key varchar(200) NOT NULL UNIQUE, body bytea NOT NULL)"
    )

    def insert(key: str, body: bytes) -> None:
        connection.execute("INSERT INTO floor (key, body) VALUES (%s, %s)", (key, body))

    return insert


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    options = parser.parse_args()
    with ExitStack() as stack:
        if options.sqlite:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            url = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        else:
            url = stack.enter_context(fresh_database())
        house = stack.enter_context(House(url))
        house.manage("migrate", "--verbosity", "0")
        house.manage("setup_store", "bench", "--name", "Bench", "--platform", "shopify", "--secret", SECRET)
        house.web()
        result = measure(house, options.rounds)
    result["database"] = "sqlite" if options.sqlite else "postgresql"
    print(json.dumps(result))
    return 0 if result["median_ms"] < 50 else 1


if __name__ == "__main__":
    sys.exit(main())
