"""
A storm of webhooks against two worker clusters, both killed with kill -9 on the way.

    python -m tests.chaos.storm [--deliveries 1000] [--seed 1] [--json FILE]

Starts its own PostgreSQL database, web server, two django-q2 clusters and an SMTP sink; posts signed
Shopify webhooks (30 % doubled, shuffled, 5 % more with a wrong signature); kills each cluster once, whole
process group, and starts it again as a supervisor would; then compares what is in the database and in the
sink with what must be there.

Exit code 0 when nothing is lost and nothing is doubled. Mails doubled at the sink are counted and printed:
plain SMTP cannot do better than one per kill. What this does not show: one machine, loopback, a double
instead of real providers.
"""

import argparse
import base64
import hashlib
import hmac
import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import psycopg
import requests
from aiosmtpd.controller import Controller

from bench.house import House, free_port, fresh_database

SECRET = "storm-secret"
STATES = ("in_transit", "out_for_delivery", "delivered")
MILESTONES = ("shipped", "out_for_delivery", "delivered")


class Sink:
    """
    An SMTP server that takes its time, so that a kill finds mails under way, and counts what it accepted.
    """

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (aiosmtpd's name)
        self.seen[message_from_bytes(envelope.content)["Message-ID"]] += 1
        return "250 OK"


def deliveries(orders: int, now: datetime) -> list[tuple[str, dict]]:
    """Return (topic, body) of every fact of `orders` orders: placed, handed over, three scans."""
    facts = []
    for n in range(1, orders + 1):
        placed = now - timedelta(hours=5)
        line = {
            "id": 10_000 + n,
            "title": "Lantern",
            "quantity": 1,
            "price": "48.00",
            "sku": "LAN",
            "requires_shipping": True,
        }
        stamp = {"created_at": placed.isoformat(), "updated_at": placed.isoformat()}
        email = f"shopper{n}@example.com"
        facts.append(
            (
                "orders/create",
                {
                    "id": n,
                    "name": f"#{n}",
                    "email": email,
                    "currency": "USD",
                    "processed_at": placed.isoformat(),
                    "total_price": "48.00",
                    "subtotal_price": "48.00",
                    "line_items": [line],
                    "fulfillments": [],
                    "customer": {
                        "id": 500_000 + n,
                        "email": email,
                        "first_name": "Shopper",
                        "last_name": str(n),
                    },
                    "shipping_address": {"city": "Portland", "country_code": "US", "zip": "97201"},
                    **stamp,
                },
            )
        )
        facts.append(
            (
                "fulfillments/create",
                {
                    "id": 20_000 + n,
                    "order_id": n,
                    "status": "success",
                    "tracking_company": "UPS",
                    "tracking_number": f"1Z{n:08d}",
                    "tracking_numbers": [f"1Z{n:08d}"],
                    "line_items": [{"id": line["id"], "quantity": 1}],
                    **stamp,
                },
            )
        )
        for step, status in enumerate(STATES, 1):
            happened = (placed + timedelta(hours=step)).isoformat()
            facts.append(
                (
                    "fulfillment_events/create",
                    {
                        "id": 30_000 + 10 * n + step,
                        "fulfillment_id": 20_000 + n,
                        "order_id": n,
                        "status": status,
                        "message": status,
                        "happened_at": happened,
                        "created_at": happened,
                        "updated_at": happened,
                        "city": "Denver",
                        "country": "US",
                    },
                )
            )
    return facts


def post(house: House, topic: str, body: dict, delivery: str, secret: str = SECRET) -> tuple[int, float]:
    """Send one signed webhook as Shopify does, again until it is answered. Returns status and seconds."""
    raw = json.dumps(body).encode()
    mac = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-SHA256": mac,
        "X-Shopify-Webhook-Id": delivery,
        "X-Shopify-Triggered-At": body["updated_at"],
    }
    for _ in range(20):
        began = time.perf_counter()
        try:
            answer = requests.post(
                f"{house.env['BASE_URL']}/webhooks/shops/storm/", data=raw, headers=headers, timeout=5
            )
        except requests.RequestException:
            time.sleep(0.2)
            continue
        if answer.status_code < 500:
            return answer.status_code, time.perf_counter() - began
    return 0, 0.0


def count(connection: psycopg.Connection, query: str) -> int:
    return connection.execute(query).fetchone()[0]  # type: ignore[index]


def settled(connection: psycopg.Connection) -> bool:
    """Say whether nothing is due any more."""
    return not (
        count(connection, "SELECT count(*) FROM tracking_inbound WHERE state IN ('WAITING', 'BLOCKED')")
        or count(connection, "SELECT count(*) FROM customers_delivery WHERE state = 'WAITING'")
        or count(connection, "SELECT count(*) FROM engagement_message WHERE state = 'QUEUED'")
    )


def storm(house: House, options: argparse.Namespace, answers: list) -> None:
    """Post everything while each cluster is killed once and started again."""
    chance = random.Random(options.seed)
    facts = deliveries(round(options.deliveries / 1.3 / 5), datetime.now(UTC))
    numbered = [(topic, body, f"d{i}", SECRET) for i, (topic, body) in enumerate(facts)]
    doubled = chance.sample(numbered, round(0.3 * len(numbered)))
    forged = [
        (t, b, f"forged-{d}", "wrong") for t, b, d, _ in chance.sample(numbered, round(0.05 * len(numbered)))
    ]
    posts = numbered + doubled + forged
    chance.shuffle(posts)
    clusters = [house.cluster(), house.cluster()]
    kills = {len(posts) // 3: 0, 2 * len(posts) // 3: 1}
    lock, sent = threading.Lock(), 0

    def one(item: tuple) -> None:
        nonlocal sent
        answers.append((item[3] == SECRET, *post(house, *item)))
        with lock:
            sent += 1
            victim = kills.pop(sent, None)
            if victim is not None:
                house.kill(clusters[victim])
                clusters[victim] = house.cluster()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, posts))


def verdict(connection: psycopg.Connection, sink: Sink, orders: int, answers: list) -> dict:
    """Compare the database and the sink with what must be there."""
    good = sorted(seconds for genuine, status, seconds in answers if genuine and status == 200)
    kinds = dict(connection.execute("SELECT kind, count(*) FROM customers_event GROUP BY kind").fetchall())
    messages = dict(
        connection.execute("SELECT kind, count(*) FROM engagement_message GROUP BY kind").fetchall()
    )
    wanted_events = {"tracking.order.placed": orders, "tracking.shipment.created": orders} | {
        f"tracking.shipment.{milestone}": orders for milestone in MILESTONES
    }
    wanted_messages = {"confirmed": orders} | dict.fromkeys(MILESTONES, orders)
    sent = count(connection, "SELECT count(*) FROM engagement_message WHERE state = 'SENT'")
    return {
        "orders": orders,
        "posts": len(answers),
        "answered_2xx_of_genuine": f"{len(good)}/{sum(1 for genuine, *_ in answers if genuine)}",
        "forged_accepted": sum(1 for genuine, status, _ in answers if not genuine and status != 401),
        "answer_ms_median": round(1000 * good[len(good) // 2], 1),
        "inbound_rows": count(connection, "SELECT count(*) FROM tracking_inbound"),
        "inbound_not_read": count(connection, "SELECT count(*) FROM tracking_inbound WHERE state <> 'DONE'"),
        "events": kinds,
        "events_wrong": {k: (kinds.get(k, 0), n) for k, n in wanted_events.items() if kinds.get(k, 0) != n},
        "messages": messages,
        "messages_wrong": {
            k: (messages.get(k, 0), n) for k, n in wanted_messages.items() if messages.get(k, 0) != n
        },
        "parcels_delivered": count(
            connection, "SELECT count(*) FROM tracking_shipment WHERE status = 'DELIVERED'"
        ),
        "messages_sent": sent,
        "messages_held": count(connection, "SELECT count(*) FROM engagement_message WHERE state = 'HELD'"),
        "messages_failed": count(
            connection, "SELECT count(*) FROM engagement_message WHERE state = 'FAILED'"
        ),
        "mails_at_sink": sum(sink.seen.values()),
        "mails_lost": max(sent - len(sink.seen), 0),
        "mails_doubled": sum(n - 1 for n in sink.seen.values()),
        "kills": 2,
    }


def points_nowhere(house: House) -> bool:
    """Say whether a row's parent is missing where no constraint prevents it."""
    try:
        house.manage("check_keys")
    except subprocess.CalledProcessError:
        return True
    return False


def faults(result: dict) -> list[str]:
    """Return what is wrong, in words; [] when the storm was weathered."""
    orders = result["orders"]
    answered, genuine = result["answered_2xx_of_genuine"].split("/")
    checks = {
        "a genuine delivery was not answered 2xx": answered == genuine,
        "a forged delivery was accepted": result["forged_accepted"] == 0,
        "deliveries were lost or doubled": result["inbound_rows"] == 5 * orders,
        "deliveries were not read": result["inbound_not_read"] == 0,
        "events were lost or doubled": not result["events_wrong"],
        "messages were lost or doubled": not result["messages_wrong"],
        "a row points nowhere": not result["points_nowhere"],
        "a parcel is not delivered": result["parcels_delivered"] == orders,
        "a message failed": result["messages_failed"] == 0,
        "a sent mail never reached the sink": result["mails_lost"] == 0,
        "more mails doubled than kills": result["mails_doubled"] <= result["kills"],
    }
    return [words for words, held in checks.items() if not held]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--deliveries", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=int, default=420, help="seconds to wait for the end")
    parser.add_argument("--json", type=Path, help="also write the result here")
    options = parser.parse_args()
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    answers: list = []
    began = time.monotonic()
    with (
        fresh_database() as url,
        House(url, EMAIL_HOST="127.0.0.1", EMAIL_PORT=str(controller.port)) as house,
    ):
        house.manage("migrate", "--verbosity", "0")
        house.manage(
            "setup_store",
            "storm",
            "--name",
            "Storm",
            "--platform",
            "shopify",
            "--secret",
            SECRET,
            "--email-from",
            "s@example.com",
        )
        house.web()
        storm(house, options, answers)
        posted = time.monotonic() - began
        with psycopg.connect(house.database_url, autocommit=True) as connection:
            while not settled(connection) and time.monotonic() - began < options.patience:
                time.sleep(1)
            orders = round(options.deliveries / 1.3 / 5)
            result = verdict(connection, sink, orders, answers)
        result |= {
            "points_nowhere": points_nowhere(house),
            "seed": options.seed,
            "posted_after_s": round(posted),
            "settled_after_s": round(time.monotonic() - began),
        }
    controller.stop()
    wrong = faults(result)
    result["faults"] = wrong
    print(json.dumps(result, indent=2))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2))
    print(f"mails doubled at the sink: {result['mails_doubled']} (plain SMTP: at most one per kill)")
    print("STORM WEATHERED" if not wrong else "STORM LOST: " + "; ".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
