"""
What is wrong with words before they are saved (`refuse`), and what is not wrong but should be looked at
(`remarks`).
"""

import re
from collections.abc import Mapping
from typing import Any

from customers.models import Store
from engagement import liquid, markdown, samples, words
from engagement.kinds import kind_of
from engagement.liquid import TemplateError
from engagement.mail_lint import lint_words
from engagement.rendering import Rendered, render
from engagement.rendering_short import render_short
from engagement.vocabulary import Channel, Purpose

FULL = 12  # as many as any list of a message holds (context.ITEMS_SHOWN)
_BARE_PICTURE = re.compile(r"!\[\s*\]\(")
_LINE = re.compile(r"^Line (\d+): ")
_PLACE = re.compile(r"^\s*\[\[\s*(\w+)\s*\]\]\s*$")


def refuse(subject: str, body: str, *, kind: str, language: str, channel: str) -> dict[str, str]:
    """
    Return why words cannot be saved: {"subject" | "body": why, with the line}, {} when they can.

    They are read, and then carried out on made-up data whose every list is as long as it can get: what would
    take too long or grow too large in a worker is found here.
    """
    found = {}
    for name, text in (("subject", subject), ("body", body)):
        try:
            liquid.check(text)
            if name == "body":
                _places(text)
        except TemplateError as exc:
            found[name] = with_line(str(exc), text)
    if found:
        return found
    data = stretched(samples.sample(kind, sample_language(language)))
    for name, text in (("subject", subject), ("body", body)):
        try:
            liquid.render(text, data, markdown=name == "body")
        except TemplateError as exc:
            found[name] = with_line(str(exc), text)
    if found:
        return found
    try:
        made(subject, body, data=data, kind=kind, language=language, channel=channel, look=samples.LOOK)
    except TemplateError as exc:
        found["subject" if "subject" in str(exc).lower() else "body"] = str(exc)
    return found


def _places(body: str) -> None:
    """Raise TemplateError, with the line, for a [[place]] that does not exist."""
    for number, line in enumerate(body.splitlines(), 1):
        place = _PLACE.match(line)
        if place and place[1] not in markdown.PLACES:
            known = ", ".join(f"[[{name}]]" for name in markdown.PLACES)
            raise TemplateError(f"Line {number}: there is no [[{place[1]}]]; there are {known}.")


def with_line(error: str, text: str) -> str:
    """Return an error with the line it names behind it, so that one need not count."""
    found = _LINE.match(error)
    lines = text.splitlines()
    if not found or not 0 < int(found[1]) <= len(lines):
        return error
    line = lines[int(found[1]) - 1].strip()
    return f"{error} ⟶ {line[:80]}{'…' if len(line) > 80 else ''}"


def made(
    subject: str,
    body: str,
    *,
    data: Mapping[str, Any],
    kind: str,
    language: str,
    channel: str,
    look: Any,
    written_for: str = "",
) -> Rendered:
    """
    Render words for `channel` as sending does. `written_for`: the channel they were written for, the same
    one when ''. Raises: TemplateError.
    """
    if channel == Channel.EMAIL:
        return render(subject=subject, body=body, data=data, look=look, kind=kind, language=language)
    return render_short(
        channel=channel,
        written_for=written_for or channel,
        subject=subject,
        body=body,
        data=data,
        look=look,
    )


def sample_language(language: str) -> str:
    """Return the language that made-up data is in for readers of `language`: the nearest there is."""
    return next(code for code in words.bases(language) if code in words.LABELS)


def stretched(value: Any) -> Any:
    """Return data with every list that has a member as long as lists of messages get."""
    if isinstance(value, Mapping):
        return {name: stretched(inner) for name, inner in value.items()}
    if isinstance(value, list) and value:
        return [stretched(value[number % len(value)]) for number in range(max(FULL, len(value)))]
    return value


def remarks(
    subject: str,
    body: str,
    *,
    data: Mapping[str, Any],
    kind: str,
    channel: str,
    store: Store | None,
    page: Rendered,
) -> list[str]:
    """
    Return what whoever writes should look at before it goes out: names this order lacks, no button, pictures
    without words, what the lint of mails finds, no postal address under advertising.
    """
    found = missing(subject, body, data)
    if channel != Channel.EMAIL:
        return found
    parts = markdown.read(liquid.render(body, data))
    code = any(part.kind == "place" and part.name in ("code", "scale") for part in parts)
    if not code and not any(part.kind == "button" for part in parts):
        found.append("There is no button: a paragraph that is one link, as [See your order]({{ url }}).")
    for number, line in enumerate(body.splitlines(), 1):
        if _BARE_PICTURE.search(line):
            found.append(f"Line {number}: a picture has no words for those who do not see it: ![words](…).")
    found += [f"{one[0].upper()}{one[1:]}." for one in lint_words(page.html, page.text)]
    marketing = kind_of(kind).purpose == Purpose.MARKETING
    if marketing and store is not None and not store.postal_address.strip():
        found.append("The store has no postal address: advertising must show one, and is not sent without.")
    return found


def missing(subject: str, body: str, data: Mapping[str, Any]) -> list[str]:
    """Return the names that `data` lacks, with their lines, in words."""
    found = []
    for where, text in (("Subject", subject), ("Line {}", body)):
        for name in liquid.names(text):
            if not _there(name.path, data):
                place = where.format(name.line)
                found.append(
                    f"{place}: {{{{ {name.path} }}}} is not there for this message; it will say nothing."
                )
    return found


def _there(path: str, data: Mapping[str, Any]) -> bool:
    value: Any = data
    for step in path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return False
        value = value[step]
    return True
