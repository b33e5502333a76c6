"""
The order page: what it asks the database, what it weighs, and how its speed compares with an empty view.

    python -m bench.order_page [--rounds 200]

Renders the scene with two parcels, interleaved with the health page and with the unchanged page (304),
through the whole middleware in one process. Goals: at most 8 queries, at most 60 kB with style sheets and
script, 0.20 of the empty view's rate fresh and 0.70 unchanged.
"""

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

QUERIES, BYTES, FRESH, UNCHANGED = 8, 60_000, 0.20, 0.70


def timed(call) -> tuple[float, object]:
    """Return seconds and answer of `call`."""
    began = time.perf_counter()
    answer = call()
    return time.perf_counter() - began, answer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{Path(folder) / 'bench.sqlite3'}",
            "LOG_LEVEL": "ERROR",
        }
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection
        from django.test import Client

        from tests.tracking import scenes
        from tracking import access

        call_command("migrate", verbosity=0)
        now = datetime.now(UTC)
        order = scenes.two_parcels(now)
        url = f"/o/{access.token(access.link_for(order, 'act', at=now))}/"
        client = Client(headers={"host": "localhost"})
        asked: list[str] = []

        def count(execute, sql, *rest):
            asked.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(count):
            page = client.get(url)
        assert page.status_code == 200 and b"aria-current" in page.content, page.content
        assets = set(
            re.findall(r'(?:href|src)="(/(?:static|brand)/[^"]+\.(?:css|js)[^"]*)"', page.content.decode())
        )
        sizes = {"html": len(page.content)} | {
            asset.split("?")[0]: sum(
                map(len, answer.streaming_content if answer.streaming else [answer.content])
            )
            for asset in sorted(assets)
            for answer in [client.get(asset)]
        }
        floor, fresh, unchanged = [], [], []
        for _ in range(options.rounds):
            floor.append(timed(lambda: client.get("/healthz"))[0])
            fresh.append(timed(lambda: client.get(url))[0])
            took, answer = timed(lambda: client.get(url, headers={"if-none-match": page["ETag"]}))
            if answer.status_code == 304:
                unchanged.append(took)
    empty = statistics.median(floor)
    result = {
        "queries": len(asked),
        "bytes": sum(sizes.values()),
        "sizes": sizes,
        "fresh_ms": round(1000 * statistics.median(fresh), 2),
        "rate_fresh": round(empty / statistics.median(fresh), 3),
        "rate_unchanged": round(empty / statistics.median(unchanged), 3) if unchanged else None,
    }
    result["goals_missed"] = [
        name
        for name, missed in {
            "queries": result["queries"] > QUERIES,
            "bytes": result["bytes"] > BYTES,
            "rate_fresh": result["rate_fresh"] < FRESH,
            "rate_unchanged": (result["rate_unchanged"] or 0) < UNCHANGED,
        }.items()
        if missed
    ]
    print(json.dumps(result))
    return 1 if {"queries", "bytes"} & set(result["goals_missed"]) else 0


if __name__ == "__main__":
    sys.exit(main())
