"""Keep django-q2's schedules and our wake-up rows in step with config/wiring.py, after every migrate."""

from typing import Any

from django.conf import settings
from django_q.models import Schedule

from customers.models import Wake


def sync(sender: Any = None, **kwargs: Any) -> None:
    """Create what the table names, update what changed, delete what it no longer names. Safe to repeat."""
    for kind in settings.WORK:
        Wake.objects.get_or_create(kind=kind)
    Wake.objects.exclude(kind__in=settings.WORK).delete()
    for name, (path, arguments, minutes) in settings.SCHEDULES.items():
        Schedule.objects.update_or_create(
            name=f"porchlight:{name}",
            defaults={
                "func": path,
                "args": repr(tuple(arguments)) if arguments else "",
                "schedule_type": Schedule.MINUTES,
                "minutes": minutes,
                "repeats": -1,
            },
        )
    wanted = [f"porchlight:{name}" for name in settings.SCHEDULES]
    Schedule.objects.filter(name__startswith="porchlight:").exclude(name__in=wanted).delete()
