"""A shop in memory that keeps count of what was really done, and fails when it is told to."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from customers.models import Store
from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON
from tracking.models import ShopAction
from tracking.services.shop_actions import SURE_AFTER, carry_out_due, request_action
from tracking.shops.client import Ability, Done, RefundOrder, ShopClient, ShopError

LONG = SURE_AFTER + timedelta(minutes=1)  # by then a look says for sure that nothing came of a call

PATH = f"{__name__}.MemoryClient"


@dataclass
class Shop:
    """What the shop has made, by our key, and the faults it still has to show."""

    refunds: dict[str, Any] = field(default_factory=dict)
    orders: dict[str, Any] = field(default_factory=dict)
    discounts: dict[str, Any] = field(default_factory=dict)
    stock: list[Any] = field(default_factory=list)
    effects: int = 0
    calls: int = 0
    looks: int = 0
    before: list[BaseException] = field(default_factory=list)  # raised before anything is done
    after: list[BaseException] = field(default_factory=list)  # raised when it is done already
    look_faults: list[BaseException] = field(default_factory=list)


SHOP = Shop()


def fresh() -> Shop:
    """Empty the shop."""
    SHOP.__init__()  # type: ignore[misc]
    return SHOP


def connected(**given: Any) -> Any:
    """Return a store whose shop can be told things."""
    return StoreFactory(
        platform="shopify", api_url="https://shop.example", api_secret="sesame", currency="USD", **given
    )


class MemoryClient(ShopClient):
    """Recognises what it has made by our key, but does not refuse a key twice: a doubled call counts."""

    code, label = "memory", "Memory"
    can = frozenset({Ability.REFUND, Ability.ORDER, Ability.STOCK, Ability.DISCOUNT})

    def _do(self, made: dict[str, Any], key: str, wanted: Any, done: Done) -> Done:
        SHOP.calls += 1
        if SHOP.before:
            raise SHOP.before.pop(0)
        SHOP.effects += 1
        made[key] = (wanted, done)
        if SHOP.after:
            raise SHOP.after.pop(0)
        return done

    def _find(self, made: dict[str, Any], key: str) -> Done | None:
        SHOP.looks += 1
        if SHOP.look_faults:
            raise SHOP.look_faults.pop(0)
        return made[key][1] if key in made else None

    def refund(self, wanted: Any, *, key: str) -> Done:
        return self._do(SHOP.refunds, key, wanted, Done("gid://shop/Refund/77", "", wanted.amount_minor))

    def find_refund(self, order_external_id: str, *, key: str) -> Done | None:
        return self._find(SHOP.refunds, key)

    def create_order(self, wanted: Any, *, key: str) -> Done:
        return self._do(SHOP.orders, key, wanted, Done("900", "#1900"))

    def find_order(self, *, key: str) -> Done | None:
        return self._find(SHOP.orders, key)

    def create_discount(self, wanted: Any, *, key: str) -> Done:
        return self._do(SHOP.discounts, wanted.code, wanted, Done("d1", wanted.code))

    def find_discount(self, code: str) -> Done | None:
        return self._find(SHOP.discounts, code)

    def adjust_stock(self, change: Any, *, key: str) -> Done:
        SHOP.stock.append(change)
        return self._do({}, key, change, Done("s1"))


def cut_off() -> ShopError:
    """Return the fault of a line that went dead in the middle."""
    return ShopError("The line went dead", unknown=True)


def refund(order: Any, purpose: str = "make-good:1", amount: int = 3400) -> ShopAction:
    """Ask for a refund, and have it written down."""
    with transaction.atomic():
        return request_action(
            purpose=purpose,
            kind=ShopAction.Kind.REFUND,
            store=order.store,
            order=order,
            amount_minor=amount,
            currency="USD",
            wanted=RefundOrder(order.external_id, amount, "USD", lines=(("5001", 1, False),)),
            at=NOON,
        )


def later(action: ShopAction, at: datetime) -> ShopAction:
    """Let the lease of a dead worker run out, and work at `at`."""
    ShopAction.objects.filter(pk=action.pk).exclude(claim=None).update(
        leased_until=datetime(2020, 1, 1, tzinfo=UTC)
    )
    Store.objects.update(api_resume_at=None)
    while carry_out_due(at=at):
        pass
    action.refresh_from_db()
    return action
