"""What tests of imports share: a file made of text, imported to its end."""

import io
import textwrap

from customers.models import Store
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON
from tracking.models import ImportJob
from tracking.services import imports


def shop(**more) -> Store:
    """Return a store in Berlin that sells in euros."""
    more = {"currency": "EUR", "timezone": "Europe/Berlin", "country": "DE"} | more
    return StoreFactory(slug="kontor", name="Kontor", platform="none", **more)


def uploaded(kind, content, *, store=None, at=NOON, filename="file.csv", **options) -> ImportJob:
    """Upload a file (text is dedented) and choose `options` (decimal, dates, zone)."""
    raw = textwrap.dedent(content).lstrip("\n").encode() if isinstance(content, str) else content
    job = imports.make_job(store=store or shop(), kind=kind, file=io.BytesIO(raw), filename=filename, at=at)
    if options:
        imports.choose(job_id=job.pk, mapping=job.mapping, options=job.options | options)
    return fresh(job)


def ran(job, *, dry=False, at=NOON) -> ImportJob:
    """Import an uploaded file to its end."""
    imports.start(job_id=job.pk, dry=dry, at=at)
    while imports.import_due(at=at):
        pass
    return fresh(job)


def imported(kind, content, *, dry=False, at=NOON, **more) -> ImportJob:
    """Upload a file and import it to its end."""
    return ran(uploaded(kind, content, at=at, **more), dry=dry, at=at)


def fresh(job) -> ImportJob:
    """Return the row as it stands now."""
    return ImportJob.objects.select_related("store").get(pk=job.pk)


def counts(job) -> dict[str, int]:
    """Return what an import came to, without what is zero."""
    names = ("created", "updated", "unchanged", "refused")
    return {name: getattr(job, name) for name in names if getattr(job, name)}


def refusals(job) -> dict[int, str]:
    """Return {line: why it was refused}."""
    return dict(job.refusals.order_by("line", "pk").values_list("line", "error"))
