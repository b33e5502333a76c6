"""
A segment of six rules over a million customers: how long to count it, against counting the profiles.

    python -m bench.segments [CUSTOMERS] [--rounds 7]

CUSTOMERS (default 1000000) with three orders each, a profile each, consents, tags and events, made by
generate_series in a database of its own. The floor is `SELECT count(*)` as a scan of the table of profiles,
in the same rounds; `by_index` is the same where PostgreSQL may count in an index instead
(`metrics_to_index`). `metrics`: six questions about how they buy, the kind staff build most. Beside it,
without a goal: `mixed`, six questions of which four go to other tables (orders, consents, tags, events);
`fill` and `step`, the seconds to fill such a segment the first time and to bring it up to date when one in a
hundred changed, events and all. Prints the median over the rounds as JSON; void when the floor moves by more
than half.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bench.house import House, fresh_database

GOAL = 2.0
STEADY = 1.5
NOW = datetime(2026, 3, 20, 8, tzinfo=UTC)
METRICS: dict[str, Any] = {
    "all": [
        {"fact": "profile.orders", "op": "at_least", "value": 2},
        {"fact": "profile.spent", "op": "at_least", "value": 10000},
        {"fact": "profile.last_order", "op": "last_days", "value": 180},
        {"fact": "profile.return_rate", "op": "at_most", "value": 30},
        {
            "any": [
                {"fact": "profile.country", "op": "one_of", "value": ["DE", "AT"]},
                {"fact": "profile.frequency", "op": "at_least", "value": 4},
            ]
        },
    ]
}
MIXED: dict[str, Any] = {
    "all": [
        {"fact": "profile.orders", "op": "at_least", "value": 2},
        {"fact": "profile.last_order", "op": "last_days", "value": 180},
        {"fact": "order", "op": "has", "where": {"last_days": 90, "currency": "EUR", "min_minor": 8000}},
        {"fact": "consent.email", "op": "is", "value": "yes"},
        {"not": {"fact": "customer.tag", "op": "has", "value": "staff"}},
        {"fact": "event", "op": "has_not", "where": {"kind": "engagement.survey.answered", "last_days": 90}},
    ]
}


def _insert(model: Any, columns: dict[str, str], series: str) -> None:
    """Fill a table from `series` (… AS n): `columns` are SQL, the rest their constant defaults."""
    from django.db import connection

    from config.lib import copying

    names, texts = copying.others(model, list(columns))
    rest = ["NULL" if text == "\\N" else "'" + text.replace("'", "''") + "'" for text in texts]
    listed = ", ".join(f'"{name}"' for name in [*columns, *names])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({listed}) "  # noqa: S608 (our own words)
            f"SELECT {', '.join([*columns.values(), *rest])} FROM {series}"
        )


def fill(customers: int) -> None:
    """Make the world. The same number gives the same world."""
    from django.db import connection

    from customers.models import Consent, Customer, CustomerTag, Event, Store
    from engagement.models import Profile
    from tracking.models import Order

    store = Store.objects.create(slug="bench", name="Bench", currency="EUR")
    now = f"'{NOW.isoformat()}'::timestamptz"
    people = f"generate_series(1, {customers}) AS n"
    _insert(
        Customer,
        {
            "id": "n",
            "public_id": "gen_random_uuid()",
            "email": "'c' || n || '@example.com'",
            "created_at": now,
            "updated_at": now,
        },
        people,
    )
    placed = f"{now} - ((n::bigint * 7919) % 730) * interval '1 day'"
    _insert(
        Order,
        {
            "public_id": "gen_random_uuid()",
            "store_id": str(store.pk),
            "external_id": "n::text",
            "customer_id": f"1 + (n::bigint * 104729) % {customers}",
            "number": "'#' || n",
            "number_key": "n::text",
            "placed_at": placed,
            "currency": "'EUR'",
            "total_minor": "2000 + (n::bigint * 31) % 9000",
            "ship_to": """('{"country": "' || (ARRAY['DE','AT','FR','US'])[1 + n % 4] || '"}')::jsonb""",
            "created_at": now,
            "updated_at": now,
        },
        f"generate_series(1, {customers * 3}) AS n",
    )
    half = f"generate_series(1, {customers}, 2) AS n"
    _insert(
        Consent,
        {
            "customer_id": "n",
            "channel": "'email'",
            "purpose": "'marketing'",
            "granted": "n % 3 > 0",
            "source": "'shop'",
            "said_at": now,
        },
        half,
    )
    _insert(
        CustomerTag,
        {"customer_id": "n", "name": "'staff'", "added_at": now},
        f"generate_series(1, {customers}, 50) AS n",
    )
    _insert(
        Event,
        {
            "kind": "'engagement.survey.answered'",
            "key": "'bench:' || n",
            "customer_id": "n",
            "occurred_at": f"{now} - (n % 200) * interval '1 day'",
            "recorded_at": now,
        },
        f"generate_series(1, {customers}, 5) AS n",
    )
    measured = (
        "(SELECT customer_id, count(*) AS orders, sum(total_minor) AS spent, min(placed_at) AS first_at, "
        "max(placed_at) AS last_at, max(ship_to->>'country') AS land FROM tracking_order GROUP BY 1) AS o"
    )
    _insert(
        Profile,
        {
            "customer_id": "o.customer_id",
            "orders": "o.orders",
            "items": "o.orders * 2",
            "currency": "'EUR'",
            "spent_minor": "o.spent",
            "average_minor": "o.spent / o.orders",
            "first_order_at": "o.first_at",
            "last_order_at": "o.last_at",
            "return_rate": "(o.customer_id % 10) / 10.0",
            "recency": "1 + o.customer_id % 5",
            "frequency": "1 + o.customer_id % 5",
            "monetary": "1 + o.customer_id % 5",
            "zone": "'Europe/Berlin'",
            "country": "o.land",
            "updated_at": now,
        },
        measured,
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds a call takes, and what it returns."""
    began = time.perf_counter()
    found = call()
    return time.perf_counter() - began, found


def measure(rounds: int) -> dict[str, Any]:
    """Count the floor and both segments in turn, `rounds` times."""
    from django.db import connection

    from engagement.segments import services

    def floor(by_index: bool = False) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SET enable_indexonlyscan = {'on' if by_index else 'off'}")
            cursor.execute("SELECT count(*) FROM engagement_profile")
            counted = int(cursor.fetchone()[0])
            cursor.execute("RESET enable_indexonlyscan")
            return counted

    calls: dict[str, Callable[[], Any]] = {
        "floor": floor,
        "by_index": lambda: floor(by_index=True),
        "metrics": lambda: services.count(METRICS, at=NOW),
        "mixed": lambda: services.count(MIXED, at=NOW),
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    counts = {name: call() for name, call in calls.items()}  # warm
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(timed(call)[0])
    medians = {name: statistics.median(found) for name, found in times.items()}
    ratios = {
        name: round(statistics.median(a / b for a, b in zip(times[name], times["floor"], strict=True)), 2)
        for name in ("metrics", "mixed")
    }
    against = zip(times["metrics"], times["by_index"], strict=True)
    ratios["metrics_to_index"] = round(statistics.median(a / b for a, b in against), 2)
    # The slow half of the rounds belongs to whoever else was at the machine.
    steady = medians["floor"] / min(times["floor"])
    return {
        "ms": {name: round(found * 1000, 1) for name, found in medians.items()},
        "counts": counts,
        "ratio": ratios,
        "floor_moved": round(steady, 2),
    }


def keep() -> dict[str, float]:
    """Fill a segment, change one customer in a hundred, bring it up to date. Returns seconds."""
    from datetime import timedelta

    from engagement.models import Profile, Segment
    from engagement.segments import services

    segment = Segment(name="Bench")
    services.save_rule(segment=segment, rule=METRICS, at=NOW)
    first, _ = timed(lambda: services.evaluate_due(at=NOW))
    Profile.objects.extra(where=["customer_id %% 100 = 0"]).update(orders=0)
    step, _ = timed(lambda: services.evaluate_due(at=NOW + timedelta(minutes=15)))
    return {"fill_s": round(first, 2), "step_s": round(step, 2)}


def main() -> int:
    """Run it. Returns 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    with fresh_database() as url, House(url) as house:
        house.manage("migrate", "--verbosity", "0")
        os.environ.update(house.env)
        import django

        django.setup()
        from django.db import connection

        made, _ = timed(lambda: fill(asked.customers))
        found = measure(asked.rounds)
        found |= keep()
        connection.close()
    void = found["floor_moved"] > STEADY
    met = found["ratio"]["metrics"] <= GOAL
    print(
        json.dumps(
            {
                "bench": "segments",
                "customers": asked.customers,
                "orders": asked.customers * 3,
                "made_s": round(made, 1),
                **found,
                "goal": GOAL,
                "met": met,
                "void": void,
            }
        )
    )
    return 0 if met or void else 1


if __name__ == "__main__":
    sys.exit(main())
