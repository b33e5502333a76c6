"""
Whatever people, carriers, warehouses and shops do, in any order, twice and late: the sums are right, stock is
right, no state is skipped, nothing happens twice. MACHINE_RUNS=3000 looks longer.
"""

import os
import uuid
from contextlib import ExitStack, suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from config import wiring
from returns.models import PaymentRequest, Refund, Return, ReturnParcel, ReturnUnit
from returns.services import inspection, ledger, parcels, payments, receiving, requests
from returns.services.claims import create_claim
from returns.services.corrections import correct
from returns.services.finishing import finish
from returns.services.inspection import Look
from returns.services.receiving import NothingToCome
from returns.services.requests import Refused
from returns.states import WrongState
from returns.vocabulary import OF_CLAIMS, OF_RETURNS, Condition
from tests.returns import doubles
from tests.returns.machine import holds_true
from tests.returns.machine.world import METHODS, World
from tracking.carriers.base import ParcelData, ScanData
from tracking.services.scans import record_parcel
from tracking.services.shop_staff import NotNow
from tracking.vocabulary import Status

pytestmark = pytest.mark.django_db

RUNS, STEPS = int(os.environ.get("MACHINE_RUNS", "300")), 40
CURRENCIES = ("JPY", "USD", "KWD")
# What a service may answer to what makes no sense: in words, and having changed nothing.
NO = (
    Refused, WrongState, inspection.Refused, NothingToCome, NotNow, payments.NotNow, parcels.NotEntered,
)  # fmt: skip
# Photos are for other tests: these reasons need one.
REASONS = sorted({*OF_RETURNS} - {"DEFECTIVE", "DAMAGED", "WRONG_ITEM"})
few = st.integers(0, 5)
wishes = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.sampled_from(REASONS),
        st.sampled_from(["REFUND", "REFUND", "EXCHANGE", "EXCHANGE", "CREDIT", "REPAIR"]),
        few,
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one[0],
)
choices = st.fixed_dictionaries(
    {
        "price": st.sampled_from([1, 3, 1000, 4799]),
        "quantity": st.integers(1, 3),
        "discount": st.sampled_from([0, 1]),
        "refund_at": st.sampled_from(["FIRST_SCAN", "RECEIPT", "INSPECTION"]),
        "ships": st.sampled_from(["AT_ONCE", "FIRST_SCAN", "RECEIPT", "INSPECTION"]),
        "unpaid": st.sampled_from(["CANCEL", "STAFF"]),
        "never": st.sampled_from(["CHARGE", "STAFF"]),
        "limit": st.sampled_from([0, 0, 0, 5000]),
        "fee": st.sampled_from(
            [
                {"kind": "none"},
                {"kind": "flat", "amount_minor": 333},
                {"kind": "percent", "bp": 1250},
            ]
        ),
        "bonus_bp": st.sampled_from([0, 500]),
        "shipping": st.sampled_from(["never", "ours", "whole"]),
        "keep_under": st.sampled_from([0, 0, 4]),
        "review": st.sampled_from([False, False, True]),
    }
)


class Machine(RuleBasedStateMachine):
    """One order in one currency. Each rule is something that somebody may do at any time."""

    currency = "USD"

    def __init__(self) -> None:
        super().__init__()
        self.book = doubles.fresh()
        self.written, self.known = True, None
        self.undone = ExitStack()
        self.undone.enter_context(transaction.atomic())
        self.undone.enter_context(connection.execute_wrapper(self._note))
        self.seen: dict[int, int] = {}
        self.keys: list[tuple[str, dict]] = []

    @initialize(given=choices)
    def an_order_comes(self, given):
        self.world = World(self.currency, given)

    def teardown(self):
        try:
            if hasattr(self, "world"):
                self.world.heal()
                self.all_is_right()
                holds_true.the_end(self.world)
        finally:
            transaction.set_rollback(True)
            self.undone.close()

    # --- how things are done
    def _note(self, execute, sql, params, many, context):
        """Note that something was written: until then nothing has to be looked at again."""
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            self.written, self.known = True, None
        return execute(sql, params, many, context)

    def digest(self):
        if self.known is None:
            self.known = self.world.digest()
        return self.known

    def attempt(self, do, *args, **given):
        """Do it. A refusal is an answer, too, and has changed nothing."""
        before = self.digest()
        try:
            return do(*args, **given)
        except NO:
            assert self.digest() == before, "refused, and something was changed"
            return None

    def again(self, do, *args, **given):
        """Do what was done once more: it changes nothing."""
        before = self.digest()
        with suppress(NO):
            do(*args, **given)
        assert self.digest() == before, f"{do.__name__} told twice did something"

    def one(self, rows, which):
        found = list(rows.order_by("pk"))
        return found[which % len(found)] if found else None

    # --- shoppers
    @rule()
    def the_late_parcel_comes(self):
        self.world.deliver_late()

    @rule(asked=wishes, method=st.sampled_from(METHODS), gift=st.sampled_from([False, False, True]))
    def somebody_returns(self, asked, method, gift):
        given = {
            "wishes": [self.world.wish(*one) for one in asked],
            "method": method,
            "at": self.world.now,
            "key": uuid.uuid4().hex,
        }
        if gift:
            address = {"lines": ["1 Elm St"], "city": "Salem", "postcode": "97301", "country": "US"}
            given |= {"source": "GIFT", "email": "bo@example.com", "ship_from": address}
        if self.attempt(requests.create, self.world.order, **given):
            self.again(requests.create, self.world.order, **given)

    @rule(asked=wishes, lost=st.booleans())
    def somebody_claims(self, asked, lost):
        reason = "LOST" if lost else "MISSING"
        assert reason in OF_CLAIMS
        given = {
            "wishes": [self.world.wish(place, reason, outcome, v) for place, _why, outcome, v in asked],
            "at": self.world.now,
            "key": uuid.uuid4().hex,
        }
        shipment = self.world.order.shipments.filter(is_return=False).earliest("pk")
        if self.attempt(create_claim, self.world.order, shipment, **given):
            self.again(create_claim, self.world.order, shipment, **given)

    @rule(which=few, asked=wishes, method=st.sampled_from(METHODS))
    def somebody_changes_it(self, which, asked, method):
        ret = self.one(Return.objects, which)
        if ret:
            new = [self.world.wish(*one) for one in asked]
            self.attempt(requests.change, ret.pk, wishes=new, method=method, at=self.world.now)

    @rule(which=few)
    def somebody_cancels(self, which):
        ret = self.one(Return.objects, which)
        if ret and self.attempt(requests.cancel, ret.pk, at=self.world.now):
            self.again(requests.cancel, ret.pk, at=self.world.now)

    @rule(which=few)
    def a_difference_is_paid(self, which):
        payment = self.one(PaymentRequest.objects, which)
        if payment:
            given = {"payment_id": payment.pk, "at": self.world.now, "external_id": f"cs_{payment.pk}"}
            self.attempt(payments.take, **given)
            self.again(payments.take, **given)

    # --- staff
    @rule(which=few, yes=st.sampled_from([True, True, True, False]))
    def somebody_decides(self, which, yes):
        ret = self.one(Return.objects.filter(state="REVIEW"), which)
        if ret is None:
            return
        do, more = (requests.approve, {}) if yes else (requests.reject, {"words": "No."})
        if self.attempt(do, ret.pk, at=self.world.now, **more):
            self.again(do, ret.pk, at=self.world.now, **more)

    @rule(which=few)
    def somebody_lets_the_money_go(self, which):
        ret = self.one(Return.objects.filter(refund_held=True), which)
        if ret:
            self.attempt(requests.release_refund, ret.pk, at=self.world.now, by="Grace")
            self.again(requests.release_refund, ret.pk, at=self.world.now, by="Grace")

    @rule(which=few, provider=st.sampled_from(["shopify", "manual"]))
    def somebody_tries_a_refund_again(self, which, provider):
        refund = self.one(Refund.objects.filter(state__in=("FAILED", "STAFF")), which)
        if refund:
            self.attempt(ledger.retry, refund.pk, provider, by=self.world.hands[0], at=self.world.now)

    @rule(which=few)
    def somebody_gave_it_by_hand(self, which):
        refund = self.one(Refund.objects.filter(provider="manual", state="STAFF"), which)
        if refund:
            given = {"by": self.world.hands[0], "reference": f"W-{refund.pk}", "at": self.world.now}
            if self.attempt(ledger.done_by_hand, refund.pk, **given):
                self.again(ledger.done_by_hand, refund.pk, **given)

    # --- carriers
    @rule(
        which=few,
        status=st.sampled_from([Status.IN_TRANSIT, Status.DELIVERED, Status.EXCEPTION]),
        ago=st.sampled_from([0, 0, 5, 90]),
        twice=st.booleans(),
    )
    def a_carrier_says_something(self, which, status, ago, twice):
        rows = ReturnParcel.objects.exclude(shipment=None).exclude(tracking_number="")
        parcel = self.one(rows, which)
        if parcel:
            scan = ScanData(status, at=self.world.now - timedelta(hours=ago))
            data = ParcelData(parcel.tracking_number, (scan,) * (2 if twice else 1))
            record_parcel(data=data, source="sandbox", at=self.world.now)

    @rule(which=few)
    def a_number_is_entered(self, which):
        ret = self.one(Return.objects.filter(state__in=("APPROVED", "LABEL_READY")), which)
        if ret:
            number = f"1Z999BB1{ret.pk:010d}"
            self.attempt(parcels.enter_number, ret.pk, number=number, at=self.world.now)

    # --- the warehouse
    @rule(which=few)
    def a_parcel_is_brought(self, which):
        ret = self.one(Return.objects, which)
        if ret:
            self.attempt(receiving.another_parcel, ret.pk, at=self.world.now)

    @rule(which=few)
    def a_parcel_is_taken_in(self, which):
        parcel = self.one(ReturnParcel.objects, which)
        if parcel and self.attempt(receiving.receive, parcel.pk, at=self.world.now):
            self.again(receiving.receive, parcel.pk, at=self.world.now)

    @rule(which=few)
    def a_parcel_comes_unasked(self, which):
        code = f"PARCEL-{which % 2}"
        self.attempt(receiving.take_in_unasked, self.world.order.pk, code=code, at=self.world.now, by="Grace")

    @rule(which=few, piece=few)
    def a_piece_is_found_in_it(self, which, piece):
        parcel = self.one(ReturnParcel.objects.filter(ret__source="WAREHOUSE", inspected_at=None), which)
        if parcel:
            key = self.world.pieces[piece % len(self.world.pieces)].key
            hand = self.world.hands[0]
            self.attempt(inspection.add, key, parcel_id=parcel.pk, by=hand, at=self.world.now)

    @rule(
        which=few,
        seen=st.lists(st.sampled_from([None, "AS_NEW", *Condition.values]), min_size=1, max_size=6),
        rest=st.sampled_from(["", "missing", "more"]),
        disposition=st.sampled_from(["", "", "RESTOCK", "DONATE"]),
    )
    def a_parcel_is_inspected(self, which, seen, rest, disposition):
        parcel = self.one(ReturnParcel.objects.filter(inspected_at=None), which)
        if parcel is None:
            return
        hand, at = self.world.hands[0], self.world.now
        for unit, condition in zip(parcel.ret.units.order_by("pk"), seen, strict=False):
            if condition:
                look = Look(condition, uuid.uuid4(), disposition=disposition, note="seen")
                given = {"parcel_id": parcel.pk, "by": hand, "at": at}
                if self.attempt(inspection.inspect, unit.pk, look, **given):
                    self.again(inspection.inspect, unit.pk, look, **given)
        if self.attempt(finish, parcel.pk, rest=rest, by=hand, at=at):
            self.again(finish, parcel.pk, rest=rest, by=hand, at=at)

    @rule(which=few, condition=st.sampled_from(Condition.values))
    def it_is_corrected(self, which, condition):
        unit = self.one(ReturnUnit.objects.filter(parcel__inspected_at__isnull=False), which)
        if unit:
            look = Look(condition, uuid.uuid4(), note="seen again")
            if self.attempt(correct, unit.pk, look, by=self.world.hands[1], at=self.world.now):
                self.again(correct, unit.pk, look, by=self.world.hands[1], at=self.world.now)

    # --- shops, workers, time
    @rule(faults=st.lists(st.sampled_from(doubles.FAULTS), min_size=1, max_size=3))
    def the_shop_is_in_trouble(self, faults):
        self.book.faults[:] = faults

    @rule()
    def workers_do_one_thing(self):
        self.world.one_round()

    @rule()
    def workers_do_all(self):
        self.world.work()

    @rule(hours=st.sampled_from([1, 12, 3 * 24, 9 * 24, 30 * 24]))
    def time_passes(self, hours):
        self.world.now += timedelta(hours=hours)
        self.world.work()

    # --- what is always so
    @invariant()
    def all_is_right(self):
        if not hasattr(self, "world") or not self.written:
            return
        self.written = False
        holds_true.money_is_conserved(self.world)
        holds_true.refunds_are_earned(self.seen)
        holds_true.stock_is_conserved()
        holds_true.no_state_is_skipped()
        holds_true.no_piece_is_in_two_returns()
        holds_true.nothing_failed()


@pytest.mark.parametrize("currency", CURRENCIES)
def test_whatever_happens_sums_stock_and_states_are_right(currency, settings_of_machine):
    machine = type(f"Machine{currency}", (Machine,), {"currency": currency})

    run_state_machine_as_test(machine, settings=settings_of_machine)


@pytest.fixture
def settings_of_machine(settings):
    """Return how long to look; only those who change returns hear of events here."""
    settings.SHOP_CLIENTS = {"shopify": doubles.PATH}
    heard = wiring.EVENT_HANDLERS.items()
    settings.EVENT_HANDLERS = {code: one for code, one in heard if not code.startswith("engagement.")}
    return machine_settings()


def machine_settings():
    return settings(
        max_examples=max(RUNS // len(CURRENCIES), 1),
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=RUNS == 300,
        database=None,
        phases=(Phase.generate, Phase.shrink) if "MACHINE_SHRINK" in os.environ else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
