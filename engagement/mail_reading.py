"""
An HTML mail as a mail program sees it: its words with their ink and ground, in light and in the dark, its
links, pictures and tables.

It understands what our own layout uses, after its styles were written into the elements: inherited colour,
ground, size and weight, `display: none`, and the class selectors of one `prefers-color-scheme: dark` block.
"""

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_ACTIVE = {"script", "iframe", "form", "object", "embed", "input", "svg"}
_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)\s*\{((?:[^{}]*\{[^{}]*\})*)\s*\}", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"([a-z][a-z0-9]*)?((?:\.[\w-]+)*)$")


@dataclass(frozen=True)
class Look:
    """How words look where they stand. Colours are '#rrggbb', sizes px."""

    ink: str = "#000000"
    ground: str = "#ffffff"
    dark_ink: str = "#000000"
    dark_ground: str = "#ffffff"
    size: float = 16
    bold: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Piece(Look):
    """Some words, and how they look."""

    text: str = ""


@dataclass
class Page:
    """What was read of a mail."""

    lang: str = ""
    title: str = ""
    links: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    bare_tables: int = 0
    bare_pictures: list[str] = field(default_factory=list)
    scripts: int = 0

    @property
    def text(self) -> str:
        """The words one sees, with single blanks."""
        return " ".join(" ".join(piece.text.split()) for piece in self.pieces)


@dataclass(frozen=True)
class _Element:
    tag: str
    classes: frozenset[str]
    look: Look


Selector = tuple[tuple[str, frozenset[str]], ...]


def read(html: str) -> Page:
    """Return what a mail program sees of `html`."""
    reader = _Reader(_dark_rules(html))
    reader.feed(html)
    reader.close()
    return reader.page


def _dark_rules(html: str) -> list[tuple[Selector, dict[str, str]]]:
    found = _DARK.search(html)
    rules = []
    for names, body in _RULE.findall(found[1]) if found else ():
        for name in names.split(","):
            steps = [_SIMPLE.match(step.strip()) for step in name.split()]
            if steps and all(steps):
                chain = tuple(
                    (step[1] or "", frozenset(filter(None, step[2].split(".")))) for step in steps if step
                )
                rules.append((chain, _style(body)))
    return rules


def _style(text: str) -> dict[str, str]:
    pairs = (pair.split(":", 1) for pair in text.split(";") if ":" in pair)
    return {name.strip().lower(): value.replace("!important", "").strip().lower() for name, value in pairs}


def _color(value: str) -> str | None:
    if re.fullmatch(r"#[0-9a-f]{6}", value):
        return value
    if re.fullmatch(r"#[0-9a-f]{3}", value):
        return "#" + "".join(sign * 2 for sign in value[1:])
    return {"white": "#ffffff", "black": "#000000"}.get(value)


class _Reader(HTMLParser):
    def __init__(self, dark: list[tuple[Selector, dict[str, str]]]) -> None:
        super().__init__()
        self.page = Page()
        self.dark = dark
        self.stack: list[_Element] = []
        self.silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._note(tag, given, [name for name, _ in attrs])
        if tag in _VOID:
            return
        if tag in ("style", "title", "script"):
            self.silent = tag
        before = self.stack[-1].look if self.stack else Look()
        element = _Element(tag, frozenset(given.get("class", "").split()), before)
        self.stack.append(element)
        self.stack[-1] = replace(element, look=self._look(before, _style(given.get("style", "")), tag))

    def _note(self, tag: str, given: dict[str, str], names: list[str]) -> None:
        if tag == "html":
            self.page.lang = given.get("lang", "")
        elif tag == "a" and given.get("href"):
            self.page.links.append(given["href"])
        elif tag == "table" and given.get("role") not in ("presentation", "none", "img"):
            self.page.bare_tables += 1
        elif tag == "img" and ("alt" not in names):
            self.page.bare_pictures.append(given.get("src", ""))
        elif tag in _ACTIVE:
            self.page.scripts += 1

    def _look(self, before: Look, style: dict[str, str], tag: str) -> Look:
        night: dict[str, str] = {}
        for chain, given in self.dark:
            if self._matches(chain):
                night |= given
        ink = _color(style.get("color", ""))
        ground = _color(style.get("background-color", style.get("background", "")))
        size = re.match(r"([\d.]+)px", style.get("font-size", ""))
        weight = style.get("font-weight", "bold" if tag in ("b", "strong") else "")
        return Look(
            ink=ink or before.ink,
            ground=ground or before.ground,
            # A colour written into the element holds in the dark, too, unless a rule says otherwise.
            dark_ink=_color(night.get("color", "")) or ink or before.dark_ink,
            dark_ground=_color(night.get("background-color", "")) or ground or before.dark_ground,
            size=float(size[1]) if size else before.size,
            bold=weight in ("bold", "600", "700", "800") or (before.bold and not weight),
            hidden=before.hidden or style.get("display") == "none",
        )

    def _matches(self, chain: Selector) -> bool:
        """Say whether the element just opened is what the descendant selector `chain` names."""
        *above, last = chain
        if not _is(self.stack[-1], last):
            return False
        left = list(above)
        for element in reversed(self.stack[:-1]):
            if left and _is(element, left[-1]):
                left.pop()
        return not left

    def handle_endtag(self, tag: str) -> None:
        if self.silent == tag:
            self.silent = ""
        while self.stack and any(element.tag == tag for element in self.stack):
            if self.stack.pop().tag == tag:
                break

    def handle_data(self, data: str) -> None:
        if self.silent == "title":
            self.page.title += data
        if self.silent or not data.strip("\xa0 \t\r\n") or not self.stack:
            return
        look = self.stack[-1].look
        if not look.hidden:
            self.page.pieces.append(Piece(**look.__dict__, text=data))


def _is(element: _Element, wanted: tuple[str, frozenset[str]]) -> bool:
    tag, classes = wanted
    return (not tag or element.tag == tag) and classes <= element.classes
