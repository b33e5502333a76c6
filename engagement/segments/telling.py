"""What the stream and other segments hear when somebody comes into a segment or leaves it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from config.lib import copying
from customers import outbox_batch, outbox_many
from customers.outbox_batch import Fact
from customers.worker import wake
from engagement import events
from engagement.models import Segment

TOLD_AT_ONCE = 5_000
WORK = "segment"
T = TypeVar("T")


def batched(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most `size` of `things`, in order."""
    rest = iter(things)
    while found := list(islice(rest, size)):
        yield found


def array(ids: Iterable[int]) -> Any:
    """Return what a column of keys may be `__in` for thousands of them."""
    return copying.among(ids) if copying.available() else list(ids)


def tell(segment: Segment, entered: Sequence[int], left: Sequence[int], at: datetime) -> None:
    """Publish who came and who went, in the caller's transaction."""
    for kind, word, who in (
        (events.SEGMENT_ENTERED, "entered", entered),
        (events.SEGMENT_LEFT, "left", left),
    ):
        for start in range(0, len(who), TOLD_AT_ONCE):
            facts = [
                Fact(
                    kind,
                    f"segment:{segment.pk}:customer:{pk}:{word}:{at.isoformat()}",
                    at,
                    subject_type="engagement.segment",
                    subject_id=str(segment.pk),
                    store_id=segment.store_id,
                    customer_id=pk,
                    data={"segment_id": segment.pk, "segment": segment.name},
                )
                for pk in who[start : start + TOLD_AT_ONCE]
            ]
            if copying.available():
                outbox_many.publish_many(facts, at=at)
            else:
                outbox_batch.publish_batch(facts)


def wake_askers(segment: Segment, at: datetime) -> None:
    """Make segments due whose rules ask about this one. They lie in no ring (check), so this ends."""
    public_id = str(segment.public_id)
    rows = Segment.objects.filter(kind=Segment.Kind.RULES, archived_at=None).exclude(pk=segment.pk)
    asking = [pk for pk, rule in rows.values_list("pk", "rule") if public_id in str(rule)]
    if asking:
        Segment.objects.filter(pk__in=asking).update(due_at=at)
        wake(WORK)
