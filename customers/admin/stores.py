"""Stores: their look, their sender, their webhooks."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.module_loading import import_string

from config.lib import brand
from config.lib.staff import cells
from config.lib.staff.pages import NotDone, StaffAdmin
from config.lib.staff.secret_input import SecretsForm
from customers.models import Store
from customers.services.stores import ToolRefused, check_shop_api

CALLED_AT_ONCE = 5


def webhook_health(row: Any) -> str:
    """Return a pill: does what comes in carry the right signature? Works on anything that counts it."""
    good, bad = row.last_webhook_at, row.last_rejected_at
    if bad and (not good or bad > good):
        return cells.pill("Wrong signature", cells.BAD)
    return cells.pill("Coming in", cells.GOOD) if good else cells.pill("None yet", cells.QUIET)


class StoreForm(SecretsForm):
    """A store, with an address for its API that may be called."""

    def clean_api_url(self) -> str:
        """Refuse what no key may be sent to."""
        found: str = self.cleaned_data["api_url"]
        if found:
            check_shop_api(found)
        return found


@admin.register(Store)
class StoreAdmin(StaffAdmin):
    """One page per shop."""

    form = StoreForm
    list_display = (
        "name",
        "slug",
        "platform",
        "domain",
        "webhooks",
        "api",
        cells.when("last_webhook_at", "Last webhook"),
    )
    list_filter = ("platform",)
    search_fields = ("name", "slug", "domain")
    ordering = ("name",)
    actions = ("test_connection", "reconcile")
    buttons = ("test_connection", "reconcile")
    readonly_fields = (
        "webhooks",
        "webhook_address",
        "last_webhook_at",
        "last_rejected_at",
        "api",
        "api_failing_since",
        "api_error",
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
            "API of the shop",
            {"fields": ("api_url", "api_key", "api_secret", "api", "api_failing_since", "api_error")},
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

    @admin.display(description="API")
    def api(self, row: Store) -> str:
        """Return whether our calls to the shop work."""
        if not row.api_url or not row.api_secret:
            return cells.pill("Not set up", cells.QUIET)
        return cells.pill("Failing", cells.BAD) if row.api_failing_since else cells.pill("Set up", cells.GOOD)

    @admin.action(description="Test the connection", permissions=["change"])
    def test_connection(self, request: HttpRequest, queryset: QuerySet[Store]) -> None:
        """Ask the shops who they are. It calls them, so few at a time."""
        if queryset.count() > CALLED_AT_ONCE:
            self.message_user(request, f"Choose at most {CALLED_AT_ONCE} at a time.", messages.ERROR)
            return
        self._use(request, queryset, "test_connection", done="reached")

    @admin.action(description="Compare with the shop now", permissions=["change"])
    def reconcile(self, request: HttpRequest, queryset: QuerySet[Store]) -> None:
        """Have what changed in the shops and never arrived found and repaired."""
        self._use(request, queryset, "reconcile", done="begun")

    def _use(self, request: HttpRequest, rows: QuerySet[Store], tool: str, *, done: str) -> None:
        use = import_string(settings.STORE_TOOLS[tool])
        at, by = timezone.now(), str(request.user)

        def one(row: Store) -> None:
            try:
                said = use(store=row, at=at, by=by)
            except ToolRefused as exc:
                raise NotDone(str(exc)) from exc
            self.message_user(request, f"{row}: {said}", messages.INFO)

        self.each(request, rows, one, done=done)

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
