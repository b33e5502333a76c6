"""Wishes of privacy to carry out, and profiles that were merged."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from config.lib.staff import cells
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin
from customers.models import CustomerMerge, PrivacyRequest
from customers.services.merging import MergeOver, undo_merge
from customers.services.privacy import AlreadyDone, known_now, mark_done

LABELS = {
    "customer_id": "Customer's id in the shop",
    "email": "E-mail",
    "phone": "Phone",
    "orders": "Orders (ids in the shop)",
    "shop": "Shop",
}
TONES: dict[str, str] = {PrivacyRequest.State.OPEN: cells.WARN, PrivacyRequest.State.DONE: cells.GOOD}


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(ReadOnlyAdmin):
    """What shops passed on. Each is due 30 days after it was asked."""

    plural = "Privacy requests"
    state_pill = staticmethod(cells.status("state", "State", TONES))
    list_display = (
        "kind",
        "who",
        "store",
        "state_pill",
        "due",
    )
    list_filter = ("state", "kind", "store")
    list_select_related = ("store", "customer", "done_by")
    search_fields = ("reference",)
    search_help_text = "The shop's own id of the request."
    ordering = ("due_at",)
    actions = ("mark_done",)
    buttons = ("mark_done",)
    needs = (Need("Privacy requests to carry out", cells.WARN, {"state__exact": PrivacyRequest.State.OPEN}),)
    fieldsets = (
        (None, {"fields": ("kind", "store", "known", "state_pill", "reference", "whom")}),
        ("When", {"fields": ("asked_at", "due_at", "done_at", "done_by")}),
    )

    @admin.display(description="Who")
    def who(self, row: PrivacyRequest) -> str:
        """Return the person, if they are known here."""
        if row.kind == PrivacyRequest.Kind.SHOP_REDACT:
            return "The whole shop"
        return str(row.customer) if row.customer else "Nobody we know"

    @admin.display(description="Due (UTC)", ordering="due_at")
    def due(self, row: PrivacyRequest) -> str:
        """Return the day it is due, marked once that has passed."""
        late = row.state == PrivacyRequest.State.OPEN and row.due_at < timezone.now()
        return cells.pill(f"Overdue: {cells.day(row.due_at)}", cells.BAD) if late else cells.day(row.due_at)

    @admin.display(description="Known here as")
    def known(self, row: PrivacyRequest) -> str:
        """Return the person as things are now: they may have bought, or been merged, since it was asked."""
        person = known_now(row)
        if person is None:
            return cells.EMPTY
        page = reverse("admin:customers_customer_change", args=(person.pk,))
        return format_html('<a href="{}">{}</a>', page, person)

    @admin.display(description="What the shop named")
    def whom(self, row: PrivacyRequest) -> str:
        """Return what the shop named, to look for."""
        told = ((LABELS.get(name, name), value) for name, value in row.named.items() if value)
        words = ((label, ", ".join(value) if isinstance(value, list) else value) for label, value in told)
        return format_html_join(mark_safe("<br>"), "{}: <b>{}</b>", words) or cells.EMPTY

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """What is done is done."""
        return [] if row.state == PrivacyRequest.State.DONE else ["mark_done"]

    @admin.action(description="Mark as done", permissions=["change"])
    def mark_done(self, request: HttpRequest, queryset: Any) -> None:
        """Note that they were carried out, and by whom."""
        at, user = timezone.now(), request.user

        def one(row: PrivacyRequest) -> None:
            try:
                mark_done(request_id=row.pk, by=user, at=at)  # type: ignore[arg-type]
            except AlreadyDone as exc:
                raise NotDone("it is done already") from exc

        self.each(request, queryset, one, done="marked as done")


@admin.register(CustomerMerge)
class CustomerMergeAdmin(ReadOnlyAdmin):
    """Profiles that became one."""

    plural = "Merged profiles"
    list_display = (
        "merged",
        "kept",
        "source",
        cells.when("merged_at", "Merged"),
        cells.when("undone_at", "Undone"),
    )
    list_select_related = ("kept", "merged")
    list_filter = ("source",)
    ordering = ("-pk",)
    actions = ("undo",)
    buttons = ("undo",)
    fieldsets = ((None, {"fields": ("merged", "kept", "source", "merged_at", "undone_at")}),)

    def label(self, row: Any) -> str:
        """Return who became whom."""
        return f"{row.merged} into {row.kept}"

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer to undo what was not undone."""
        return ["undo"] if row.undone_at is None else []

    @admin.action(description="Part them again", permissions=["change"])
    def undo(self, request: HttpRequest, queryset: Any) -> None:
        """Undo merges: each profile gets back what was its own."""
        at = timezone.now()

        def one(row: CustomerMerge) -> None:
            try:
                undo_merge(merge_id=row.pk, at=at)
            except MergeOver as exc:
                raise NotDone(str(exc)[:1].lower() + str(exc)[1:].rstrip(".")) from exc

        self.each(request, queryset.select_related("kept", "merged"), one, done="parted")
