"""From a draft to a live version: looked over first, refused with words."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from engagement.journeys import drafts, editing, lint, services
from engagement.journeys.problems import ERROR, Problem
from engagement.models import Journey, JourneyVersion


class NotSound(ValueError):
    """Lint has errors, or warnings nobody accepted. `problems` says which."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(one.words for one in problems[:3]))


@transaction.atomic
def publish(
    *, journey_id: int, seen: str, accepted: Collection[str], by: str, at: datetime, note: str = ""
) -> JourneyVersion:
    """
    Make the draft that was `seen` the live version. `accepted`: the words of the warnings that were ticked.

    Raises: drafts.Stale; BadGraph; NotSound; services.CannotDo where nothing changed.
    """
    journey = (
        Journey.objects.select_for_update(of=("self",)).select_related("live", "store").get(pk=journey_id)
    )
    if drafts.stamp(journey) != seen:
        raise drafts.Stale
    graph = drafts.graph_of(journey)
    open_ones = [one for one in lint.check(graph, journey) if one.level == ERROR or one.words not in accepted]
    if open_ones:
        raise NotSound(open_ones)
    journey.draft = editing.as_json(graph)
    if journey.live and not drafts.has_draft(journey):
        journey.draft = dict(journey.live.graph)  # the same, in the words it was published with
    journey.save(update_fields=["draft", "updated_at"])
    return services.publish(journey_id=journey_id, by=by, at=at, note=note)
