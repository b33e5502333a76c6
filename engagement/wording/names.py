"""What words can name: the data of a message as a list to pick from, each with what it is right now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 400  # entries; a picker nobody can look through helps nobody
_DEPTH = 5
_SHOWN = 80


@dataclass(frozen=True)
class Entry:
    """One thing to pick: `insert` goes into the words, `value` is what it says for the one chosen."""

    insert: str
    value: str
    group: str


def entries(data: Mapping[str, Any]) -> list[Entry]:
    """Return everything of `data` that words can name, grouped by its first name, at most 400."""
    found: list[Entry] = []
    for name in sorted(data):
        _walk(name, name, data[name], name, _DEPTH, found)
    return found[:MOST]


def _walk(path: str, said: str, value: Any, group: str, depth: int, found: list[Entry]) -> None:
    """Add `value`, called `path` from where it stands; `said` is what has been inserted around it so far."""
    if len(found) >= MOST or not depth:
        return
    if isinstance(value, Mapping):
        for name in value:
            _walk(f"{path}.{name}", f"{said}.{name}", value[name], group, depth - 1, found)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        _list(path, value, group, found)
    else:
        found.append(Entry("{{ " + path + " }}", _short(value), group))


def _list(path: str, value: Sequence[Any], group: str, found: list[Entry]) -> None:
    """Add a list as a loop over it, with every plain member its first one has."""
    one = _singular(path)
    first = value[0] if value else None
    if isinstance(first, Mapping):
        plain = [name for name, inner in first.items() if not isinstance(inner, Mapping | list | tuple)]
        inner = " · ".join("{{ " + f"{one}.{name}" + " }}" for name in plain)
        said = " · ".join(_short(first[name]) for name in plain)
    else:
        inner, said = "{{ " + one + " }}", _short(first) if value else ""
    loop = "{% for " + f"{one} in {path}" + " %}" + inner + "{% endfor %}"
    count = len(value)
    found.append(Entry(loop, f"{count} of them" + (f", the first: {said}" if said else ""), group))


def _singular(path: str) -> str:
    name = path.rsplit(".", 1)[-1]
    return name[:-1] if name.endswith("s") and len(name) > 2 else f"one_{name}"


def _short(value: Any) -> str:
    if value is None or value == "":
        return "(empty)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


_WHEN = "{% if parcel.window != blank %}It arrives {{ parcel.window }}. {% endif %}"
# What people reach for first, per way of writing.
SNIPPETS: dict[str, tuple[tuple[str, str], ...]] = {
    "email": (
        ("Headline", "# Hello {{ first_name }}"),
        ("Greeting with a fallback", "Hello{% if first_name != blank %} {{ first_name }}{% endif %},"),
        ("Button (a paragraph that is one link)", "[See your order]({{ url }})"),
        ("What was ordered", "[[items]]"),
        ("The sums", "[[sums]]"),
        ("The parcels", "[[parcels]]"),
        ("Only when there is something", _WHEN),
        ("Guides", "{% for guide in guides %}**{{ guide.title }}**\n\n{% endfor %}"),
        ("Picture", "![What it shows](https://…)"),
    ),
    "inapp": (
        ("Headline", "# Hello {{ first_name }}"),
        ("Link", "[Read more]({{ store.shop_url }})"),
        ("Only when there is something", _WHEN),
    ),
    "sms": (
        ("Shop and link", "{{ store.name }}: {{ url }}"),
        ("When it comes", _WHEN + "{{ url }}"),
    ),
    "push": (("When it comes", _WHEN),),
}  # fmt: skip
