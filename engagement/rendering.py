"""
A template and its data -> a finished message: subject, HTML in the store's dress, and plain text that says
the same.

Liquid (sandboxed) -> Markdown -> cleaned HTML -> the layout `templates/emails/layout.html`, its style sheet
written into the elements, because mail programs ignore the rest. Pure: no database, no clock.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import css_inline
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from config.lib import brand
from customers.models import Store
from engagement import liquid, markdown, words
from engagement.kinds import KINDS, kind_of
from engagement.liquid import TemplateError
from engagement.vocabulary import Purpose

SUBJECT_LIMIT = 200  # characters
HTML_LIMIT = 100_000  # bytes; Gmail cuts messages off at 102 kB
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Look:
    """A store as its messages show it."""

    name: str
    home_url: str = ""
    logo_url: str = ""
    support_email: str = ""
    support_phone: str = ""
    support_hours: str = ""
    postal_address: str = ""
    privacy_url: str = ""
    colors: Mapping[str, str] = field(default_factory=lambda: brand.mail_palette(brand.DEFAULT))


@dataclass(frozen=True)
class Rendered:
    """A finished message."""

    subject: str
    html: str
    text: str


def look_of(store: Store, *, base_url: str) -> Look:
    """Return how `store` looks; pictures given as a path are made absolute with `base_url`."""
    return Look(
        name=store.name,
        home_url=store.shop_url,
        logo_url=absolute(store.logo_url, base_url),
        support_email=store.support_email,
        support_phone=store.support_phone,
        support_hours=store.support_hours,
        postal_address=store.postal_address,
        privacy_url=store.privacy_url,
        colors=brand.mail_palette(store.brand_color),
    )


def absolute(url: str, base_url: str) -> str:
    """Return `url` as an absolute web address, '' when it cannot be one."""
    if url.startswith(("https://", "http://")):
        return url
    return base_url + url if url.startswith("/") and not url.startswith("//") else ""


def one_line(text: str, limit: int = SUBJECT_LIMIT) -> str:
    """
    Return `text` as one header line: no line break or control sign survives, at most `limit` characters.
    """
    line = _BREAKS.sub(" ", text).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def render(
    *,
    subject: str,
    body: str,
    data: Mapping[str, Any],
    look: Look,
    kind: str,
    language: str,
    strict: bool = False,
) -> Rendered:
    """
    Render one message in `language`. `data` is what `engagement.context` builds.

    Raises: TemplateError when the template cannot be read, runs too long, or makes a message mail programs
    would cut off.
    """
    title = one_line(liquid.render(subject, data, markdown=False, strict=strict))
    if not title:
        raise TemplateError("The subject is empty.")
    parts = markdown.read(liquid.render(body, data, strict=strict))
    labels = words.labels(language)
    sort = KINDS.get(kind)
    scene = {
        "subject": title,
        "preview": preview_of(parts),
        "parts": _shown(parts),
        "look": look,
        "language": language,
        "labels": labels,
        "pill": labels.get(kind, ""),
        "tone": sort.tone if sort else "plain",
        "steps": [number <= sort.step for number in range(1, 6)] if sort and sort.step else [],
        "step_words": labels["progress"].format(step=sort.step if sort else 0),
        "why": labels[_why(kind, data)].format(store=look.name),
        "return_title": labels[
            "claimed" if data.get("return", {}).get("kind") == "CLAIM" else "returned_goods"
        ],
        "phone_digits": re.sub(r"[^\d+]", "", look.support_phone),
        "scale": scale(str(data.get("survey_url") or ""), labels),
        **data,
    }
    html = _inliner.inline(render_to_string("emails/layout.html", scene))
    if len(html.encode()) > HTML_LIMIT:
        raise TemplateError(
            f"The message is larger than {HTML_LIMIT // 1000} kB: mail programs would cut it off."
        )
    return Rendered(title, html, _text(parts, scene))


def _why(kind: str, data: Mapping[str, Any]) -> str:
    """Return the name of the sentence that says why this comes."""
    if kind_of(kind).purpose == Purpose.MARKETING:
        return "why_marketing"
    return "why_return" if "return" in data else "why"


def scale(survey_url: str, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the five answers to a question, bad ones first: score, words, url; [] without a question."""
    if not survey_url:
        return []
    return [
        {"score": score, "words": labels[f"score_{score}"], "url": f"{survey_url}?score={score}"}
        for score in range(1, 6)
    ]


def _claim(data: Mapping[str, Any]) -> bool:
    return bool(data.get("return", {}).get("kind") == "CLAIM")


def _shown(parts: Sequence[markdown.Part]) -> list[dict[str, Any]]:
    """Return the parts as the layout takes them: the first button is the loud one."""
    first = next((part for part in parts if part.kind == "button"), None)
    # nh3 has cleaned the prose: no tag, attribute or address that is not on markdown.py's lists.
    return [{"part": part, "html": mark_safe(part.html), "loud": part is first} for part in parts]  # noqa: S308


def preview_of(parts: Sequence[markdown.Part]) -> str:
    """Return what lists of mail show beside the subject: the first words under the headline."""
    for part in parts:
        if part.kind == "prose":
            paragraphs = part.text.split("\n\n")
            return " ".join(" ".join(paragraphs[1:] or paragraphs).split())[:140]
    return ""


# --- plain text ---
def _text(parts: Sequence[markdown.Part], scene: Mapping[str, Any]) -> str:
    look: Look = scene["look"]
    said = [look.name + (f"\n{look.home_url}" if look.home_url else "")]
    for part in parts:
        if part.kind == "prose":
            said.append(part.text)
        elif part.kind == "button":
            said.append(f"{part.text}:\n{part.url}")
        else:
            said.append(_PLACES[part.name](scene))
    return "\n\n".join(block for block in [*said, _foot(scene)] if block) + "\n"


def _item(item: Mapping[str, Any]) -> str:
    name = f"{item['title']} ({item['variant']})" if item["variant"] else item["title"]
    note = f" ({item['note']})" if item.get("note") else ""
    return f"- {item['quantity']} × {name}{note}" + (f": {item['price']}" if item.get("price") else "")


def _items(items: Sequence[Mapping[str, Any]], more: str) -> list[str]:
    return [*map(_item, items), *([f"  {more}"] if more else [])]


def _items_text(scene: Mapping[str, Any]) -> str:
    order = scene["order"]
    return (
        "\n".join([f"{scene['labels']['you_ordered']}:", *_items(order["items"], order["more"])])
        if order["items"]
        else ""
    )


def _sums_text(scene: Mapping[str, Any]) -> str:
    return "\n".join(f"{row['label']}: {row['amount']}" for row in scene["order"]["sums"])


def _parcels_text(scene: Mapping[str, Any]) -> str:
    labels = scene["labels"]
    cards = []
    for parcel in scene["parcels"]:
        lines = [parcel["title"]]
        for label, value in (
            ("with", "carrier"),
            ("number", "number"),
            ("arrives", "window"),
            ("where", "place"),
        ):
            if parcel[value]:
                lines.append(f"{labels[label]}: {parcel[value]}")
        cards.append("\n".join([*lines, *_items(parcel["items"], parcel["more"])]))
    return "\n\n".join(cards)


def _code_text(scene: Mapping[str, Any]) -> str:
    return f"{scene['labels']['code']}: {scene['code']}"


def _returned_text(scene: Mapping[str, Any]) -> str:
    back = scene.get("return", {})
    items = back.get("items", ())
    return "\n".join([f"{scene['return_title']}:", *_items(items, back["more"])]) if items else ""


def _money_text(scene: Mapping[str, Any]) -> str:
    return "\n".join(f"{row['label']}: {row['amount']}" for row in scene.get("return", {}).get("sums", ()))


def _goods_text(scene: Mapping[str, Any]) -> str:
    said = []
    for item in scene.get("goods", ()):
        why = f" ({item['why']})" if item["why"] else ""
        price = f": {item['price']}" if item["price"] else ""
        said.append(f"- {item['title']}{why}{price}" + (f"\n  {item['url']}" if item["url"] else ""))
    return "\n".join([f"{scene['labels']['goods']}:", *said]) if said else ""


def _scale_text(scene: Mapping[str, Any]) -> str:
    return "\n".join(f"{one['score']} {one['words']}: {one['url']}" for one in scene["scale"])


_PLACES = {
    "items": _items_text,
    "sums": _sums_text,
    "parcels": _parcels_text,
    "code": _code_text,
    "returned": _returned_text,
    "money": _money_text,
    "goods": _goods_text,
    "scale": _scale_text,
}


def _foot(scene: Mapping[str, Any]) -> str:
    look, labels = scene["look"], scene["labels"]
    contacts = [look.support_email, look.support_phone, look.support_hours]
    lines = ["-- "]
    if any(contacts):
        lines += [f"{labels['help']} {labels['help_words']}", *filter(None, contacts), ""]
    lines += [scene["why"], *filter(None, [look.postal_address])]
    if scene.get("unsubscribe_url"):
        lines.append(f"{labels['preferences']}: {scene['preferences_url']}")
        lines.append(f"{labels['unsubscribe']}: {scene['unsubscribe_url']}")
    if look.privacy_url:
        lines.append(f"{labels['privacy']}: {look.privacy_url}")
    return "\n".join(lines)
