"""Look for rows that point nowhere, where the database does not prevent it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.lib import unchecked


class Command(BaseCommand):
    """`manage.py check_keys`."""

    help = "Count rows whose parent is gone, for each foreign key the database does not check."

    def handle(self, *args: Any, **options: Any) -> None:
        lost = 0
        for key in unchecked.foreign_keys():
            count = unchecked.dangling(key)
            lost += count
            self.stdout.write(f"{unchecked.name(key)}: {count or 'none'} without a parent")
        if lost:
            raise CommandError(f"{lost} rows point nowhere")
