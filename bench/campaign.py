"""
A campaign of personal mails: words, permission, tracked links, rows of the log, each recipient once.

    python -m bench.campaign [MAILS] [--workers 2] [--rounds 3] [--tasks 300] [--kill N]

MAILS (default 20000; the goal is meant for 100000) customers who said yes are in a segment; workers make and
send the campaign to a mail server in a process of its own (bench/sink.py), through `customers.worker.run`, as
in a real house. The floor, in the same rounds: pipelined SMTP of the constant bytes of one of these mails to
the same server, over one connection per worker. Beside it, what naive code does: one django-q2 task per mail
that loads, asks, renders and sends it over a connection of its own, run without the queue's own cost.

With --kill N, workers die by SIGKILL N times while it runs and others take over; the run then ends when
nothing is left, every recipient is counted at the server (more than once is a failure) and what nobody can
say about is told (UNKNOWN). Prints JSON; void when the floor itself moves by more than half.
"""

import argparse
import json
import os
import signal
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

from bench.house import House, free_port, fresh_database

GOAL, TIMES = 0.40, 40
STEADY = 1.5
LEASE = 130  # seconds: what a dead worker held is given up after it
WORDS = """# Light for the porch

Dear {{ first_name }}, the evenings are drawing in, and a lamp by the door says somebody is home.

[See the lamps](https://shop.example/lamps)

Or [read how they are made](https://shop.example/making), and [ask us](https://shop.example/ask) anything.
"""


def fill(count: int) -> int:
    """Make people who said yes, a segment of them and a campaign with words. Returns its key."""
    from django.utils import timezone

    from customers.models import Consent, Customer, Store
    from engagement.models import Campaign, Membership, Segment, Template

    at = timezone.now()
    store = Store.objects.create(
        slug="bench", name="Bench", country="US", postal_address="1 Harbour Street",
        email_from="Bench <hello@bench.example>", shop_url="https://shop.example",
    )  # fmt: skip
    segment = Segment.objects.create(name="Everybody", kind="list")
    for start in range(0, count, 5000):
        people = Customer.objects.bulk_create(
            Customer(name=f"Ada{'abcdefghij'[number % 10]} Lovelace", email=f"a{number}@bench.example")
            for number in range(start, min(start + 5000, count))
        )
        Consent.objects.bulk_create(
            Consent(customer=one, channel="email", purpose="marketing", granted=True, source="b", said_at=at)
            for one in people
        )
        Membership.objects.bulk_create(
            Membership(segment=segment, customer=one, entered_at=at) for one in people
        )
    campaign = Campaign.objects.create(store=store, name="Lamps", segment=segment)
    Template.objects.create(
        store=store, kind=campaign.kind, language="en", subject="Light, {{ first_name }}", body=WORDS
    )
    return int(campaign.pk)


def again(campaign_id: int) -> None:
    """Forget what was sent and let the campaign begin anew."""
    from django.db import connection
    from django.utils import timezone

    from engagement.campaigns import services
    from engagement.models import Campaign, Message

    Message.objects.all().delete()
    Campaign.objects.filter(pk=campaign_id).update(state="DRAFT", cursor=0, made=0, started_at=None)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE engagement_message")
    services.schedule(campaign_id, at=timezone.now())


def serve() -> None:
    """Work as a worker of the house does, until killed or nothing is left."""
    import django

    django.setup()
    from customers.worker import run

    while True:
        done = run("campaign", seconds=2) + run("send", seconds=2)
        if not done:
            time.sleep(0.02)


def sizes() -> tuple[bytes, str]:
    """Return the bytes of one of the campaign's mails, and its recipient."""
    from django.utils import timezone

    from engagement.channels import mime
    from engagement.models import Message
    from engagement.sending.bulk import Writer

    message = Message.objects.select_related("store", "customer").order_by("pk")[0]
    written = Writer().write(message, at=timezone.now())
    return mime.raw(written.outgoing), written.outgoing.to


def push(port: int, body: bytes, to: str, count: int) -> None:
    """The floor: the same bytes `count` times over one pipelined connection."""
    from engagement.channels import pipeline

    smtp = smtplib.SMTP("127.0.0.1", port, timeout=30)
    smtp.ehlo()
    letters = [pipeline.Letter("hello@bench.example", to, lambda: body)] * 1000
    for start in range(0, count, 1000):
        pipeline.send_all(smtp, letters[: min(1000, count - start)])
    smtp.quit()


def floor(port: int, body: bytes, to: str, count: int, workers: int) -> float:
    """Return mails a second of the floor."""
    jobs = [
        get_context("fork").Process(target=push, args=(port, body, to, count // workers))
        for _ in range(workers)
    ]
    begun = time.perf_counter()
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    return count / (time.perf_counter() - begun)


def left() -> int:
    from engagement.models import Campaign

    return Campaign.objects.exclude(state="DONE").count()


def sent() -> int:
    from engagement.models import Message

    return Message.objects.filter(state__in=("SENT", "UNKNOWN")).count()


def campaign(house: House, count: int, workers: int, kills: int = 0) -> tuple[float, int]:
    """Run the campaign; kill a worker `kills` times on the way. Returns mails a second, and kills."""
    from engagement.models import Campaign

    command = (sys.executable, "-c", "from bench.campaign import serve; serve()")
    children = [house.start(*command) for _ in range(workers)]
    while not Campaign.objects.exclude(state="SCHEDULED").exists():  # Python starts as long as it does
        time.sleep(0.02)
    begun = time.perf_counter()
    killed = 0
    while sent() < count:
        time.sleep(0.05)
        if killed < kills and sent() > count * (killed + 1) // (kills + 2):
            victim = children.pop(0)
            os.killpg(victim.pid, signal.SIGKILL)
            victim.wait()
            house.children.remove(victim)
            children.append(house.start(*command))
            killed += 1
        if time.perf_counter() - begun > 60 + count / 50 + killed * LEASE:
            break
    seconds = time.perf_counter() - begun
    for child in children:
        house.kill(child)
    return count / seconds, killed


def one_task_each(count: int) -> float:
    """Return mails a second of one task per mail: its row, its facts, its words, a connection of its own."""
    from django.core.mail import get_connection
    from django.utils import timezone

    from engagement import context, permission
    from engagement.channels.email import compose
    from engagement.models import Message
    from engagement.sending.writing import write

    keys = list(Message.objects.order_by("pk").values_list("pk", flat=True)[:count])
    Message.objects.filter(pk__in=keys).update(state="QUEUED", sent_at=None, claimed_at=None)
    begun = time.perf_counter()
    for pk in keys:
        at = timezone.now()
        facts = context.load(Message.objects.select_related("store", "customer").get(pk=pk))
        if permission.objection(facts, at=at) is None:
            mail = compose(write(facts, at=at).outgoing)
            mail.connection = get_connection()
            mail.send()
            Message.objects.filter(pk=pk).update(state="SENT", sent_at=at)
    return len(keys) / (time.perf_counter() - begun)


def main() -> int:
    """Measure and print. Returns 1 when the goal is missed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # or the workers would live on
    parser = argparse.ArgumentParser()
    parser.add_argument("mails", type=int, nargs="?", default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--kill", type=int, default=0)
    args = parser.parse_args()
    port, out = free_port(), Path(tempfile.mkstemp(prefix="porchlight-sink")[1])
    with (
        fresh_database() as url,
        House(
            url,
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=str(port),
            MARKETING_GAP_HOURS="0",  # the rounds write to the same people
            MARKETING_PER_WEEK="0",
        ) as house,
    ):
        os.environ |= house.env
        house.manage("migrate")
        import django

        django.setup()
        sink = subprocess.Popen([sys.executable, "-m", "bench.sink", str(port), str(out)])
        try:
            report = measure(house, port, args)
        finally:
            sink.send_signal(signal.SIGTERM)
            sink.wait()
    if args.kill:
        report |= counted(out, args.mails)
    print(json.dumps(report))
    return 0 if report["ok"] else 1


def measure(house: House, port: int, args: argparse.Namespace) -> dict:
    """Return the numbers of all rounds; with --kill one campaign with its dead."""
    campaign_id = fill(args.mails)
    if args.kill:
        from engagement.models import Message

        again(campaign_id)
        speed, killed = campaign(house, args.mails, args.workers, args.kill)
        states = Counter(Message.objects.values_list("state", flat=True))
        return {
            "bench": "campaign", "mails": args.mails, "workers": args.workers, "kills": killed,
            "per_second": round(speed), "states": dict(states), "unknown": states["UNKNOWN"],
        }  # fmt: skip
    floors, ours = [], []
    for _ in range(args.rounds):
        again(campaign_id)
        ours.append(campaign(house, args.mails, args.workers)[0])
        body, to = sizes()
        floors.append(floor(port, body, to, args.mails, args.workers))
        print(f"{ours[-1]:.0f} of {floors[-1]:.0f} mails a second", file=sys.stderr, flush=True)
    naive = one_task_each(args.tasks) * args.workers  # as many side by side, at best
    best, mid = statistics.median(floors), statistics.median(ours)
    void = max(floors) > STEADY * min(floors)
    return {
        "bench": "campaign", "mails": args.mails, "workers": args.workers, "bytes": len(body),
        "floor_per_second": round(best), "per_second": round(mid), "ratio": round(mid / best, 3),
        "goal": GOAL, "tasks_per_second": round(naive, 1), "times": round(mid / naive, 1),
        "goal_times": TIMES, "void": void,
        "ok": not void and mid / best >= GOAL and mid / naive >= TIMES,
    }  # fmt: skip


def counted(out: Path, mails: int) -> dict:
    """Return how often recipients were written to, as the server saw it."""
    got = Counter(line.split()[0] for line in out.read_text().splitlines())
    most = max(got.values(), default=0)
    return {"recipients": len(got), "most_per_recipient": most, "ok": most <= 1}


if __name__ == "__main__":
    sys.exit(main())
