"""
What the steps of a batch decide, kept until it is written at once (engagement/journeys/writing.py).

A step gets a Group: runs that stand at it. It says for each where it goes, that it waits, or how it ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from customers.outbox_batch import Fact
from engagement.journeys.graph import Graph, Step, StepType
from engagement.journeys.people import People
from engagement.models import Enrolment, Journey, JourneyVersion, Message, StepLog

Outcome = StepLog.Outcome
MAX_VISITS = 50
MAX_WORDS = 300
# What a run keeps for itself; the rest of its context goes to messages.
VISITS, CAME, ENTRY = "visits", "came", "entry"
OWN = frozenset({VISITS, CAME, ENTRY})


@dataclass(frozen=True)
class Plan:
    """A version, read."""

    version: JourneyVersion
    journey: Journey
    graph: Graph

    @cached_property
    def loops(self) -> frozenset[str]:
        """The steps one can come back to: only there visits are counted."""
        ways = {step.id: [to for _, to in step.ways if to] for step in self.graph.steps.values()}
        return frozenset(name for name in ways if name in _reached(ways, name))


def _reached(ways: Mapping[str, list[str]], start: str) -> set[str]:
    seen: set[str] = set()
    row = list(ways[start])
    while row:
        name = row.pop()
        if name not in seen:
            seen.add(name)
            row += ways[name]
    return seen


@dataclass
class Book:
    """Everything a batch will write, and who goes on at once."""

    at: datetime
    people: People
    messages: list[Message] = field(default_factory=list)
    logs: list[StepLog] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    moved: dict[int, Enrolment] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    ready: list[Enrolment] = field(default_factory=list)

    def log(self, run: Enrolment, step: str, outcome: str, why: str = "", branch: str = "") -> None:
        """Note what happened to a run at a step."""
        self.logs.append(
            StepLog(
                enrolment_id=run.pk,
                step=step,
                outcome=outcome,
                branch=branch[:40],
                why=why[:MAX_WORDS],
                at=self.at,
            )
        )

    def end(self, run: Enrolment, state: str, why: str) -> None:
        """Let a run end in `state`."""
        run.state, run.why, run.ended_at = state, why[:MAX_WORDS], self.at
        run.due_at, run.waits_for = None, ""
        self.moved[run.pk] = run

    def park(self, run: Enrolment) -> None:
        """Let a run of a paused journey rest: resuming looks at it again."""
        run.due_at = None
        self.moved[run.pk] = run


@dataclass
class Group:
    """Runs at one step of one version, at `book.at`."""

    plan: Plan
    step: Step
    runs: list[Enrolment]
    book: Book

    @property
    def at(self) -> datetime:
        """The time of the batch."""
        return self.book.at

    @property
    def journey(self) -> Journey:
        """Whose step it is."""
        return self.plan.journey

    @property
    def settings(self) -> Mapping[str, Any]:
        """The step's settings."""
        return self.step.settings

    def visit(self, run: Enrolment) -> int:
        """Return how often the run has come to this step, this time included."""
        return int(run.context.get(VISITS, {}).get(self.step.id, 1))

    def key(self, run: Enrolment) -> str:
        """Return what makes an effect of this visit unique, whoever does it and however often."""
        return f"j:{run.pk}:{self.step.id}:{self.visit(run)}"

    def is_new(self, run: Enrolment) -> bool:
        """Say whether the run has just come to the step, and does not look at it again."""
        return run.due_at == run.stepped_at

    def keep(self, run: Enrolment, **found: Any) -> None:
        """Put what a step found out into the run's context."""
        run.context = {**run.context, **found}
        self.book.changed.add(run.pk)
        self.book.moved[run.pk] = run

    def go(self, run: Enrolment, *, outcome: str = Outcome.PASSED, why: str = "", branch: str = "") -> None:
        """Send a run on by the step's only way."""
        self.lead(run, self.step.next, outcome=outcome, why=why, branch=branch)

    def other(self, run: Enrolment, *, outcome: str = Outcome.NO, why: str = "", branch: str = "no") -> None:
        """Send a run on by the step's second way."""
        self.lead(run, self.step.other, outcome=outcome, why=why, branch=branch)

    def lead(self, run: Enrolment, target: str, *, outcome: str, why: str = "", branch: str = "") -> None:
        """Send a run on to the step `target`, '' for the end."""
        self.book.log(run, self.step.id, outcome, why, branch)
        run.waits_for, run.last_error = "", ""
        if not target:
            self.book.end(run, Enrolment.State.DONE, "")
            return
        run.step, run.stepped_at, run.due_at = target, self.at, self.at
        self.book.moved[run.pk] = run
        if target in self.plan.loops and not self._count(run, target):
            return
        self.book.ready.append(run)

    def _count(self, run: Enrolment, target: str) -> bool:
        visits = dict(run.context.get(VISITS, {}))
        visits[target] = int(visits.get(target, 0)) + 1
        if visits[target] > MAX_VISITS:
            words = f"It came to the step “{target}” more than {MAX_VISITS} times."
            self.book.log(run, target, Outcome.FAILED, words)
            self.book.end(run, Enrolment.State.FAILED, words)
            return False
        self.keep(run, **{VISITS: visits})
        return True

    def wait(self, run: Enrolment, until: datetime | None, why: str, *, waits_for: str = "") -> None:
        """Let a run stay until `until` (None: until something happens)."""
        if run.due_at != until or self.is_new(run):
            self.book.log(run, self.step.id, Outcome.WAITS, why)
        run.due_at, run.waits_for = until, waits_for
        self.book.moved[run.pk] = run

    def end(
        self, run: Enrolment, state: str, why: str, *, outcome: str = Outcome.SKIPPED, branch: str = ""
    ) -> None:
        """Let a run end here."""
        self.book.log(run, self.step.id, outcome, why, branch)
        self.book.end(run, state, why)

    def fail(self, run: Enrolment, why: str) -> None:
        """Let a run end because it cannot go on."""
        self.end(run, Enrolment.State.FAILED, why, outcome=Outcome.FAILED)

    def message_context(self, run: Enrolment) -> dict[str, Any]:
        """Return what a message of this run may know."""
        return {name: value for name, value in run.context.items() if name not in OWN}


def first_visit(plan: Plan, context: dict[str, Any]) -> dict[str, Any]:
    """Return the context of a run that begins: its first step counts as a visit where one can come back."""
    start = plan.graph.start
    return {**context, VISITS: {start: 1}} if start in plan.loops else context


__all__ = ["CAME", "ENTRY", "VISITS", "Book", "Group", "Outcome", "Plan", "StepType", "first_visit"]
