"""
Who has a parcel open. Two people may not inspect one parcel at once; the database's clock decides how long.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, Q
from django.db.models.functions import Now

from customers import outbox
from customers.models import User
from returns import events
from returns.models import ReturnParcel

HOLD = timedelta(minutes=10)  # renewed by everything that is done to the parcel


@dataclass(frozen=True)
class System:
    """
    A warehouse's own software at the bench in place of a person: it has no log-in, and keeps nothing open.
    `name`: as it stands beside what it said.
    """

    name: str

    @property
    def pk(self) -> None:
        """No person: events name nobody (`by_user` null)."""

    def __str__(self) -> str:
        return self.name


Hand = User | System


class Held(Exception):
    """Somebody else has the parcel open. `who`: their log-in; `until`: when that ends by itself."""

    def __init__(self, who: str, until: datetime | None) -> None:
        super().__init__(f"{who} has this parcel open.")
        self.who, self.until = who, until


class NoteNeeded(ValueError):
    """Taking a parcel out of somebody's hands has to be explained."""


def hold(parcel_id: int, *, by: Hand) -> None:
    """
    Open a parcel for `by`, or keep it open for ten more minutes.

    For a System: see that no person has it, and let nobody open it before the caller's transaction ends.
    Raises: Held while another has it; ReturnParcel.DoesNotExist.
    """
    if isinstance(by, System):
        return _keep_shut(parcel_id)
    until = ExpressionWrapper(Now() + HOLD, output_field=DateTimeField())
    free = Q(held_by=None) | Q(held_by=by) | Q(held_until=None) | Q(held_until__lte=Now())
    if ReturnParcel.objects.filter(free, pk=parcel_id).update(held_by=by, held_until=until):
        return None
    parcel = ReturnParcel.objects.select_related("held_by").get(pk=parcel_id)
    raise Held(str(parcel.held_by), parcel.held_until)


def _keep_shut(parcel_id: int) -> None:
    """
    Lock a parcel's row that nobody has open: whoever opens it now waits for the transaction. Raises: Held.
    """
    ReturnParcel.objects.select_for_update().only("pk").get(pk=parcel_id)
    held = holder(parcel_id)
    if held is not None:
        raise Held(str(held.held_by), held.held_until)


def holder(parcel_id: int) -> ReturnParcel | None:
    """Return the parcel with who has it open now (`held_by`, `held_until`); None when nobody has."""
    held = ReturnParcel.objects.filter(pk=parcel_id, held_until__gt=Now(), held_by__isnull=False)
    return held.select_related("held_by").first()


@transaction.atomic
def take_over(parcel_id: int, *, by: User, note: str, at: datetime) -> None:
    """
    Take a parcel out of somebody's hands. Who may do that is for the caller to know; the note stays.

    Raises: NoteNeeded without a note; ReturnParcel.DoesNotExist.
    """
    note = note.strip()[:300]
    if not note:
        raise NoteNeeded("Say why you take the parcel over.")
    parcel = (
        ReturnParcel.objects.select_for_update(of=("self",)).select_related("ret__store").get(pk=parcel_id)
    )
    was, ret = parcel.held_by_id, parcel.ret
    until = ExpressionWrapper(Now() + HOLD, output_field=DateTimeField())
    ReturnParcel.objects.filter(pk=parcel_id).update(held_by=by, held_until=until)
    if was == by.pk:
        return
    outbox.publish(
        events.PARCEL_TAKEN_OVER,
        key=f"return-parcel:{parcel.pk}:taken-over:{at.isoformat()}",
        occurred_at=at,
        store=ret.store,
        customer=ret.customer,
        subject=ret,
        data={
            "return_id": ret.pk,
            "order_id": ret.order_id,
            "kind": ret.kind,
            "parcel_id": parcel.pk,
            "from_user": was,
            "by_user": by.pk,
            "note": note,
        },
    )


def let_go(parcel_id: int, *, by: User) -> None:
    """Close a parcel without finishing it: another may open it now."""
    ReturnParcel.objects.filter(pk=parcel_id, held_by=by).update(held_by=None, held_until=None)
