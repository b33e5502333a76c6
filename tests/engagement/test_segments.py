from datetime import timedelta

import pytest

from customers.models import Consent, CustomerTag, Event, Identity
from engagement import events
from engagement.models import Campaign, Journey, Membership, Segment
from engagement.segments import compile, lists, services
from engagement.segments.rules import BadRule
from engagement.segments.words import summary
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.segments import ListFactory, ProfileFactory, SegmentFactory
from tests.factories.tracking import NOON, OrderFactory

pytestmark = pytest.mark.django_db

TWO_ORDERS = {"fact": "profile.orders", "op": "at_least", "value": 2}
LATER = NOON + timedelta(minutes=20)


def regular(orders=2):
    return ProfileFactory(orders=orders).customer


def kept(rule=TWO_ORDERS, **fields):
    segment = SegmentFactory.build(rule=rule, **fields)
    services.save_rule(segment=segment, rule=rule, at=NOON)
    return segment


def members(segment):
    return set(Membership.objects.filter(segment=segment).values_list("customer_id", flat=True))


def told():
    rows = Event.objects.filter(kind__startswith="engagement.segment.").order_by("pk")
    return [(row.kind.rpartition(".")[2], row.customer_id, row.data["segment_id"]) for row in rows]


# --- by rules ---
@pytest.mark.django_db(transaction=True)
def test_the_first_evaluation_fills_a_segment_and_tells_nobody():
    ada, bo = regular(), regular(orders=1)
    segment = kept()

    done = services.evaluate_due(at=NOON)

    segment.refresh_from_db()
    assert done == 1
    assert members(segment) == {ada.pk} != {bo.pk}
    assert told() == []
    assert (segment.count, segment.evaluated_at, segment.due_at) == (1, NOON, NOON + services.EVERY)


@pytest.mark.django_db(transaction=True)
def test_who_enters_and_who_leaves_later_is_told_once():
    ada, bo = regular(), regular(orders=1)
    segment = kept()
    services.evaluate_due(at=NOON)
    type(ada.profile).objects.filter(customer=ada).update(orders=1)
    type(bo.profile).objects.filter(customer=bo).update(orders=3)

    services.evaluate_due(at=LATER)
    services.evaluate_due(at=LATER + services.EVERY)

    assert members(segment) == {bo.pk}
    assert told() == [("entered", bo.pk, segment.pk), ("left", ada.pk, segment.pk)]
    event = Event.objects.get(kind=events.SEGMENT_ENTERED)
    assert (event.occurred_at, event.subject_type, event.subject_id) == (
        LATER,
        "engagement.segment",
        str(segment.pk),
    )
    assert Membership.objects.get(segment=segment).entered_at == LATER


@pytest.mark.django_db(transaction=True)
def test_who_comes_back_is_told_again():
    ada = regular()
    kept()
    for number, orders in enumerate((2, 1, 2)):
        type(ada.profile).objects.filter(customer=ada).update(orders=orders)
        services.evaluate_due(at=NOON + number * services.EVERY)

    assert [word for word, _, _ in told()] == ["left", "entered"]


@pytest.mark.django_db(transaction=True)
def test_another_rule_moves_people_without_a_word():
    ada, bo = regular(), regular(orders=1)
    segment = kept()
    services.evaluate_due(at=NOON)
    segment.refresh_from_db()

    services.save_rule(
        segment=segment, rule={"fact": "profile.orders", "op": "at_most", "value": 1}, at=LATER
    )
    services.evaluate_due(at=LATER)

    assert members(segment) == {bo.pk} != {ada.pk}
    assert told() == []


@pytest.mark.django_db(transaction=True)
def test_a_rule_changed_while_it_is_evaluated_leaves_nothing_of_the_old_one(monkeypatch):
    ada = regular()
    segment = kept()
    enter = services._enter

    def changed_meanwhile(*args):
        found = enter(*args)
        Segment.objects.filter(pk=segment.pk).update(claim=None, leased_until=None, rule={"all": []})
        return found

    monkeypatch.setattr(services, "_enter", changed_meanwhile)
    services.evaluate_due(at=NOON)

    segment.refresh_from_db()
    assert members(segment) == set()
    assert (segment.evaluated_at, segment.due_at) == (None, NOON)
    assert ada.pk


@pytest.mark.django_db(transaction=True)
def test_a_rule_that_stopped_making_sense_waits_and_says_so():
    segment = kept()
    Segment.objects.filter(pk=segment.pk).update(rule={"fact": "profile.gone", "op": "is", "value": 1})

    services.evaluate_due(at=NOON)

    segment.refresh_from_db()
    assert "There is no fact “profile.gone”" in segment.last_error
    assert segment.due_at > NOON


@pytest.mark.django_db(transaction=True)
def test_a_rule_nobody_can_meet_empties_its_segment():
    ada = regular()
    segment = kept()
    services.evaluate_due(at=NOON)
    segment.refresh_from_db()

    nobody = {"fact": "profile.orders", "op": "at_least", "value": 10**12}
    services.save_rule(segment=segment, rule=nobody, at=LATER)
    services.evaluate_due(at=LATER)

    assert members(segment) == set() != {ada.pk}


@pytest.mark.django_db(transaction=True)
def test_a_segment_of_a_store_holds_only_who_bought_there():
    here, there = StoreFactory(), StoreFactory(slug="north-mill")
    ada, bo = regular(), regular()
    OrderFactory(store=here, customer=ada)
    OrderFactory(store=there, customer=bo)

    segment = kept(store=here)
    services.evaluate_due(at=NOON)

    assert members(segment) == {ada.pk}


@pytest.mark.django_db(transaction=True)
def test_a_segment_that_asks_about_another_follows_it_at_once():
    ada, bo = regular(), regular()
    vip = ListFactory()
    rule = {"all": [TWO_ORDERS, {"fact": "customer.segment", "op": "has", "value": str(vip.public_id)}]}
    segment = kept(rule)
    services.evaluate_due(at=NOON)

    lists.add(segment=vip, customer_ids=[ada.pk], at=NOON + timedelta(seconds=5))
    services.evaluate_due(at=NOON + timedelta(seconds=5))

    assert members(segment) == {ada.pk} != {bo.pk}


def test_a_segment_may_not_ask_about_itself_through_another():
    first = kept()
    second = kept({"fact": "customer.segment", "op": "has", "value": str(first.public_id)})
    ring = {"not": {"fact": "customer.segment", "op": "has", "value": str(second.public_id)}}

    with pytest.raises(BadRule, match="asks about itself"):
        services.save_rule(segment=first, rule=ring, at=NOON)


def test_a_segment_may_not_ask_about_one_that_is_not_there():
    rule = {
        "fact": "customer.segment",
        "op": "has",
        "value": "b3f1c1de-0000-4000-8000-000000000000",
    }

    with pytest.raises(BadRule, match="does not exist"):
        kept(rule)


def test_count_and_sample_agree_with_the_rule():
    found = [regular() for _ in range(12)]

    assert services.count(TWO_ORDERS, at=NOON) == 12
    assert services.sample(TWO_ORDERS, at=NOON) == found[:1:-1]


@pytest.mark.django_db(transaction=True)
def test_an_archived_segment_rests():
    regular()
    segment = kept()
    services.archive(segment=segment, at=NOON)

    assert services.evaluate_due(at=LATER) == 0
    assert members(segment) == set()

    segment.refresh_from_db()
    services.restore(segment=segment, at=LATER)
    services.evaluate_due(at=LATER)
    assert len(members(segment)) == 1
    assert told() == []


def test_a_segment_in_use_is_not_archived():
    segment = kept()
    Campaign.objects.create(store=StoreFactory(), name="Spring", segment=segment)
    Journey.objects.create(
        code="vip", name="VIP", draft={"trigger": {"type": "segment", "segment": segment.pk}}
    )
    kept({"fact": "customer.segment", "op": "has", "value": str(segment.public_id)}, name="Loyal")

    with pytest.raises(services.InUse) as refused:
        services.archive(segment=segment, at=NOON)

    assert str(refused.value) == "Still used by Campaign “Spring”, Journey “VIP”, Segment “Loyal”."


def test_what_happened_to_a_merged_profile_happened_to_the_kept_one():
    ada, old = CustomerFactory(), CustomerFactory()
    old.merged_into = ada
    old.save()
    for number, who in enumerate((ada, old)):
        Event.objects.create(kind="x.y", key=str(number), customer=who, occurred_at=NOON)
    rule = {"fact": "event", "op": "has", "where": {"kind": "x.y"}, "at_least": 2}

    assert set(compile.keys(rule, at=NOON)) == {ada.pk}
    assert compile.which(rule, [ada.pk, old.pk], at=NOON) == {ada.pk}


# --- lists ---
def test_a_list_tells_of_each_who_is_put_on_it_and_taken_off():
    ada, bo = CustomerFactory(), CustomerFactory()
    vip = ListFactory()

    assert lists.add(segment=vip, customer_ids=[ada.pk, bo.pk, 10**9], at=NOON) == 2
    assert lists.add(segment=vip, customer_ids=[ada.pk], at=NOON) == 0
    assert lists.remove(segment=vip, customer_ids=[ada.pk, ada.pk], at=LATER) == 1

    vip.refresh_from_db()
    assert members(vip) == {bo.pk}
    assert vip.count == 1
    assert told() == [("entered", ada.pk, vip.pk), ("entered", bo.pk, vip.pk), ("left", ada.pk, vip.pk)]


def test_nobody_is_put_into_a_segment_by_rules():
    segment = kept()

    with pytest.raises(services.NotThatKind):
        lists.add(segment=segment, customer_ids=[1], at=NOON)


def test_a_file_names_people_by_address_number_and_id():
    ada = CustomerFactory(email="ada@example.com")
    bo, cy = CustomerFactory(), CustomerFactory()
    store = StoreFactory()
    Identity.objects.create(customer=bo, kind=Identity.Kind.PHONE, value="+4930123456")
    Identity.objects.create(customer=cy, kind=Identity.Kind.EXTERNAL, store=store, value="77")
    rows = ["\ufeffE-mail;Name", "ADA@example.com ;Ada", "+49 30 123456;Bo", "77;Cy", "", "nobody@x.com;X"]
    body = "\r\n".join(rows)

    found = lists.look_up(segment=ListFactory(), body=body.encode())

    assert set(found.customer_ids) == {ada.pk, bo.pk, cy.pk}
    assert found.problems == (lists.Problem(6, "nobody@x.com", "Nobody is known by this."),)
    assert not Membership.objects.exists()


def test_an_id_that_two_shops_know_is_nobody_unless_the_list_is_one_shop_s():
    here, there = StoreFactory(), StoreFactory(slug="north-mill")
    ada, bo = CustomerFactory(), CustomerFactory()
    Identity.objects.create(customer=ada, kind=Identity.Kind.EXTERNAL, store=here, value="77")
    Identity.objects.create(customer=bo, kind=Identity.Kind.EXTERNAL, store=there, value="77")

    of_all = lists.look_up(segment=ListFactory(), body=b"77")
    of_one = lists.look_up(segment=ListFactory(store=there), body=b"77")

    assert [problem.why for problem in of_all.problems] == ["More than one customer is called this."]
    assert of_one.customer_ids == (bo.pk,)


def test_the_same_file_twice_adds_nobody_twice():
    CustomerFactory(email="ada@example.com")
    vip = ListFactory()

    first, _ = lists.take_in(segment=vip, body=b"ada@example.com\n", at=NOON)
    second, found = lists.take_in(segment=vip, body=b"ada@example.com\n", at=LATER)

    assert (first, second, found.there, found.fresh) == (1, 0, 1, 0)
    assert len(told()) == 1


def test_a_file_can_be_taken_in_without_telling_anybody():
    CustomerFactory(email="ada@example.com")

    lists.take_in(segment=ListFactory(), body=b"ada@example.com\n", at=NOON, tell=False)

    assert told() == []


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"", "empty"), (b"a" * (5 * 1024 * 1024 + 1), "5 MB"), (b"PK\x03\x04\x00", "no text file")],
    ids=["empty", "large", "binary"],
)
def test_what_is_no_list_is_refused(body, words):
    with pytest.raises(lists.BadFile, match=words):
        lists.look_up(segment=ListFactory(), body=body)


# --- in words ---
def test_a_rule_reads_as_a_sentence():
    vip = ListFactory(name="VIP")
    rule = {
        "all": [
            TWO_ORDERS,
            {"fact": "profile.spent", "op": "at_least", "value": 10000, "currency": "EUR"},
            {
                "any": [
                    {"fact": "consent.email", "op": "is", "value": "yes"},
                    {"fact": "customer.phone", "op": "is", "value": True},
                ]
            },
            {"not": {"fact": "order", "op": "has", "where": {"product_type": "Lantern", "last_days": 30}}},
            {"fact": "customer.segment", "op": "has", "value": str(vip.public_id)},
        ]
    }

    assert summary(rule) == (
        "Orders is at least 2 and spent is at least €100.00 and (consent to marketing by e-mail is “Yes” or "
        "a phone number is known) and not (has an order with a product of the type “Lantern” in the last 30 "
        "days) and is in “VIP”."
    )


def test_everybody_and_nonsense_have_words_too():
    assert summary({}) == "Everybody."
    assert summary({"fact": "x"}) == "Not a rule: There is no fact “x”."


def test_a_tag_and_a_consent_decide():
    ada, bo = CustomerFactory(), CustomerFactory()
    CustomerTag.objects.create(customer=ada, name="vip", added_at=NOON)
    Consent.objects.create(customer=bo, channel="sms", purpose="marketing", granted=False, said_at=NOON)

    assert set(compile.keys({"fact": "customer.tag", "op": "has", "value": "VIP"}, at=NOON)) == {ada.pk}
    assert set(compile.keys({"fact": "consent.sms", "op": "is", "value": "no"}, at=NOON)) == {bo.pk}
