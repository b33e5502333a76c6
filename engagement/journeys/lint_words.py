"""What is wrong with the words a journey would send: templates, the names in them, links, length."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from customers.models import Store
from engagement import liquid
from engagement.journeys.graph import Dates, Graph, Step, StepType, Trigger
from engagement.journeys.happenings import HAPPENINGS
from engagement.journeys.problems import ERROR, WARNING, Problem
from engagement.kinds import KINDS
from engagement.models import Journey, Template
from engagement.sms.counting import segments
from engagement.vocabulary import Channel

SMS_PARTS = 3  # more costs more than most say in it
# What every message can say (docs/messages.md), what only some can, and what steps before it put there.
ALWAYS = frozenset({"first_name", "store", "url", "guides", "goods", "tier", "years", "product"})
OF_ORDER = frozenset({"order", "to_come"})
OF_PARCEL = frozenset({"parcel", "parcels", "was", "flag", "make_good", "choice_url"})
OF_RETURN = frozenset({"return", "label_url", "refund", "credit", "exchange"})
OF_ACCESS = frozenset({"code"})
OF_STEPS = {"offer": StepType.OFFER, "survey_url": StepType.SURVEY, "survey": StepType.SURVEY}
KNOWN = ALWAYS | OF_ORDER | OF_PARCEL | OF_RETURN | OF_ACCESS | frozenset(OF_STEPS)
_LINK = re.compile(r"\]\(\s*<?([^)\s>]*)")
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)


def check(graph: Graph, journey: Journey) -> list[Problem]:
    """Return what is wrong with the words of every message a graph sends. Reads the stores' templates."""
    steps = [step for step in graph.walk() if step.type == StepType.MESSAGE]
    found = [*_tell(graph)]
    kinds = {str(step.settings.get("kind") or "") for step in steps} - {""}
    stores = [journey.store] if journey.store else list(Store.objects.order_by("pk"))
    rows = list(Template.objects.filter(kind__in=kinds).order_by("pk"))
    for step in steps:
        found += _message(graph, step, rows, stores)
    found += _unused(graph, rows)
    return list(dict.fromkeys(found))


def _tell(graph: Graph) -> Iterable[Problem]:
    """Say where news would be told that no words were made for."""
    told = {kind.event for kind in KINDS.values() if kind.event}
    for step in graph.walk():
        if step.type != StepType.TELL:
            continue
        events = graph.trigger.get("events") or [] if graph.trigger.get("type") == Trigger.EVENT else []
        if not any(kind in told or kind.startswith(("tracking.", "returns.")) for kind in events):
            yield Problem(
                ERROR, step.id, "There are no ready words for what begins this. Send a message of your own."
            )


def _message(graph: Graph, step: Step, rows: list[Template], stores: list[Store]) -> Iterator[Problem]:
    kind = str(step.settings.get("kind") or "")
    if not kind:
        yield Problem(ERROR, step.id, "Choose which message is sent.")
        return
    channel = str(step.settings.get("channel") or "auto")
    mine = [row for row in rows if row.kind == kind]
    ids = {store.pk for store in stores}
    usable = [row for row in mine if row.store_id is None or row.store_id in ids]
    name = KINDS[kind].label if kind in KINDS else kind
    if not usable:
        yield Problem(ERROR, step.id, f"Nobody has written “{name}” yet: there is no template of it.")
        return
    for store in stores:
        yield from _languages(step, name, [row for row in usable if row.store_id in (None, store.pk)], store)
    before = _before(graph, step)
    for row in usable:
        if channel in ("auto", row.channel):
            yield from _template(graph, step, row, before)
    if channel == Channel.SMS:
        yield from _length(step, usable)


def _languages(step: Step, name: str, rows: list[Template], store: Store) -> Iterator[Problem]:
    have = {row.language.split("-")[0].lower() for row in rows}
    own = store.language.split("-")[0].lower()
    if not have & {own, "en"}:
        yield Problem(
            ERROR, step.id, f"“{name}” is written neither in the language of {store} ({own}) nor in English."
        )
    elif own not in have:
        yield Problem(
            WARNING,
            step.id,
            f"“{name}” is not written in the language of {store} ({own}): it goes out in English.",
        )


def _before(graph: Graph, step: Step) -> set[str]:
    """Return the types of the steps that may come before one."""
    into: dict[str, set[str]] = {}
    for each in graph.walk():
        for _, target in each.ways:
            into.setdefault(target, set()).add(each.id)
    seen: set[str] = set()
    row = list(into.get(step.id, ()))
    while row:
        here = row.pop()
        if here not in seen:
            seen.add(here)
            row += into.get(here, ())
    return {graph.steps[here].type for here in seen}


# --- one template ---
def given(graph: Graph) -> frozenset[str]:
    """Return the names a message of this journey can fill, those that steps put there left out."""
    trigger = graph.trigger
    if trigger.get("type") == Trigger.API:
        return ALWAYS | OF_ORDER  # a partner may name an order
    if trigger.get("type") == Trigger.DATE:
        orders = trigger.get("date") in (Dates.DELIVERED, Dates.MAINTENANCE)
        return ALWAYS | (OF_ORDER | OF_PARCEL if orders else frozenset())
    names: set[str] = set(ALWAYS)
    for kind in trigger.get("events") or ():
        one = HAPPENINGS.get(str(kind))
        if one is None:
            continue
        names |= OF_ORDER if one.order else frozenset()
        names |= OF_PARCEL if one.parcel else frozenset()
        names |= OF_RETURN if one.back else frozenset()
    return frozenset(names)


def _template(graph: Graph, step: Step, row: Template, before: set[str]) -> Iterator[Problem]:
    called = f"“{row.subject[:40] or row.kind}” ({row.language}{f', {row.store}' if row.store_id else ''})"
    source = f"{row.subject}\n{row.body}"
    try:
        names = {name.split(".")[0] for name in liquid.variables(source)}
    except liquid.TemplateError as exc:
        yield Problem(ERROR, step.id, f"{called} cannot be used: {exc}")
        return
    have = given(graph)
    for name in sorted(names):
        if name not in KNOWN:
            yield Problem(ERROR, step.id, f"{called} says {{{{ {name} }}}}, which nothing ever fills.")
        elif name in OF_STEPS:
            if OF_STEPS[name] not in before and not _asked_for(source, name):
                sort = StepType(OF_STEPS[name]).label
                yield Problem(
                    WARNING, step.id, f"{called} says {{{{ {name} }}}}, but no step “{sort}” comes before it."
                )
        elif name not in have and not _asked_for(source, name):
            yield Problem(
                WARNING,
                step.id,
                f"{called} says {{{{ {name} }}}}, which is empty here: what begins this journey has none.",
            )
    for link in dead_links(row.body):
        yield Problem(
            ERROR, step.id, f"{called} has a link that leads nowhere: {link[:80] or 'it is empty'}."
        )


def _asked_for(source: str, name: str) -> bool:
    """Say whether a template asks if a name is there before it says it."""
    return bool(re.search(r"\{%-?\s*(?:if|elsif|unless|case|for)\b[^%]*\b" + re.escape(name) + r"\b", source))


def dead_links(body: str) -> list[str]:
    """Return the targets of Markdown links that cannot lead anywhere; those Liquid fills are not judged."""
    found = []
    plain = re.sub(r"\{\{\s*(.*?)\s*\}\}", lambda seen: "\x00" if seen[1] else "", body, flags=re.DOTALL)
    for link in _LINK.findall(plain):
        if "\x00" in link or "{%" in link:
            continue
        url = urlsplit(link) if "[" not in link else None
        fine = url is not None and (
            (url.scheme in ("http", "https") and bool(_HOST.fullmatch(url.hostname or "")))
            or (url.scheme in ("mailto", "tel") and bool(url.path))
        )
        if not fine:
            found.append(link)
    return found


def _length(step: Step, rows: list[Template]) -> Iterator[Problem]:
    for row in rows:
        if row.channel != Channel.SMS:
            continue
        parts = segments(" ".join(_LIQUID.sub("xxxxxxxxxx", row.body).split()))
        if parts > SMS_PARTS:
            yield Problem(
                WARNING,
                step.id,
                f"As an SMS it takes about {parts} parts ({row.language}): each is paid for.",
            )


def _unused(graph: Graph, rows: list[Template]) -> Iterator[Problem]:
    """Say where a step makes a code or a question that no later message carries."""
    carried: dict[str, str] = {}
    for row in rows:
        carried[row.kind] = carried.get(row.kind, "") + row.subject + row.body
    for step in graph.walk():
        wanted = {StepType.OFFER: "offer", StepType.SURVEY: "survey"}.get(StepType(step.type))
        if wanted is None:
            continue
        after = [graph.steps[key] for key in _after(graph, step)]
        kinds = {str(one.settings.get("kind")) for one in after if one.type == StepType.MESSAGE}
        if not any(wanted in carried.get(kind, "") for kind in kinds):
            what = "the code" if wanted == "offer" else "the question"
            yield Problem(WARNING, step.id, f"No message after it carries {what}.")


def _after(graph: Graph, step: Step) -> set[str]:
    seen: set[str] = set()
    row = [target for _, target in step.ways]
    while row:
        here = row.pop()
        if here and here not in seen:
            seen.add(here)
            row += [target for _, target in graph.steps[here].ways]
    return seen
