"""How a comparison with a shop ended: its sums, and the alert for staff."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count

from config.lib import claims
from customers.models import Alert
from customers.services.alerts import end_alert, raise_alert
from tracking.models import ReconcileFinding, ReconcileRun

What = ReconcileFinding.What
State = ReconcileRun.State
ALERT = "tracking.reconcile"


@transaction.atomic
def finish(run: ReconcileRun, state: str, words: str, *, at: datetime, **progress: Any) -> bool:
    """
    Close a claimed run with its sums, and raise or end the store's alert in the same transaction.

    Returns: False when another worker has taken the run over; nothing is written then.
    """
    ended = {"state": state, "words": words[:500], "finished_at": at, "due_at": None}
    if not claims.settle(run, **{**progress, **ended, **counted(run)}):
        return False
    done = ReconcileRun.objects.select_related("store").get(pk=run.pk)
    if state in (State.DONE, State.STOPPED):
        _tell_findings(done, at)
    if state == State.DONE:
        end_alert(key=f"reconcile-failed:{done.store_id}", at=at, why="The last comparison went through.")
    if state in (State.FAILED, State.STOPPED):
        raise_alert(
            kind=ALERT,
            key=f"reconcile-failed:{done.store_id}",
            title=f"{done.store} could not be compared with its shop",
            detail=words,
            store=done.store,
            subject=done,
            at=at,
        )
    return True


def _tell_findings(run: ReconcileRun, at: datetime) -> None:
    key = f"reconcile:{run.store_id}"
    if not run.found and not run.unreadable:
        end_alert(key=key, at=at, why="The last comparison found nothing.")
        return
    left = run.found - run.repaired + run.unreadable
    raise_alert(
        kind=ALERT,
        key=key,
        title=f"{run.store}: {_differences(run.found + run.unreadable)} from the shop",
        detail=in_words(run),
        severity=Alert.Severity.INFO if run.first and not left else Alert.Severity.WARNING,
        store=run.store,
        subject=run,
        at=at,
    )


def _differences(count: int) -> str:
    return f"{count} difference" if count == 1 else f"{count} differences"


def in_words(run: ReconcileRun) -> str:
    """Return the sums of a run in a sentence for staff."""
    parts = [
        (run.missing, "missing here"),
        (run.older, "older here"),
        (run.differing, "different at the same time"),
        (run.gone, "gone from the shop"),
        (run.unreadable, "could not be read"),
    ]
    told = ", ".join(f"{count} {words}" for count, words in parts if count) or "nothing was missing"
    mended = f"; {run.repaired} repaired" if run.repaired else ""
    lost = " Look at the shop's webhooks: they should have told." if run.missing + run.older else ""
    return f"{run.seen} compared: {told}{mended}.{'' if run.first else lost}"


def counted(run: ReconcileRun) -> dict[str, int]:
    """Return how many findings of each sort a run has, by the names of its columns."""
    rows = run.findings.values_list("what").annotate(Count("pk"))
    by_what = dict(rows.order_by())
    return {
        "missing": by_what.get(What.MISSING, 0),
        "older": by_what.get(What.OLDER, 0),
        "differing": by_what.get(What.DIFFERS, 0),
        "gone": by_what.get(What.GONE, 0),
        "unreadable": by_what.get(What.UNREADABLE, 0),
        "repaired": run.findings.filter(repaired=True).count(),
    }
