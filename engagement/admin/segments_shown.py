"""What the editor's template shows of a rule's rows: every field with its name, value and choices."""

from dataclasses import dataclass, field

from customers.models import CustomerTag, Store
from engagement.journeys import happenings
from engagement.models import Segment
from engagement.segments import editing
from engagement.segments.editing import Row
from engagement.segments.facts import FACTS, OPS, Fact, Takes, Type
from engagement.segments.words import MONTHS

Choices = list[tuple[str, str]]
SUGGESTED = 200


@dataclass
class Field:
    """One input. `form`: select, several, number, text, date or product; `options` of a select."""

    name: str
    label: str
    form: str
    value: str = ""
    values: list[str] = field(default_factory=list)
    options: Choices = field(default_factory=list)
    groups: list[tuple[str, Choices]] = field(default_factory=list)
    after: str = ""
    suggest: str = ""
    short: str = ""


@dataclass
class Shown:
    """One row: its path, what it is called by people (1.2), its fields, and what is wrong with it."""

    path: str
    number: str
    kind: Field
    rows: list["Shown"] = field(default_factory=list)
    is_fact: bool = False
    fields: list[Field] = field(default_factory=list)
    more: list[Field] = field(default_factory=list)
    narrowed: bool = False
    was: str = ""
    wrong: str = ""
    nests: bool = False


@dataclass
class _Offered:
    """What selects offer, read once per page."""

    segments: Choices
    stores: Choices
    kinds: list[tuple[str, Choices]]
    facts: list[tuple[str, Choices]]


def shown(root: Row, wrong: dict[str, str], *, others_than: int) -> Shown:
    """Return the rows as the template shows them; `wrong` by path, `others_than` the segment itself."""
    others = Segment.objects.filter(archived_at=None).exclude(pk=others_than).order_by("name")
    offered = _Offered(
        [(str(public_id), name) for public_id, name in others.values_list("public_id", "name")],
        [(slug, name) for slug, name in Store.objects.order_by("name").values_list("slug", "name")],
        happenings.choices(),
        _facts(),
    )
    return _row(root, editing.ROOT, "", wrong, offered)


def suggested_tags() -> list[str]:
    """Return tags that customers carry, to choose from."""
    return list(CustomerTag.objects.order_by("name").values_list("name", flat=True).distinct()[:SUGGESTED])


def path_of(root: Row, place: tuple[int, ...]) -> str:
    """Return the path of the row that a place in the JSON is: a group that says no is two levels there."""
    row, path, left = root, editing.ROOT, list(place)
    while left:
        if row.kind in (editing.NONE, editing.NOT_ALL):
            left.pop(0)
            if not left:
                break
        number = left.pop(0)
        if not 0 < number <= len(row.rows):
            break
        row, path = row.rows[number - 1], f"{path}-{number}"
    return path


def _facts() -> list[tuple[str, Choices]]:
    groups: dict[str, Choices] = {}
    for fact in FACTS.values():
        if not fact.run:
            groups.setdefault(fact.group, []).append((fact.name, fact.label))
    return list(groups.items())


def _row(row: Row, path: str, number: str, wrong: dict[str, str], offered: _Offered) -> Shown:
    called = f"Rule {number}" if number else "The rule"
    kind = Field(f"{path}.kind", f"{called}: which of its rows must hold", "select", row.kind)
    kind.options = list(editing.GROUPS)
    made = Shown(path, number, kind, wrong=wrong.get(path, ""), nests=path.count("-") < 6)
    if row.kind != editing.FACT:
        inner = enumerate(row.rows, 1)
        prefix = f"{number}." if number else ""
        made.rows = [_row(one, f"{path}-{n}", f"{prefix}{n}", wrong, offered) for n, one in inner]
        return made
    made.is_fact, made.was = True, row.known.name
    made.fields = [
        Field(f"{path}.fact", f"{called}: what is asked", "select", row.known.name, groups=offered.facts),
        Field(f"{path}.op", f"{called}: the question", "select", row.op, options=_ops(row.known)),
    ]
    if row.known.type == Type.HAS:
        made.fields += _parts(row, path, called, offered, first=True)
        made.more = _parts(row, path, called, offered, first=False)
        made.narrowed = any(one.value for one in made.more)
    else:
        made.fields += _answer(row, path, called, offered)
    return made


def _ops(fact: Fact) -> Choices:
    if fact.name == "customer.segment":
        return [("has", "is in"), ("has_not", "is not in")]
    return [(op, OPS[op].words) for op in fact.ops]


def _answer(row: Row, path: str, called: str, offered: _Offered) -> list[Field]:
    """Return the inputs of what a question compares with."""
    fact, takes = row.known, OPS[row.op].takes
    label, first = f"{called}: compared with", row.values[0] if row.values else ""
    made = Field(f"{path}.value", label, "text", first, list(row.values))
    if takes == Takes.NOTHING:
        return []
    if takes == Takes.DAYS:
        made.form, made.after = "number", "days"
    elif takes == Takes.DATE:
        made.form = "date"
    elif takes == Takes.MONTH:
        made.form, made.options = "select", [(str(n), month) for n, month in enumerate(MONTHS, 1)]
    elif fact.name == "customer.segment":
        made.form, made.options = "select", _with(offered.segments, first, "A segment that is gone")
    elif fact.type == Type.YES:
        made.form, made.options = "select", [("yes", "yes"), ("no", "no")]
    elif fact.type == Type.CHOICE:
        made.form = "several" if takes == Takes.VALUES else "select"
        made.options = list(fact.choices)
    elif takes == Takes.VALUES:
        made.value, made.after = ", ".join(row.values), "separated by commas"
    elif fact.type in (Type.NUMBER, Type.SHARE):
        made.form, made.after = "number", fact.unit
    elif fact.name == "customer.tag":
        made.suggest = "tags"
    if fact.type == Type.MONEY:
        money = Field(f"{path}.currency", f"{called}: currency", "text", row.currency, after="e.g. EUR")
        return [made, money]
    return [made]


def _with(options: Choices, chosen: str, words: str) -> Choices:
    """Add what is chosen but not offered any more, so that saving does not change it unseen."""
    known = not chosen or chosen in dict(options)
    return options if known else [*options, (chosen, words)]


def _parts(row: Row, path: str, called: str, offered: _Offered, *, first: bool) -> list[Field]:
    """Return the inputs that narrow orders or events: first how often, which kind and when, then the rest."""
    found = []
    if first:
        found.append(Field(f"{path}.times", f"{called}: how often at least", "number", row.times, after="×"))
    for name, part in row.known.where.items():
        if first != (name in ("kind", "last_days")):
            continue
        made = Field(f"{path}.where-{name}", f"{called}: {part.label}", "text", row.where.get(name, ""))
        made.after, made.short = part.hint, part.label
        if part.takes == "days":
            made.form, made.after = "number", "days"
        elif part.takes == "store":
            made.form, made.options = "select", [("", "any"), *_with(offered.stores, made.value, made.value)]
        elif part.takes == "kind":
            made.suggest, made.groups = "kinds", offered.kinds
        elif part.takes == "product":
            made.suggest = "products"
        found.append(made)
    return found
