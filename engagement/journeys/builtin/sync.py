"""
Keeps the built-in journeys' rows in step with their definitions, after each migrate.

What staff changed stays theirs: a graph they published is never replaced, a draft they are working on is not
touched, a journey they paused or stopped stays so.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.apps import apps as django_apps
from django.db import transaction
from django.utils import timezone

from engagement.journeys import builtin
from engagement.journeys.builtin.definition import Builtin
from engagement.journeys.graph import read
from engagement.journeys.listens import listens

# JourneyVersion.published_by of a version that came with a release.
RELEASE = ""


def sync(apps: Any, *, at: datetime, using: str = "default", only: Sequence[Builtin] | None = None) -> int:
    """
    Make the rows of the built-in journeys (`only`, else all) say what their definitions say. Safe to repeat.

    `apps` may be a historical registry, so that this also works in the middle of migrating.
    Returns: how many journeys were made or got a new version.
    """
    wanted = builtin.BUILTIN if only is None else only
    with transaction.atomic(using=using):
        rows = apps.get_model("engagement", "Journey").objects.using(using).select_related("live")
        there = {row.code: row for row in rows.filter(code__in=[one.code for one in wanted])}
        return sum(_sync_one(apps, one, there.get(one.code), at, using) for one in wanted)


def _sync_one(apps: Any, one: Builtin, row: Any, at: datetime, using: str) -> bool:
    journeys = apps.get_model("engagement", "Journey").objects.using(using)
    if row is None:
        state = "LIVE" if one.on_from_the_start else "DRAFT"
        row = journeys.create(
            code=one.code,
            name=one.name,
            description=one.description,
            purpose=one.purpose,
            topic=one.topic,
            builtin=True,
            state=state,
            draft=one.graph,
            state_at=at,
        )
        _publish(apps, row, one.graph, at, using)
        return True
    if not row.builtin:  # somebody's own journey with the same code: theirs
        return False
    if row.live is None or (row.live.published_by == RELEASE and row.live.graph != one.graph):
        if row.live is None or row.draft == row.live.graph:
            row.draft = one.graph
        _publish(apps, row, one.graph, at, using)
        return True
    return False


def _publish(apps: Any, row: Any, graph: dict[str, Any], at: datetime, using: str) -> None:
    """Make `graph` the live version of a journey, as a release does: no lint, no question."""
    versions = apps.get_model("engagement", "JourneyVersion").objects.using(using)
    triggers = apps.get_model("engagement", "JourneyTrigger").objects.using(using)
    newest = versions.filter(journey_id=row.pk).order_by("-number").values_list("number", flat=True).first()
    version = versions.create(
        journey=row,
        number=(newest or 0) + 1,
        graph=graph,
        note="As released",
        published_by=RELEASE,
        published_at=at,
    )
    triggers.bulk_create(
        [
            apps.get_model("engagement", "JourneyTrigger")(version=version, role=role, event_kind=kind)
            for role, kind in listens(read(graph))
        ]
    )
    row.live = version
    row.save(using=using, update_fields=["live", "draft", "updated_at"])


def sync_after_migrate(*, using: str, apps: Any = django_apps, **kwargs: Any) -> None:
    """Receiver of post_migrate for this app (a flush of the test database sends it without `apps`)."""
    try:
        apps.get_model("engagement", "JourneyTrigger")
    except LookupError:  # migrated back to before there were journeys
        return
    sync(apps, at=timezone.now(), using=using)
