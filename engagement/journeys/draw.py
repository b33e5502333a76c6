"""
A journey as a flowchart, drawn here: no script, no canvas. Pure: a graph and its words go in, SVG comes out.

Beside the picture there is always the same as a nested list (`outline`): for screen readers, for phones, and
for whoever likes it better. Boxes are links to their step's form where the page has one; each line carries a
plus that puts a step there.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from engagement.journeys.graph import Graph, Step
from engagement.journeys.layout import END, TOP, WAY, Box, Layout, Line, lay_out
from engagement.journeys.words import NOBODY, Names, detail, step_words, title, trigger_words, way_words

COLUMNS = 31  # narrow characters on one line of a box
BOLD = 25  # and on one in bold
LINES = 4  # of a box's words; the rest stands in its title and in the list
LINE, HEAD, PAD = 17.0, 20.0, 12.0
REM = 16.0  # pixels of the drawing for one rem of the page: text grows with the page's


@dataclass(frozen=True)
class Look:
    """
    What a drawing shows beside the steps.

    `counts` are short words per step ("12 here"), `marks` steps with a problem and what it is, `chosen` the
    step that is being edited. `link` gives the address of a step's form (of TOP: of what begins it), `plus`
    that of the form for a new step on a way; '' for none.
    """

    names: Names = NOBODY
    counts: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    chosen: str = ""
    link: Callable[[str], str] = lambda step_id: ""
    plus: Callable[[str, str], str] = lambda step_id, way: ""


@dataclass(frozen=True)
class Item:
    """A step of the outline. `again`: it stands elsewhere in the list, the way goes on there."""

    step: Step | None
    words: str
    link: str = ""
    count: str = ""
    mark: str = ""
    chosen: bool = False
    again: bool = False
    ways: Sequence["Branch"] = ()


@dataclass(frozen=True)
class Branch:
    """A way out of a step that has several, and what comes on it. `plus`: where to put a step onto it."""

    name: str
    items: Sequence[Item]
    plus: str = ""


# --- the picture ---
def draw(graph: Graph, look: Look | None = None, *, name: str = "Flowchart") -> SafeString:
    """
    Return the flowchart of a graph as one <svg>, `name` being what it is called.

    It is as large as it needs; the page lets it scroll in a box of its own.
    """
    look = look or Look()
    told = {TOP: _wrapped("; ".join(trigger_words(graph.trigger, look.names)))}
    told |= {key: _wrapped(detail(step, look.names)) for key, step in graph.steps.items()}
    heights = {
        key: 2 * PAD + HEAD + LINE * (len(lines) + (key in look.counts) + (key in look.marks)) - 2
        for key, lines in told.items()
    }
    layout = lay_out(graph, heights)
    boxes = [
        _end(box) if key.startswith(END) else _box(graph, look, box, told[key])
        for key, box in layout.boxes.items()
    ]
    parts = [_line(line) for line in layout.lines]
    parts += boxes
    parts += [_way(line, look) for line in layout.lines]
    return _svg(layout, mark_safe("".join(parts)), name, linked=bool(look.link(TOP)))  # noqa: S308 (all escaped)


def _svg(layout: Layout, inner: SafeString, name: str, *, linked: bool) -> SafeString:
    return format_html(
        '<svg class="flow" xmlns="http://www.w3.org/2000/svg" role="{}" aria-label="{}" viewBox="0 0 {} {}" '
        'width="{}rem" height="{}rem"><title>{}</title><defs><marker id="flow-tip" viewBox="0 0 10 10" '
        'refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
        '<path class="flow__tip" d="M0 0 10 5 0 10z"/></marker></defs>{}</svg>',
        "group" if linked else "img",
        name,
        _n(layout.width),
        _n(layout.height),
        _n(layout.width / REM),
        _n(layout.height / REM),
        name,
        inner,
    )


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _box(graph: Graph, look: Look, box: Box, lines: Sequence[str]) -> SafeString:
    step = graph.steps.get(box.id)
    head = title(step) if step else "It begins"
    whole = step_words(step, look.names) if step else "; ".join(trigger_words(graph.trigger, look.names))
    x, y = box.x + PAD, box.y + PAD + HEAD - 6
    rows = [format_html('<text class="flow__head" x="{}" y="{}">{}</text>', _n(x), _n(y), head)]
    said = [("flow__words", line) for line in lines]
    said += [("flow__count", _cut(look.counts[box.id], BOLD))] if box.id in look.counts else []
    said += [("flow__mark", f"! {_cut(look.marks[box.id], BOLD - 2)}")] if box.id in look.marks else []
    for place, (sort, words) in enumerate(said, 1):
        rows.append(
            format_html('<text class="{}" x="{}" y="{}">{}</text>', sort, _n(x), _n(y + place * LINE), words)
        )
    shape = format_html(
        '<title>{}</title><rect class="flow__box flow__box--{}{}{}" x="{}" y="{}" width="{}" height="{}" '
        'rx="{}"/>{}',
        ". ".join(part for part in (whole, look.counts.get(box.id), look.marks.get(box.id)) if part),
        step.type if step else "begin",
        " flow__box--bad" if box.id in look.marks else "",
        " flow__box--chosen" if box.id == look.chosen else "",
        _n(box.x),
        _n(box.y),
        _n(box.width),
        _n(box.height),
        "22" if step is None else "10",
        mark_safe("".join(rows)),  # noqa: S308 (all escaped)
    )
    link = look.link(box.id)
    if not link:
        return format_html('<g class="flow__step">{}</g>', shape)
    current = mark_safe(' aria-current="step"') if box.id == look.chosen else ""
    return format_html(
        '<a class="flow__step" href="{}" aria-label="{}"{}>{}</a>', link, whole, current, shape
    )


def _end(box: Box) -> SafeString:
    return format_html(
        '<g class="flow__step"><rect class="flow__box flow__box--over" x="{}" y="{}" width="{}" height="{}" '
        'rx="{}"/><text class="flow__over" x="{}" y="{}">End</text></g>',
        _n(box.x),
        _n(box.y),
        _n(box.width),
        _n(box.height),
        _n(box.height / 2),
        _n(box.middle),
        _n(box.y + box.height / 2 + 4),
    )


def _line(line: Line) -> SafeString:
    points = " L".join(f"{_n(x)} {_n(y)}" for x, y in line.points)
    return format_html(
        '<path class="flow__line{}" d="M{}" marker-end="url(#flow-tip)"/>',
        " flow__line--back" if line.back else "",
        points,
    )


def _way(line: Line, look: Look) -> SafeString:
    """Return what stands where a line leaves its box: the way's name, and the plus."""
    x, y = line.points[0]
    made: list[SafeString] = []
    source = "" if line.source == TOP else line.source
    link = look.plus(source, line.name)
    words = way_words(line.name)
    if words:
        room = int((WAY - (34 if link else 12)) / 6.6)
        made.append(
            format_html(
                '<text class="flow__way" x="{}" y="{}"><title>{}</title>{}</text>',
                _n(x + (17 if link else 6)),
                _n(y + 16),
                words,
                _cut(words, room),
            )
        )
    if link:
        made.append(
            format_html(
                '<a class="flow__plus" href="{}" aria-label="Put a step here{}">'
                '<circle cx="{}" cy="{}" r="12"/><path d="M{} {}h10m-5-5v10"/></a>',
                link,
                f": {words}" if words else "",
                _n(x),
                _n(y + 13),
                _n(x - 5),
                _n(y + 13),
            )
        )
    return format_html_join("", "{}", ((one,) for one in made))


# --- words in boxes ---
def _wide(sign: str) -> int:
    return 0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _length(text: str) -> int:
    return sum(map(_wide, text))


def _cut(text: str, most: int) -> str:
    """Return `text`, or its beginning with '…' where it is wider than `most` narrow characters."""
    if _length(text) <= most:
        return text
    kept, used = "", 1
    for sign in text:
        used += _wide(sign)
        if used > most:
            break
        kept += sign
    return kept.rstrip() + "…"


def _wrapped(text: str) -> list[str]:
    """Return `text` as lines of a box; what is too long for a line or for all of them is cut with '…'."""
    lines: list[str] = []
    for word in text.split():
        if lines and _length(lines[-1]) + 1 + _length(word) <= COLUMNS:
            lines[-1] += f" {word}"
        else:
            lines.append(_cut(word, COLUMNS))
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], _cut(lines[LINES - 1] + " " + lines[LINES], COLUMNS)]
        if not lines[-1].endswith("…"):
            lines[-1] = _cut(lines[-1], COLUMNS - 1).removesuffix("…") + "…"
    return lines


# --- the list ---
def outline(graph: Graph, look: Look | None = None) -> list[Item]:
    """
    Return a graph as a nested list that says the same as the picture.

    What begins it, then the steps in order; under a step with several ways, each way with what comes on it. A
    step is told once: where other ways come to it, the list says so. Steps that nothing leads to stand last.
    """
    look = look or Look()
    seen: set[str] = set()
    begin = Item(
        None,
        "; ".join(trigger_words(graph.trigger, look.names)),
        look.link(TOP),
        count=look.counts.get(TOP, ""),
        mark=look.marks.get(TOP, ""),
        chosen=look.chosen == TOP,
        ways=[Branch("", [], look.plus("", ""))],
    )
    items = [begin, *_run(graph, graph.start, look, seen)]
    for key in graph.steps:
        if key not in seen:
            items += _run(graph, key, look, seen)
    return items


def _run(graph: Graph, step_id: str, look: Look, seen: set[str]) -> list[Item]:
    """Return the items from a step on, until the way ends, parts, or comes to a step that is told already."""
    items: list[Item] = []
    while step_id:
        step = graph.steps[step_id]
        if step_id in seen:
            items.append(Item(step, step_words(step, look.names), look.link(step_id), again=True))
            break
        seen.add(step_id)
        ways = step.ways
        several = len(ways) > 1
        branches = [
            Branch(
                way_words(name), _run(graph, target, look, seen) if several else [], look.plus(step_id, name)
            )
            for name, target in ways
        ]
        items.append(
            Item(
                step,
                step_words(step, look.names),
                look.link(step_id),
                look.counts.get(step_id, ""),
                look.marks.get(step_id, ""),
                look.chosen == step_id,
                ways=branches,
            )
        )
        step_id = "" if several or not ways else ways[0][1]
    return items
