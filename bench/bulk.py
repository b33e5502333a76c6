"""
Carrier events in bulk: from their bytes to scans, each once, and the state of every parcel.

    python -m bench.bulk [EVENTS] [--shape histories|single|both] [--workers 2] [--rounds 5]

EVENTS (default 1000000) scan events reach parcels that exist, through `tracking.services.bulk.take_in`:
JSON read, words understood, repeats found, scans, states, windows, milestones, orders written and committed,
in heaps as large as `tracking.services.inbound_bulk` claims them.
The floor, in the same rounds and on the same database: COPY of the same bytes into a table with a key and a
unique index, by one connection, a row per message. Beside it stands the same floor with a row per event and
the indexes of scans: what has to be written at the least. A tenth of the messages come again under another
id. Two shapes: `histories`,
one message per parcel with its ten scans, as aggregators push and imports bring them; `single`, one event per
message, the parcels' events mixed as time mixes them. Prints the median over the rounds as JSON; void when
the floor itself moves by more than half.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

import psycopg

from bench.house import House, fresh_database

GOAL = 0.25
STEADY = 1.5
SCANS = 10  # per parcel
BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)
NOW = datetime(2026, 3, 20, 8, tzinfo=UTC)
TOWNS = (
    ("ASTORIA", "OR", "97103"),
    ("PORTLAND", "OR", "97201"),
    ("BOISE", "ID", "83702"),
    ("DENVER", "CO", "80014"),
    ("OMAHA", "NE", "68102"),
    ("EDISON", "NJ", "08817"),
)
# EasyPost's (status, detail), our words; UPS's (type, code, digits, words)
ROUTE = (
    ("pre_transit", "label_created", "Shipping label created", ("M", "MP", "003", "Shipper created a label")),
    ("in_transit", "received_at_origin_facility", "Origin scan", ("I", "OR", "005", "Origin Scan")),
    (
        "in_transit",
        "departed_facility",
        "Departed from facility",
        ("I", "DP", "005", "Departed from Facility"),
    ),
    ("in_transit", "arrived_at_facility", "Arrived at facility", ("I", "AR", "005", "Arrived at Facility")),
    ("in_transit", "departed_facility", "Left the facility", ("I", "DP", "005", "Departed from Facility")),
    ("in_transit", "arrived_at_facility", "Arrived at hub", ("I", "AR", "005", "Arrived at Facility")),
    ("in_transit", "departed_facility", "On its way", ("I", "DP", "005", "Departed from Facility")),
    ("in_transit", "arrived_at_destination_facility", "At the depot", ("I", "DS", "005", "Destination Scan")),
    (
        "out_for_delivery",
        "out_for_delivery",
        "Out for delivery",
        ("I", "OT", "021", "Out For Delivery Today"),
    ),
    ("delivered", "arrived_at_destination", "Delivered, front door", ("D", "FS", "011", "DELIVERED")),
)
BATCHES: list[list[bytes]] = []  # what forked workers find


def number(shape: str, parcel: int) -> str:
    return f"1Z{'H' if shape == 'histories' else 'S'}{parcel:010d}"


def steps(parcel: int) -> Iterator[tuple[int, datetime, tuple[str, str, str]]]:
    """Yield the moments and places of one parcel's scans."""
    at = BEGAN + timedelta(minutes=parcel % 10_000, seconds=parcel % 60)
    for step in range(SCANS):
        yield step, at, TOWNS[(parcel + step // 2) % len(TOWNS)]
        at += timedelta(hours=5 + (parcel + step) % 7, minutes=(parcel * 7 + step) % 60)


def history(parcel: int, again: bool) -> bytes:
    """Return an EasyPost event with all scans of a parcel, about as long as a recorded one."""
    details = [
        {
            "object": "TrackingDetail",
            "message": ROUTE[step][2],
            "description": "",
            "status": ROUTE[step][0],
            "status_detail": ROUTE[step][1],
            "datetime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "source": "UPS",
            "carrier_code": ROUTE[step][3][1],
            "tracking_location": {
                "object": "TrackingLocation",
                "city": town,
                "state": state,
                "country": "US",
                "zip": code,
            },
        }
        for step, at, (town, state, code) in steps(parcel)
    ]
    tracker = {
        "id": f"trk_{parcel:032x}",
        "object": "Tracker",
        "mode": "production",
        "tracking_code": number("histories", parcel),
        "status": details[-1]["status"],
        "status_detail": details[-1]["status_detail"],
        "created_at": "2026-03-01T08:00:00Z",
        "updated_at": details[-1]["datetime"],
        "signed_by": None,
        "weight": 17.6,
        "est_delivery_date": "2026-03-06T00:00:00Z",
        "carrier": "UPS",
        "tracking_details": details,
        "carrier_detail": {"object": "CarrierDetail", "service": "Ground", "container_type": None},
        "finalized": True,
        "is_return": False,
        "public_url": f"https://track.easypost.com/{parcel:040x}",
        "fees": [{"object": "Fee", "type": "TrackerFee", "amount": "0.02000", "charged": True}],
    }
    event = {
        "id": f"evt_{parcel:031x}{int(again)}",
        "object": "Event",
        "created_at": "2026-03-06T08:00:00Z",
        "description": "tracker.updated",
        "mode": "production",
        "previous_attributes": {"status": "in_transit"},
        "pending_urls": [],
        "completed_urls": [],
        "result": tracker,
    }
    return json.dumps(event).encode()


def alert(parcel: int, step: int, at: datetime, town: tuple[str, str, str], again: bool) -> bytes:
    """Return one event of a parcel as UPS's Track Alert tells it."""
    kind, code, digits, words = ROUTE[step][3]
    city, state, postcode = town
    local = at - timedelta(hours=7)
    return json.dumps(
        {
            "trackingNumber": number("single", parcel),
            "localActivityDate": local.strftime("%Y%m%d"),
            "localActivityTime": local.strftime("%H%M%S"),
            "gmtActivityDate": at.strftime("%Y%m%d"),
            "gmtActivityTime": at.strftime("%H%M%S"),
            "activityLocation": {
                "city": city,
                "stateProvince": state,
                "postalCode": postcode,
                "country": "US",
            },
            "activityStatus": {"type": kind, "code": code, "description": words, "descriptionCode": digits},
            "scheduledDeliveryDate": "20260306",
            "actualDeliveryDate": "",
            "actualDeliveryTime": "",
            "scheduledDeliveryTime": "",
            "deliveryStartTime": "",
            "deliveryEndTime": "",
            "deliveryPhoto": "again" if again else "",
        }
    ).encode()


def messages(shape: str, parcels: range, seed: int) -> list[bytes]:
    """Return the bodies about `parcels` in the order they come in, a tenth of them twice."""
    chance = random.Random(seed)  # noqa: S311
    if shape == "histories":
        told = [history(parcel, False) for parcel in parcels]
        told += [history(parcel, True) for parcel in chance.sample(parcels, len(parcels) // 10)]
        chance.shuffle(told)
        return told
    timed = [(at, parcel, step, town) for parcel in parcels for step, at, town in steps(parcel)]
    timed += [(at + timedelta(hours=1), *rest) for at, *rest in chance.sample(timed, len(timed) // 10)]
    timed.sort()
    real = {(parcel, step): at for parcel in parcels for step, at, _ in steps(parcel)}
    return [
        alert(parcel, step, real[parcel, step], town, at != real[parcel, step])
        for at, parcel, step, town in timed
    ]


def heaps(bodies: list[bytes]) -> list[list[bytes]]:
    """Return the bodies in heaps as a worker claims them."""
    from tracking.services.inbound_bulk import ENOUGH, MOST

    found, size = [[]], 0
    for body in bodies:
        if size >= ENOUGH or len(found[-1]) >= MOST:
            found.append([])
            size = 0
        found[-1].append(body)
        size += len(body)
    return found


# --- the house
def fill(shape: str, count: int) -> None:
    """Make one order with one parcel for each of `count`."""
    from customers.models import Customer, Store
    from tracking.models import Order, Shipment

    store, _ = Store.objects.get_or_create(slug="bench", defaults={"name": "Bench", "country": "US"})
    customer, _ = Customer.objects.get_or_create(email="ada@example.com")
    ship_to = {"city": "Edison", "region": "NJ", "country": "US", "postcode": "08817"}
    for start in range(0, count, 10_000):
        parcels = range(start, min(start + 10_000, count))
        orders = Order.objects.bulk_create(
            Order(
                store=store,
                customer=customer,
                external_id=f"{shape}-{parcel}",
                number=f"#{parcel}",
                number_key=str(parcel),
                placed_at=BEGAN,
                currency="USD",
                ship_to=ship_to,
            )
            for parcel in parcels
        )
        Shipment.objects.bulk_create(
            Shipment(
                order=order,
                fulfillment_external_id=str(parcel),
                carrier="ups",
                tracking_number=number(shape, parcel),
                tracking_key=number(shape, parcel),
                destination=ship_to,
                handed_over_at=BEGAN,
            )
            for order, parcel in zip(orders, parcels, strict=True)
        )


def work(shape: str, mine: int, workers: int) -> None:
    """Take in this worker's share of BATCHES."""
    from django.db import connection
    from django.utils.module_loading import import_string

    from config.lib import garbage
    from config.wiring import CARRIERS
    from tracking.carriers.base import Credentials
    from tracking.services.bulk import Told, take_in

    connection.close()
    code = "easypost" if shape == "histories" else "ups"
    carrier = import_string(CARRIERS[code])(Credentials())
    for batch in BATCHES[mine::workers]:
        with garbage.left_alone():
            told = [Told(parcel, code) for body in batch for parcel in carrier.parse(body)]
            take_in(told=told, at=NOW)
    connection.close()


def timed(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def ours(shape: str, workers: int) -> None:
    if workers == 1:
        return work(shape, 0, 1)
    context = get_context("fork")
    children = [context.Process(target=work, args=(shape, mine, workers)) for mine in range(workers)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        if child.exitcode:
            raise SystemExit("a worker failed")
    return None


def copy(url: str, bodies: list[bytes]) -> None:
    """The floor: the same bytes into an indexed table."""
    with (
        psycopg.connect(url) as connection,
        connection.cursor() as cursor,
        cursor.copy("COPY floor (key, body) FROM STDIN") as stream,
    ):
        for place, body in enumerate(bodies):
            stream.write_row((f"delivery-{place * 7919 % len(bodies)}", body))


def copy_rows(url: str, bodies: list[bytes], per_message: int) -> None:
    """The same bytes with a row for each event, into a table with the indexes of scans."""
    count = len(bodies) * per_message // SCANS + 1  # parcels
    with (
        psycopg.connect(url) as connection,
        connection.cursor() as cursor,
        cursor.copy("COPY floor_rows (parcel, key, at, body) FROM STDIN") as stream,
    ):
        for place, body in enumerate(bodies):
            share = len(body) // per_message + 1
            for part in range(per_message):
                row = place * per_message + part
                parcel = row // SCANS if per_message == SCANS else row % count
                at = BEGAN + timedelta(seconds=row)
                stream.write_row((parcel, f"{row:040x}", at, body[part * share : (part + 1) * share]))


def measure(shape: str, events: int, options: argparse.Namespace, url: str) -> dict:
    """Return the figures of one shape."""
    from django.db import connection

    from tracking.models import Scan, Shipment

    parcels = max(events // SCANS // options.rounds, 1)
    fill(shape, parcels * options.rounds)
    before = Scan.objects.count()
    connection.cursor().execute("ANALYZE")
    connection.close()
    floor, rows, took, told = [], [], [], 0
    per_message = SCANS if shape == "histories" else 1
    for turn in range(options.rounds):
        bodies = messages(shape, range(turn * parcels, (turn + 1) * parcels), turn)
        told = len(bodies) * per_message
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("TRUNCATE floor, floor_rows")
            admin.execute("CHECKPOINT")
        BATCHES[:] = heaps(bodies)
        for measured in ("floor", "ours") if turn % 2 else ("ours", "floor"):
            if measured == "floor":
                floor.append(told / timed(lambda bodies=bodies: copy(url, bodies)))
            else:
                took.append(told / timed(lambda: ours(shape, options.workers)))
        rows.append(told / timed(lambda bodies=bodies: copy_rows(url, bodies, per_message)))
        print(
            f"  {shape} round {turn}: floor {floor[-1]:.0f}/s, with a row per event {rows[-1]:.0f}/s, "
            f"ours {took[-1]:.0f}/s",
            file=sys.stderr,
        )
    made = Scan.objects.count() - before
    over = Shipment.objects.filter(
        status="DELIVERED", tracking_number__startswith=number(shape, 0)[:3]
    ).count()
    if (made, over) != (parcels * options.rounds * SCANS, parcels * options.rounds):
        raise SystemExit(f"{made} scans and {over} delivered parcels are not what was told")
    ratios = [mine / least for mine, least in zip(took, floor, strict=True)]
    return {
        "events": told * options.rounds,
        "bytes_per_message": round(statistics.mean(map(len, bodies))),
        "floor_events_per_s": round(statistics.median(floor)),
        "events_per_s": round(statistics.median(took)),
        "ratio": round(statistics.median(ratios), 3),
        "row_per_event_per_s": round(statistics.median(rows)),
        "ratio_to_row_per_event": round(
            statistics.median(mine / least for mine, least in zip(took, rows, strict=True)), 3
        ),
        "void": max(floor) > STEADY * min(floor),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("events", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--shape", choices=("histories", "single", "both"), default="both")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    shapes = ("histories", "single") if options.shape == "both" else (options.shape,)
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database())
        house = stack.enter_context(House(url))
        house.manage("migrate", "--verbosity", "0")
        os.environ |= house.env
        import django

        django.setup()
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(
                "CREATE TABLE floor "
                "(id bigserial PRIMARY KEY, key varchar(200) NOT NULL UNIQUE, body bytea NOT NULL)"
            )
            admin.execute(
                "CREATE TABLE floor_rows (id bigserial PRIMARY KEY, parcel bigint NOT NULL, "
                "key varchar(40) NOT NULL, at timestamptz NOT NULL, body bytea NOT NULL, "
                "UNIQUE (parcel, key))"
            )
        result = {shape: measure(shape, options.events, options, url) for shape in shapes}
        django.db.connection.close()
    summary = {"bench": "bulk", "goal": GOAL, "workers": options.workers, **result}
    summary["met"] = result[shapes[0]]["ratio"] >= GOAL
    print(json.dumps(summary))
    return 0 if summary["met"] and not any(figures["void"] for figures in result.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
