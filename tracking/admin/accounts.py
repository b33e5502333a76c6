"""Accounts with carriers: credentials that are never shown, and how each is doing."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.module_loading import import_string

from config.lib.staff import cells
from config.lib.staff.pages import Need, StaffAdmin
from tracking.models import CarrierAccount
from tracking.services import budget


def carrier_choices() -> list[tuple[str, str]]:
    """Return the carriers that are installed, and those who only sell labels, by code and label."""
    return [(code, import_string(path).label) for code, path in (settings.LABELS | settings.CARRIERS).items()]


@admin.register(CarrierAccount)
class CarrierAccountAdmin(StaffAdmin):
    """One row per account with a carrier or aggregator."""

    list_display = (
        "__str__",
        "carrier",
        "enabled",
        "calls",
        "webhooks",
        cells.when("last_webhook_at", "Last webhook"),
    )
    list_filter = ("enabled", "carrier", ("failing_since", admin.EmptyFieldListFilter))
    search_fields = ("name", "slug", "carrier")
    ordering = ("slug",)
    readonly_fields = (
        "webhook_address",
        "calls",
        "used",
        "webhooks",
        "failing_since",
        "resume_at",
        "failures",
        "last_error",
        "last_webhook_at",
        "last_rejected_at",
        "created_at",
    )
    needs = (
        Need(
            "Carrier accounts that fail",
            cells.BAD,
            {"failing_since__isempty": "0"},
            {"failing_since__isnull": False},
        ),
    )
    fieldsets = (
        (None, {"fields": ("name", "slug", "carrier", "enabled")}),
        ("Access", {"fields": ("api_key", "secret", "webhook_address", "config")}),
        (
            "How it is doing",
            {
                "fields": (
                    "calls",
                    "used",
                    "failures",
                    "failing_since",
                    "resume_at",
                    "last_error",
                    "webhooks",
                    "last_webhook_at",
                    "last_rejected_at",
                    "created_at",
                )
            },
        ),
    )

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Offer the carriers that are installed."""
        if db_field.name == "carrier":
            return forms.ChoiceField(choices=carrier_choices)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description="Calls to it")
    def calls(self, row: CarrierAccount) -> str:
        """Return whether our calls work."""
        if not row.enabled:
            return cells.pill("Switched off", cells.QUIET)
        if row.resume_at and row.failing_since:
            return cells.pill("Left alone for now", cells.BAD)
        return cells.pill("Failing", cells.BAD) if row.failing_since else cells.pill("Well", cells.GOOD)

    @admin.display(description="Calls used")
    def used(self, row: CarrierAccount) -> str:
        """Return how much of the account's limits is used in the minute and the day that run."""
        found = budget.left(row, at=timezone.now())
        said = {"calls_per_minute": "this minute", "calls_per_day": "this day"}
        return ", ".join(f"{made} of {most} {said[name]}" for name, (made, most) in found.items()) or (
            "No limit. Set “calls_per_minute” or “calls_per_day” in the config."
        )

    @admin.display(description="Webhooks")
    def webhooks(self, row: CarrierAccount) -> str:
        """Return whether what comes in carries the right signature."""
        good, bad = row.last_webhook_at, row.last_rejected_at
        if bad and (not good or bad > good):
            return cells.pill("Wrong signature", cells.BAD)
        return cells.pill("Coming in", cells.GOOD) if good else cells.pill("None yet", cells.QUIET)

    @admin.display(description="Address for the carrier")
    def webhook_address(self, row: CarrierAccount) -> str:
        """Return where the carrier is to deliver."""
        if not row.slug:
            return "Shown once the account is saved."
        address = format_html(
            "<code>{}{}</code>", settings.BASE_URL, reverse("carrier_webhook", args=[row.slug])
        )
        path = settings.CARRIERS.get(row.carrier)
        if path and not import_string(path).verified:
            said = "How this carrier signs is known from others only: check its first delivery."
            return format_html("{}<br>{}", address, said)
        return address
