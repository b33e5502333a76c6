"""The world of the machine: one store, one order of three lines (one of them a bundle), and its workers."""

import uuid
from datetime import timedelta
from typing import Any

from customers.models import Delivery, Event, Store
from customers.outbox import deliver_due
from returns import tasks
from returns.models import CreditEntry, Exchange, PaymentRequest, Refund, Return, ReturnSettings, ReturnUnit
from returns.pieces import Piece, pieces_of
from returns.wishes import Wish
from tests.factories.customers import StaffFactory, StoreFactory
from tests.factories.returns import PolicyFactory, PolicyVersionFactory
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory, ProductFactory, VariantFactory
from tests.returns.doubles import BOOK
from tests.returns.parcelling import seller
from tests.tracking.late import parcel_of
from tracking.models import BundlePart, Label, Location, Order, ShopAction, StockLevel, Variant
from tracking.services import shop_staff
from tracking.services.label_work import carry_out_due as buy_labels
from tracking.services.shop_actions import carry_out_due as act_in_shops
from tracking.vocabulary import Status

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
METHODS = ("OWN", "DROP_OFF", "LABEL", "QR", "COLLECTION")


class World:
    """One order and all that happens to it. `now` passes only when it is told to."""

    def __init__(self, currency: str, choices: dict[str, Any]) -> None:
        self.now = NOON
        self.currency, self.choices = currency, choices
        self.store: Store = StoreFactory(
            platform="shopify", api_url="https://shop.example", api_secret="sesame", currency=currency,
            country="US", support_email="help@example.com", slug=f"machine-{uuid.uuid4().hex[:8]}",
        )  # fmt: skip
        self.place = Location.objects.create(store=self.store, external_id="loc-1")
        self._rules()
        self.variants = self._goods()
        self.order = self._order()
        self.pieces: list[Piece] = pieces_of(self.order)
        self.hands = [StaffFactory(), StaffFactory()]
        seller()
        first = [(place, 1) for place in range(3)]
        self._parcel(first)
        rest = [(0, choices["quantity"] - 1)] if choices["quantity"] > 1 else []
        self.late = rest

    def _rules(self) -> None:
        given = self.choices
        ReturnSettings.objects.create(
            store=self.store, refund_at=given["refund_at"], exchange_ships=given["ships"],
            unpaid_then=given["unpaid"], never_came_then=given["never"], destination=self.place,
            most_unasked_minor=given["limit"],
        )  # fmt: skip
        base = {
            "window_days": 60, "window_from": "delivery", "fee": given["fee"], "methods": list(METHODS),
            "outcomes": ["REFUND", "EXCHANGE", "CREDIT", "REPAIR"], "credit_bonus_bp": 1000,
            "exchange_bonus_bp": given["bonus_bp"], "refund_shipping": given["shipping"],
            "keep_under_minor": given["keep_under"], "review": given["review"],
        }  # fmt: skip
        PolicyVersionFactory(policy=PolicyFactory(store=self.store), body={"base": base, "rules": []})

    def _variant(self, price: int, product: Any = None, stock: int | None = 3) -> Variant:
        made = VariantFactory(product=product or ProductFactory(store=self.store), price_minor=price)
        made.inventory_item_id = f"item-{made.pk}"
        made.save()
        if stock is not None:
            StockLevel.objects.create(
                location=self.place, inventory_item_id=made.inventory_item_id, available=stock
            )
        return made

    def _goods(self) -> list[Variant]:
        """Lantern, its twin, a dearer and a cheaper one of another product; last the bundle and its parts."""
        price = self.choices["price"]
        lantern = self._variant(price)
        twin = self._variant(price + 7, lantern.product, stock=2)
        dearer, cheaper = self._variant(price * 2 + 1), self._variant(max(price // 3, 1), stock=None)
        whole, mug, jug = self._variant(price * 3), self._variant(price), self._variant(price // 2 + 1)
        BundlePart.objects.create(bundle=whole, part=mug, quantity=2)
        BundlePart.objects.create(bundle=whole, part=jug, quantity=1)
        return [lantern, twin, dearer, cheaper, whole, mug, jug]

    def _order(self) -> Order:
        lantern, _twin, dearer, _cheaper, whole, *_parts = self.variants
        quantity, discount = self.choices["quantity"], self.choices["discount"]
        lines = [(lantern, quantity, discount), (dearer, 1, 0), (whole, 1, 0)]
        net = sum(variant.price_minor * count - less for variant, count, less in lines)
        order = OrderFactory(
            store=self.store, currency=self.currency, subtotal_minor=net, shipping_minor=501,
            total_minor=net + 501, placed_at=NOON - 5 * DAY,
        )  # fmt: skip
        for position, (variant, count, less) in enumerate(lines):
            OrderLineFactory(
                order=order, position=position, variant=variant, product=variant.product, quantity=count,
                unit_price_minor=variant.price_minor, discount_minor=less,
            )  # fmt: skip
        return order

    def _parcel(self, packed: list[tuple[int, int]]) -> None:
        when = self.now - HOUR
        parcel_of(self.order, *packed, status=Status.DELIVERED, delivered_at=when, shipped_at=when - DAY)

    def deliver_late(self) -> None:
        """Bring what was not in the first parcel."""
        if self.late:
            self._parcel(self.late)
            self.late = []

    # --- workers
    def work(self, rounds: int = 25) -> None:
        """Let all workers do what is due now, until nothing is."""
        for _ in range(rounds):
            if not self.one_round():
                return
        raise AssertionError("it does not come to rest")

    def one_round(self) -> int:
        """Let each worker do one thing."""
        waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
        if waiting.exists():  # facts are recorded by the real clock, and the machine has its own
            waiting.update(due_at=self.now)
        done = deliver_due(at=self.now) + act_in_shops(at=self.now) + buy_labels(at=self.now)
        return done + tasks.take_payments(at=self.now) + tasks.look_after_returns(at=self.now)

    def heal(self) -> None:
        """Let people deal with what waits for them in the shop, honestly, and the workers with the rest."""
        BOOK.faults.clear()
        for _ in range(4):
            self.now += 26 * HOUR
            Store.objects.filter(pk=self.store.pk).update(api_resume_at=None)
            self.work()
            for action in ShopAction.objects.filter(state=ShopAction.State.STAFF):
                done = next((e for e in BOOK.effects if e.key == str(action.key)), None)
                who = {"action_id": action.pk, "by": self.hands[0], "at": self.now}
                if done:
                    shop_staff.mark_done(**who, external_id=done.number)
                elif action.kind == ShopAction.Kind.STOCK:  # who gives it up leaves the shelf wrong
                    shop_staff.try_again(**who, not_done=action.started_at is not None)
                else:
                    shop_staff.cancel(**who)
            self.work()

    # --- wishes
    def wish(self, place: int, reason: str, outcome: str, variant: int) -> Wish:
        """Return a wish for the `place`-th piece (round again at the end)."""
        piece = self.pieces[place % len(self.pieces)]
        wanted = self.variants[variant % 4].pk if outcome == "EXCHANGE" else None
        return Wish(
            piece.line.pk, piece.index, reason, outcome, part_id=piece.part.pk if piece.part else None,
            part_index=piece.part_index, variant_id=wanted,
        )  # fmt: skip

    # --- what must not change by a replay
    def digest(self) -> tuple[Any, ...]:
        """Return all that a request could have changed."""
        return (
            list(Return.objects.order_by("pk").values_list("pk", "state", "visits", "fee_minor")),
            list(ReturnUnit.objects.order_by("pk").values_list("pk", "stage", "active", "condition")),
            list(Refund.objects.order_by("pk").values_list("pk", "state", "amount_minor")),
            list(Exchange.objects.order_by("pk").values_list("pk", "state")),
            list(PaymentRequest.objects.order_by("pk").values_list("pk", "state", "amount_minor")),
            list(CreditEntry.objects.order_by("pk").values_list("pk", "amount_minor")),
            list(ShopAction.objects.order_by("pk").values_list("pk", "state")),
            list(Label.objects.order_by("pk").values_list("pk", "state")),
            Event.objects.count(),
            len(BOOK.effects),
        )
