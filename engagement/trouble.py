"""What messages about trouble say beside the order: the flag, the choice, the offer with an apology."""

from collections.abc import Sequence
from datetime import date, tzinfo
from typing import Any

from babel import Locale

from engagement import words
from engagement.models import Message
from tracking.models import Flag, Incident, MakeGood


def load(message: Message) -> dict[str, Any]:
    """Return the rows behind a message about trouble, by their names in `context.Facts`; else {}."""
    wanted, order = message.context, message.order_id or 0
    found: dict[str, Any] = {}
    if wanted.get("flag_id"):
        found["flag"] = Flag.objects.filter(pk=wanted["flag_id"], order_id=order).first()
    if wanted.get("make_good_id"):
        rows = MakeGood.objects.select_related("shipment", "order", "action")
        found["make_good"] = rows.filter(pk=wanted["make_good_id"], order_id=order).first()
    if wanted.get("incident_id"):
        incidents = Incident.objects.filter(pk=wanted["incident_id"], store_id=message.store_id)
        found["incident"] = incidents.first()
    return found


def build(
    flag: Flag | None,
    make_good: MakeGood | None,
    incident: Incident | None,
    url: str,
    locale: Locale,
    zone: tzinfo,
) -> dict[str, Any]:
    """Return what templates may say of them, '' and False for what is not there. `url`: the order's page."""
    data: dict[str, Any] = {}
    if flag is not None:
        data["flag"] = {"kind": flag.kind, "since": words.day(flag.since.astimezone(zone).date(), locale)}
    if make_good is not None:
        data["make_good"] = _make_good(make_good, locale)
        data["choice_url"] = f"{url}choice/{make_good.public_id}/"
    data["offer"] = offer(incident, locale)
    return data


def will_not_come(make_good: MakeGood | None) -> bool:
    """Say whether a choice is about a parcel of which no day of arrival should be told any more."""
    if make_good is None:
        return False
    return make_good.why != MakeGood.Why.LATE or make_good.choice in (
        MakeGood.Choice.REFUND,
        MakeGood.Choice.REPLACEMENT,
    )


def _make_good(row: MakeGood, locale: Locale) -> dict[str, Any]:
    promised = row.facts.get("promised") if row.why == MakeGood.Why.LATE else None
    refund = MakeGood.Choice.REFUND in row.choices
    return {
        "why": row.why,
        "choice": row.choice,
        "due": words.day(date.fromisoformat(promised), locale) if promised else "",
        "replacement": MakeGood.Choice.REPLACEMENT in row.choices,
        "amount": words.money(row.amount_minor, row.currency, locale) if refund else "",
        "number": row.action.external_name if row.action else "",
    }


def offer(incident: Incident | None, locale: Locale) -> dict[str, str]:
    """Return an incident's offer: its code, and what it is worth in words; both '' without one."""
    if incident is None:
        return {"code": "", "words": ""}
    labels = words.labels(str(locale))
    value = (
        labels["percent"].format(percent=incident.offer_percent)
        if incident.offer_percent
        else words.money(incident.offer_minor, incident.store.currency, locale)
    )
    return {"code": incident.offer_code, "words": labels["offer"].format(value=value)}


def words_of(incident: Incident | None, languages: Sequence[str]) -> tuple[str, str, str] | None:
    """
    Return language, subject and Markdown that staff prepared for an incident, in the reader's language, else
    the store's, else English, else any; None where none are prepared: the built-in words are used.
    """
    if incident is None:
        return None
    both = {
        code.replace("_", "-").lower(): (incident.subject[code].strip(), text.strip())
        for code, text in incident.words.items()
        if text.strip() and incident.subject.get(code, "").strip()
    }
    for code in (*words.bases(*languages), *sorted(both)):
        if code in both:
            return code, *both[code]
    return None
