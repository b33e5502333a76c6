"""What a policy says about one piece, and how it came to that. Pure: facts, moments and the time come in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, tzinfo
from typing import Any

from returns.policy.base import Body, Condition, Fee, Rule, Terms, Verdict
from returns.policy.defaults import BASE, FINAL_SALE
from returns.policy.facts import FACTS, Known, holds
from returns.policy.reading import terms_json
from returns.policy.shopper import refusal
from returns.policy.windows import Moments, Window, kindest, windows
from returns.policy.words import Places, condition_words, special_words, terms_words, value_words
from returns.vocabulary import OUR_FAULT, Outcome

GIFT_OUTCOMES = (Outcome.EXCHANGE.value, Outcome.CREDIT.value)  # money would go to the buyer, and tell them
_BY_WINDOW = ("window_days", "window_from", "refuse")
_POINTS = tuple(field.name for field in fields(Terms) if field.name not in _BY_WINDOW)


@dataclass(frozen=True)
class Case:
    """One piece before its judge. `worth_minor`: what was paid for it, in minor units of `currency`."""

    known: Known
    moments: Moments
    zone: tzinfo
    at: datetime
    worth_minor: int
    currency: str
    places: Places


@dataclass(frozen=True)
class Asked:
    """One condition as it was asked: in words, what was seen, whether it held."""

    words: str
    seen: str
    held: bool


@dataclass(frozen=True)
class Heard:
    """One rule as it was asked: whether it spoke, and its conditions."""

    rule: Rule
    spoke: bool
    asked: tuple[Asked, ...]


def matching(body: Body, known: Known) -> list[Rule]:
    """Return the rules whose conditions all hold, by priority."""
    return [rule for rule in body.rules if all(holds(one, known) for one in rule.when)]


def hear(body: Body, known: Known, currency: str) -> list[Heard]:
    """Return every rule with what it asked and saw, for staff."""
    heard = []
    for rule in body.rules:
        asked = tuple(_asked(one, known, currency) for one in rule.when)
        heard.append(Heard(rule, all(one.held for one in asked), asked))
    return heard


def _asked(one: Condition, known: Known, currency: str) -> Asked:
    seen = value_words(one.fact, known.get(one.fact), currency)
    return Asked(condition_words(one, currency), seen, holds(one, known))


def decide(body: Body, case: Case, *, version: int = 0) -> Verdict:
    """
    Return what a policy says about one piece at `case.at`.

    On each point the first rule that speaks decides, then the base, then the house; the window that ends
    last holds. `version`: PolicyVersion.number, kept in the verdict.
    """
    rules = matching(body, case.known)
    speakers = [(rule.code, rule.name, rule.then) for rule in rules]
    speakers += [("base", "Base", body.base), ("house", "The house’s default", BASE)]
    said, by = _points(speakers)
    window = kindest(windows(body.base, rules, body.holidays, case.moments, case.zone))
    verdict = _terms(said, case, window, version)
    refuser = next(terms for code, _name, terms in speakers if code == by["allow"])
    code = _why_not(said["allow"], by["allow"], window, case.at)
    if code:
        words = (refuser.refuse or "") if code in ("refused", "final_sale") else ""
        told = refusal(code, words=words, until=window.until, zone=case.zone)
        verdict = replace(verdict, allowed=False, code=code, words=told)
    verdict = as_gift(verdict) if case.known.get("gift") else verdict
    return replace(verdict, steps=_steps(speakers, rules, by, said, window, case))


def as_gift(verdict: Verdict) -> Verdict:
    """Return a verdict for who was given the piece: no money back; refused where nothing else is left."""
    outcomes = tuple(one for one in verdict.outcomes if one in GIFT_OUTCOMES)
    if verdict.allowed and not outcomes:
        return replace(verdict, allowed=False, code="refused", words=refusal("gift"), outcomes=())
    return replace(verdict, outcomes=outcomes)


def _points(speakers: Sequence[tuple[str, str, Terms]]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return {point: what holds} and {point: code of who said so}."""
    said: dict[str, Any] = {}
    by: dict[str, str] = {}
    for code, _name, terms in speakers:
        for point in _POINTS:
            if point not in said and getattr(terms, point) is not None:
                said[point], by[point] = getattr(terms, point), code
    said.setdefault("destination", "")
    return said, by


def _terms(said: Mapping[str, Any], case: Case, window: Window, version: int) -> Verdict:
    ours = case.known.get("reason") in OUR_FAULT
    return Verdict(
        allowed=True,
        until=window.until,
        outcomes=said["outcomes"],
        methods=said["methods"],
        fee=Fee() if ours else said["fee"],
        free_over_minor=said["free_over_minor"],
        destination=said["destination"],
        photo=said["photo"],
        keep=case.worth_minor < said["keep_under_minor"],
        credit_bonus_bp=said["credit_bonus_bp"],
        exchange_bonus_bp=said["exchange_bonus_bp"],
        review=said["review"],
        refund_shipping=said["refund_shipping"],
        version=version,
    )


def _why_not(allow: bool, by: str, window: Window, at: datetime) -> str:
    if not allow:
        return "final_sale" if by == FINAL_SALE else "refused"
    return "closed" if window.until is not None and at > window.until else ""


def _steps(
    speakers: Sequence[tuple[str, str, Terms]],
    rules: Sequence[Rule],
    by: Mapping[str, str],
    said: Mapping[str, Any],
    window: Window,
    case: Case,
) -> tuple[Mapping[str, Any], ...]:
    """Return who decided what: of each that decided anything its points, in words and as data, and facts."""
    conditions = {rule.code: rule.when for rule in rules}
    steps: list[Mapping[str, Any]] = []
    for code, name, terms in speakers:
        own = {point: getattr(terms, point) for point, who in by.items() if who == code}
        if own.get("allow") is False:
            own["refuse"] = terms.refuse
        if not own:
            continue
        part = Terms(**own)
        tell = special_words if code in ("base", "house") else terms_words
        words = "; ".join(tell(part, case.currency, case.places)) or "nothing special"
        facts = [
            [FACTS[one.fact].words, value_words(one.fact, case.known.get(one.fact), case.currency)]
            for one in conditions.get(code, ())
        ]
        steps.append({"rule": code, "name": name, "words": words, "set": terms_json(part), "facts": facts})
    until = window.until.isoformat() if window.until else None
    steps.append(
        {
            "rule": window.code,
            "name": window.name,
            "words": f"The window that ends last: {window.words}",
            "set": {"until": until},
            "facts": [],
        }
    )
    if case.known.get("reason") in OUR_FAULT and said["fee"].kind != "none":
        words = "What is our fault costs the shopper nothing."
        steps.append(
            {
                "rule": "ours",
                "name": "Our fault",
                "words": words,
                "set": {"fee": {"kind": "none"}},
                "facts": [],
            }
        )
    return tuple(steps)
