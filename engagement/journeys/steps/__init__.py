"""
What each type of step does: one file per type, wired here.

A step is a function of a Group (engagement/journeys/running.py): it says for every run of it where that goes.
It writes nothing but what it owns (a tag, a case), and asks the database per group, never per run.
"""

from collections.abc import Callable, Mapping

from engagement.journeys.graph import StepType
from engagement.journeys.running import Group
from engagement.journeys.steps import (
    alert,
    branch,
    call,
    case,
    end,
    message,
    offer,
    split,
    survey,
    tag,
    tell,
    wait,
    wait_date,
    wait_event,
)

STEPS: Mapping[str, Callable[[Group], None]] = {
    StepType.TELL: tell.run,
    StepType.MESSAGE: message.run,
    StepType.WAIT: wait.run,
    StepType.WAIT_DATE: wait_date.run,
    StepType.WAIT_EVENT: wait_event.run,
    StepType.BRANCH: branch.run,
    StepType.SPLIT: split.run,
    StepType.HOLDOUT: split.hold_out,
    StepType.OFFER: offer.run,
    StepType.SURVEY: survey.run,
    StepType.TAG: tag.run,
    StepType.ALERT: alert.run,
    StepType.CASE: case.run,
    StepType.CALL: call.run,
    StepType.END: end.run,
}
