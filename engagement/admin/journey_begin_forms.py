"""The journey editor's forms about the whole: what begins it, what ends it, what it is called."""

from collections.abc import Mapping
from typing import Any

from django import forms

from engagement.admin.journey_forms import MOST_DAYS, event_choices, hour_field
from engagement.admin.journey_rules import RuleMixin
from engagement.journeys import editing
from engagement.journeys.graph import Dates, Ending, Graph, OnceFor, Reentry, Trigger
from engagement.journeys.happenings import HAPPENINGS
from engagement.models import Journey, Segment


class TriggerForm(RuleMixin):
    """What begins a journey, for what one run is, and whether one may enter again."""

    type = forms.ChoiceField(label="It begins when", choices=Trigger.choices, widget=forms.RadioSelect)
    events = forms.MultipleChoiceField(
        label="Something happens: what", required=False, widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text="Any of the ones chosen.",
    )  # fmt: skip
    segment = forms.ChoiceField(label="A segment: which", required=False)
    change = forms.ChoiceField(
        label="A segment: how",
        choices=[("entered", "Somebody comes in"), ("left", "Somebody leaves")],
        required=False,
    )
    date = forms.ChoiceField(label="A day: which", choices=[("", "–"), *Dates.choices], required=False)
    offset_days = forms.IntegerField(
        label="A day: so many days later",
        required=False,
        min_value=-365,
        max_value=MOST_DAYS,
        help_text="Below 0: before it.",
    )
    hour = hour_field()
    once_for = forms.ChoiceField(label="One run is for", choices=OnceFor.choices, initial="customer")
    reentry = forms.ChoiceField(label="May one enter again?", choices=Reentry.choices, initial="never")
    reentry_days = forms.IntegerField(
        label="After so many days", required=False, min_value=1, max_value=MOST_DAYS
    )

    def __init__(self, data: Any, *, trigger: Mapping[str, Any], currency: str = "") -> None:
        super().__init__(data, initial={**trigger, "segment": str(trigger.get("segment") or "")})
        self.currency = currency
        chosen = [str(kind) for kind in trigger.get("events") or ()]
        unknown = next((kind for kind in chosen if kind not in HAPPENINGS), "")
        self.fields["events"].choices = event_choices(unknown)[1:]  # type: ignore[attr-defined]
        rows = Segment.objects.filter(archived_at=None).order_by("name").values_list("public_id", "name")
        self.fields["segment"].choices = [("", "–"), *((str(ident), name) for ident, name in rows)]  # type: ignore[attr-defined]
        self.add_rule(trigger.get("filter"))

    def clean(self) -> dict[str, Any]:
        """See that what the kind of trigger needs is there."""
        told = super().clean()
        needs = {Trigger.EVENT: "events", Trigger.SEGMENT: "segment", Trigger.DATE: "date"}.get(
            told.get("type", "")
        )
        if needs and not told.get(needs) and needs not in self.errors:
            self.add_error(needs, "Choose it.")
        if told.get("reentry") == Reentry.AFTER and not told.get("reentry_days"):
            self.add_error("reentry_days", "Say after how many days.")
        return told

    def trigger(self) -> dict[str, Any]:
        """Return the trigger's JSON, with what its kind needs."""
        told = self.cleaned_data
        names = {
            Trigger.EVENT: ("events",),
            Trigger.SEGMENT: ("segment", "change"),
            Trigger.DATE: ("date", "offset_days", "hour"),
        }.get(told["type"], ())
        made = {
            name: told[name]
            for name in ("type", *names, "once_for", "reentry")
            if told[name] not in ("", None)
        }
        if told["reentry"] == Reentry.AFTER:
            made["reentry_days"] = told["reentry_days"]
        return made | ({"filter": self.rule()} if self.rule() else {})

    def points(self) -> list[Any]:
        """Return the plain fields."""
        return [field for field in self if not field.name.startswith("rule-")]


class EndingsForm(forms.Form):
    """What ends a run: its goals, and other exits. Rules that were set elsewhere are kept."""

    goals = forms.MultipleChoiceField(
        label="Its goal is reached when", required=False, widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text="Whoever reaches it gets nothing more of this journey, and counts as a success.",
    )  # fmt: skip
    exits = forms.MultipleChoiceField(
        label="It ends early when", required=False, widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text="For example when a return is asked for.",
    )  # fmt: skip

    def __init__(self, data: Any, *, graph: Graph) -> None:
        self.graph = graph
        told = {name: [one.event for one in getattr(graph, name)] for name in ("goals", "exits")}
        super().__init__(data, initial=told)
        for name, kinds in told.items():
            unknown = next((kind for kind in kinds if kind not in HAPPENINGS), "")
            self.fields[name].choices = event_choices(unknown)[1:]  # type: ignore[attr-defined]

    def changed(self) -> Graph:
        """Return the graph with these endings."""
        made = {}
        for name in ("goals", "exits"):
            known = {one.event: one for one in getattr(self.graph, name)}
            made[name] = [known.get(kind, Ending(kind)) for kind in self.cleaned_data[name]]
        return editing.set_endings(self.graph, goals=made["goals"], exits=made["exits"])


class AboutForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a journey is called and what it is about."""

    class Meta:
        model = Journey
        fields = ("name", "description", "store", "purpose", "topic")
        widgets = {"description": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}

    def clean(self) -> dict[str, Any]:
        """Marketing is about something people can switch off by itself."""
        told = super().clean() or self.cleaned_data
        if told.get("purpose") == "marketing" and not told.get("topic"):
            self.add_error("topic", "Marketing needs a topic: it is what people can switch off.")
        return told


class CopyForm(forms.Form):
    """What the copy is called."""

    name = forms.CharField(label="What the copy is called", max_length=120)
