"""How an incident's prepared apology reads, for the back-office page of the app below."""

from typing import Any

from babel import Locale
from django import template
from django.utils.safestring import mark_safe

from engagement import liquid, markdown, trouble, words
from engagement.liquid import TemplateError
from engagement.rendering import one_line
from engagement.samples import sample
from tracking.models import Incident

register = template.Library()


@register.simple_tag
def incident_preview(incident: Incident) -> list[dict[str, Any]]:
    """
    Return each language's letter for a made-up order, the store's language first: language, name, subject and
    html, or error. The offer is shown with it.
    """
    codes = sorted(
        (code for code, text in incident.words.items() if text.strip()),
        key=lambda code: (code != incident.store.language, code),
    )
    return [_letter(incident, code) for code in codes]


def _letter(incident: Incident, code: str) -> dict[str, Any]:
    locale = words.locale(code)
    name = Locale.parse(code.replace("-", "_")).get_display_name("en")
    language = next(one for one in words.bases(code) if one in words.LABELS)
    offered = incident if incident.offer_code and incident.offer_minor else None
    data = sample("incident", language) | {"offer": trouble.offer(offered, locale)}
    try:
        subject = one_line(liquid.render(incident.subject.get(code, ""), data, markdown=False, strict=True))
        parts = markdown.read(liquid.render(incident.words[code], data, strict=True))
    except TemplateError as exc:
        return {"language": code, "name": name, "error": str(exc)}
    if not subject:
        return {"language": code, "name": name, "error": "The subject is empty."}
    # nh3 has cleaned the prose: no tag, attribute or address that is not on markdown.py's lists.
    html = mark_safe("".join(part.html for part in parts))  # noqa: S308
    return {"language": code, "name": name, "subject": subject, "html": html, "error": ""}
