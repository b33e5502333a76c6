"""
Lives the sample stores' last 120 days: every order, hand-over, scan and message through the services that
live ones use, each at the time it happened.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import F, Min, OuterRef, Q, QuerySet, Subquery

from customers import outbox
from customers.models import Customer, Delivery, Event, Store
from engagement import sending
from engagement.demo import desk, letters
from engagement.demo.goods import fulfillment_data, order_data
from engagement.demo.plan import Parcel, Plan
from engagement.models import Message
from tracking import services
from tracking.carriers.base import Parcel as Asked
from tracking.carriers.base import Place
from tracking.carriers.sandbox import Sandbox
from tracking.models import CarrierAccount, Order, Scan, Shipment
from tracking.services.inbound import carrier_of
from tracking.services.polling import expire_quiet
from tracking.services.promises import revise_due

# What happened in this time was told by e-mail and lies in the demo's mailbox.
TOLD = timedelta(days=8)
# Nobody is told of these: they are learned with the next scan somebody is told of.
GONE = {"LOST", "DAMAGED"}
# The last time somebody looked for what did not happen.
WATCHED = timedelta(hours=3)
UNTOLD = {"ARRIVED", "DEPARTED", "CLEARED", "DEPOT", "CORRECTED"}
# Of older parcels these, and the last, are enough to have the right windows promised.
TURNS = {"LABEL", "DELAYED"}


@dataclass(frozen=True)
class _Step:
    """One thing that happened to an order."""

    at: datetime
    do: Callable[[], object]
    gone: bool = False  # lost or damaged: a choice is offered at once


class History:
    """Lives through plans. `stores` by slug; `now` is when the history ends (aware)."""

    def __init__(self, stores: Mapping[str, Store], account: CarrierAccount, now: datetime) -> None:
        self.stores = stores
        self.account = account
        self.now = now
        carrier = carrier_of(account)
        assert isinstance(carrier, Sandbox)  # noqa: S101 (the sample's own account)
        self.carrier: Sandbox = carrier

    def live(self, plans: Sequence[Plan]) -> None:
        """Record `plans`: old ones without messages, those of the last days with them."""
        since = self.now - TOLD
        with transaction.atomic():
            for plan in plans:
                if plan.placed_at < since:
                    for step in self._steps(plan, told=False):
                        step.do()
        self._settle()
        # Nobody is told now what happened long ago.
        self._deliveries().update(state=Delivery.State.DONE, done_at=self.now, due_at=None)
        recent = [step for plan in plans if plan.placed_at >= since for step in self._steps(plan, told=True)]
        looked = self.now - WATCHED
        recent.append(_Step(looked, partial(self._look_round, looked)))
        for step in sorted(recent, key=lambda step: step.at):
            step.do()
            self._tell(step.at, gone=step.gone)
        self._tell(self.now)
        self._settle()
        self._deliveries().update(state=Delivery.State.DONE, done_at=self.now, due_at=None)
        self._backdate()
        expire_quiet(at=self.now)
        letters.redate()

    # --- one order ---

    def _steps(self, plan: Plan, *, told: bool) -> Iterator[_Step]:
        """Return what happened to an order until now, in order; `told`: in a step for each message."""
        yield _Step(plan.placed_at, partial(self._place, plan))
        if plan.cancelled_at:
            yield _Step(plan.cancelled_at, partial(self._cancel, plan))
        handed_over = sorted(plan.parcels, key=lambda parcel: parcel.start)
        for parcel in handed_over:
            yield _Step(parcel.start, partial(self._hand_over, plan, parcel))
        scans = [scan for parcel in plan.parcels for scan in self._scans(plan, parcel, told=told)]
        yield from sorted(scans, key=lambda step: step.at)

    def _scans(self, plan: Plan, parcel: Parcel, *, told: bool) -> Iterator[_Step]:
        for number in parcel.numbers:
            asked = self._asked(plan, parcel, number)
            known = self.carrier.fetch([asked], at=self.now)[0].scans
            for scan in known:
                matters = scan.code not in UNTOLD if told else scan.code in TURNS
                if scan.at and (matters or scan is known[-1]):
                    yield _Step(scan.at, partial(self._record, asked, scan.at), scan.code in GONE)

    def _asked(self, plan: Plan, parcel: Parcel, number: str) -> Asked:
        to = plan.gift_for or plan.person
        return Asked(
            tracking_number=number,
            carrier=Sandbox.code,
            created_at=parcel.start,
            origin=Place(plan.shop.city, plan.shop.region, plan.shop.fields["country"]),
            destination=Place(to.city, to.region, to.country, to.postcode),
        )

    def _place(self, plan: Plan) -> None:
        services.record_order(store=self.stores[plan.shop.slug], data=order_data(plan), at=plan.placed_at)

    def _cancel(self, plan: Plan) -> None:
        data = order_data(plan, cancelled=True)
        services.record_order(store=self.stores[plan.shop.slug], data=data, at=plan.cancelled_at or self.now)

    def _hand_over(self, plan: Plan, parcel: Parcel) -> None:
        store = self.stores[plan.shop.slug]
        made = services.record_fulfillment(store=store, data=fulfillment_data(plan, parcel), at=parcel.start)
        Shipment.objects.filter(pk__in=[shipment.pk for shipment in made]).update(created_at=parcel.start)

    def _record(self, asked: Asked, at: datetime) -> None:
        for data in self.carrier.fetch([asked], at=at):
            services.record_parcel(data=data, source=Sandbox.code, at=at, account=self.account)

    # --- everybody ---

    def _deliveries(self) -> QuerySet[Delivery]:
        waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
        # What people allow is said of them, not of a store.
        return waiting.filter(Q(event__store__in=list(self.stores.values())) | Q(event__store=None))

    def _hand_on(self, at: datetime) -> None:
        """Bring facts to their handlers until these have nothing more to say."""
        while self._deliveries().update(due_at=at):
            outbox.deliver_due(at=at)

    def _look_round(self, at: datetime) -> None:
        """Look for what did not happen, with every carrier just asked: none owes us an answer."""
        live = Shipment.objects.current().filter(order__store__in=list(self.stores.values()))
        live.filter(due_at__isnull=False).update(checked_at=at, due_at=self.now)
        desk.watch(at=at, hand_on=partial(self._hand_on, at))

    def _tell(self, at: datetime, *, gone: bool = False) -> None:
        """Do what a worker would have done at `at`: hand facts on, then send what is due."""
        if self._deliveries().update(due_at=at):
            outbox.deliver_due(at=at)
        if gone:
            desk.offer_choices(at=at, hand_on=partial(self._hand_on, at))
        # Parcels that leave together wait for each other for two minutes.
        later = at + timedelta(minutes=3)
        if Message.objects.filter(state=Message.State.QUEUED, due_at__lte=later).exists():
            sending.send_due(at=min(later, self.now))

    def _settle(self) -> None:
        """Let the ledger of promises say how each ended."""
        while revise_due(at=self.now):
            pass

    def _backdate(self) -> None:
        """Let rows that note when we learned something say that we learned it when it happened."""
        stores = list(self.stores.values())
        orders = Order.objects.filter(store__in=stores)
        orders.update(created_at=F("placed_at"))
        Event.objects.filter(store__in=stores).update(recorded_at=F("occurred_at"))
        Scan.objects.filter(shipment__order__store__in=stores).update(recorded_at=F("order_at"))
        messages = Message.objects.filter(store__in=stores).exclude(sent_at=None)
        messages.update(created_at=F("sent_at"))
        first = (
            orders.filter(customer=OuterRef("pk"))
            .values("customer")
            .annotate(at=Min("placed_at"))
            .values("at")
        )
        bought = Customer.objects.filter(orders__store__in=stores).values("pk")
        Customer.objects.filter(pk__in=bought).update(created_at=Subquery(first))
        live = Shipment.objects.current().filter(order__store__in=stores, due_at__isnull=False)
        live.update(checked_at=self.now, due_at=self.now)
