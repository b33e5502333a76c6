"""Tasks that returns teach: something to mend, who mends it, and what came of it."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.pages import Need, NotDone, StaffAdmin
from customers.models import User
from returns.admin.insight import Learning, per_cent
from returns.admin.money_form import form_page
from returns.models import ProductTask
from returns.services import insight

State = ProductTask.State
TONES: Mapping[str, str] = {State.OPEN: cells.WARN, State.DONE: cells.GOOD, State.DISMISSED: cells.QUIET}
ENDS = [(State.DONE.value, "It is mended"), (State.DISMISSED.value, "There is nothing to be done")]


class EndForm(forms.Form):
    """What came of a task."""

    state = forms.ChoiceField(label="What came of it", choices=ENDS)
    note = forms.CharField(
        label="Note", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


@admin.register(ProductTask)
class ProductTaskAdmin(Learning, StaffAdmin):
    """Tasks are found by machine; people own them, write notes and close them."""

    plural = "Product tasks"
    change_list_template = "admin/returns/producttask/change_list.html"
    list_display = (
        "product",
        "work",
        cells.status("state", "State", TONES),
        "because",
        "owner",
        cells.when("opened_at", "Found"),
    )
    list_filter = ("state", "work", "reason", "owner", "store")
    list_select_related = ("product", "owner", "store")
    search_fields = ("product__title",)
    search_help_text = "A part of the product’s title."
    ordering = ("-opened_at",)
    actions = ("take", "export_rows")
    buttons = ("take",)
    needs = (Need("Products that come back too often", cells.WARN, {"state__exact": State.OPEN}),)
    fields = ("state_pill", "work", "of_product", "because", "owner", "note", "opened_at", "ended_at")
    readonly_fields = ("state_pill", "work", "of_product", "because", "opened_at", "ended_at")
    state_pill = staticmethod(cells.status("state", "State", TONES))
    columns = (
        ("Product", lambda row: row.product.title),
        ("Size", lambda row: row.size),
        ("Reason", lambda row: row.reason),
        ("Work", lambda row: row.work),
        ("State", lambda row: row.state),
        ("Returned", lambda row: row.facts.get("returned")),
        ("Sold", lambda row: row.facts.get("sold")),
        ("Rate of the others", lambda row: row.facts.get("baseline")),
        ("Owner", lambda row: str(row.owner or "")),
        ("Note", lambda row: row.note),
        ("Found", lambda row: row.opened_at),
        ("Ended", lambda row: row.ended_at),
    )

    @admin.display(description="Product", ordering="product__title")
    def of_product(self, row: ProductTask) -> str:
        """Return a link to the product."""
        return cells.link(row.product)

    @admin.display(description="Because")
    def because(self, row: ProductTask) -> str:
        """Say why it was found, in words."""
        facts, size = row.facts, f" in {row.size}" if row.size else ""
        words = f"“{row.get_reason_display()}”{size}"
        if not facts.get("sold"):
            return words
        rate, usual = per_cent(facts.get("rate", 0)), per_cent(facts.get("baseline", 0))
        return f"{words}: {facts['returned']} of {facts['sold']} ({rate}; others {usual})"

    def label(self, row: Any) -> str:
        """Return what is to be done."""
        return str(row)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds one by hand: they are found."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one: closed ones tell what was tried."""
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer staff as owners."""
        if db_field.name == "owner":
            kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True).order_by("email")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.action(description="I do it", permissions=["change"])
    def take(self, request: HttpRequest, queryset: Any) -> None:
        """Make whoever presses it the owner."""

        def one(row: ProductTask) -> None:
            mine = ProductTask.objects.filter(pk=row.pk, state=State.OPEN)
            if not mine.update(owner=cast(User, request.user)):
                raise NotDone("it is closed")

        self.each(request, queryset, one, done="taken")

    def get_urls(self) -> list[URLPattern]:
        """Add the closing form and the insight page."""
        view = self.admin_site.admin_view(self.end)
        own = [path("<path:object_id>/end/", view, name="returns_producttask_end")]
        return own + self.learning_urls() + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Offer to close it while it is open."""
        context = dict(extra_context or {})
        row = self.get_object(request, object_id)
        if row is not None and row.state == State.OPEN and self.has_change_permission(request, row):
            context["links"] = [{"label": "Close it", "url": self.address("end", object_id)}]
        return super().change_view(request, object_id, form_url, context)

    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what came of it, then close it."""

        def do(row: ProductTask, told: dict[str, Any]) -> str:
            by, at = cast(User, request.user), timezone.now()
            if not insight.end_task(row, state=told["state"], by=by, note=told["note"].strip(), at=at):
                raise NotDone("It was closed before.")
            return f"Closed: {row}."

        return form_page(
            self,
            request,
            object_id,
            form=lambda data, row: EndForm(data),
            do=do,
            title="Close this task",
            explained="Should the product go on coming back, a new task is found.",
        )

    def export_queryset(self, rows: Any) -> Any:
        """Load what the columns read."""
        return rows.select_related("product", "owner")
