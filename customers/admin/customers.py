"""Customers: who they are, how we know them, what they allowed."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import Hit, ReadOnlyRows, StaffAdmin
from customers.models import Consent, Customer, Identity


class IdentityRows(ReadOnlyRows):
    """What recognises them."""

    model = Identity
    fields = ("kind", "value", "store", "verified", "removed_at", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Identity]:
        """Load the shops with them."""
        return super().get_queryset(request).select_related("store").order_by("kind", "pk")


class ConsentRows(ReadOnlyRows):
    """What they allowed or refused. Nobody says so in their place."""

    model = Consent
    fields = ("channel", "purpose", "granted", "source", "words", "said_at")


@admin.register(Customer)
class CustomerAdmin(StaffAdmin):
    """People who buy. They come from shops; erasing one is more than deleting a row, so that is not here."""

    list_display = ("__str__", "email", "phone", "language", cells.when("created_at", "Known since"))
    list_filter = (recent_values("language", "language"), "created_at")
    search_fields = ("name__icontains", "email__istartswith", "phone__startswith")
    search_help_text = "Part of the name, or the beginning of the e-mail address or phone number."
    ordering = ("-pk",)
    readonly_fields = ("created_at", "updated_at", "merged_into")
    fieldsets = (
        (None, {"fields": ("name", "email", "phone", "language", "timezone")}),
        ("Dates", {"fields": ("created_at", "updated_at", "merged_into")}),
    )
    inlines = (IdentityRows, ConsentRows)
    columns = (
        ("Name", lambda c: c.name),
        ("E-mail", lambda c: c.email),
        ("Phone", lambda c: c.phone),
        ("Language", lambda c: c.language),
        ("Time zone", lambda c: c.timezone),
        ("Known since", lambda c: c.created_at),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Shops and partners bring customers."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        """See the class."""
        return False

    def find(self, request: HttpRequest, words: str) -> list[Hit]:
        """Find by an exact e-mail address, phone number or id in a shop."""
        known = Identity.objects.filter(value__in={words, words.lower()}).values_list(
            "customer_id", flat=True
        )[:20]
        return [
            Hit("Customer", str(customer), customer.email, self.address("change", customer.pk))
            for customer in Customer.objects.filter(pk__in=list(known))
        ]
