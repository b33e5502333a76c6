"""The warehouse's groups, made after every migrate; staff put people into them."""

from typing import Any

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

GROUPS = {
    "Warehouse": ("use_warehouse",),
    "Warehouse lead": ("use_warehouse", "lead_warehouse"),
}


def make(sender: Any, **kwargs: Any) -> None:
    """
    Make the groups that are not there yet, with their rights. One that is there keeps what staff gave it.

    Safe to repeat, and in whatever order Django's own receivers run.
    """
    create_permissions(sender, verbosity=0)
    for name, codes in GROUPS.items():
        group, new = Group.objects.get_or_create(name=name)
        if new:
            rights = Permission.objects.filter(content_type__app_label="returns", codename__in=codes)
            group.permissions.set(rights)
