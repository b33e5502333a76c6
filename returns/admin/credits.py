"""Store credit: who has how much, and noting what was spent or taken back."""

import uuid
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.money import BadMoney, Money, minor
from config.lib.staff import cells
from config.lib.staff.pages import NotDone, ReadOnlyAdmin, ReadOnlyRows
from customers.models import User
from returns.admin.money_form import form_page
from returns.models import CreditEntry, StoreCredit
from returns.services import credits
from returns.services.credits import NotEnough

SPENT, TAKEN_BACK = "spent", "taken back"


class SpendForm(forms.Form):
    """What became of a part of a credit. `token`: sent twice it is one."""

    what = forms.ChoiceField(
        label="What happened", choices=((SPENT, "It was spent"), (TAKEN_BACK, "It was taken back"))
    )
    amount = forms.CharField(label="How much", max_length=20, help_text="For example 12.50.")
    note = forms.CharField(label="What for", max_length=300, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, row: StoreCredit) -> None:
        super().__init__(data, initial={"token": uuid.uuid4()})
        self.currency = row.currency
        self.fields["amount"].label = f"How much ({row.currency})"

    def clean_amount(self) -> int:
        """Return the amount in minor units."""
        try:
            found = minor(self.cleaned_data["amount"].strip(), self.currency)
        except BadMoney as exc:
            raise forms.ValidationError("Write an amount, for example 12.50.") from exc
        if found <= 0:
            raise forms.ValidationError("Write an amount above 0.")
        return found


class Entries(ReadOnlyRows):
    """Every change of a credit."""

    model = CreditEntry
    verbose_name_plural = "Changes"
    fields = ("kind", "change", "note", "by", "at")

    @admin.display(description="Change")
    def change(self, row: CreditEntry) -> str:
        """Return by how much it changed."""
        return cells.sum_of(row.amount_minor, row.credit.currency)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CreditEntry]:
        """Return the entries, oldest first."""
        return super().get_queryset(request).select_related("credit").order_by("pk")


@admin.register(StoreCredit)
class StoreCreditAdmin(ReadOnlyAdmin):
    """Credits with what is left of them."""

    plural = "Store credit"
    inlines = (Entries,)
    list_display = (
        "code",
        "left",
        "of_return",
        "customer",
        "store",
        cells.when("expires_at", "Ends"),
        cells.when("created_at", "Given"),
    )
    list_filter = ("store", "currency")
    list_select_related = ("ret", "customer", "store")
    search_fields = ("code", "ret__number", "customer__email")
    search_help_text = "The code, the return's number, or the e-mail address."
    ordering = ("-created_at",)
    columns = (
        ("Code", lambda row: row.code),
        ("Left", lambda row: row.balance or 0),
        ("Currency", lambda row: row.currency),
        ("Return", lambda row: row.ret.number),
        ("Ends", lambda row: row.expires_at),
        ("Given", lambda row: row.created_at),
    )
    fieldsets = (
        (None, {"fields": ("code", "left", "of_return", "customer", "store")}),
        ("When", {"fields": ("created_at", "expires_at")}),
        ("In the shop", {"fields": ("shop_action",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[StoreCredit]:
        """Return credits with what is left of each."""
        return super().get_queryset(request).annotate(balance=Sum("entries__amount_minor"))

    @admin.display(description="Left")
    def left(self, row: Any) -> str:
        """Return what is left."""
        return cells.sum_of(row.balance or 0, row.currency)

    @admin.display(description="Return")
    def of_return(self, row: StoreCredit) -> str:
        """Return the number of its return."""
        return row.ret.number

    @admin.display(description="Its code there")
    def shop_action(self, row: StoreCredit) -> str:
        """Return a link to the making of its code in the shop."""
        return cells.link(row.action) if row.action else "Not made in the shop: enter it there by hand."

    def label(self, row: Any) -> str:
        """Return its code."""
        return f"Store credit {row.code}"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right by name: the fields themselves are never written here."""
        return request.user.has_perm("returns.change_storecredit")

    def get_urls(self) -> list[URLPattern]:
        """Add the form that notes a spending."""
        view = self.admin_site.admin_view(self.spend)
        return [path("<path:object_id>/spend/", view, name="returns_storecredit_spend"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Offer to note a spending while something is left."""
        context = dict(extra_context or {})
        row = self.get_object(request, object_id)
        if row is not None and (row.balance or 0) > 0 and self.has_change_permission(request, row):
            context["links"] = [{"label": "Note a spending", "url": self.address("spend", object_id)}]
        return super().change_view(request, object_id, form_url, context)

    def spend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how much was spent or taken back (GET), then note it (POST)."""

        def do(row: StoreCredit, told: dict[str, Any]) -> str:
            note = credits.spend if told["what"] == SPENT else credits.take_back
            try:
                note(
                    credit_id=row.pk,
                    amount_minor=told["amount"],
                    purpose=f"store-credit:{row.pk}:{told['token']}",
                    by=cast(User, request.user),
                    at=timezone.now(),
                    note=told["note"],
                )
            except NotEnough as exc:
                raise NotDone(f"Not noted: {exc}") from exc
            return f"{Money(told['amount'], row.currency)} {told['what']}: {self.label(row)}."

        return form_page(
            self,
            request,
            object_id,
            form=SpendForm,
            do=do,
            title="Note a spending",
            explained="A credit never falls below 0. What is noted here is not changed in the shop.",
        )
