"""
Returns of the sample store, one in each state worth a look: asked for, labelled, brought, inspected and paid
out by the services that live ones use.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

from django.contrib.auth.models import Group
from django.db.models import F, Max
from PIL import Image, ImageDraw

from customers import outbox
from customers.models import Delivery, Event, Store, User
from engagement import sending
from engagement.demo import letters
from engagement.models import Message
from returns.models import Refund, Return, ReturnParcel, ReturnPhoto
from returns.pieces import Piece, pieces_of
from returns.services import claims, inspection, ledger, payment_rounds, photos, policies, requests, rounds
from returns.services.finishing import finish
from returns.services.holds import free_stock
from returns.services.inspection import Look
from returns.services.receiving import receive
from returns.vocabulary import Condition, Method, Outcome, Reason
from returns.wishes import Wish
from tracking.carriers.base import Place, ScanData
from tracking.models import Order, Variant
from tracking.services import add_scans, label_work
from tracking.services.return_parcels import stop_asking
from tracking.vocabulary import Status

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROUNDS = 6  # of the worker, until a label is bought and everybody has heard of it
POLICY = {
    "base": {
        "allow": True,
        "window_days": 30,
        "window_from": "delivery",
        "fee": {"kind": "flat", "amount_minor": 395},
        "free_over_minor": 10_000,
        "outcomes": ["REFUND", "EXCHANGE", "CREDIT"],
        "methods": ["LABEL", "QR", "DROP_OFF"],
        "credit_bonus_bp": 1000,
        "refund_shipping": "ours",
    },
    "rules": [
        {
            "code": "described",
            "name": "What is not as described is looked at first",
            "when": [{"fact": "reason", "op": "any", "value": ["NOT_AS_DESCRIBED"]}],
            "then": {"review": True},
        },
    ],
}


class Comebacks:
    """Makes the sample returns of one store. `staff` inspects them; `at` (aware) is now."""

    def __init__(self, store: Store, staff: User, at: datetime) -> None:
        self.store, self.staff, self.at = store, staff, at
        self.taken: set[int] = set()

    def live(self) -> None:
        """Make a return in each interesting state, oldest first."""
        policy = policies.policy_of(self.store)
        opened = self.at - 120 * DAY
        policies.publish(policy, POLICY, at=opened, by="Robin", note="As we opened the shop.")
        self.staff.groups.add(*Group.objects.filter(name="Warehouse lead"))
        stories: tuple[tuple[timedelta, Callable[[datetime], object]], ...] = (
            (12 * DAY, self._settled_by_credit),
            (9 * DAY, self._worn),
            (6 * DAY, self._to_be_inspected),
            (4 * DAY, self._on_its_way),
            (30 * HOUR, self._to_be_paid),
            (26 * HOUR, self._label),
            (5 * HOUR, self._to_be_decided),
            (3 * HOUR, self._claim),
        )
        for ago, story in stories:
            story(self.at - ago)
        self._backdate()

    # --- the stories
    def _to_be_decided(self, at: datetime) -> None:
        self._ask(at, Reason.NOT_AS_DESCRIBED, Outcome.REFUND, words="It looked larger in the picture.")

    def _label(self, at: datetime) -> None:
        self._ask(at, Reason.UNWANTED, Outcome.REFUND)

    def _on_its_way(self, at: datetime) -> None:
        ret = self._ask(at, Reason.STYLE, Outcome.REFUND)
        if ret:
            self._scan(ret, at + 2 * DAY, Status.IN_TRANSIT, "Handed in at the counter")
            self._scan(ret, at + 3 * DAY, Status.IN_TRANSIT, "Arrived at the sorting centre")

    def _to_be_inspected(self, at: datetime) -> None:
        ret = self._ask(at, Reason.COLOR, Outcome.REFUND, most=2)
        if ret:
            self._bring(ret, at + DAY, self.at - 2 * HOUR)

    def _worn(self, at: datetime) -> None:
        """Two pieces, one of them worn; the money is on its way and the clock runs."""
        ret = self._ask(at, Reason.UNWANTED, Outcome.REFUND, most=2)
        if ret:
            self._bring(ret, at + DAY, self.at - 22 * HOUR)
            self._inspect(ret, self.at - 21 * HOUR, worn=True)
            self._give_back(ret, self.at - 20 * HOUR)

    def _settled_by_credit(self, at: datetime) -> None:
        ret = self._ask(at, Reason.STYLE, Outcome.CREDIT)
        if ret:
            self._bring(ret, at + 2 * DAY, at + 5 * DAY)
            self._inspect(ret, at + 5 * DAY + HOUR)

    def _to_be_paid(self, at: datetime) -> None:
        """An exchange for something dearer that nobody has paid for yet."""
        self._ask(at, Reason.STYLE, Outcome.EXCHANGE)

    def _claim(self, at: datetime) -> None:
        order = self._order(at)
        if order is None:
            return
        piece = pieces_of(order)[0]
        shipment = order.shipments.filter(is_return=False).order_by("-delivered_at").first()
        seen = photos.store(order, _picture(), by=ReturnPhoto.By.SHOPPER, at=at, line=piece.line)
        there = piece.variant if piece.variant and free_stock([piece.variant])[piece.variant.pk] else None
        outcome = Outcome.EXCHANGE if there else Outcome.REFUND
        wish = _wish(piece, Reason.DAMAGED, outcome, there.pk if there else None)
        wish = replace(wish, photo_ids=(seen.pk,))
        words = "The box was crushed, and so was this."
        claims.create_claim(order, shipment, wishes=[wish], at=at, words=words, key="demo")
        self._go_on(at)

    # --- their steps
    def _order(self, at: datetime) -> Order | None:
        """Return an order that was brought some days before `at`, and that no story has yet."""
        brought = Order.objects.filter(store=self.store, status=Order.Status.DELIVERED, cancelled_at=None)
        there = brought.annotate(there=Max("shipments__delivered_at")).exclude(pk__in=self.taken)
        order = (
            there.filter(there__lt=at - 12 * HOUR, there__gt=at - 28 * DAY, returns=None)
            .select_related("store", "customer")
            .order_by("-there", "-pk")
            .first()
        )
        if order:
            self.taken.add(order.pk)
        return order

    def _ask(
        self, at: datetime, reason: str, outcome: str, *, words: str = "", most: int = 1
    ) -> Return | None:
        """Return a return of up to `most` pieces of some order, its label bought; None without an order."""
        order = self._order(at)
        if order is None:
            return None
        pieces, wanted = pieces_of(order)[:most], None
        if outcome == Outcome.EXCHANGE:  # the cheapest of it, so that there is something dearer
            pieces = sorted(pieces_of(order), key=lambda piece: piece.value_minor)[:1]
            wanted = self._dearer(pieces[0])
            if wanted is None:
                return None
        wishes = [_wish(piece, reason, outcome, wanted) for piece in pieces]
        ret = requests.create(order, wishes=wishes, method=Method.LABEL, at=at, words=words, key="demo")
        self._go_on(at)
        return ret

    def _dearer(self, piece: Piece) -> int | None:
        """Return the cheapest other product on the shelf that costs more than a piece did."""
        dearer = Variant.objects.filter(store=self.store, price_minor__gt=piece.value_minor + 500)
        if piece.variant:  # another size of the same thing would cost nothing more
            dearer = dearer.exclude(product=piece.variant.product_id)
        rows = list(dearer.order_by("price_minor", "pk"))
        free = free_stock(rows)
        return next((row.pk for row in rows if free[row.pk]), None)

    def _parcel(self, ret: Return) -> ReturnParcel | None:
        return ret.parcels.select_related("shipment").order_by("position").first()

    def _scan(self, ret: Return, at: datetime, status: Status, message: str) -> None:
        parcel = self._parcel(ret)
        if parcel and parcel.shipment:
            scan = ScanData(status=status, at=at, place=Place("Boston", "MA", "US"), message=message)
            add_scans(shipment_id=parcel.shipment.pk, scans=[scan], source="sandbox", at=at)
            self._go_on(at)

    def _bring(self, ret: Return, sent: datetime, there: datetime) -> None:
        """Let a parcel be handed in at `sent` and taken in by the warehouse at `there`."""
        self._scan(ret, sent, Status.IN_TRANSIT, "Handed in at the counter")
        self._scan(ret, there - HOUR, Status.DELIVERED, "Delivered to the warehouse")
        parcel = self._parcel(ret)
        if parcel:
            receive(parcel.pk, at=there, by=str(self.staff))
            self._go_on(there)

    def _inspect(self, ret: Return, at: datetime, *, worn: bool = False) -> None:
        parcel = self._parcel(ret)
        if parcel is None:
            return
        for number, unit in enumerate(ret.units.filter(active=True).order_by("pk")):
            bad = worn and number == 0
            look = Look(
                Condition.WORN if bad else Condition.AS_NEW,
                uuid.uuid4(),
                note="A pulled thread and hair on it." if bad else "",
            )
            inspection.inspect(unit.pk, look, parcel_id=parcel.pk, by=self.staff, at=at)
        finish(parcel.pk, by=self.staff, at=at)
        self._go_on(at)

    def _give_back(self, ret: Return, at: datetime) -> None:
        """Let staff say that they have given the money back: the sample's shop has no till we could ask."""
        for refund in ret.refunds.exclude(state=Refund.State.SUCCEEDED):
            ledger.done_by_hand(refund.pk, by=self.staff, reference="Transfer 20931", at=at)
        self._go_on(at)

    # --- everybody
    def _go_on(self, at: datetime) -> None:
        """Do what the workers would have done at `at`: labels, decisions of time, facts, mails."""
        for _ in range(ROUNDS):
            label_work.carry_out_due(at=at)
            payment_rounds.carry_out_due(at=at)
            rounds.look_after_due(at=at)
            waiting = Delivery.objects.filter(state=Delivery.State.WAITING, event__store=self.store)
            if waiting.update(due_at=at):
                outbox.deliver_due(at=at)
        later = at + timedelta(minutes=6)
        if Message.objects.filter(state=Message.State.QUEUED, due_at__lte=later).exists():
            sending.send_due(at=min(later, self.at))

    def _backdate(self) -> None:
        """Let rows that note when we learned something say that we learned it when it happened."""
        about = Event.objects.filter(store=self.store, kind__startswith="returns.")
        about.update(recorded_at=F("occurred_at"))
        told = Message.objects.filter(store=self.store, context__has_key="return_id").exclude(sent_at=None)
        told.update(created_at=F("sent_at"))
        letters.redate()
        # The play carrier has every parcel move; these stay where they are until somebody has looked.
        for parcel in ReturnParcel.objects.filter(ret__store=self.store).exclude(shipment=None):
            stop_asking(parcel.shipment_id or 0)


def _picture() -> BytesIO:
    """Return a photo as a shopper might send it: a crushed box, drawn in four strokes."""
    image = Image.new("RGB", (800, 600), "#d9d2c7")
    pen = ImageDraw.Draw(image)
    pen.polygon([(180, 220), (610, 190), (660, 470), (150, 500)], fill="#a9825a")
    pen.polygon([(180, 220), (390, 300), (610, 190), (400, 150)], fill="#c39b70")
    pen.line([(230, 500), (330, 380), (300, 330), (420, 300)], fill="#5b432b", width=9)
    pen.line([(660, 470), (540, 400), (570, 330)], fill="#5b432b", width=9)
    body = BytesIO()
    image.save(body, "JPEG")
    body.seek(0)
    return body


def _wish(piece: Piece, reason: str, outcome: str, variant_id: int | None = None) -> Wish:
    return Wish(
        line_id=piece.line.pk,
        index=piece.index,
        part_id=piece.part.pk if piece.part else None,
        part_index=piece.part_index,
        reason=reason,
        outcome=outcome,
        variant_id=variant_id,
    )
