"""Store credit: given for a return, spent, ended, taken back. Its balance is the sum of its entries."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from config.lib.money import Money
from customers.models import User
from returns import events
from returns.models import CreditEntry, Return, StoreCredit
from returns.models.returns import ALPHABET
from returns.services import moves
from tracking.models import ShopAction
from tracking.services.shop_actions import request_action
from tracking.services.shop_clients import client_of
from tracking.shops.client import Ability, NewDiscount

Kind = CreditEntry.Kind


class NotEnough(Exception):
    """More than what is left of a credit; the message is for staff."""


def new_code() -> str:
    """Return a code of 60 random bits in letters and digits that are not taken for each other."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return "-".join(letters[n : n + 4] for n in (0, 4, 8))


def give_credit(
    ret: Return, *, amount_minor: int, bonus_minor: int = 0, purpose: str, at: datetime
) -> StoreCredit:
    """
    Give store credit for a locked return, in the caller's transaction; the shop is asked to take its code.

    `amount_minor`, `bonus_minor`: in the order's currency. `purpose`: asked for twice it is one. Publishes:
    CREDIT_ISSUED. Returns: the credit.
    """
    found = StoreCredit.objects.filter(ret=ret, entries__purpose=f"{purpose}:given").first()
    if found:
        return found
    days = moves.settings_of(ret.store).credit_days
    credit = StoreCredit.objects.create(
        store=ret.store,
        customer=ret.customer,
        ret=ret,
        code=new_code(),
        currency=ret.currency,
        expires_at=at + timedelta(days=days) if days else None,
        created_at=at,
    )
    for kind, amount, name in ((Kind.GIVEN, amount_minor, "given"), (Kind.BONUS, bonus_minor, "bonus")):
        if amount > 0:
            CreditEntry.objects.create(
                credit=credit, kind=kind, amount_minor=amount, purpose=f"{purpose}:{name}", at=at
            )
    _make_code(ret, credit, amount_minor + bonus_minor, at)
    moves.tell(
        ret,
        events.CREDIT_ISSUED,
        "issued",
        at=at,
        key=f"store-credit:{credit.pk}",
        credit_id=credit.pk,
        amount_minor=amount_minor + bonus_minor,
        bonus_minor=bonus_minor,
        currency=ret.currency,
    )
    return credit


def _make_code(ret: Return, credit: StoreCredit, amount: int, at: datetime) -> None:
    """Have the shop take the code at its checkout, where its API can make codes."""
    client = client_of(ret.store)
    if client is None or Ability.DISCOUNT not in client.can or ret.store.currency != ret.currency:
        return
    credit.action = request_action(
        purpose=f"store-credit:{credit.pk}",
        kind=ShopAction.Kind.DISCOUNT,
        store=ret.store,
        wanted=NewDiscount(
            code=credit.code,
            title=f"Store credit {ret.number}",
            starts_at=at,
            ends_at=credit.expires_at,
            amount_minor=amount,
            currency=ret.currency,
            uses=1,
        ),
        at=at,
    )
    credit.save(update_fields=["action"])


def balance(credit: StoreCredit) -> int:
    """Return what is left of a credit, in minor units of its currency."""
    return credit.entries.aggregate(sum=Sum("amount_minor"))["sum"] or 0


@transaction.atomic
def spend(
    *, credit_id: int, amount_minor: int, purpose: str, by: User, at: datetime, note: str = ""
) -> CreditEntry:
    """
    Note that a part of a credit was spent. `purpose` names what for: told twice it is one.

    Returns: the entry. Raises: NotEnough; StoreCredit.DoesNotExist.
    """
    return _less(credit_id, Kind.SPENT, amount_minor, purpose, str(by), note, at)


@transaction.atomic
def take_back(
    *, credit_id: int, amount_minor: int, purpose: str, by: User, at: datetime, note: str = ""
) -> CreditEntry:
    """Take a part of a credit back, as a person has decided. See `spend`."""
    return _less(credit_id, Kind.REVERSED, amount_minor, purpose, str(by), note, at)


@transaction.atomic
def end_over(*, at: datetime, limit: int = 200) -> int:
    """End credits whose time is over at `at`, up to `limit` of them. Returns how many were ended."""
    over = StoreCredit.objects.filter(expires_at__lte=at).exclude(entries__kind=Kind.ENDED)
    over = over.annotate(left=Sum("entries__amount_minor")).filter(left__gt=0)
    ended = list(over.order_by("pk").values_list("pk", flat=True)[:limit])
    for credit_id in ended:
        credit = _locked(credit_id)
        left = balance(credit)
        if left > 0:
            _less(credit_id, Kind.ENDED, left, f"store-credit:{credit_id}:ended", "", "", at)
    return len(ended)


def _less(
    credit_id: int, kind: str, amount: int, purpose: str, by: str, note: str, at: datetime
) -> CreditEntry:
    credit = _locked(credit_id)
    found = CreditEntry.objects.filter(purpose=purpose).first()
    if found:
        return found
    left = balance(credit)
    if not 0 < amount <= left:
        raise NotEnough(f"{Money(left, credit.currency)} is left of this credit.")
    return CreditEntry.objects.create(
        credit=credit, kind=kind, amount_minor=-amount, purpose=purpose, by=by[:160], note=note[:300], at=at
    )


def _locked(credit_id: int) -> StoreCredit:
    return StoreCredit.objects.select_for_update(of=("self",)).get(pk=credit_id)
