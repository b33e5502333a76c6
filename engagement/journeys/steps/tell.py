"""Tell the news of the event that began the run, in the words made for it (kinds.py)."""

from collections import defaultdict
from collections.abc import Sequence

from customers.models import Event
from engagement.handlers import milestones, troubles
from engagement.journeys.running import Group, Outcome
from engagement.journeys.ways import by_preference
from engagement.kinds import BY_EVENT, TROUBLE
from engagement.models import Enrolment, Message
from engagement.return_handlers import TELLS, returns

NOTHING = "There is nothing to tell of it."
TOGETHER = "It is told together with others, or was told before."


def run(group: Group) -> None:
    """
    Make the messages of the runs' events. What several events are told with is one message, and belongs to
    the run of its newest.
    """
    group.book.people.load_events(group.runs)
    by_event: dict[int, list[Enrolment]] = defaultdict(list)
    for one in group.runs:
        if one.event is None:
            group.go(one, outcome=Outcome.SKIPPED, why="The event is not here any more.")
        else:
            by_event[one.event.pk].append(one)
    events = [runs[0].event for runs in by_event.values() if runs[0].event is not None]
    messages = _messages(group, events)
    by_preference(messages)
    made = {message.event_id: message for message in messages}
    for pk, runs in by_event.items():
        message = made.get(pk)
        for one in runs:
            if message is None:
                group.go(one, outcome=Outcome.SKIPPED, why=TOGETHER if one.event else NOTHING)
                continue
            message.enrolment_id, message.step = one.pk, group.step.id
            group.book.messages.append(message)
            group.go(one, why=f"“{message.kind}”")


def _messages(group: Group, events: Sequence[Event]) -> list[Message]:
    about = [event for event in events if event.kind in BY_EVENT and event.kind not in TROUBLE]
    trouble = [event for event in events if event.kind in TROUBLE]
    back = [event for event in events if event.kind in TELLS]
    found: list[Message] = []
    for tell, mine in ((milestones, about), (troubles, trouble), (returns, back)):
        if mine:
            found += tell(mine, at=group.at)
    return found
