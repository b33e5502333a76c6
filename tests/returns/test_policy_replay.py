"""Replaying a policy: what it would have changed over real orders and returns, and at what cost."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from returns.models import Return, ReturnUnit
from returns.policy.reading import read
from returns.services.policies import publish, save_draft, stamp
from returns.services.replay import replay
from tests.factories.customers import StoreFactory
from tests.factories.returns import PolicyFactory
from tests.factories.tracking import (
    NOON,
    OrderFactory,
    OrderLineFactory,
    ProductFactory,
    ShipmentFactory,
    ShipmentLineFactory,
)
from tests.staff import client_of
from tracking.models import ShopReturn

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = NOON + 20 * DAY
FREE = {"base": {"window_days": 30, "window_from": "delivery"}}
SALE = {"fact": "product.tag", "op": "is", "value": "sale"}


@pytest.fixture
def policy(db):
    made = PolicyFactory()
    publish(made, FREE, at=NOON - 100 * DAY, by="Ada")
    return made


def rule(code, then, *when):
    return {"code": code, "name": code.title(), "when": list(when), "then": then}


def sold(policy, *, tags=(), came=NOON + 2 * DAY, quantity=1, price=4800, **order):
    row = OrderFactory(
        store=policy.store,
        total_minor=price * quantity,
        subtotal_minor=price * quantity,
        shipping_minor=0,
        **order,
    )
    line = OrderLineFactory(
        order=row, product=ProductFactory(store=policy.store, tags=list(tags)), quantity=quantity,
        unit_price_minor=price,
    )  # fmt: skip
    parcel = ShipmentFactory(order=row, status="DELIVERED", handed_over_at=NOON, delivered_at=came)
    ShipmentLineFactory(shipment=parcel, line=line, quantity=quantity)
    return line


def sent_back(line, *, outcome="REFUND", reason="STYLE", count=1, after=5):
    ret = Return.objects.create(
        store=line.order.store, order=line.order, currency="USD", requested_at=NOON + after * DAY
    )
    for index in range(count):
        ReturnUnit.objects.create(
            ret=ret, line=line, index=index, reason=reason, outcome=outcome, value_minor=4800
        )
    return ret


def tried(policy, body, **more):
    return replay(policy.store, read(body), days=90, at=NOW, **more)


def test_a_policy_that_says_the_same_changes_nothing(policy):
    sent_back(sold(policy))

    found = tried(policy, FREE)

    assert (found.orders, found.returns, found.units) == (1, 1, 1)
    assert (found.changed_orders, found.changed_units, found.totals["USD"].cost) == (0, 0, 0)


def test_a_fee_is_taken_once_for_each_return(policy):
    sent_back(sold(policy, quantity=2), count=2)
    sent_back(sold(policy), reason="DEFECTIVE")  # our fault: free either way

    found = tried(policy, {"base": {**FREE["base"], "fee": {"kind": "flat", "amount_minor": 500}}})

    assert (found.fees, found.changed_units, found.totals["USD"].fees) == (2, 2, -500)
    assert found.rules["base"].costs == {"USD": -500}


def test_a_rule_that_refuses_is_named_with_what_it_saves(policy):
    sent_back(sold(policy, tags=["sale"]))
    sent_back(sold(policy))

    found = tried(policy, {**FREE, "rules": [rule("sale", {"allow": False}, SALE)]})

    assert (found.refused, found.let_in, found.orders_refused) == (1, 0, 1)
    assert (found.totals["USD"].refused, found.totals["USD"].cost) == (4800, -4800)
    assert (found.rules["sale"].name, found.rules["sale"].units) == ("Sale", 1)
    assert found.examples[0].words == "Brass lantern: would be refused"


def test_a_longer_window_lets_in_what_was_asked_for_too_late(policy):
    sent_back(sold(policy, came=NOON - 40 * DAY, placed_at=NOON - 45 * DAY), after=1)

    found = tried(policy, {"base": {"window_days": 60, "window_from": "delivery"}})

    assert (found.let_in, found.longer, found.shorter) == (1, 1, 0)
    assert found.totals["USD"].let_in == 4800


def test_bonus_and_kept_goods_are_counted(policy):
    sent_back(sold(policy), outcome="CREDIT")
    sent_back(sold(policy, price=900))

    found = tried(policy, {"base": {**FREE["base"], "credit_bonus_bp": 1000, "keep_under_minor": 1000}})

    assert (found.bonuses, found.kept) == (1, 1)
    assert (found.totals["USD"].bonus, found.totals["USD"].kept) == (480, 900)


def test_a_rule_that_is_gone_is_named_as_before(policy):
    publish(policy, {**FREE, "rules": [rule("sale", {"allow": False}, SALE)]}, at=NOON - 50 * DAY, by="Ada")
    sent_back(sold(policy, tags=["sale"]))

    found = tried(policy, FREE)

    assert found.let_in == 1 and found.rules["before:sale"].name == "Sale (before)"


def test_returns_made_in_the_shop_count_with_the_shops_reasons(policy):
    line = sold(policy, quantity=3)
    told = ShopReturn.objects.create(
        order=line.order, external_id="1", status="CLOSED", told_at=NOON + 5 * DAY,
        lines=[{"id": "1", "line": line.external_id, "quantity": 2, "reason": "defective", "note": ""}],
    )  # fmt: skip
    ShopReturn.objects.filter(pk=told.pk).update(created_at=NOON + 4 * DAY)

    found = tried(policy, {**FREE, "rules": [
        rule("x", {"allow": False}, {"fact": "reason", "op": "is", "value": "DEFECTIVE"})
    ]})  # fmt: skip

    assert (found.returns, found.units, found.refused) == (1, 2, 2)


def test_older_orders_other_stores_and_claims_are_left_out(policy):
    sold(policy, placed_at=NOW - 91 * DAY)
    other = PolicyFactory(store=StoreFactory(slug="two"))
    sent_back(sold(other))
    claim = sent_back(sold(policy))
    claim.kind = "CLAIM"
    claim.save()

    found = tried(policy, FREE)

    assert (found.orders, found.returns) == (1, 0)


def test_many_orders_take_as_many_queries_as_few_and_progress_is_told(policy):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            tried(policy, FREE)
        return len(captured)

    sent_back(sold(policy))
    few = queries()
    for _ in range(5):
        sent_back(sold(policy))
    heard = []

    assert queries() == few
    tried(policy, FREE, progress=lambda done, whole: heard.append((done, whole)))
    assert heard[-1] == (12, 12)


def test_when_the_time_is_up_it_says_so(policy):
    sold(policy)

    assert tried(policy, FREE, seconds=1e-9).complete is False


# --- the command and its page ---
def test_the_command_tells_what_the_draft_would_have_changed(policy, capsys, time_machine):
    time_machine.move_to(NOW)
    sent_back(sold(policy, tags=["sale"]))
    body = read({**FREE, "rules": [rule("sale", {"allow": False}, SALE)]})
    save_draft(policy_id=policy.pk, body=body, seen=stamp(policy), by="Ada", at=NOW)

    call_command("replay_policy", policy.store.slug, "--draft", "--days", "90")

    told = capsys.readouterr().out
    assert "the draft, over the last 90 days" in told
    assert "1 returns of 1 pieces: 1 pieces otherwise" in told
    assert "-$48.00" in told and "Sale" in told
    call_command("replay_policy", policy.store.slug, "--version", "1")
    assert "version 1, over the last 90 days" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody"], "There is no policy of a store 'nobody'."),
        (["harbour-pine", "--version", "9"], "There is no version 9"),
        (["harbour-pine", "--draft"], "There is no draft"),
        (["harbour-pine", "--days", "0"], "--days needs a number"),
    ],
)
def test_the_command_names_what_does_not_exist(policy, arguments, words):
    arguments = [policy.store.slug if one == "harbour-pine" else one for one in arguments]

    with pytest.raises(CommandError, match=words.replace("(", r"\(")):
        call_command("replay_policy", *arguments)


def test_the_page_shows_it_and_says_when_there_was_not_time_for_all(policy, time_machine, monkeypatch):
    time_machine.move_to(NOW)
    sent_back(sold(policy, tags=["sale"]))
    publish(policy, {**FREE, "rules": [rule("sale", {"allow": False}, SALE)]}, at=NOW - DAY, by="Ada")
    staff, url = client_of(), reverse("admin:returns_policy_replay", args=[policy.pk])

    asked = staff.get(url, {"days": "90", "of": "2"}).content.decode()

    assert "would be refused" in asked and "-$48.00" in asked
    assert "Pieces otherwise" not in staff.get(url).content.decode()
    assert staff.get(url, {"days": "many", "of": "nothing"}).status_code == 200
    monkeypatch.setattr("returns.admin.policies_pages.SECONDS", 1e-9)
    assert "There was not time for everything" in staff.get(url, {"days": "90"}).content.decode()
