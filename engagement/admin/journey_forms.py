"""
The forms of the journey editor, one per kind of step. They only translate; what is unwise is lint's business
(engagement/journeys/lint.py).
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet

from config.lib.money import BadMoney, major, minor
from customers.events import CUSTOM
from customers.models import Event
from engagement.admin.journey_rules import RuleMixin
from engagement.admin.words import kind_words
from engagement.journeys.graph import Dates, Graph, Step, StepType
from engagement.journeys.happenings import HAPPENINGS, choices, words_of
from engagement.journeys.words import NOBODY, Names, step_words, way_words
from engagement.kinds import KINDS
from engagement.models import SurveyAnswer, Template
from engagement.vocabulary import Channel

MOST_DAYS = 3650
CUSTOM_SHOWN = 50
SPLITS = 6


def event_choices(chosen: str = "") -> list[Any]:
    """Return every kind of event as choices, partners' own with them, and `chosen` even if it is unknown."""
    kinds: QuerySet[Any] = (
        Event.objects.filter(kind__startswith=CUSTOM).order_by().values_list("kind", flat=True)
    )
    more = {kind: words_of(kind) for kind in kinds.distinct()[:CUSTOM_SHOWN]}
    if chosen and chosen not in HAPPENINGS:
        more.setdefault(chosen, words_of(chosen))
    return [("", "–"), *choices(more)]


def message_choices(chosen: str = "") -> list[Any]:
    """Return the messages a journey can send: the built-in ones, and those that staff wrote words for."""
    written = set(Template.objects.order_by().values_list("kind", flat=True).distinct()) | ({chosen} - {""})
    own = sorted((code, kind_words(code)) for code in written if code not in KINDS)
    groups: dict[str, list[tuple[str, str]]] = {"Marketing": [], "About an order": []}
    for code, kind in KINDS.items():
        if not kind.about_access:
            groups["Marketing" if kind.purpose == "marketing" else "About an order"].append(
                (code, kind.label)
            )
    return [("", "–"), *([("Written by us", own)] if own else []), *groups.items()]


def _days(label: str, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=MOST_DAYS, help_text=help_text
    )


def hour_field(help_text: str = "") -> forms.TypedChoiceField:
    """Return a choice of full hours, None for any."""
    hours = [("", "Whenever it is"), *((str(hour), f"{hour:02d}:00") for hour in range(24))]
    return forms.TypedChoiceField(
        label="At which hour, where they are", choices=hours, required=False, coerce=int, empty_value=None,
        help_text=help_text,
    )  # fmt: skip


class StepForm(RuleMixin):
    """What every step's form has: where its ways lead."""

    def __init__(
        self, data: Any, *, step: Step, graph: Graph, names: Names = NOBODY, currency: str = ""
    ) -> None:
        super().__init__(data, initial=self.shown(step, currency))
        self.step, self.graph, self.currency = step, graph, currency
        self.ready()
        if step.type == StepType.END:
            return
        others = [
            (one.id, f"{number}. {step_words(one, names)}"[:90]) for number, one in enumerate(graph.walk(), 1)
        ]
        for place, (way, target) in enumerate(step.ways):
            words = way_words(way)
            self.fields[f"way-{place}"] = forms.ChoiceField(
                label=f"{words}: then" if words else "Then",
                choices=[("", "The end"), *others],
                initial=target,
                required=False,
            )

    def shown(self, step: Step, currency: str) -> dict[str, Any]:
        """Return a step's settings as the form shows them."""
        return dict(step.settings)

    def ready(self) -> None:
        """Add what depends on the step."""

    def settings(self) -> dict[str, Any]:
        """Return the settings that were written, those left empty left out."""
        own = {name for name in self.cleaned_data if not name.startswith(("way-", "rule-"))}
        return {
            name: self.cleaned_data[name] for name in own if self.cleaned_data[name] not in ("", None, False)
        }

    def ways(self) -> dict[str, str]:
        """Return where each way is to lead."""
        return {
            way: self.cleaned_data[f"way-{place}"] for place, (way, _) in enumerate(self.step.ways)
            if f"way-{place}" in self.cleaned_data
        }  # fmt: skip

    def points(self) -> list[Any]:
        """Return the plain fields, in order."""
        return [field for field in self if not field.name.startswith(("rule-", "way-"))]

    def leads(self) -> list[Any]:
        """Return the fields that say where the ways lead."""
        return [field for field in self if field.name.startswith("way-")]


class MessageForm(StepForm):
    """Which message, by which way."""

    kind = forms.ChoiceField(label="Which message")
    channel = forms.ChoiceField(
        label="By which way", choices=[("auto", "The way they like best"), *Channel.choices], required=False
    )
    lateness_hours = forms.IntegerField(
        label="At most so many hours late", required=False, min_value=1, max_value=24 * 60,
        help_text="Later than that it is not sent any more. Empty: 72.",
    )  # fmt: skip

    def ready(self) -> None:
        """Offer the messages there are."""
        self.fields["kind"].choices = message_choices(str(self.step.settings.get("kind") or ""))  # type: ignore[attr-defined]


class WaitForm(StepForm):
    """How long."""

    days, hours, minutes = _days("Days"), _days("Hours"), _days("Minutes")
    hour = hour_field("After that time, at the next such hour of their own day.")
    best_hour = forms.BooleanField(label="At the hour they usually read, where we know it", required=False)
    business = forms.BooleanField(label="Count working days only, and end on one", required=False)


class DateForm(StepForm):
    """Until which day."""

    date = forms.ChoiceField(label="Which day", choices=Dates.choices)
    offset_days = forms.IntegerField(
        label="So many days later",
        required=False,
        min_value=-365,
        max_value=MOST_DAYS,
        help_text="Below 0: before it.",
    )
    hour = hour_field()


class WaitEventForm(StepForm):
    """For what, and for how long at most."""

    event = forms.ChoiceField(label="What has to happen")
    days, hours = _days("For at most so many days"), _days("and hours")

    def ready(self) -> None:
        """Offer the events there are, and what must hold of them."""
        self.fields["event"].choices = event_choices(str(self.step.settings.get("event") or ""))  # type: ignore[attr-defined]
        self.add_rule(self.step.settings.get("filter"))

    def settings(self) -> dict[str, Any]:
        """Return the settings with the rule as its filter."""
        return super().settings() | ({"filter": self.rule()} if self.rule() else {})


class BranchForm(StepForm):
    """What is asked."""

    def ready(self) -> None:
        """Add the rule."""
        self.add_rule(self.step.settings.get("rule"), needed=True)

    def settings(self) -> dict[str, Any]:
        """Return the rule."""
        return {"rule": self.rule()}


class SplitForm(StepForm):
    """Into which ways, and how many go each."""

    def ready(self) -> None:
        """Add a name and a weight for each way."""
        ways = self.step.settings.get("ways") or []
        for place in range(SPLITS):
            way = ways[place] if place < len(ways) else {}
            self.fields[f"name-{place}"] = forms.CharField(
                label=f"Way {place + 1}: its name", max_length=30, required=False, initial=way.get("name", "")
            )
            self.fields[f"weight-{place}"] = forms.FloatField(
                label=f"Way {place + 1}: its share", required=False, min_value=0.01, max_value=1000,
                initial=way.get("weight"),
                help_text="" if place else "Shares are weighed against each other: 1 and 3 are 25 and 75 %.",
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """See that there are two ways at least, with names of their own."""
        told = super().clean()
        rows = [
            (told.get(f"name-{place}", "").strip(), told.get(f"weight-{place}")) for place in range(SPLITS)
        ]
        self._ways = [{"name": name, "weight": weight or 1} for name, weight in rows if name]
        names = [way["name"] for way in self._ways]
        if len(names) < 2 or len(set(names)) < len(names):
            self.add_error(None, "A split test needs at least two ways, each with a name of its own.")
        return told

    def settings(self) -> dict[str, Any]:
        """Return the ways."""
        return {"ways": self._ways}


class HoldoutForm(StepForm):
    """How many."""

    percent = forms.FloatField(
        label="How many per cent get nothing", min_value=0.1, max_value=99,
        help_text="Chosen at random and kept apart, to see what the journey brings.",
    )  # fmt: skip


class OfferForm(StepForm):
    """What it is worth, for how long, how many."""

    percent = forms.IntegerField(label="Per cent off", required=False, min_value=1, max_value=100)
    amount = forms.CharField(label="Or an amount off", required=False, max_length=20)
    days_valid = forms.IntegerField(label="Good for so many days", required=False, min_value=1, max_value=730)
    budget = forms.IntegerField(
        label="At most so many codes in all", required=False, min_value=1, help_text="Empty: no limit."
    )
    code = forms.CharField(
        label="One code for everybody", required=False, max_length=60,
        help_text="Where the shop cannot make codes: one you made there. Empty: each gets their own.",
    )  # fmt: skip

    def shown(self, step: Step, currency: str) -> dict[str, Any]:
        """Show the amount as people write it."""
        cents = step.settings.get("amount_minor")
        return {**step.settings, "amount": str(major(cents, currency)) if cents and currency else cents or ""}

    def clean(self) -> dict[str, Any]:
        """Read the amount."""
        told = super().clean()
        self._minor = 0
        text = told.get("amount", "").strip()
        if text:
            try:
                self._minor = minor(text, self.currency) if self.currency else int(text)
            except (BadMoney, ValueError):
                self.add_error("amount", "Write an amount, for example 5.00.")
        if told.get("percent") and self._minor:
            self.add_error("amount", "Give per cent or an amount, not both.")
        return told

    def settings(self) -> dict[str, Any]:
        """Return the amount in minor units."""
        made = {name: value for name, value in super().settings().items() if name != "amount"}
        return made | ({"amount_minor": self._minor} if self._minor else {})


class SurveyForm(StepForm):
    """Which question."""

    kind = forms.ChoiceField(label="Which question", choices=SurveyAnswer.Kind.choices)


class TagForm(StepForm):
    """Which tag."""

    name = forms.CharField(label="Which tag", max_length=60)
    remove = forms.BooleanField(label="Take it away instead", required=False)


class AlertForm(StepForm):
    """What staff are told."""

    words = forms.CharField(label="What staff are told", max_length=200)


class CaseForm(StepForm):
    """What the case is about."""

    subject = forms.CharField(label="What the case is about", max_length=200)


class CallForm(StepForm):
    """What partners hear."""

    name = forms.SlugField(label="Under which name partners hear of it", max_length=60)


FORMS: Mapping[str, type[StepForm]] = {
    StepType.MESSAGE: MessageForm,
    StepType.WAIT: WaitForm,
    StepType.WAIT_DATE: DateForm,
    StepType.WAIT_EVENT: WaitEventForm,
    StepType.BRANCH: BranchForm,
    StepType.SPLIT: SplitForm,
    StepType.HOLDOUT: HoldoutForm,
    StepType.OFFER: OfferForm,
    StepType.SURVEY: SurveyForm,
    StepType.TAG: TagForm,
    StepType.ALERT: AlertForm,
    StepType.CASE: CaseForm,
    StepType.CALL: CallForm,
}


def form_of(step: Step) -> type[StepForm]:
    """Return the form of a step; `tell` and `end` have nothing to set."""
    return FORMS.get(step.type, StepForm)
