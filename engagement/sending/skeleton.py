"""
A campaign's words, made up to everything but the person: rendered, laid out and its styles written in once
for each template version, store look and language; per person only names, tokens and links are put in.

What comes out is letter for letter what engagement/sending/writing.py makes of the same message (a test says
so for every built-in template). Words that use more than a name take that way.
"""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from engagement import clicks, liquid, markdown, rendering, tokens
from engagement.markdown import Part
from engagement.models import Message, Template
from engagement.rendering import Look

# Names a template may use; all but the person's name and the two tokens are the same for everybody.
KNOWN = frozenset({"first_name", "store", "url", "unsubscribe_url", "preferences_url"})
_NAME_TAG = re.compile(
    r"\{\{-?\s*first_name\s*-?\}\}"
    r"|\{%-?\s*(?:if|elsif|unless)\s+first_name\s*(?:==|!=)\s*(?:blank|empty|\"\"|'')\s*-?%\}"
)
_ANY_TAG = re.compile(r"\{[{%].*?[}%]\}", re.DOTALL)
_OUTWARD = re.compile(r'(<a\b[^>]*?\bhref=")(https?://[^"]+)(")', re.IGNORECASE)
_PREVIEW = re.compile(r'(<div class="preview"[^>]*>)(.*?)(</div>)', re.DOTALL)
_TOKEN = 43  # signs, as engagement/tokens.py makes them


class _Slots:
    """Words that stand for what is put in later: letters and digits, which nothing treats specially."""

    def __init__(self) -> None:
        self.stem = f"zq{secrets.token_hex(6)}"
        self.name, self.title, self.title_in_quotes, self.preview = (
            f"{self.stem}{letter}" for letter in "ntqp"
        )
        self.unsubscribe = f"{self.stem}u".ljust(_TOKEN, "0")
        self.preferences = f"{self.stem}f".ljust(_TOKEN, "0")

    def numbered(self, letter: str, number: int) -> str:
        """Return the slot of a link (l) or a paragraph (w)."""
        return f"{self.stem}{letter}{number}z"


@dataclass(frozen=True)
class Pieces:
    """A text cut at its slots: even ones stay, odd ones are slots."""

    cut: Sequence[str]

    @classmethod
    def of(cls, text: str, slots: Sequence[str]) -> "Pieces":
        """Cut `text` at the slots in it."""
        wanted = [re.escape(slot) for slot in slots if slot in text]
        return cls(re.split(f"({'|'.join(wanted)})", text) if wanted else [text])

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the text with the slots' values."""
        if len(self.cut) == 1:
            return self.cut[0]
        return "".join(piece if place % 2 == 0 else values[piece] for place, piece in enumerate(self.cut))


@dataclass(frozen=True)
class Skeleton:
    """Words of one template in one language for one store, with or without a name to greet."""

    template: Template
    language: str
    slots: _Slots
    subject: str
    html: Pieces
    text: Pieces
    opening: str  # the first prose, from which the preview is taken
    paragraphs: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)

    def fill(self, message: Message, *, name: str, preferences: str, home: str) -> rendering.Rendered:
        """
        Return the message for a person called `name`, '' for nobody in particular: subject, HTML and text.

        `preferences` is their token; `home` where the store's pages are.
        """
        slots = self.slots
        title = rendering.one_line(self.subject.replace(slots.name, name))
        values = {slot: self._wrapped(slot, name) for slot in self.paragraphs}
        opening = self.opening
        for slot, lines in values.items():
            opening = opening.replace(slot, lines)
            if "://" in lines:
                values[slot] = clicks.in_text(lines, message, home)
        preview = rendering.preview_of([Part("prose", text=opening.replace(slots.name, name))])
        values |= {
            slots.unsubscribe: tokens.unsubscribe_token(message),
            slots.preferences: preferences,
            slots.name: name,
        }
        led = {slot: clicks.tracked(url, message, home) for slot, url in self.links.items()}
        text = self.text.filled(values | led)
        values |= {
            slots.name: _escaped(name),
            slots.title: _escaped(title),
            slots.title_in_quotes: _escaped(title, quotes=True),
            slots.preview: _escaped(preview),
        }
        values |= {slot: _escaped(url, quotes=True) for slot, url in led.items()}
        return rendering.Rendered(title, self.html.filled(values), text)

    def _wrapped(self, slot: str, name: str) -> str:
        text, first, rest = self.paragraphs[slot]
        return "\n".join(markdown.wrapped(text.replace(self.slots.name, name), first, rest))


def fits(*sources: str) -> bool:
    """
    Say whether words can be made into a skeleton: they use no name but KNOWN ones, and the person's only to
    print it or to ask whether there is one. Raises: TemplateError.
    """
    for source in sources:
        if not {path.partition(".")[0] for path in liquid.variables(source)} <= KNOWN:
            return False
        for tag in _ANY_TAG.findall(source):
            if "first_name" in tag and not _NAME_TAG.fullmatch(tag):
                return False
    return True


def plain(name: str) -> bool:
    """Say whether a name stands in Markdown as any other word does: no signs at its ends."""
    return not name or (name[0].isalnum() and name[-1].isalnum())


def make(
    template: Template,
    *,
    data: Mapping[str, Any],
    look: Look,
    kind: str,
    language: str,
    home: str,
    named: bool,
) -> Skeleton | None:
    """
    Return the skeleton of `template` over `data` (context.build of anybody who gets it), `named` or not.

    None when a link outward has something personal in it: such words are rendered one by one.
    Raises: TemplateError.
    """
    slots = _Slots()
    own = {
        **data,
        "first_name": slots.name if named else "",
        "unsubscribe_url": f"{home}/unsubscribe/{slots.unsubscribe}/",
        "preferences_url": f"{home}/preferences/{slots.preferences}/",
    }
    subject = liquid.render(template.subject, own, markdown=False)
    if not rendering.one_line(subject):
        raise liquid.TemplateError("The subject is empty.")
    with _put_off(slots) as paragraphs:
        made = rendering.render(
            subject=slots.title, body=template.body, data=own, look=look, kind=kind, language=language
        )
        parts = markdown.read(liquid.render(template.body, own))
    opening = next((part.text for part in parts if part.kind == "prose"), "")
    links: dict[str, str] = {}
    html = _led(_slotted(made.html, slots), links, slots, home)
    text = _led_text(made.text, links, slots, home)
    if any(slots.stem in url for url in links.values()):
        return None
    everything = [
        slots.name, slots.title_in_quotes, slots.title, slots.preview, slots.unsubscribe, slots.preferences,
        *paragraphs, *links,
    ]  # fmt: skip
    return Skeleton(
        template=template,
        language=language,
        slots=slots,
        subject=subject,
        html=Pieces.of(html, everything),
        text=Pieces.of(text, everything),
        opening=opening,
        paragraphs=paragraphs,
        links=links,
    )


@contextmanager
def _put_off(slots: _Slots) -> Iterator[dict[str, tuple[str, str, str]]]:
    """Keep paragraphs with the name in them unwrapped; yields them by the slot that stands in their place."""
    kept: dict[str, tuple[str, str, str]] = {}
    known: dict[tuple[str, str, str], str] = {}

    def keep(text: str, first: str, rest: str) -> str | None:
        if slots.name not in text:
            return None
        slot = known.setdefault((text, first, rest), slots.numbered("w", len(known)))
        kept[slot] = (text, first, rest)
        return slot

    before = markdown.later.set(keep)
    try:
        yield kept
    finally:
        markdown.later.reset(before)


def _slotted(html: str, slots: _Slots) -> str:
    """Return the layout with a slot where the preview stands, and one where the title stands in quotes."""
    html = _PREVIEW.sub(lambda found: found[1] + slots.preview + found[3], html, count=1)
    return html.replace(f'"{slots.title}"', f'"{slots.title_in_quotes}"')


def _led(html: str, links: dict[str, str], slots: _Slots, home: str) -> str:
    """Return the HTML with a slot for each address outward (engagement/clicks.py), noted in `links`."""

    def slot(found: re.Match[str]) -> str:
        name = _link(unescape(found[2]), links, slots, home)
        return found[1] + name + found[3] if name else found[0]

    return _OUTWARD.sub(slot, html)


def _led_text(text: str, links: dict[str, str], slots: _Slots, home: str) -> str:
    """Return the text with slots for the same addresses, as `clicks.in_text` finds them."""

    def slot(found: re.Match[str]) -> str:
        url = found[0].rstrip(clicks.ENDS)
        name = _link(url, links, slots, home)
        return name + found[0][len(url) :] if name else found[0]

    return clicks.BARE.sub(slot, text)


def _link(url: str, links: dict[str, str], slots: _Slots, home: str) -> str:
    """Return the slot of an address that leads outward, '' for one that does not."""
    if clicks.tracked(url, Message(pk=0), home) == url:
        return ""
    known = next((slot for slot, address in links.items() if address == url), "")
    name = known or slots.numbered("l", len(links))
    links[name] = url
    return name


def _escaped(text: str, *, quotes: bool = False) -> str:
    """Return text as the style writer serialises it (HTML 13.3): in an attribute with `quotes`."""
    text = text.replace("&", "&amp;").replace("\xa0", "&nbsp;")
    return text.replace('"', "&quot;") if quotes else text.replace("<", "&lt;").replace(">", "&gt;")
