"""How each store handles returns beside its policy."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from config.lib.staff.pages import StaffAdmin
from returns.admin.settings_form import FIELDS, ReturnSettingsForm
from returns.models import ReturnSettings
from tracking.models import Location


@admin.register(ReturnSettings)
class ReturnSettingsAdmin(StaffAdmin):
    """One page per store. Stores without a row do as it is shown when one is added."""

    plural = "Return settings"
    form = ReturnSettingsForm
    list_display = ("store", "enabled", "refund_at", "refund_through", "exchange_ships", "label_days")
    list_select_related = ("store",)
    list_filter = ("enabled", "refund_at")
    search_fields = ("store__name", "store__slug")
    ordering = ("store__name",)
    fieldsets = (
        (None, {"fields": ("store", "enabled", "gift_returns", "claim_days")}),
        (
            "Money",
            {
                "description": "Sums are in the smallest unit of the store’s currency: 5000 is 50.00.",
                "fields": (
                    "refund_at",
                    "trusted_after",
                    "most_unasked_minor",
                    "refund_through",
                    "stripe_key",
                    "stripe_webhook_secret",
                    "credit_days",
                ),
            },
        ),
        ("Sending it back", {"fields": ("label_days", "destination", "drop_off_words")}),
        ("Exchanges", {"fields": ("exchange_ships", "unpaid_days", "unpaid_then", "never_came_then")}),
        (
            "What goods lose by their condition",
            {
                "description": "Of what they cost. Nothing where the return is our fault.",
                "fields": tuple(FIELDS),
            },
        ),
        ("Reasons, and what becomes of goods", {"fields": ("reasons", "dispositions")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A row stays its store's."""
        return ("store",) if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Offer the store's own locations only; none before the store is chosen."""
        form = super().get_form(request, obj, change, **kwargs)
        field: Any = form.base_fields.get("destination")
        if field is not None:
            own = Location.objects.filter(store=obj.store) if obj else Location.objects.none()
            field.queryset = own.order_by("name")
            for right in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
                setattr(field.widget, right, False)
        return form
