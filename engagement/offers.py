"""
Discount codes that journeys give: one of its own for every run, made in the shop through the ledger of shop
actions, never more of them than the step's budget.

Settings of an offer step: `percent` (1-100) or `amount_minor` (of the store's currency), `days_valid` (30),
`budget` (how many codes in all; 0 or absent: no limit), `code` (one code for everybody that staff made in the
shop by hand: for shops without an API).
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from babel import Locale
from django.db import transaction

from customers.models import Store
from engagement import words
from engagement.models import Enrolment, Journey, Message
from tracking.models import ShopAction
from tracking.services.discounts import can_make_codes, request_discounts
from tracking.shops.client import NewDiscount

DAYS_VALID = 30
# Letters and digits nobody mixes up; 8 of them are 32^8, too many to try.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
WAITING = (ShopAction.State.WAITING, ShopAction.State.UNKNOWN)


@transaction.atomic
def give(
    enrolments: Sequence[Enrolment], settings: Mapping[str, Any], *, at: datetime
) -> dict[int, dict[str, Any]]:
    """
    Give each run its discount code; run again it is the same code.

    Returns: {enrolment's key: {"offer": {...}}}: `action_id` where a shop makes it, or `code` where staff
    prepared one; {} where the budget is used up or the shop can make none. Raises: ValueError for an offer
    that is worth nothing.
    """
    percent, amount = int(settings.get("percent") or 0), int(settings.get("amount_minor") or 0)
    if not 0 <= percent <= 100 or amount < 0 or not (percent or amount):
        raise ValueError("An offer is worth 1 to 100 % or an amount.")
    stores = Store.objects.in_bulk({row.store_id for row in enrolments if row.store_id})
    ends_at = at + timedelta(days=int(settings.get("days_valid") or DAYS_VALID))
    worth = {"percent": percent, "amount_minor": 0 if percent else amount, "until": ends_at.isoformat()}
    prepared = str(settings.get("code") or "").strip()
    found: dict[int, dict[str, Any]] = {row.pk: {} for row in enrolments}
    if prepared:
        allowed = _within_budget(enrolments, settings, prepared=True)
        return found | {row.pk: {"offer": worth | {"code": prepared}} for row in allowed}
    able = [row for row in enrolments if row.store_id and can_make_codes(stores[row.store_id])]
    for row, action in _request(_within_budget(able, settings), stores, worth, at, ends_at):
        found[row.pk] = {"offer": worth | {"action_id": action.pk, "until": action.wanted["ends_at"]}}
    return found


def purpose(row: Enrolment) -> str:
    """Return what the code of a run's present step is known by in the ledger."""
    return f"{_prefix(row)}{row.pk}"


def _prefix(row: Enrolment) -> str:
    return f"offer:{row.journey_id}:{row.step}:"


def _within_budget(
    enrolments: Sequence[Enrolment], settings: Mapping[str, Any], *, prepared: bool = False
) -> list[Enrolment]:
    """
    Return those who still get one. Two workers cannot both take the last: the journey's row is held until
    the end of the transaction.
    """
    budget = int(settings.get("budget") or 0)
    rows = sorted(enrolments, key=lambda row: row.pk)
    if not budget or not rows:
        return rows
    first = rows[0]
    list(Journey.objects.select_for_update(no_key=True).filter(pk=first.journey_id).values_list("pk"))
    if prepared:
        given = Enrolment.objects.filter(journey=first.journey_id, context__has_key="offer")
        had = set(given.values_list("pk", flat=True))
        left = budget - len(had)
        return [row for row in rows if row.pk in had or (left := left - 1) >= 0]
    told = ShopAction.objects.filter(purpose__startswith=_prefix(first))
    before = set(told.values_list("purpose", flat=True))
    left = budget - len(before)
    return [row for row in rows if purpose(row) in before or (left := left - 1) >= 0]


def _request(
    rows: Sequence[Enrolment],
    stores: Mapping[int, Store],
    worth: Mapping[str, Any],
    at: datetime,
    ends_at: datetime,
) -> list[tuple[Enrolment, ShopAction]]:
    made: list[tuple[Enrolment, ShopAction]] = []
    for pk in sorted({row.store_id for row in rows if row.store_id}):
        store, ours = stores[pk], [row for row in rows if row.store_id == pk]
        wanted = {
            purpose(row): NewDiscount(
                code=new_code(),
                title=f"Journey {row.journey_id} · {row.step}",
                starts_at=at,
                ends_at=ends_at,
                percent=worth["percent"],
                amount_minor=worth["amount_minor"],
                currency=store.currency,
                uses=1,
            )
            for row in ours
        }
        actions = request_discounts(store=store, wanted=wanted, at=at)
        made += [(row, actions[purpose(row)]) for row in ours]
    return made


def new_code() -> str:
    """Return a code nobody can guess and everybody can type, such as K7QM-2XRA."""
    text = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{text[:4]}-{text[4:]}"


# --- in messages ---
def waits(message: Message) -> bool:
    """Say whether the code a message carries is still being made in the shop."""
    given = message.context.get("offer")
    action = given.get("action_id") if isinstance(given, dict) else None  # an incident's apology says True
    if not action:
        return False
    return ShopAction.objects.filter(pk=action, state__in=WAITING).exists()


def build(message: Message, store: Store, locale: Locale, *, at: datetime) -> dict[str, str]:
    """
    Return what templates may say of a run's offer: code, words ("10% off…"), until (a day); all '' where
    there is none, the shop did not make it, or it has run out.
    """
    given = message.context.get("offer") or {}
    code = str(given.get("code") or "")
    if given.get("action_id"):
        done = ShopAction.objects.filter(pk=given["action_id"], state=ShopAction.State.DONE).first()
        code = str(done.wanted.get("code", "")) if done else ""
    until = datetime.fromisoformat(given["until"]) if given.get("until") else None
    if not code or until is None or until <= at:
        return {"code": "", "words": "", "until": ""}
    labels = words.labels(str(locale))
    value = (
        labels["percent"].format(percent=given["percent"])
        if given.get("percent")
        else words.money(int(given.get("amount_minor") or 0), store.currency, locale)
    )
    last = until.astimezone(store.zone).date()
    return {
        "code": code,
        "words": labels["offer"].format(value=value),
        "until": words.day_and_year(last, locale),
    }
