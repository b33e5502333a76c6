"""
Journey steps: how many runs the engine moves on in a second.

    python -m bench.journeys [RUNS] [--workers 2] [--rounds 5] [--tasks 1000]

RUNS (default 1000000) runs stand at a wait that is over and go on to the next wait, two log rows each (it is
over, the next begins), through `engagement.journeys.engine.advance_due`. The floor, in the same rounds and on
the same database: the same rows in a table with the same columns and indexes, moved by hand-written SQL in
batches of 1,000 (SELECT … FOR UPDATE SKIP LOCKED, UPDATE), by as many connections, without a log. Beside it
the same floor with one log row each. And the naive way: one django-q2 task per step, which loads one run and
saves it, on a sample of `--tasks`, by as many workers. Prints the median over the rounds as JSON; void when
the floor itself moves by more than half.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

import psycopg

from bench.house import House, fresh_database

GOAL = 0.10
GOAL_TASKS = 60
STEADY = 1.5
BATCH = 1000
BEGAN = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def at_once(workers: int, work: Callable[..., None], *args: object) -> None:
    """Run `work` in as many processes."""
    context = get_context("fork")
    children = [context.Process(target=work, args=args) for _ in range(workers)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        if child.exitcode:
            raise SystemExit("a worker failed")


# --- ours ---
def make_journey(steps: int) -> int:
    """Publish a journey of waits, an hour each; returns its live version's key."""
    from engagement.journeys import services
    from engagement.models import Journey

    rows = [
        {"id": f"w{step}", "type": "wait", "hours": 1, "next": f"w{step + 1}"} for step in range(steps + 1)
    ]
    rows.append({"id": f"w{steps + 1}", "type": "end"})
    graph = {"trigger": {"type": "api"}, "steps": rows, "start": "w0"}
    journey = Journey.objects.create(code="bench", name="Bench", draft=graph)
    return services.publish(journey_id=journey.pk, by="bench", at=BEGAN).pk


def fill(url: str, version: int, runs: int) -> None:
    """Put `runs` runs at the first wait, and their copies into the floor's table."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            """
            INSERT INTO engagement_enrolment (public_id, journey_id, version_id, key, subject, context, state,
                step, waits_for, entered_at, stepped_at, due_at, attempts, last_error, why)
            SELECT gen_random_uuid(), v.journey_id, v.id, 'customer:' || n, 'customer:' || n, '{}', 'ACTIVE',
                'w0', '', %s, %s, %s, 0, '', ''
            FROM generate_series(1, %s) n, engagement_journeyversion v WHERE v.id = %s
            """,
            [BEGAN, BEGAN, BEGAN + HOUR, runs, version],
        )
        admin.execute("CREATE TABLE floor (LIKE engagement_enrolment INCLUDING DEFAULTS INCLUDING INDEXES)")
        admin.execute("CREATE TABLE floor_log (LIKE engagement_steplog INCLUDING ALL)")
        admin.execute("INSERT INTO floor SELECT * FROM engagement_enrolment")
        admin.execute("VACUUM ANALYZE engagement_enrolment")
        admin.execute("VACUUM ANALYZE floor")


def advance(at: datetime) -> None:
    """What a worker does: batch after batch until none is due."""
    from django.db import connection

    from engagement.journeys import engine

    connection.close()
    while engine.advance_due(at=at):
        pass
    connection.close()


# --- the floor ---
def by_hand(url: str, at: datetime, step: str, log: bool) -> None:
    """The same moves by hand-written SQL, 1,000 rows a transaction."""
    with psycopg.connect(url) as connection:
        while True:
            rows = connection.execute(
                "SELECT id FROM floor WHERE state = 'ACTIVE' AND due_at <= %s ORDER BY due_at, id LIMIT %s "
                "FOR UPDATE SKIP LOCKED",
                [at, BATCH],
            ).fetchall()
            if not rows:
                connection.commit()
                return
            pks = [pk for (pk,) in rows]
            connection.execute(
                "UPDATE floor SET step = %s, stepped_at = %s, due_at = %s WHERE id = ANY(%s)",
                [step, at, at + HOUR, pks],
            )
            if log:
                connection.execute(
                    "INSERT INTO floor_log (enrolment_id, step, outcome, branch, why, at) "
                    "SELECT unnest(%s::bigint[]), %s, 'PASSED', '', '', %s",
                    [pks, step, at],
                )
            connection.commit()


# --- one task per step ---
def one_step(pk: int, step: str) -> None:
    """What naive code does for each run: load it, look at the graph, save it, write the log."""
    from engagement.journeys import graph
    from engagement.models import Enrolment, StepLog

    run = Enrolment.objects.select_related("version").get(pk=pk)
    following = graph.read(run.version.graph).steps[run.step].next
    StepLog.objects.create(enrolment=run, step=run.step, outcome="PASSED", at=run.due_at)
    run.step, run.stepped_at = following, run.due_at
    run.due_at = run.due_at + HOUR
    run.save()


def by_tasks(house: House, tasks: int) -> float:
    """Return how many steps a second one django-q2 task per step makes, queueing included."""
    from django_q.tasks import async_task

    from engagement.models import Enrolment, StepLog

    pks = list(Enrolment.objects.order_by("pk").values_list("pk", flat=True)[:tasks])
    step = Enrolment.objects.get(pk=pks[0]).step
    done = StepLog.objects.filter(enrolment__in=pks, step=step)
    before = done.count()
    house.cluster()
    time.sleep(5)  # it is up before the first task
    begun = time.perf_counter()
    for pk in pks:
        async_task("bench.journeys.one_step", pk, step)
    while done.count() < before + tasks:
        if time.perf_counter() - begun > 600:
            raise SystemExit("the tasks did not end")
        time.sleep(0.2)
    return tasks / (time.perf_counter() - begun)


def measure(url: str, options: argparse.Namespace) -> dict:
    from django.db import connection

    version = make_journey(options.rounds)
    fill(url, version, options.runs)
    connection.close()
    floor, logged, took = [], [], []
    at = BEGAN + HOUR
    for turn in range(options.rounds):
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("CHECKPOINT")
        for measured in ("floor", "ours") if turn % 2 else ("ours", "floor"):
            if measured == "ours":
                took.append(options.runs / timed(lambda at=at: at_once(options.workers, advance, at)))
            else:
                move = (options.workers, by_hand, url, at, f"w{turn + 1}")
                floor.append(options.runs / timed(lambda move=move: at_once(*move, False)))
        with psycopg.connect(url, autocommit=True) as admin:  # the same moves again, with a log
            admin.execute("UPDATE floor SET due_at = %s", [at])
            admin.execute("VACUUM floor")
        move = (options.workers, by_hand, url, at, f"w{turn + 1}")
        logged.append(options.runs / timed(lambda move=move: at_once(*move, True)))
        print(
            f"  round {turn}: floor {floor[-1]:.0f}/s, with a log {logged[-1]:.0f}/s, ours {took[-1]:.0f}/s",
            file=sys.stderr,
        )
        at += HOUR
    check(options)
    return {
        "floor_per_s": round(statistics.median(floor)),
        "floor_with_log_per_s": round(statistics.median(logged)),
        "steps_per_s": round(statistics.median(took)),
        "ratio": round(statistics.median(mine / least for mine, least in zip(took, floor, strict=True)), 3),
        "ratio_with_log": round(
            statistics.median(mine / least for mine, least in zip(took, logged, strict=True)), 3
        ),
        "void": max(floor) > STEADY * min(floor),
    }


def check(options: argparse.Namespace) -> None:
    """Refuse figures of work that was not done: every run moved once a round, with its log."""
    from engagement.models import Enrolment, StepLog

    there = Enrolment.objects.filter(step=f"w{options.rounds}", state="ACTIVE").count()
    passed = StepLog.objects.filter(outcome="PASSED").count()
    if (there, passed) != (options.runs, options.runs * options.rounds):
        raise SystemExit(f"{there} runs arrived with {passed} log rows, of {options.runs}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("runs", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", type=int, default=1000)
    options = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database())
        house = stack.enter_context(House(url, WORKERS=str(options.workers)))
        house.manage("migrate", "--verbosity", "0")
        os.environ |= house.env
        import django

        django.setup()
        result = measure(url, options)
        result["tasks_per_s"] = round(by_tasks(house, min(options.tasks, options.runs)), 1)
        result["times_tasks"] = round(result["steps_per_s"] / result["tasks_per_s"], 1)
        django.db.connection.close()
    summary = {"bench": "journeys", "goal": GOAL, "goal_tasks": GOAL_TASKS, "runs": options.runs}
    summary |= {"workers": options.workers, **result}
    summary["met"] = result["ratio"] >= GOAL and result["times_tasks"] >= GOAL_TASKS
    print(json.dumps(summary))
    return 0 if summary["met"] and not result["void"] else 1


if __name__ == "__main__":
    sys.exit(main())
