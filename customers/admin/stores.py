"""Stores: their look, their sender, their webhooks."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from config.lib import brand
from config.lib.staff import cells
from config.lib.staff.pages import StaffAdmin
from customers.models import Store


def webhook_health(row: Any) -> str:
    """Return a pill: does what comes in carry the right signature? Works on anything that counts it."""
    good, bad = row.last_webhook_at, row.last_rejected_at
    if bad and (not good or bad > good):
        return cells.pill("Wrong signature", cells.BAD)
    return cells.pill("Coming in", cells.GOOD) if good else cells.pill("None yet", cells.QUIET)


@admin.register(Store)
class StoreAdmin(StaffAdmin):
    """One page per shop."""

    place = 2
    list_display = (
        "name",
        "slug",
        "platform",
        "domain",
        "webhooks",
        cells.when("last_webhook_at", "Last webhook"),
    )
    list_filter = ("platform",)
    search_fields = ("name", "slug", "domain")
    ordering = ("name",)
    readonly_fields = (
        "webhooks",
        "webhook_address",
        "last_webhook_at",
        "last_rejected_at",
        "button",
        "created_at",
        "updated_at",
    )
    fieldsets = (
        (None, {"fields": ("name", "slug", "domain", "shop_url")}),
        ("Region", {"fields": ("currency", "timezone", "language", "country")}),
        (
            "Webhooks of the shop",
            {
                "fields": (
                    "platform",
                    "webhook_address",
                    "webhook_secret",
                    "webhook_secret_previous",
                    "webhooks",
                    "last_webhook_at",
                    "last_rejected_at",
                )
            },
        ),
        (
            "Sender and help",
            {
                "fields": (
                    "email_from",
                    "reply_to",
                    "support_email",
                    "support_phone",
                    "support_hours",
                    "postal_address",
                )
            },
        ),
        ("Look", {"fields": ("brand_color", "button", "logo_url", "tagline", "story")}),
        (
            "Links and access",
            {"fields": ("returns_url", "privacy_url", "guest_lookup", "lookup_by_postcode")},
        ),
        ("Dates", {"fields": ("created_at", "updated_at"), "classes": ("collapse",)}),
    )

    @admin.display(description="Webhooks")
    def webhooks(self, row: Store) -> str:
        """Return whether they come in."""
        return webhook_health(row)

    @admin.display(description="Address for the shop")
    def webhook_address(self, row: Store) -> str:
        """Return where the shop is to deliver."""
        if not row.slug:
            return "Shown once the store is saved."
        return format_html("<code>{}{}</code>", settings.BASE_URL, reverse("shop_webhook", args=[row.slug]))

    @admin.display(description="As it will look")
    def button(self, row: Store) -> str:
        """Return the colours the portal makes of the brand colour."""
        colors = brand.palette(row.brand_color)
        return format_html(
            '<svg class="swatch" viewBox="0 0 120 40" role="img" aria-label="Button in the brand colour">'
            '<rect width="120" height="40" rx="8" fill="{0}"/>'
            '<text x="60" y="25" text-anchor="middle" fill="{1}">Button</text></svg>',
            colors["fill"],
            colors["on_fill"],
        )
