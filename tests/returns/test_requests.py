"""Asking for a return, changing it, deciding on it."""

from datetime import timedelta

import pytest

from customers.models import Alert, Event
from returns.models import Return, ReturnPhoto, ReturnUnit
from returns.services.requests import Changed, Refused, approve, cancel, change, create, reject, revive
from returns.states import WrongState
from tests.factories.returns import PolicyVersionFactory
from tests.factories.tracking import NOON
from tests.returns.scenes import ADDRESS, ask, bought, conf, sibling, swap, wish
from tests.tracking import memory_shop

pytestmark = pytest.mark.django_db
S = Return.State


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CLIENTS = {"shopify": memory_shop.PATH}
    return memory_shop.fresh()


def refused(code, order, *wishes, **given):
    """Ask, and see that it is refused in words and leaves nothing behind."""
    with pytest.raises(Refused) as caught:
        ask(order, *wishes, **given)
    assert caught.value.code == code
    assert len(caught.value.words) > 10
    assert not Return.objects.exists()
    assert not ReturnUnit.objects.exists()


def policy(order, **base):
    terms = {"window_days": 30, "window_from": "delivery", **base}
    return PolicyVersionFactory(policy__store=order.store, body={"base": terms})


def photo(order):
    return ReturnPhoto.objects.create(
        order=order, by="SHOPPER", digest="0" * 64, body=b"x", thumbnail=b"x", width=1, height=1,
        created_at=NOON,
    )  # fmt: skip


# --- asking ---
def test_what_is_asked_for_within_the_policy_is_approved_in_one_go():
    order = bought({"quantity": 2})

    ret = ask(order, wish(order, 0), wish(order, 1, reason="COLOR"))

    assert (ret.state, ret.kind, ret.method) == (S.APPROVED, "RETURN", "LABEL")
    assert ret.quote["refund_minor"] == 9600
    assert [(unit.index, unit.value_minor, unit.stage) for unit in ret.units.order_by("index")] == [
        (0, 4800, "EXPECTED"),
        (1, 4800, "EXPECTED"),
    ]
    assert len(ret.why["units"]) == 2
    told = Event.objects.filter(subject_id=str(ret.pk)).order_by("pk").values_list("kind", "data__passed")
    assert list(told) == [("returns.return.requested", True), ("returns.return.approved", False)]


def test_the_same_key_told_twice_is_one_return():
    order = bought({"quantity": 2})

    first = ask(order, key="form-1")
    again = ask(order, key="form-1")

    assert first.pk == again.pk
    assert Return.objects.count() == 1


def test_a_double_click_without_a_key_is_one_return():
    order = bought()
    ask(order)

    with pytest.raises(Refused) as caught:
        ask(order)

    assert caught.value.code == "nothing_left"
    assert Return.objects.count() == 1


def test_nobody_returns_three_of_two():
    order = bought({"quantity": 2})

    refused("over_quantity", order, *(wish(order, index) for index in range(3)))


def test_a_line_of_another_order_is_refused():
    order, other = bought(), bought()

    refused("unknown", order, wish(other))


def test_the_same_piece_twice_is_refused():
    order = bought({"quantity": 2})

    refused("twice", order, wish(order), wish(order))


def test_nothing_chosen_is_refused():
    refused("nothing", bought(), wishes=[])


def test_a_closed_window_is_refused_with_its_date():
    order = bought()

    refused("closed", order, at=NOON + timedelta(days=40))


def test_final_sale_is_refused():
    order = bought()
    product = order.lines.get().product
    product.tags = ["final-sale"]
    product.save()

    with pytest.raises(Refused) as caught:
        ask(order)

    assert caught.value.code in ("refused", "final_sale")


def test_a_missing_photo_is_refused_and_one_of_another_order_is_none():
    order, other = bought(), bought()
    policy(order, photo=True)
    stranger = photo(other)

    refused("photo", order)
    refused("photo", order, wish(order, photo_ids=(stranger.pk,)))
    mine = photo(order)
    ret = ask(order, wish(order, photo_ids=(mine.pk,)))

    mine.refresh_from_db()
    assert (mine.ret_id, mine.unit_id) == (ret.pk, ret.units.get().pk)


@pytest.mark.parametrize(
    ("code", "terms", "given"),
    [
        ("outcome", {"outcomes": ["CREDIT"]}, {}),
        ("method", {"methods": ["QR"]}, {}),
        ("method", {}, {"method": "NONE"}),
        ("method", {}, {"method": "PIGEON"}),
    ],
)
def test_what_the_policy_does_not_offer_is_refused(code, terms, given):
    order = bought()
    policy(order, **terms)

    refused(code, order, **given)


def test_an_unknown_reason_is_refused():
    order = bought()

    refused("reason", order, wish(order, reason="LOST"))


def test_sums_that_are_not_what_was_seen_make_nothing():
    order = bought()

    with pytest.raises(Changed) as caught:
        ask(order, seen_minor=(4700, 0, 0))
    ret = ask(order, seen_minor=caught.value.quoted.quote.seen_minor)

    assert Return.objects.get() == ret


def test_a_store_without_returns_and_a_cancelled_order_are_refused():
    off, gone = bought(), bought()
    conf(off, enabled=False)
    refused("disabled", off)
    conf(off, enabled=True)
    gone.cancelled_at = NOON
    gone.save()

    refused("cancelled", gone)


def test_staff_may_return_where_the_portal_is_closed_and_beyond_the_policy_with_a_reason():
    order = bought()
    conf(order, enabled=False)

    late = {"source": "STAFF", "at": NOON + timedelta(days=60)}
    refused("closed", order, **late)
    ret = ask(order, **late, beyond="Promised by telephone", by="Kim")

    assert (ret.state, ret.why["beyond"], ret.why["by"]) == (S.APPROVED, "Promised by telephone", "Kim")


def test_cheap_pieces_may_be_kept_and_then_nothing_is_sent():
    order = bought()
    policy(order, keep_under_minor=10_000)

    ret = ask(order)

    assert (ret.method, ret.state) == ("NONE", S.APPROVED)
    assert [(unit.keep, unit.stage) for unit in ret.units.all()] == [(True, "KEPT")]


def test_a_piece_that_has_to_be_sent_cannot_be_kept():
    order = bought()

    refused("keep", order, wish(order, keep=True))


# --- gifts ---
def test_a_gift_is_returned_by_whoever_has_it_and_the_buyer_is_not_on_it():
    order = bought()
    gift = {"source": "GIFT", "email": "bo@example.com", "ship_from": ADDRESS}

    refused("outcome", order, **gift)
    refused("gift_address", order, wish(order, outcome="CREDIT"), **(gift | {"ship_from": {}}))
    refused("gift_address", order, wish(order, outcome="CREDIT"), **(gift | {"email": ""}))
    ret = ask(order, wish(order, outcome="CREDIT"), **gift)

    assert (ret.customer, ret.email, ret.is_gift) == (None, "bo@example.com", True)
    assert set(Event.objects.filter(subject_id=str(ret.pk)).values_list("customer", flat=True)) == {None}


def test_a_store_may_take_no_gifts():
    order = bought()
    conf(order, gift_returns=False)

    refused("gift", order, wish(order, outcome="CREDIT"), source="GIFT", email="bo@example.com",
            ship_from=ADDRESS)  # fmt: skip


# --- deciding ---
def reviewed():
    order = bought()
    policy(order, review=True)
    return ask(order)


def test_what_a_person_has_to_see_waits_with_an_alert():
    ret = reviewed()

    assert (ret.state, bool(ret.review_why)) == (S.REVIEW, True)
    assert Alert.objects.get().key == f"return:{ret.pk}:review"


def test_approving_twice_is_once_and_ends_the_alert():
    ret = reviewed()

    approve(ret.pk, at=NOON, by="Kim")
    again = approve(ret.pk, at=NOON, by="Lou")

    assert (again.state, again.approved_by) == (S.APPROVED, "Kim")
    assert Event.objects.filter(kind="returns.return.approved").count() == 1
    assert Alert.objects.get().state == "ENDED"


def test_a_refusal_has_words_and_frees_the_pieces():
    ret = reviewed()
    with pytest.raises(ValueError, match="words"):
        reject(ret.pk, words="  ", at=NOON, by="Kim")

    done = reject(ret.pk, words="It was worn.", at=NOON, by="Kim")

    assert (done.state, done.rejected_words) == (S.REJECTED, "It was worn.")
    assert not done.units.filter(active=True).exists()
    with pytest.raises(WrongState):
        approve(ret.pk, at=NOON, by="Kim")


def test_what_was_approved_is_not_refused_any_more():
    ret = ask(bought())

    with pytest.raises(WrongState):
        reject(ret.pk, words="No.", at=NOON)


# --- changing, cancelling ---
def test_a_cancelled_return_frees_its_pieces_for_another():
    order = bought()
    first = ask(order)

    cancel(first.pk, at=NOON)
    assert cancel(first.pk, at=NOON).state == S.CANCELLED
    second = ask(order)

    assert second.state == S.APPROVED
    assert Event.objects.filter(kind="returns.return.cancelled").count() == 1


def test_what_is_on_its_way_is_neither_cancelled_nor_changed():
    order = bought()
    ret = ask(order)
    Return.objects.filter(pk=ret.pk).update(state=S.IN_TRANSIT)

    with pytest.raises(WrongState):
        cancel(ret.pk, at=NOON)
    with pytest.raises(Refused) as caught:
        change(ret.pk, wishes=[wish(order, reason="COLOR")], method="LABEL", at=NOON)

    assert caught.value.code == "too_late"


def test_a_return_is_changed_and_its_old_pieces_are_free():
    order = bought({"quantity": 3})
    ret = ask(order, wish(order, 0), wish(order, 1))

    changed = change(ret.pk, wishes=[wish(order, 1, reason="COLOR")], method="QR", at=NOON)

    assert [(unit.index, unit.reason) for unit in changed.units.all()] == [(1, "COLOR")]
    assert (changed.method, changed.quote["refund_minor"], changed.state) == ("QR", 4800, S.APPROVED)
    assert Event.objects.filter(kind="returns.return.changed").count() == 1
    assert ask(order, wish(order, 0)).state == S.APPROVED


def test_a_change_that_cannot_be_had_changes_nothing():
    order = bought({"quantity": 2})
    ret = ask(order, wish(order, 0))
    ask(order, wish(order, 1))

    with pytest.raises(Refused):
        change(ret.pk, wishes=[wish(order, 0), wish(order, 1)], method="LABEL", at=NOON)

    ret.refresh_from_db()
    assert [(unit.index, unit.active) for unit in ret.units.all()] == [(0, True)]


def test_a_change_is_judged_by_the_day_the_return_was_asked_for():
    order = bought()
    ret = ask(order)

    changed = change(
        ret.pk, wishes=[wish(order, reason="COLOR")], method="LABEL", at=NOON + timedelta(days=27)
    )

    assert changed.units.get().reason == "COLOR"


# --- goods that come all the same ---
def test_goods_of_a_cancelled_return_count_again():
    order = bought()
    ret = cancel(ask(order).pk, at=NOON)

    revive(ret.pk, at=NOON)
    revive(ret.pk, at=NOON)

    assert ret.units.get().active
    assert not Alert.objects.filter(kind="returns.revived").exists()


def test_goods_whose_pieces_are_in_another_return_are_for_a_person():
    order = bought()
    first = cancel(ask(order).pk, at=NOON)
    second = ask(order)

    revive(first.pk, at=NOON)

    assert not first.units.get().active
    assert second.units.get().active
    assert Alert.objects.get(kind="returns.revived").key == f"return:{first.pk}:revived"


def test_money_for_goods_of_a_refused_return_waits_for_a_person():
    ret = reviewed()
    reject(ret.pk, words="Too late.", at=NOON)

    assert revive(ret.pk, at=NOON).refund_held


def test_a_revived_exchange_goes_back_for_money():
    order = bought()
    ret = ask(order, swap(order, sibling(order)))
    cancel(ret.pk, at=NOON)

    revive(ret.pk, at=NOON)

    assert (ret.units.get().outcome, ret.exchanges.get().state) == ("REFUND", "CANCELLED")


def test_create_takes_the_language_and_words_it_is_given():
    order = bought()

    ret = create(
        order, wishes=[wish(order, words="A bit loud")], method="OWN", at=NOON, language="de", words="Danke"
    )

    assert (ret.language, ret.words, ret.units.get().words) == ("de", "Danke", "A bit loud")
