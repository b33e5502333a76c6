"""The forms of the policy editor. They only translate: what may be said is checked by policy/reading.py."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import DecimalValidator
from django.utils.text import slugify

from config.lib.money import exponent, major, minor
from returns.admin.policies_values import conditions_shown, value_of
from returns.policy.base import Body, Fee, HolidayWindow, Rule, Terms
from returns.policy.facts import FACTS
from returns.policy.reading import MOST_DAYS, BadPolicy, as_json, read, terms_json
from returns.policy.words import FROM_WORDS, SHIPPING_WORDS
from returns.vocabulary import Method, Outcome

SPARE = 3  # empty conditions on the page
MOST_CONDITIONS = 20
DEAREST = Decimal(1_000_000)
RESERVED = frozenset({"base", "house", "ours", "claims"})
SILENT = ("", "Says nothing about it")
YES_NO_CHOICES = (SILENT, ("yes", "Yes"), ("no", "No"))
OP_CHOICES = (
    ("is", "is (tags: include)"),
    ("is_not", "is not (tags: do not include)"),
    ("any", "is one of (separate by commas)"),
    ("none", "is none of (separate by commas)"),
    ("at_least", "is at least; on or after"),
    ("at_most", "is at most; on or before"),
)


class TermsForm(forms.Form):
    """What a base or a rule sets. Sums are in the store's currency; an empty field says nothing."""

    admission = forms.ChoiceField(required=False, label="May it come back?")
    refuse = forms.CharField(
        max_length=300,
        required=False,
        label="What the shopper reads when it is refused",
        help_text="Empty: our words in the shopper’s language.",
    )
    window_days = forms.IntegerField(
        min_value=0,
        max_value=MOST_DAYS,
        required=False,
        label="Days to return it",
        help_text="Of all windows that match, and the base’s, the one that ends last holds.",
    )
    window_from = forms.ChoiceField(
        choices=(SILENT, *((code, f"From {words}") for code, words in FROM_WORDS.items())),
        required=False,
        label="Days are counted",
    )
    fee_kind = forms.ChoiceField(
        choices=(
            SILENT,
            ("none", "Nothing"),
            ("flat", "A sum for each return"),
            ("percent", "A share of what was paid"),
            ("label", "What the label costs"),
        ),
        required=False,
        label="What a return costs the shopper",
        help_text="What is our fault is always free.",
    )
    fee_amount = forms.DecimalField(min_value=0, max_value=DEAREST, required=False, label="The sum")
    fee_percent = forms.DecimalField(
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
        label="The share in per cent",
    )
    free_over = forms.DecimalField(
        min_value=0,
        max_value=DEAREST,
        required=False,
        label="Free when at least so much goes back",
        help_text="0: no sum makes it free.",
    )
    outcomes = forms.MultipleChoiceField(
        choices=Outcome.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="What the shopper may choose",
        help_text="None ticked: says nothing about it.",
    )
    methods = forms.MultipleChoiceField(
        choices=[choice for choice in Method.choices if choice[0] != Method.NONE],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="How it may be sent",
        help_text="None ticked: says nothing about it.",
    )
    destination = forms.ChoiceField(required=False, label="Where it goes")
    photo = forms.ChoiceField(choices=YES_NO_CHOICES, required=False, label="Is a photo needed?")
    keep_under = forms.DecimalField(
        min_value=0,
        max_value=DEAREST,
        required=False,
        label="Pieces that cost less need not be sent",
        help_text="0: everything has to be sent.",
    )
    credit_bonus = forms.DecimalField(
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
        label="Per cent on top for store credit",
    )
    exchange_bonus = forms.DecimalField(
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
        label="Per cent on top for an exchange",
    )
    review = forms.ChoiceField(
        choices=YES_NO_CHOICES, required=False, label="Does a person look at it first?"
    )
    refund_shipping = forms.ChoiceField(
        choices=(SILENT, *((code, words[:1].upper() + words[1:]) for code, words in SHIPPING_WORDS.items())),
        required=False,
        label="The order’s shipping",
    )

    def __init__(self, *args: Any, currency: str, places: Mapping[str, str], **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)
        self.fields["admission"].choices = self.admissions  # type: ignore[attr-defined]
        self.fields["destination"].choices = [  # type: ignore[attr-defined]
            SILENT,
            *sorted(places.items(), key=lambda place: place[1]),
        ]
        for name in ("fee_amount", "free_over", "keep_under"):
            field = self.fields[name]
            field.label = f"{field.label} ({currency})"
            field.validators.append(DecimalValidator(None, exponent(currency)))
            field.widget.attrs |= {"step": str(Decimal(1).scaleb(-exponent(currency)))}

    admissions: tuple[tuple[str, str], ...] = (
        SILENT,
        ("allow", "Yes, whatever is said further down"),
        ("refuse", "No"),
    )

    @staticmethod
    def shown(terms: Terms, currency: str) -> dict[str, Any]:
        """Return the fields' values for what terms say."""

        def sum_of(value: int | None) -> Decimal | None:
            return None if value is None else major(value, currency)

        def share(value: int | None) -> Decimal | None:
            return None if value is None else Decimal(value) / 100

        fee = terms.fee
        answer = {None: "", True: "yes", False: "no"}
        return {
            "admission": {None: "", True: "allow", False: "refuse"}[terms.allow],
            "refuse": terms.refuse or "",
            "window_days": terms.window_days,
            "window_from": terms.window_from or "",
            "fee_kind": fee.kind if fee else "",
            "fee_amount": sum_of(fee.amount_minor) if fee and fee.kind == "flat" else None,
            "fee_percent": share(fee.bp) if fee and fee.kind == "percent" else None,
            "free_over": sum_of(terms.free_over_minor),
            "outcomes": list(terms.outcomes or ()),
            "methods": list(terms.methods or ()),
            "destination": terms.destination or "",
            "photo": answer[terms.photo],
            "keep_under": sum_of(terms.keep_under_minor),
            "credit_bonus": share(terms.credit_bonus_bp),
            "exchange_bonus": share(terms.exchange_bonus_bp),
            "review": answer[terms.review],
            "refund_shipping": terms.refund_shipping or "",
        }

    def terms(self) -> dict[str, Any]:
        """Return what was written as JSON of terms. Valid forms only."""
        said = self.cleaned_data

        def sum_of(value: Decimal | None) -> int | None:
            return None if value is None else minor(value, self.currency)

        def share(value: Decimal | None) -> int | None:
            return None if value is None else int(value * 100)

        fee = None
        if said["fee_kind"]:
            fee = Fee(said["fee_kind"], sum_of(said["fee_amount"]) or 0, share(said["fee_percent"]) or 0)
        answer = {"": None, "yes": True, "no": False}
        terms = Terms(
            allow={"": None, "allow": True, "refuse": False}[said["admission"]],
            refuse=said["refuse"].strip() or None,
            window_days=said["window_days"],
            window_from=said["window_from"] or None,
            fee=fee,
            free_over_minor=sum_of(said["free_over"]),
            outcomes=tuple(said["outcomes"]) or None,
            methods=tuple(said["methods"]) or None,
            destination=said["destination"] or None,
            photo=answer[said["photo"]],
            keep_under_minor=sum_of(said["keep_under"]),
            credit_bonus_bp=share(said["credit_bonus"]),
            exchange_bonus_bp=share(said["exchange_bonus"]),
            review=answer[said["review"]],
            refund_shipping=said["refund_shipping"] or None,
        )
        return terms_json(terms)

    def check(self, told: dict[str, Any]) -> Body | None:
        """Read a policy that this form's part stands in; what is wrong is shown at its field."""
        try:
            return read(told)
        except BadPolicy as exc:
            for problem in exc.problems:
                field = _FIELDS.get(problem.field, problem.field)
                self.add_error(field if field in self.fields else None, problem.words)
            return None


_FIELDS = {"fee": "fee_kind", "when": None, "allow": "admission", "free_over_minor": "free_over"}


class BaseForm(TermsForm):
    """The base: what holds where no rule speaks."""

    admissions = (
        ("", "As the house’s default: everything"),
        ("allow", "Everything may come back unless a rule refuses it"),
        ("refuse", "Nothing may come back unless a rule lets it in"),
    )

    def body(self, body: Body) -> Body | None:
        """Return the policy with this base, None when something is wrong with it."""
        return self.check({**as_json(body), "base": self.terms()}) if self.is_valid() else None


class RuleForm(TermsForm):
    """A rule: its name, its conditions, what it sets."""

    name = forms.CharField(max_length=300, label="What staff call this rule")

    def __init__(self, *args: Any, rule: Rule | None, spare: int = SPARE, **kwargs: Any) -> None:
        self.rule = rule
        currency = kwargs["currency"]
        if rule:
            shown = {**self.shown(rule.then, currency), "name": rule.name}
            shown |= conditions_shown(rule.when, currency)
            kwargs.setdefault("initial", shown)
        super().__init__(*args, **kwargs)
        told = len(rule.when) if rule else 0
        if self.is_bound:
            told = max([told, *(int(n) for n in (k.split("_")[0][1:] for k in self.data if _is_slot(k)))])
        self.slots = min(told + spare, MOST_CONDITIONS)
        facts = [("", "No condition"), *((fact.code, f"The {fact.words}") for fact in FACTS.values())]
        for n in range(self.slots):
            self.fields[f"c{n}_fact"] = forms.ChoiceField(
                choices=facts, required=False, label=f"Condition {n + 1}: what is asked"
            )
            self.fields[f"c{n}_op"] = forms.ChoiceField(
                choices=OP_CHOICES, required=False, label=f"Condition {n + 1}: how it is compared"
            )
            self.fields[f"c{n}_value"] = forms.CharField(
                max_length=2000, required=False, label=f"Condition {n + 1}: with what"
            )
            self.fields[f"c{n}_value"].widget.attrs |= {"list": "values", "autocomplete": "off"}

    @property
    def conditions(self) -> list[tuple[Any, Any, Any]]:
        """The fields of each condition."""
        return [(self[f"c{n}_fact"], self[f"c{n}_op"], self[f"c{n}_value"]) for n in range(self.slots)]

    @property
    def points(self) -> list[Any]:
        """The fields of what it sets."""
        return [self[name] for name in TermsForm.base_fields]

    def body(self, body: Body) -> Body | None:
        """Return the policy with this rule in its place, a new one last; None when something is wrong."""
        if not self.is_valid():
            return None
        when = self._when()
        if self.errors:
            return None
        code = self.rule.code if self.rule else _code(self.cleaned_data["name"], body)
        told = {"code": code, "name": self.cleaned_data["name"], "when": when, "then": self.terms()}
        if self.check({"rules": [told]}) is None:
            return None
        rules = as_json(body)["rules"]
        places = [rule["code"] for rule in rules]
        if code in places:
            rules[places.index(code)] = told
        else:
            rules.append(told)
        return self.check({**as_json(body), "rules": rules})

    def _when(self) -> list[dict[str, Any]]:
        found = []
        for n in range(self.slots):
            fact = FACTS.get(self.cleaned_data.get(f"c{n}_fact") or "")
            text = (self.cleaned_data.get(f"c{n}_value") or "").strip()
            if fact is None:
                if text:
                    self.add_error(f"c{n}_fact", "Choose what is compared with it.")
                continue
            op = self.cleaned_data.get(f"c{n}_op") or "is"
            if op not in fact.ops:
                self.add_error(f"c{n}_op", f"The {fact.words} cannot be compared like that.")
                continue
            try:
                found.append({"fact": fact.code, "op": op, "value": value_of(fact, op, text, self.currency)})
            except ValueError as exc:
                self.add_error(f"c{n}_value", str(exc))
        return found


class HolidayForm(forms.Form):
    """A holiday window."""

    name = forms.CharField(max_length=300, label="What it is called", help_text="e.g. Christmas 2026")
    start = forms.DateField(label="Ordered from", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    end = forms.DateField(label="Ordered until", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(label="May come back until", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def body(self, body: Body, place: int | None) -> Body | None:
        """Return the policy with this window at its place, None when something is wrong with it."""
        if not self.is_valid():
            return None
        said = self.cleaned_data
        own = HolidayWindow(said["name"].strip(), said["start"], said["end"], said["until"])
        told = list(body.holidays)
        if place is None:
            told.append(own)
        else:
            told[place] = own
        try:
            return read(as_json(Body(body.base, body.rules, tuple(told))))
        except BadPolicy as exc:
            for problem in exc.problems:
                self.add_error(problem.field if problem.field in self.fields else None, problem.words)
            return None


def _is_slot(name: str) -> bool:
    return name.startswith("c") and name.endswith("_fact") and name[1:-5].isdecimal() and len(name) <= 8


def _code(name: str, body: Body) -> str:
    """Return a code for a new rule, of its name; stored versions keep it when the name changes."""
    taken = {rule.code for rule in body.rules} | RESERVED
    stem = slugify(name)[:50] or "rule"
    return next(code for n in range(1, 999) if (code := stem if n == 1 else f"{stem}-{n}") not in taken)
