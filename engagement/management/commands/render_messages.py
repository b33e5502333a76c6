"""manage.py render_messages DIR: every built-in message in every language, as files to look at."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from engagement import builtin, rendering, samples
from engagement.kinds import KINDS


class Command(BaseCommand):
    """Writes <kind>.<language>.html and .txt with sample data; touches no database."""

    help = "Write every built-in message in every language to DIR, with sample data."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR")
        parser.add_argument(
            "--parcels", type=int, default=1, help="parcels in messages about parcels (default 1)"
        )
        parser.add_argument(
            "--picture", default="", metavar="URL", help="a picture for the goods (default none)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(options["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        count = 0
        for kind in KINDS:
            for language in builtin.LANGUAGES:
                subject, body = builtin.source(kind, language)
                data = samples.sample(kind, language, parcels=options["parcels"], picture=options["picture"])
                made = rendering.render(
                    subject=subject,
                    body=body,
                    data=data,
                    look=samples.LOOK,
                    kind=kind,
                    language=language,
                    strict=True,
                )
                (folder / f"{kind}.{language}.html").write_text(made.html, encoding="utf-8")
                (folder / f"{kind}.{language}.txt").write_text(
                    f"{made.subject}\n\n{made.text}", encoding="utf-8"
                )
                count += 1
        self.stdout.write(f"{count} messages written to {folder}")
