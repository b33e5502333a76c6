"""
Markdown into the parts of a message, each as HTML and as plain text with the same words, links and amounts.

Beside what Markdown has: a paragraph that is one link becomes a button; a paragraph `[[items]]` (see PLACES)
becomes that part of the layout.
"""

import re
import textwrap
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from engagement.liquid import TemplateError

# What the layout can put in: what was ordered, the sums, the parcels, the code; what comes back and its
# sums; what goes well with it, and five answers to choose from.
PLACES = ("items", "sums", "parcels", "code", "returned", "money", "goods", "scale")
WIDTH = 76
# While a form letter is prepared (engagement/sending/skeleton.py): takes a paragraph that can be wrapped only
# once its reader's name is known, and returns the mark to put in its place; None for all others.
later: ContextVar[Callable[[str, str, str], str | None] | None] = ContextVar("later", default=None)

_PLACE = re.compile(r"^\[\[\s*(\w+)\s*\]\]$")
_TAGS = {
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "em",
    "h1",
    "h2",
    "h3",
    "hr",
    "img",
    "li",
    "ol",
    "p",
    "strong",
    "ul",
}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_reader = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).disable(
    ["code", "html_block", "html_inline"]
)


@dataclass(frozen=True)
class Part:
    """
    A piece of a message: `prose` (html, text), a `button` (text is its label, url), or a `place` the layout
    fills (name).
    """

    kind: str
    html: str = ""
    text: str = ""
    url: str = ""
    name: str = ""


def read(source: str) -> list[Part]:
    """
    Split Markdown into parts, in order. Prose that belongs together stays one part.

    Raises: TemplateError for a [[place]] that does not exist.
    """
    parts: list[Part] = []
    prose: list[Token] = []
    tokens = _reader.parse(source)
    at = 0
    while at < len(tokens):
        special = _special(tokens[at : at + 3])
        if special is None:
            prose.append(tokens[at])
            at += 1
            continue
        parts += _prose(prose)
        parts.append(special)
        prose = []
        at += 3
    return parts + _prose(prose)


def _special(tokens: Sequence[Token]) -> Part | None:
    """Return the button or place that a top-level paragraph (open, inline, close) stands for."""
    if len(tokens) < 3 or tokens[0].type != "paragraph_open" or tokens[0].level:
        return None
    inline = tokens[1]
    place = _PLACE.match(inline.content)
    if place:
        if place[1] not in PLACES:
            raise TemplateError(
                f"There is no [[{place[1]}]]; there are " + ", ".join(f"[[{name}]]" for name in PLACES) + "."
            )
        return Part("place", name=place[1])
    inner = inline.children or []
    links = [token for token in inner if token.type == "link_open"]
    if len(links) == 1 and inner[0] is links[0] and inner[-1].type == "link_close":
        url = str(links[0].attrGet("href") or "")
        if url.startswith(("https://", "http://")):
            return Part("button", text=_words(inner[1:-1]), url=url)
    return None


def _prose(tokens: list[Token]) -> list[Part]:
    if not tokens:
        return []
    raw = _reader.renderer.render(tokens, _reader.options, {})
    clean = nh3.clean(raw, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None)
    return [Part("prose", html=clean, text=_text(tokens))]


def _words(tokens: Sequence[Token], *, links: bool = False) -> str:
    """Return inline tokens as plain words; with `links`, each address stands behind its words."""
    said: list[str] = []
    href = ""
    start = 0
    for token in tokens:
        if token.type == "link_open":
            href, start = str(token.attrGet("href") or ""), len(said)
        elif token.type == "link_close" and links:
            label = "".join(said[start:])
            bare = href.removeprefix("mailto:").removeprefix("tel:")
            if bare != label:
                said.append(f" ({bare})")
        elif token.type == "hardbreak":
            said.append("\n")
        elif token.type == "softbreak":
            said.append(" ")
        else:  # words, code, a picture's description
            said.append(token.content)
    return "".join(said)


def _text(tokens: Sequence[Token]) -> str:
    """Return block tokens as plain text, wrapped, lists and quotes marked."""
    out: list[str] = []
    marks: list[str] = []  # what stands before lines, outermost first
    counters: list[int | None] = []
    bullet = ""
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            first = token.attrGet("start")
            counters.append(None if token.type == "bullet_list_open" else int(first or 1))
            marks.append("")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            counters.pop()
            marks.pop()
            out.append("")
        elif token.type == "list_item_open":
            number = counters[-1]
            bullet = "- " if number is None else f"{number}. "
            if number is not None:
                counters[-1] = number + 1
            marks[-1] = " " * len(bullet)
        elif token.type == "blockquote_open":
            marks.append("> ")
        elif token.type == "blockquote_close":
            marks.pop()
        elif token.type == "hr":
            out += ["-" * 20, ""]
        elif token.type == "fence":
            out += [*token.content.splitlines(), ""]
        elif token.type == "inline":
            lead = "".join(marks)
            first_lead = lead[: len(lead) - len(bullet)] + bullet if bullet else lead
            out += _wrapped(_words(token.children or [], links=True), first_lead, lead)
            if not counters:
                out.append("")
            bullet = ""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip("\n")


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    keep = later.get()
    kept = keep(text, first, rest) if keep else None
    return [kept] if kept else wrapped(text, first, rest)


def wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    """Return `text` as lines of WIDTH at most; `first` and `rest` stand before them."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines += textwrap.wrap(
            line, WIDTH, initial_indent=first if not lines else rest, subsequent_indent=rest,
            break_long_words=False, break_on_hyphens=False,
        ) or [rest.rstrip()]  # fmt: skip
    return lines
