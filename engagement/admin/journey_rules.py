"""
A rule as a list of conditions in a form: which fact, how it is compared, with what.

What such a list cannot say (groups within groups, orders and events in a window) is kept as it is and can be
written as JSON below it; both are checked by engagement/segments/rules.py.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from config.lib.money import BadMoney, major, minor
from engagement.segments import rules
from engagement.segments.facts import FACTS, OPS, Fact, Takes, Type, fact_of

MORE = 2  # empty lines beside those that are filled
OF_EVENT = ("place", "status", "reason", "score", "kind", "name", "days", "tier", "before", "flag", "choice")
HOWS = (("all", "All of these"), ("any", "At least one of these"))


def fact_choices() -> list[Any]:
    """Return the facts a condition can ask of, grouped as they are offered."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for fact in FACTS.values():
        if fact.type != Type.HAS:
            groups.setdefault(fact.group, []).append((fact.name, fact.label))
    events = [fact_of(f"event.{name}") for name in OF_EVENT]
    groups["The event"] = [(fact.name, fact.label) for fact in events if fact]
    return [("", "–"), *groups.items()]


def simple(rule: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]] | None:
    """Return (all or any, its conditions) of a rule that a list can show, None of any other."""
    if not rule:
        return "all", []
    if "fact" in rule:
        found: tuple[str, Sequence[Any]] = ("all", [rule])
    elif len(rule) == 1 and ("all" in rule or "any" in rule):
        how = next(iter(rule))
        found = (how, rule[how])
    else:
        return None
    known = {name for _, group in fact_choices()[1:] for name, _ in group}
    plain = all(isinstance(one, Mapping) and one.get("fact") in known for one in found[1])
    return (found[0], list(found[1])) if plain else None


class RuleMixin(forms.Form):
    """
    Adds the lines of a rule to a form. The form sets `currency` before `add_rule`; `rule()` is valid after
    `is_valid()`.
    """

    currency = ""
    lines = 0

    def add_rule(self, rule: Mapping[str, Any] | None, *, needed: bool = False) -> None:
        """Add the fields, filled with `rule`."""
        self.rule_needed = needed
        shown = simple(rule or {})
        how, conditions = shown or ("all", [])
        sent = [name for name in self.data if name.startswith("rule-") and name.endswith("-fact")]
        lines = max(len(conditions) + MORE, len(sent) + (MORE if "more" in self.data else 0))
        self.fields["rule-how"] = forms.ChoiceField(
            choices=HOWS, initial=how, label="Must hold", required=False
        )
        facts, ops = fact_choices(), [("", "–"), *((name, op.words) for name, op in OPS.items())]
        for place in range(1, lines + 1):
            one = conditions[place - 1] if place <= len(conditions) else {}
            for name, label, field in (
                ("fact", "what is asked", forms.ChoiceField(choices=facts, required=False)),
                ("op", "how it is compared", forms.ChoiceField(choices=ops, required=False)),
                ("value", "with what", forms.CharField(max_length=400, required=False)),
            ):
                field.label = f"Condition {place}: {label}"
                field.initial = self._shown(one) if name == "value" else one.get(name, "")
                self.fields[f"rule-{place}-{name}"] = field
        self.fields["rule-json"] = forms.CharField(
            label="Or as JSON",
            required=False,
            initial="" if shown else json.dumps(rule, indent=2, ensure_ascii=False),
            widget=forms.Textarea(attrs={"rows": 6, "class": "vLargeTextField template-body"}),
            help_text="For what the lines above cannot say; it counts alone when it is filled in.",
        )
        self.lines = lines

    def rule_lines(self) -> list[list[Any]]:
        """Return the bound fields of each line."""
        return [
            [self[f"rule-{place}-{name}"] for name in ("fact", "op", "value")]
            for place in range(1, self.lines + 1)
        ]

    @property
    def rule_how(self) -> Any:
        """The bound field: all of them, or any."""
        return self["rule-how"]

    @property
    def rule_json(self) -> Any:
        """The bound field of the rule as JSON."""
        return self["rule-json"]

    def clean(self) -> dict[str, Any]:
        """Read the lines into a rule, and say in which one something is wrong."""
        told = super().clean() or self.cleaned_data
        if not self.lines:
            return told
        text = told.get("rule-json", "").strip()
        self._rule = self._from_json(text) if text else self._from_lines(told)
        if self._rule and not self.errors:
            try:
                rules.parse(self._rule, run=True)
            except rules.BadRule as exc:
                self._blame(exc, json_given=bool(text))
        if self.rule_needed and not self._rule and not self.errors:
            self.add_error(None, "Say at least one condition.")
        return told

    def rule(self) -> dict[str, Any]:
        """Return the rule that was written, {} for none."""
        return self._rule

    # --- lines ---
    def _from_json(self, text: str) -> dict[str, Any]:
        try:
            found = json.loads(text)
        except ValueError as exc:
            self.add_error("rule-json", f"This is not JSON: {exc}")
            return {}
        if not isinstance(found, dict):
            self.add_error("rule-json", "A rule is an object in braces.")
            return {}
        return found

    def _from_lines(self, told: Mapping[str, Any]) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        self.places = []
        for place in range(1, self.lines + 1):
            name, op = told.get(f"rule-{place}-fact"), told.get(f"rule-{place}-op")
            fact = fact_of(name) if name else None
            if fact is None:
                continue
            if not op:
                self.add_error(f"rule-{place}-op", "Choose how it is compared.")
                continue
            if op not in fact.ops:
                words = ", ".join(OPS[one].words for one in fact.ops)
                self.add_error(f"rule-{place}-op", f"{fact.label} can be compared so: {words}.")
                continue
            one: dict[str, Any] = {"fact": fact.name, "op": op}
            if OPS[op].takes != Takes.NOTHING:
                one["value"] = self._value(fact, op, told.get(f"rule-{place}-value", "").strip())
            found.append(one)
            self.places.append(place)
        return {str(told.get("rule-how") or "all"): found} if found else {}

    def _blame(self, exc: rules.BadRule, *, json_given: bool) -> None:
        if json_given or len(exc.place) != 1:
            self.add_error("rule-json" if json_given else None, str(exc))
        else:
            self.add_error(f"rule-{self.places[exc.place[0] - 1]}-value", exc.words)

    # --- values ---
    def _value(self, fact: Fact, op: str, text: str) -> Any:
        """Return what was typed as rules hold it; what cannot be read stays text, and is refused there."""
        takes = OPS[op].takes
        if takes == Takes.VALUES:
            return [self._single(fact, one.strip()) for one in text.split(",") if one.strip()]
        if takes in (Takes.DAYS, Takes.MONTH):
            return int(text) if text.isdecimal() and len(text) < 9 else text
        if takes in (Takes.DATE, Takes.WORD):
            return text
        return self._single(fact, text)

    def _single(self, fact: Fact, text: str) -> Any:
        if fact.type == Type.MONEY and self.currency:
            try:
                return minor(text, self.currency)
            except BadMoney:
                return text
        if fact.type == Type.YES:
            return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower(), text)
        if fact.type in (Type.NUMBER, Type.SHARE, Type.MONEY, Type.FREE):
            try:
                number = float(text)
            except ValueError:
                return text
            return int(number) if number.is_integer() and abs(number) < 10**15 else number
        return text

    def _shown(self, one: Mapping[str, Any]) -> str:
        value, fact = one.get("value", ""), fact_of(str(one.get("fact") or ""))
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if isinstance(value, bool):
            return "yes" if value else "no"
        if fact and fact.type == Type.MONEY and self.currency and isinstance(value, int):
            return str(major(value, self.currency))
        return str(value)
