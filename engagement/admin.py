"""Back-office pages about what we say: templates, messages, blocked addresses."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin, StaffAdmin
from customers.models import Store
from engagement import sending
from engagement.copies import AlreadyOwn, own_copy
from engagement.kinds import KINDS
from engagement.models import Message, Suppression, Template

TONES: dict[str, str] = {
    Message.State.QUEUED: cells.BUSY,
    Message.State.SENT: cells.GOOD,
    Message.State.HELD: cells.WARN,
    Message.State.FAILED: cells.BAD,
}


def kind_words(code: str) -> str:
    """Return a kind of message in words."""
    return KINDS[code].label if code in KINDS else code


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """The words of one kind of message. What could not be sent cannot be saved (the model checks)."""

    class Meta:
        model = Template
        fields = ("store", "kind", "language", "subject", "body")
        widgets = {
            "subject": forms.TextInput(attrs={"class": "vLargeTextField"}),
            "body": forms.Textarea(attrs={"class": "vLargeTextField template-body", "rows": 24}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            self.fields["kind"] = forms.ChoiceField(
                choices=[(code, kind.label) for code, kind in KINDS.items()]
            )
        if "store" in self.fields:
            self.fields["store"].required = True

    def clean_body(self) -> str:
        """Return the text as files hold it: browsers send line ends of their own."""
        return "\n".join(str(self.cleaned_data["body"]).splitlines()).strip() + "\n"


class CopyForm(forms.Form):
    """Which store is to have its own words."""

    store = forms.ModelChoiceField(queryset=Store.objects.order_by("name"), empty_label=None)


@admin.register(Template)
class TemplateAdmin(StaffAdmin):
    """Words of messages. Built-in ones are read here and changed in a store's own copy."""

    place = 2
    form = TemplateForm
    list_display = (
        "says",
        "language",
        "whose",
        "subject",
        cells.number("version", "Version"),
        cells.when("updated_at", "Changed"),
    )
    list_filter = (("store", admin.EmptyFieldListFilter), "store", "language", recent_values("kind", "kind"))
    list_select_related = ("store",)
    search_fields = ("kind", "subject__icontains", "body__icontains")
    ordering = ("kind", "language", "store")
    readonly_fields = ("version", "updated_at")
    fields = ("store", "kind", "language", "subject", "body", "version", "updated_at")

    @admin.display(description="Message", ordering="kind")
    def says(self, row: Template) -> str:
        """Return the kind in words."""
        return kind_words(row.kind)

    def label(self, row: Any) -> str:
        """Return kind, language and whose words they are."""
        return f"{kind_words(row.kind)} ({row.language}), {row.store or 'built in'}"

    def get_fields(self, request: HttpRequest, obj: Template | None = None) -> Any:
        """Show the kind in words where it cannot be chosen."""
        return tuple("says" if obj and name == "kind" else name for name in self.fields)

    @admin.display(description="Whose", ordering="store")
    def whose(self, row: Template) -> str:
        """Return the store, or that it is built in."""
        return str(row.store) if row.store else cells.pill("Built in", cells.QUIET)

    def has_change_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        """Built-in words come with the release."""
        return super().has_change_permission(request, obj) and (obj is None or obj.store_id is not None)

    def has_delete_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        """Deleting a store's own words brings the built-in ones back."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.store_id is not None)

    def get_readonly_fields(self, request: HttpRequest, obj: Template | None = None) -> Any:
        """Whose words of what they are is settled when they are made."""
        return (*self.readonly_fields, "store", "says", "language") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        """Count the versions, so that a message says by which words it was written."""
        if change and any(form.initial.get(name) != getattr(obj, name) for name in ("subject", "body")):
            obj.version += 1
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        """Add the page that makes a copy."""
        view = self.admin_site.admin_view(self.copy)
        return [path("<path:object_id>/copy/", view, name="engagement_template_copy"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offer a copy of built-in words."""
        context = dict(extra_context or {})
        row = self.get_object(request, object_id)
        if row is not None and row.store_id is None and self.has_add_permission(request):
            context["links"] = [{"label": "Make a store’s own copy", "url": self.address("copy", row.pk)}]
        return super().change_view(request, object_id, form_url, context)

    def copy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for which store, make the copy, and go on to change it."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = CopyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                made = own_copy(row, store=form.cleaned_data["store"])
            except AlreadyOwn as exc:
                form.add_error("store", str(exc))
            else:
                self.log_addition(request, made, f"Copied from the built-in “{row}”.")
                self.message_user(request, f"These are {made.store}’s own words now.")
                return HttpResponseRedirect(self.address("change", made.pk))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Make a store’s own copy",
            "subtitle": f"{kind_words(row.kind)} ({row.language})",
            "original": row,
            "form": form,
        }
        return TemplateResponse(request, "admin/engagement/template/copy.html", context)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Every message, whether it was sent, and if not, why."""

    place = 1
    state_pill = staticmethod(cells.status("state", "State", TONES))
    list_display = (
        "says",
        "state_pill",
        "reason",
        "customer",
        "order",
        "channel",
        cells.when("created_at", "Made"),
        cells.when("sent_at", "Sent"),
    )
    list_filter = (
        "state",
        recent_values("kind", "kind"),
        recent_values("channel", "channel"),
        "purpose",
        "store",
    )
    list_select_related = ("customer", "order", "store")
    search_fields = ("order__number_key__iexact", "customer__email__iexact", "provider_id")
    search_help_text = "A whole order number, e-mail address, or the provider’s id."
    ordering = ("-pk",)
    actions = ("send_again", "export_rows")
    buttons = ("send_again",)
    needs = (
        Need("Messages that could not be sent", cells.BAD, {"state__exact": Message.State.FAILED}),
        Need("Messages held back", cells.WARN, {"state__exact": Message.State.HELD}),
    )
    fieldsets = (
        (None, {"fields": ("says", "state_pill", "reason", "subject", "customer", "order", "store")}),
        (
            "How",
            {"fields": ("channel", "purpose", "language", "template", "template_version", "provider_id")},
        ),
        (
            "When",
            {
                "fields": (
                    "created_at",
                    "due_at",
                    "expires_at",
                    "sent_at",
                    "delivered_at",
                    "bounced_at",
                    "attempts",
                )
            },
        ),
        ("Why it exists", {"fields": ("event", "dedupe_key", "facts", "error")}),
    )
    columns = (
        ("Message", lambda m: kind_words(m.kind)),
        ("State", lambda m: m.get_state_display()),
        ("Reason", lambda m: m.reason),
        ("Channel", lambda m: m.channel),
        ("Purpose", lambda m: m.get_purpose_display()),
        ("Store", lambda m: m.store.name),
        ("Customer", lambda m: str(m.customer) if m.customer else ""),
        ("Order", lambda m: m.order.number if m.order else ""),
        ("Subject", lambda m: m.subject),
        ("Made", lambda m: m.created_at),
        ("Sent", lambda m: m.sent_at),
        ("Delivered", lambda m: m.delivered_at),
        ("Bounced", lambda m: m.bounced_at),
    )

    @admin.display(description="Message", ordering="kind")
    def says(self, row: Message) -> str:
        """Return the kind in words."""
        return kind_words(row.kind)

    @admin.display(description="Facts")
    def facts(self, row: Message) -> str:
        """Return the ids it was made of."""
        return cells.raw(cells.pretty(row.context), "Facts")

    @admin.display(description="Last error")
    def error(self, row: Message) -> str:
        """Return what the channel said."""
        return cells.raw(row.last_error, "Last error") if row.last_error else cells.EMPTY

    def label(self, row: Any) -> str:
        """Return kind and order or customer."""
        return f"{kind_words(row.kind)} ({row.order or row.customer or 'nobody'})"

    def export_queryset(self, rows: QuerySet[Message]) -> QuerySet[Message]:
        """Load stores, customers and orders with them."""
        return rows.select_related("store", "customer", "order")

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """What was sent is not sent again; what waits will be sent anyway."""
        return ["send_again"] if row.state in (Message.State.FAILED, Message.State.HELD) else []

    @admin.action(description="Send again", permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """Put failed and held messages back in the queue; permission is asked again when they are sent."""
        at = timezone.now()

        def one(row: Message) -> None:
            if not sending.retry(Message.objects.filter(pk=row.pk), at=at):
                raise NotDone(f"it is {row.get_state_display().lower()}")

        self.each(
            request,
            queryset.select_related("order", "customer"),
            one,
            done="put back to be sent",
            bulk=lambda rows: sending.retry(Message.objects.filter(pk__in=rows.values("pk")), at=at),
        )


class SuppressionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A blocked address, kept as addresses are compared: lower case."""

    class Meta:
        model = Suppression
        fields = ("channel", "address", "reason", "detail")

    def clean_address(self) -> str:
        """Return it trimmed, lower case."""
        return str(self.cleaned_data["address"]).strip().lower()


@admin.register(Suppression)
class SuppressionAdmin(StaffAdmin):
    """Addresses we must not write to. Deleting a row lets us write again."""

    plural = "Blocked addresses"
    place = 3
    form = SuppressionForm
    list_display = ("address", "channel", "reason", cells.when("created_at", "Since"))
    list_filter = ("reason", "channel", "created_at")
    search_fields = ("address__istartswith",)
    search_help_text = "The beginning of the address."
    ordering = ("-pk",)
    readonly_fields = ("created_at",)
    fields = ("channel", "address", "reason", "detail", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Suppression | None = None) -> Any:
        """Which address it is and why stays; what is known of it may be added to."""
        return ("channel", "address", "reason", "created_at") if obj else self.readonly_fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Staff block by hand."""
        return {
            **super().get_changeform_initial_data(request),
            "channel": "email",
            "reason": Suppression.Reason.MANUAL,
        }
