"""
Does the look-up tell by its timing which half of a pair was wrong?

    python -m bench.lookup [--samples 2000]

Interleaves look-ups of an order that does not exist with look-ups of one that does under a wrong address,
in random order against a database of 5,000 orders, and prints the AUC of the best possible guess from the
time alone (Mann-Whitney): 0.5 is blind chance, the goal is 0.45 to 0.55. Also compares the two answers byte
by byte.
"""

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ORDERS = 5000


def prepare(folder: str) -> None:
    """Point Django at an empty database of its own and fill it."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": folder,
        "DATABASE_URL": f"sqlite:///{Path(folder) / 'bench.sqlite3'}",
        "LOG_LEVEL": "ERROR",
    }


def fill() -> None:
    """Make one store with ORDERS orders."""
    from customers.models import Store
    from tracking.models import Order

    store = Store.objects.create(slug="bench", name="Bench")
    now = datetime.now(UTC)
    Order.objects.bulk_create(
        Order(
            store=store,
            external_id=str(n),
            number=f"#K{n:05d}",
            number_key=f"K{n:05d}",
            email=f"a{n}@example.com",
            email_key=f"a{n}@example.com",
            placed_at=now,
            currency="USD",
        )
        for n in range(ORDERS)
    )


def auc(slow: list[float], fast: list[float]) -> float:
    """Return the chance that a random sample of `slow` took longer than one of `fast` (ties count half)."""
    ranked = sorted([(took, 1) for took in slow] + [(took, 0) for took in fast])
    ranks = sum(rank for rank, (_, mine) in enumerate(ranked, 1) if mine)
    return (ranks - len(slow) * (len(slow) + 1) / 2) / (len(slow) * len(fast))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        import django
        from django.core.management import call_command
        from django.test import Client

        django.setup()
        call_command("migrate", verbosity=0)
        fill()
        times: dict[bool, list[float]] = {True: [], False: []}
        answers: dict[bool, set[str]] = {True: set(), False: set()}
        for n in range(options.samples + 50):
            exists = chance.random() < 0.5
            number = chance.randrange(ORDERS) if exists else ORDERS + chance.randrange(ORDERS)
            typed = {"number": f"K{number:05d}", "email": f"guess{n}@example.com"}
            network = f"10.{n % 250}.{chance.randrange(250)}.1"
            began = time.perf_counter()
            answer = Client().post("/", typed, REMOTE_ADDR=network, headers={"host": "localhost"})
            took = time.perf_counter() - began
            if answer.status_code == 429:
                continue
            if n >= 50:  # the first ones warm up
                times[exists].append(took)
            page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
            page = page.replace(typed["number"], "NUMBER").replace(typed["email"], "EMAIL")
            # The length follows what was typed, which is shown again in the form.
            headers = sorted(item for item in answer.headers.items() if item[0] != "Content-Length")
            answers[exists].add(f"{answer.status_code} {headers} {page}")
    score = auc(times[True], times[False])
    same = answers[True] == answers[False] and len(answers[True]) == 1
    print(
        json.dumps(
            {"samples": sum(map(len, times.values())), "auc": round(score, 3), "answers_identical": same}
        )
    )
    return 0 if same and 0.45 <= score <= 0.55 else 1


if __name__ == "__main__":
    sys.exit(main())
