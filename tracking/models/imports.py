"""Files that staff import: what was uploaded, how it is understood, how far it has come, what was refused."""

import uuid
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models

from customers.models import Work
from customers.models.work import due_index


def private_files() -> FileSystemStorage:
    """Return where uploads are kept: beside the data, never served."""
    return FileSystemStorage(
        location=settings.IMPORT_DIR, file_permissions_mode=0o600, directory_permissions_mode=0o700
    )


def private_name(row: "ImportJob", filename: str) -> str:
    """Return a name that says nothing of what the file was called."""
    return f"{uuid.uuid4().hex}.data"


class ImportJob(Work):
    """
    One file on its way in. `offset` is the byte after the last row whose batch is committed: a worker that
    takes over goes on there.
    """

    class Kind(models.TextChoices):
        ORDERS = "orders", "Orders"
        SHIPMENTS = "shipments", "Shipments"
        PRODUCTS = "products", "Products"
        STOCK = "stock", "Stock"
        CUSTOMERS = "customers", "Customers"

    class State(models.TextChoices):
        UPLOADED = "UPLOADED", "Columns to be checked"
        CHECKING = "CHECKING", "Dry run"
        CHECKED = "CHECKED", "Dry run done"
        RUNNING = "RUNNING", "Being imported"
        DONE = "DONE", "Imported"
        STOPPED = "STOPPED", "Stopped"
        FAILED = "FAILED", "Could not go on"

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="imports")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    file = models.FileField(storage=private_files, upload_to=private_name, blank=True)
    filename = models.CharField(max_length=200, help_text="As it was called where it came from.")
    size = models.BigIntegerField(default=0, help_text="Bytes.")
    shape = models.JSONField(default=dict, help_text="Format, encoding, delimiter, columns.")
    mapping = models.JSONField(default=dict, help_text="{field: column}")
    options = models.JSONField(default=dict, help_text="decimal, dates, zone")
    as_of = models.DateTimeField(help_text="What rows without a time of change are as new as.")
    dry = models.BooleanField(default=True, editable=False, help_text="Looks only, and changes nothing.")

    offset = models.BigIntegerField(default=0, editable=False)
    line = models.PositiveIntegerField(default=0, editable=False)
    rows = models.PositiveIntegerField(default=0, editable=False)
    created = models.PositiveIntegerField(default=0, editable=False)
    updated = models.PositiveIntegerField(default=0, editable=False)
    unchanged = models.PositiveIntegerField(default=0, editable=False)
    refused = models.PositiveIntegerField(default=0, editable=False, help_text="Rows, not records.")
    left_out = models.JSONField(default=dict, editable=False, help_text="{what: how often}")
    words = models.CharField(max_length=500, blank=True, editable=False, help_text="Why it did not go on.")

    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)
    forgotten_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "import"
        indexes = [
            due_index("import_due"),
            models.Index(fields=["created_at"], condition=models.Q(forgotten_at=None), name="import_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.filename}"

    @property
    def working(self) -> bool:
        """Whether a worker has it, or will."""
        return self.state in (self.State.CHECKING, self.State.RUNNING)

    @property
    def percent(self) -> int:
        """How much of the file is behind us, 0 to 100."""
        return min(100 * self.offset // self.size, 100) if self.size else 0


class ImportRefusal(models.Model):
    """A row that was not taken, and why; with its import's file it is forgotten after some weeks."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="refusals")
    line = models.PositiveIntegerField()
    error = models.CharField(max_length=500)
    raw: Any = models.JSONField(default=list, help_text="The row as it stood there.")

    class Meta:
        indexes = [models.Index(fields=["job", "line"], name="import_refusal_by_line")]

    def __str__(self) -> str:
        return f"Line {self.line}: {self.error}"


class ImportKey(models.Model):
    """A record's key that was met in a file: a second time would split what belongs together."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=32, help_text="Digest of the key.")
    line = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "key"], name="import_key_once")]

    def __str__(self) -> str:
        return f"{self.key} in line {self.line}"


class ImportMapping(models.Model):
    """How staff understood files with these columns the last time."""

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=ImportJob.Kind.choices)
    signature = models.CharField(max_length=64, help_text="Digest of the columns' names.")
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "kind", "signature"], name="import_mapping_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.store}"
