"""
What has to stand in the database beside the tables, made after every migrate: schedules, wake-ups, the
cache table.
"""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django_q.models import Schedule

from customers.models import Wake


def sync(sender: Any = None, **kwargs: Any) -> None:
    """Bring django-q2's schedules and our wake-up rows in step with config/wiring.py. Safe to repeat."""
    call_command("createcachetable", verbosity=0)
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
