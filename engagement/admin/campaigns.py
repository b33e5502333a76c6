"""Campaigns: write one, see who would get it, start it, watch it, pause and stop it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.pages import Need, NotDone, StaffAdmin
from engagement import liquid
from engagement.campaigns import making, numbers, services
from engagement.models import Campaign, Segment, Template
from engagement.wording import versions

State = Campaign.State
TONES: Mapping[str, str] = {
    State.SCHEDULED: cells.BUSY,
    State.RUNNING: cells.BUSY,
    State.PAUSED: cells.WARN,
    State.STOPPED: cells.BAD,
    State.DONE: cells.GOOD,
}
MOVES = (State.SCHEDULED, State.RUNNING)
SETTINGS = (
    "name",
    "store",
    "segment",
    "channel",
    "topic",
    "starts_at",
    "local_hour",
    "per_hour",
    "lateness_hours",
)
LANGUAGES = [(code.split("-")[0], str(name)) for code, name in settings.LANGUAGES]


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]
    """A draft and its words, one subject and text per language; a language without both is left out."""

    starts_at = forms.DateTimeField(
        label="Begins at",
        required=False,
        help_text="In UTC. Empty: as soon as you begin it.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    class Meta:
        model = Campaign
        fields = SETTINGS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "segment" in self.fields:
            self.fields["segment"].queryset = Segment.objects.filter(archived_at=None).order_by("name")  # type: ignore[attr-defined]
        said = self._said()
        for code, _ in LANGUAGES:
            row = said.get(code)
            self.initial.setdefault(f"subject_{code}", row.subject if row else "")
            self.initial.setdefault(f"body_{code}", row.body if row else "")

    def _said(self) -> dict[str, Template]:
        """Return the words there are, by language."""
        if not self.instance.pk:
            return {}
        rows = Template.objects.filter(kind=self.instance.kind, store=self.instance.store_id)
        return {row.language: row for row in rows.filter(channel=self.instance.channel)}

    def clean(self) -> dict[str, Any]:
        """Refuse words that could not be sent, and say which line is wrong."""
        data = super().clean() or {}
        for code, name in LANGUAGES:
            subject, body = data.get(f"subject_{code}", ""), data.get(f"body_{code}", "")
            if bool(subject) != bool(body):
                self.add_error(f"subject_{code}", f"In {name} there is only one of subject and text.")
            for field in (f"subject_{code}", f"body_{code}"):
                try:
                    liquid.check(data.get(field, ""))
                except liquid.TemplateError as exc:
                    self.add_error(field, str(exc))
        if data.get("local_hour") is not None and data["local_hour"] > 23:
            self.add_error("local_hour", "A day has the hours 0 to 23.")
        return data


def _with_words(form: type[forms.ModelForm]) -> type[forms.ModelForm]:  # type: ignore[type-arg]
    """Return the form with a subject and a text for each language."""
    more: dict[str, Any] = {}
    for code, name in LANGUAGES:
        more[f"subject_{code}"] = forms.CharField(
            label=f"Subject, {name}", max_length=300, required=False,
            widget=forms.TextInput(attrs={"class": "vTextField", "lang": code}),
        )  # fmt: skip
        more[f"body_{code}"] = forms.CharField(
            label=f"Text, {name}", required=False,
            widget=forms.Textarea(attrs={"rows": 10, "class": "vLargeTextField", "lang": code}),
        )  # fmt: skip
    return type("CampaignWords", (form,), more)


@admin.register(Campaign)
class CampaignAdmin(StaffAdmin):
    """A draft is a form; a campaign that has begun is a page with its numbers."""

    form = _with_words(CampaignForm)
    change_form_template = "admin/engagement/campaign/change_form.html"
    state_pill = staticmethod(cells.status("state", "State", TONES))
    list_display = (
        "name", "state_pill", "segment", "channel", cells.number("made", "Messages"),
        cells.when("starts_at", "Begins"), cells.when("ended_at", "Ended"),
    )  # fmt: skip
    list_filter = ("state", "store", "channel", "topic")
    list_select_related = ("segment", "store")
    search_fields = ("name__icontains",)
    search_help_text = "A part of the name."
    ordering = ("-pk",)
    autocomplete_fields = ()
    actions = ("pause", "resume", "export_rows")
    buttons = ("pause", "resume", "stop")
    needs = (Need("Campaigns that are paused", cells.WARN, {"state__exact": State.PAUSED}),)
    columns = (
        ("Campaign", lambda row: row.name),
        ("State", lambda row: row.get_state_display()),
        ("Store", lambda row: row.store.name),
        ("Segment", lambda row: row.segment.name),
        ("Channel", lambda row: row.channel),
        ("Topic", lambda row: row.get_topic_display()),
        ("People", lambda row: row.total),
        ("Messages made", lambda row: row.made),
        ("Began", lambda row: row.started_at),
        ("Ended", lambda row: row.ended_at),
        ("Made by", lambda row: row.made_by),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Campaign | None = None) -> Any:
        """Show the settings, and the words per language."""
        words = [
            (f"Words, {name}", {"fields": (f"subject_{code}", f"body_{code}")}) for code, name in LANGUAGES
        ]
        if obj is not None and not self._open(obj):
            return [("How it was set up", {"fields": (*SETTINGS, "made_by")})]
        return [(None, {"fields": SETTINGS}), *words]

    def get_readonly_fields(self, request: HttpRequest, obj: Campaign | None = None) -> Any:
        """Only a draft can be changed: what has begun is said already."""
        return () if obj is None or self._open(obj) else (*SETTINGS, "made_by")

    @staticmethod
    def _open(row: Campaign) -> bool:
        return row.state == State.DRAFT

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A campaign that has begun stays: its messages belong to people."""
        return super().has_delete_permission(request, obj) and (obj is None or self._open(obj))

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        """Save the draft and its words, each change of them as a version. What began meanwhile stays."""
        by = request.user.get_username()
        with transaction.atomic():
            if change:
                held = Campaign.objects.select_for_update(of=("self",)).get(pk=obj.pk)
                if not self._open(held):
                    raise PermissionDenied
            obj.made_by = obj.made_by or by[:254]
            super().save_model(request, obj, form, change)
            for code, _ in LANGUAGES:
                self._say(obj, code, form.cleaned_data, by)

    def _say(self, row: Campaign, language: str, data: Mapping[str, Any], by: str) -> None:
        subject, body = data.get(f"subject_{language}", ""), data.get(f"body_{language}", "")
        own = {"kind": row.kind, "store": row.store, "language": language, "channel": row.channel}
        if not subject:
            Template.objects.filter(**own).delete()
            return
        at = timezone.now()
        template, made = Template.objects.get_or_create(**own, defaults={"subject": subject, "body": body})
        if made:
            versions.record(template, by=by, at=at)
        else:
            versions.save(template, subject=subject, body=body, by=by, at=at)

    # --- the page of one ---
    def get_urls(self) -> list[URLPattern]:
        """Add the page that asks before it begins."""
        view = self.admin_site.admin_view(self.confirm)
        return [path("<int:pk>/begin/", view, name="engagement_campaign_begin"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form of a draft, or the numbers of what has begun; a running one reloads by itself."""
        row = self.get_object(request, object_id) if request.method == "GET" else None
        more: dict[str, Any] = {}
        if row is not None:
            more = {
                "campaign": row,
                "state_pill": self.state_pill(row),
                "begun": not self._open(row),
                "moves": row.state in MOVES,
                "begin_url": self.address("begin", row.pk)
                if row.state in (State.DRAFT, State.SCHEDULED)
                else "",
                "may_change": self.has_change_permission(request, row),
            }
            if not self._open(row):
                more |= {"progress": making.progress(row), "results": numbers.results(row)}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def confirm(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who gets it and who is left out and why (GET); begin it (POST)."""
        row = self.get_queryset(request).select_related("segment", "store").filter(pk=pk).first()
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        at = timezone.now()
        if request.method == "POST":
            try:
                services.schedule(pk, at=at, starts_at=row.starts_at, by=request.user.get_username())
            except services.NotReady as exc:
                self.message_user(request, f"It has not begun: {exc}", messages.ERROR)
            else:
                self.log_change(request, row, "Begun.")
                self.message_user(request, f"“{row}” begins.", messages.SUCCESS)
            return HttpResponseRedirect(self.address("change", pk))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Begin “{row}”",
            "opts": self.opts,
            "campaign": row,
            "change_url": self.address("change", pk),
            "problems": services.problems(row),
            "outlook": numbers.outlook(row, at=at),
            "later": row.starts_at is not None and row.starts_at > at,
        }
        return TemplateResponse(request, "admin/engagement/campaign/begin.html", context)

    # --- buttons ---
    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer what its state allows."""
        offered = {State.SCHEDULED: ["pause", "stop"], State.RUNNING: ["pause", "stop"]}
        return offered.get(row.state, ["resume", "stop"] if row.state == State.PAUSED else [])

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: Any) -> None:
        """Stop making and sending for now."""
        self._each(request, queryset, services.pause, "paused")

    @admin.action(description="Go on", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: Any) -> None:
        """Go on where it was paused."""
        self._each(request, queryset, services.resume, "going on")

    @admin.action(description="Stop for good", permissions=["change"])
    def stop(self, request: HttpRequest, queryset: Any) -> None:
        """End it: what is not sent will not be."""
        self._each(request, queryset, services.stop, "stopped")

    def _each(self, request: HttpRequest, rows: Any, act: Any, done: str) -> None:
        at = timezone.now()

        def one(row: Campaign) -> None:
            try:
                act(row.pk, at=at)
            except services.NotReady as exc:
                raise NotDone(str(exc)) from None

        self.each(request, rows, one, done=done)
