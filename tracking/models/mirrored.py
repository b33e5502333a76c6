"""What else is mirrored from the shop: returns made there, and what was deleted there."""

from typing import Any

from django.db import models


class ShopReturn(models.Model):
    """
    A return that was made in the shop itself, not here.

    Its messages tell parts of it: each part is taken from the newest message that names it (`versions`), in
    whatever order they arrive.
    """

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED", "Requested"
        OPEN = "OPEN", "Approved, under way"
        CLOSED = "CLOSED", "Closed"
        DECLINED = "DECLINED", "Declined"
        CANCELLED = "CANCELLED", "Cancelled"
        UNKNOWN = "UNKNOWN", "Not known here"

    order = models.ForeignKey("tracking.Order", on_delete=models.CASCADE, related_name="shop_returns")
    external_id = models.CharField(max_length=64)
    name = models.CharField(max_length=60, blank=True, help_text="As the shop calls it, e.g. #1042-R1.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.UNKNOWN, editable=False)
    status_told = models.CharField(max_length=40, blank=True, help_text="The shop's own word.")
    lines = models.JSONField(
        default=list, help_text="[{id, line (the shop's id of the order line), quantity, reason, note}]"
    )
    removals = models.JSONField(
        default=dict, editable=False, help_text="{version: {id of a line: how many fewer}}"
    )
    decline_reason = models.CharField(max_length=60, blank=True)
    decline_note = models.CharField(max_length=500, blank=True)
    carrier_name = models.CharField(max_length=120, blank=True)
    tracking_number = models.CharField(max_length=80, blank=True)
    tracking_url = models.CharField(max_length=500, blank=True)
    dispositions = models.JSONField(
        default=dict, editable=False, help_text="{version: {what became of units: how many}}"
    )
    versions = models.JSONField(
        default=dict, editable=False, help_text="Of each part: the version of the message it came from."
    )
    told_at = models.DateTimeField(help_text="When the shop last told of it.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "return made in the shop"
        verbose_name_plural = "returns made in the shop"
        constraints = [models.UniqueConstraint(fields=["order", "external_id"], name="shop_return_once")]
        indexes = [models.Index(fields=["external_id"], name="shop_return_by_id")]

    def __str__(self) -> str:
        return self.name or f"Return {self.external_id}"

    @property
    def current_lines(self) -> list[dict[str, Any]]:
        """The lines without the units that were taken off them since they were told."""
        told = self.versions.get("lines", "")
        fewer: dict[str, int] = {}
        for version, changes in self.removals.items():
            if version > told:
                for line_id, count in changes.items():
                    fewer[line_id] = fewer.get(line_id, 0) + count
        left = ({**line, "quantity": line["quantity"] - fewer.get(line["id"], 0)} for line in self.lines)
        return [line for line in left if line["quantity"] > 0]

    @property
    def disposed(self) -> dict[str, int]:
        """What became of the units so far, in the shop's words: {'restocked': 2}."""
        total: dict[str, int] = {}
        for counts in self.dispositions.values():
            for word, count in counts.items():
                total[word] = total.get(word, 0) + count
        return total


class Removal(models.Model):
    """
    Something the shop deleted, remembered so that an older message cannot bring it back.

    Kept also for what we never had: its first message may still be on its way.
    """

    class Kind(models.TextChoices):
        ORDER = "ORDER", "Order"
        PRODUCT = "PRODUCT", "Product"
        CUSTOMER = "CUSTOMER", "Customer"
        SCAN = "SCAN", "Scan"

    store = models.ForeignKey("customers.Store", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    external_id = models.CharField(max_length=64)
    removed_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it was brought back.")
    told_at = models.DateTimeField(help_text="When the shop said so.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "kind", "external_id"], name="removal_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.external_id}"
