"""Importing files: uploaded, understood, looked through without a change, then taken in batch by batch."""

from tracking.services.imports.jobs import (
    OPTIONS,
    NotNow,
    Preview,
    choose,
    forget_old,
    make_job,
    objections,
    plan_of,
    preview,
    resume,
    start,
    stop,
)
from tracking.services.imports.refused import error_file, error_name
from tracking.services.imports.work import import_due, import_now

__all__ = [
    "OPTIONS",
    "NotNow",
    "Preview",
    "choose",
    "error_file",
    "error_name",
    "forget_old",
    "import_due",
    "import_now",
    "make_job",
    "objections",
    "plan_of",
    "preview",
    "resume",
    "start",
    "stop",
]
