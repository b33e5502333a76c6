"""Many discount codes asked for at once, each an intention of its own in the ledger of shop actions."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from customers import outbox
from customers.models import Store
from customers.worker import wake
from tracking.models import ShopAction
from tracking.services.shop_actions import WORK
from tracking.services.shop_clients import client_of
from tracking.services.shop_requests import SHOP, to_json
from tracking.services.shop_thoughts import GIVE_UP
from tracking.shops.client import Ability, NewDiscount


def can_make_codes(store: Store) -> bool:
    """Say whether a store's shop has an API for discount codes and we hold its key."""
    client = client_of(store)
    return client is not None and Ability.DISCOUNT in client.can


def request_discounts(
    *, store: Store, wanted: Mapping[str, NewDiscount], at: datetime
) -> dict[str, ShopAction]:
    """
    Have codes made in a store's shop, in the caller's transaction: {purpose: code wanted}.

    A purpose that was asked for before keeps its first row and code, as with `request_action`.
    Returns: {purpose: its row}, in two statements whatever their number. Raises: outbox.NotInTransaction.
    """
    if not connection.in_atomic_block:
        raise outbox.NotInTransaction("Discount codes need the transaction that decides them")
    rows = [
        ShopAction(
            purpose=purpose,
            kind=ShopAction.Kind.DISCOUNT,
            store=store,
            wanted=to_json(discount) | {SHOP: store.platform},
            amount_minor=discount.amount_minor,
            currency=store.currency,
            created_at=at,
            due_at=at,
            give_up_at=at + GIVE_UP,
        )
        for purpose, discount in wanted.items()
    ]
    ShopAction.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        wake(WORK)
    return {row.purpose: row for row in ShopAction.objects.filter(purpose__in=wanted)}
