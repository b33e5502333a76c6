"""Ways into an order's page. The address itself is never shown: whoever has it is the shopper."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.pages import NotDone, ReadOnlyAdmin, ReadOnlyRows
from tracking.access import revoke_link
from tracking.models import AccessCode, Link


class CodeRows(ReadOnlyRows):
    """Codes sent for a link. The digits stand nowhere."""

    model = AccessCode
    fields = ("created_at", "expires_at", "tries", "used_at")
    verbose_name_plural = "codes sent"


@admin.register(Link)
class LinkAdmin(ReadOnlyAdmin):
    """Every link to an order, what it allows and whether it still opens."""

    plural = "Links to orders"
    list_display = (
        "order",
        "purpose",
        "state",
        cells.when("created_at", "Made"),
        cells.when("expires_at", "Ends"),
    )
    list_filter = ("purpose", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("order__store",)
    search_fields = ("order__number_key__iexact", "order__email_key__iexact")
    search_help_text = "A whole order number or e-mail address."
    ordering = ("-pk",)
    actions = ("revoke",)
    buttons = ("revoke",)
    inlines = (CodeRows,)
    fieldsets = ((None, {"fields": ("order", "purpose", "state", "created_at", "expires_at", "revoked_at")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Link]:
        """Leave the keys in the database."""
        return super().get_queryset(request).select_related("order__store").defer("key")

    @admin.display(description="State")
    def state(self, row: Link) -> str:
        """Return whether it opens now."""
        if row.revoked_at:
            return cells.pill("Ended by staff", cells.BAD)
        if row.expires_at and row.expires_at <= timezone.now():
            return cells.pill("Ended", cells.QUIET)
        return cells.pill("Opens", cells.GOOD)

    def label(self, row: Any) -> str:
        """Return order and purpose."""
        return f"{row.order} ({row.get_purpose_display().lower()})"

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """A link that was ended stays so."""
        return [] if row.revoked_at else ["revoke"]

    @admin.action(description="End this link", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Link]) -> None:
        """End links now: their holders see what any stranger sees."""
        at = timezone.now()

        def one(row: Link) -> None:
            if not revoke_link(row, at=at):
                raise NotDone("it had been ended before")

        self.each(request, queryset, one, done="ended")
