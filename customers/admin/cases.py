"""The inbox of staff: who waits for an answer, what was said, and the answer."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join, linebreaks
from django.utils.safestring import SafeString, mark_safe

from config.lib.staff import cells
from config.lib.staff.pages import Need, ReadOnlyAdmin
from customers.models import Case, CaseMessage
from customers.services import cases

STATE: dict[str, str] = {
    Case.State.OPEN: cells.WARN,
    Case.State.WAITING: cells.BUSY,
    Case.State.CLOSED: cells.GOOD,
}
SAID: dict[str, str] = {
    CaseMessage.Direction.IN: cells.WARN,
    CaseMessage.Direction.OUT: cells.GOOD,
    CaseMessage.Direction.NOTE: cells.QUIET,
}
# Who waits for us stands first, and the longest waiting of them.
OPEN_FIRST = models.Case(
    When(state=Case.State.OPEN, then=0), When(state=Case.State.WAITING, then=1), default=2
)
SHOWN = 200  # messages of a case on its page, the newest


class WriteForm(forms.Form):
    """An answer to the person, or a note for staff."""

    kind = forms.ChoiceField(
        label="What it is",
        choices=[("reply", "An answer: it goes to the person"), ("note", "A note: only staff see it")],
    )
    body = forms.CharField(
        label="Words",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10, "cols": 80}),
        help_text="Plain text. The greeting and the store's foot are put around an answer.",
    )


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """Conversations with people."""

    plural = "Cases"
    state_pill = staticmethod(cells.status("state", "State", STATE))
    list_display = (
        "subject",
        "state_pill",
        "who",
        "owner",
        "source",
        "store",
        cells.when("updated_at", "Last word"),
        cells.when("opened_at", "Since"),
    )
    list_filter = (
        "state",
        "source",
        "store",
        ("owner", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("store", "owner", "customer")
    search_fields = ("subject", "email", "phone", "customer__email", "customer__name")
    search_help_text = "Subject, name, e-mail or number."
    ordering = (OPEN_FIRST, "updated_at")
    actions = ("take", "give_back", "close", "reopen")
    buttons = ("take", "give_back", "close", "reopen")
    needs = (
        Need("People who wait for an answer", cells.WARN, {"state__exact": Case.State.OPEN}),
        Need(
            "Cases nobody has taken",
            cells.WARN,
            {"state__exact": Case.State.OPEN, "owner__isnull": "True"},
            {"state": Case.State.OPEN, "owner": None},
        ),
    )
    fieldsets = (
        (None, {"fields": ("conversation",)}),
        ("About", {"fields": ("state_pill", "person", "about", "owner", "source", "store")}),
        ("When", {"fields": ("opened_at", "updated_at", "closed_at")}),
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the page to write on."""
        wrap = self.admin_site.admin_view
        own = [path("<path:object_id>/write/", wrap(self.write), name="customers_case_write")]
        return own + super().get_urls()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one case, with the way to its answer."""
        context = dict(extra_context or {})
        row = self.get_object(request, object_id) if request.method == "GET" else None
        if row is not None and self.has_change_permission(request, row):
            context["links"] = [{"label": "Answer, or write a note", "url": self.address("write", row.pk)}]
        return super().change_view(request, object_id, form_url, context)

    @admin.display(description="Who")
    def who(self, row: Case) -> str:
        """Return the person, or the address they wrote from."""
        return str(row.customer) if row.customer else row.email or row.phone or cells.EMPTY

    @admin.display(description="Person")
    def person(self, row: Case) -> str:
        """Return a link to the person, and where they wrote from."""
        said = ", ".join(filter(None, (row.email, row.phone)))
        return format_html("{} {}", cells.link(row.customer), said) if row.customer else said or cells.EMPTY

    @admin.display(description="About")
    def about(self, row: Case) -> str:
        """Return a link to what it is about, an order mostly."""
        try:
            url = reverse(f"admin:{row.about_type.replace('.', '_')}_change", args=[row.about_id])
        except NoReverseMatch:
            return cells.EMPTY
        return format_html('<a href="{}">Open the {}</a>', url, row.about_type.rpartition(".")[2])

    @admin.display(description="Conversation")
    def conversation(self, row: Case) -> SafeString:
        """Return what was said, the oldest first."""
        newest = list(row.messages.order_by("-at", "-pk")[: SHOWN + 1])
        said = format_html_join(
            "",
            '<li class="said"><p>{} <b>{}</b> {}</p>{}</li>',
            (
                (
                    cells.pill(one.get_direction_display(), SAID[one.direction]),
                    one.author,
                    cells.moment(one.at),
                    mark_safe(linebreaks(one.body, autoescape=True)),  # noqa: S308 (escaped)
                )
                for one in reversed(newest[:SHOWN])
            ),
        )
        more = "Older messages are not shown." if len(newest) > SHOWN else ""
        return format_html('<ol class="conversation">{}</ol>{}', said, more) if newest else SafeString("–")

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer what makes sense for the case as it stands."""
        mine = row.owner_id == request.user.pk
        if row.state == Case.State.CLOSED:
            return ["reopen"]
        return ["give_back" if mine else "take", "close"]

    def write(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take an answer or a note (POST), or show the page to write it on."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        form = WriteForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            at, by = timezone.now(), request.user
            if form.cleaned_data["kind"] == "reply":
                cases.reply(case=row, body=form.cleaned_data["body"], by=by, at=at)  # type: ignore[arg-type]
                said = "Your answer is on its way."
            else:
                cases.note(case=row, body=form.cleaned_data["body"], by=by, at=at)  # type: ignore[arg-type]
                said = "Your note is kept."
            self.log_change(request, row, said)
            self.message_user(request, said, messages.SUCCESS)
            return HttpResponseRedirect(self.address("change", row.pk))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Answer",
            "subtitle": self.label(row),
            "form": form,
            "conversation": self.conversation(row),
            "list_url": self.address("changelist"),
            "change_url": self.address("change", row.pk),
        }
        return TemplateResponse(request, "admin/customers/case/write.html", context)

    @admin.action(description="Take it", permissions=["change"])
    def take(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        """Make them one's own."""
        at, me = timezone.now(), request.user
        self.each(request, queryset, lambda row: cases.assign(case=row, to=me, at=at), done="taken")  # type: ignore[arg-type]

    @admin.action(description="Give it back", permissions=["change"])
    def give_back(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        """Let somebody else take them."""
        at = timezone.now()
        self.each(request, queryset, lambda row: cases.assign(case=row, to=None, at=at), done="given back")

    @admin.action(description="Close", permissions=["change"])
    def close(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        """Nothing more is to be said; a new word from them opens them again."""
        at = timezone.now()
        self.each(request, queryset, lambda row: cases.close(case=row, at=at), done="closed")

    @admin.action(description="Open again", permissions=["change"])
    def reopen(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        """Something is still owed."""
        at = timezone.now()
        self.each(request, queryset, lambda row: cases.reopen(case=row, at=at), done="opened again")
