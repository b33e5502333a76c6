"""Two customers of a shop who are one person: both ids mean the kept one, in every order, and back again."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from customers import worker
from customers.models import Consent, Customer, CustomerMerge, Event, Identity, User
from customers.services.accounts import customer_of
from customers.services.merging import MergeOver, merge_customers, merge_in_shop, undo_merge
from customers.services.people import ConsentSaid, PersonData, resolve_customer
from tests import signing
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.tracking import OrderFactory
from tests.staff import client_of
from tracking.handlers import follow_merges
from tracking.models import Inbound, Order

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
KEPT = PersonData("1", email="ada@example.com", name="Ada", version="2026-03-01", email_verified=True)
MERGED = PersonData("2", email="ada@work.example", name="Ada Lovelace", language="de", version="2026-03-02")


@pytest.fixture
def store():
    return StoreFactory()


def tell(store, data, at=AT):
    return resolve_customer(data=data, store=store, source="harbour-pine", at=at)


def merge(store):
    return merge_in_shop(store=store, kept="1", merged="2", source="harbour-pine", at=AT)


def known(store, external_id):
    return Identity.objects.get(kind="external", store=store, value=external_id).customer


def test_both_ids_and_both_addresses_mean_the_kept_customer(store):
    kept, merged = tell(store, KEPT), tell(store, MERGED)

    assert merge(store) == kept

    assert set(Identity.objects.values_list("customer", flat=True)) == {kept.pk}
    assert tell(store, PersonData("2", email="ada@work.example", version="2026-03-03")) == kept
    merged.refresh_from_db()
    assert merged.merged_into == kept
    event = Event.objects.get(kind="customers.customer.merged")
    assert event.data["customer_id"] == kept.pk
    assert event.data["merged_id"] == merged.pk


def test_every_order_of_arrival_ends_in_one_person_with_the_newest_details(store):
    ends = set()
    for told in permutations([lambda: tell(store, KEPT), lambda: tell(store, MERGED), lambda: merge(store)]):
        for step in (*told, told[0]):
            step()
        customer = known(store, "1")
        assert known(store, "2") == customer
        ends.add((customer.name, customer.email, customer.language))
        assert Customer.objects.filter(merged_into=None).count() == 1
        Customer.objects.all().delete()

    assert ends == {("Ada Lovelace", "ada@work.example", "de")}


def test_a_merge_told_twice_happens_once(store):
    tell(store, KEPT), tell(store, MERGED)
    merge(store), merge(store)

    assert CustomerMerge.objects.count() == 1
    assert Event.objects.count() == 1


def test_a_chain_of_merges_leads_to_the_last(store):
    for told in ([("2", "3"), ("1", "2")], [("1", "2"), ("2", "3")]):
        for number in "123":
            tell(store, PersonData(number, email=f"{number}@example.com", version="2026-03-01"))
        for kept, merged in told:
            merge_in_shop(store=store, kept=kept, merged=merged, source="x", at=AT)

        assert known(store, "3") == known(store, "2") == known(store, "1")
        Customer.objects.all().delete()


@pytest.mark.parametrize(
    ("mine", "theirs", "left"),
    [
        ((True, 1), (False, 2), False),
        ((True, 2), (False, 1), True),
        ((False, 2), (True, 1), False),
        ((True, 1), (False, 1), False),
        (None, (True, 1), True),
        ((True, 1), None, True),
    ],
)
def test_of_consent_the_newest_word_stands_and_of_two_at_once_the_refusal(store, mine, theirs, left):
    for person, said in ((KEPT, mine), (MERGED, theirs)):
        words = (ConsentSaid("email", said[0], AT + timedelta(days=said[1])),) if said else ()
        tell(store, PersonData(person.external_id, email=person.email, version="1", consents=words))
    merge(store)

    assert Consent.objects.get(customer=known(store, "1")).granted is left


def test_the_merged_customers_orders_move_and_go_back(store):
    kept, merged = tell(store, KEPT), tell(store, MERGED)
    own, theirs = OrderFactory(store=store, customer=kept), OrderFactory(store=store, customer=merged)
    merge(store)
    worker.drain(kinds=["deliver"])

    assert set(Order.objects.values_list("customer", flat=True)) == {kept.pk}

    undo_merge(merge_id=CustomerMerge.objects.get().pk, at=AT)
    worker.drain(kinds=["deliver"])

    own.refresh_from_db(), theirs.refresh_from_db()
    assert (own.customer, theirs.customer, theirs.bought_as) == (kept, merged, None)


def test_undone_both_are_as_they_were(store):
    consent = (ConsentSaid("email", True, AT),)
    tell(store, KEPT)
    tell(store, PersonData(**{**MERGED.__dict__, "consents": consent}))

    def seen():
        details = [(c.name, c.email, c.language, c.versions) for c in Customer.objects.order_by("pk")]
        ids = sorted(Identity.objects.values_list("customer", "kind", "value"))
        return details, ids, sorted(Consent.objects.values_list("customer", "granted", "said_at"))

    before = seen()
    merge(store)
    assert seen() != before
    undo_merge(merge_id=CustomerMerge.objects.get().pk, at=AT)

    assert seen() == before
    assert not Customer.objects.exclude(merged_into=None).exists()
    with pytest.raises(MergeOver):
        undo_merge(merge_id=CustomerMerge.objects.get().pk, at=AT)
    assert merge(store) == known(store, "2")  # and it can happen again


def test_what_was_said_since_is_not_undone(store):
    tell(store, KEPT), tell(store, MERGED)
    merge(store)
    tell(store, PersonData("1", name="Countess Lovelace", version="2026-03-09"))
    undo_merge(merge_id=CustomerMerge.objects.get().pk, at=AT)

    assert known(store, "1").name == "Countess Lovelace"


def test_nobody_is_merged_into_themselves_or_into_nobody(store):
    customer = CustomerFactory()

    assert merge_customers(kept_id=customer.pk, merged_id=customer.pk, source="x", at=AT) is None
    with pytest.raises(Customer.DoesNotExist):
        merge_customers(kept_id=customer.pk, merged_id=customer.pk + 99, source="x", at=AT)


def told(status, kept=1, merged=2):
    return {
        "admin_graphql_api_customer_kept_id": f"gid://shopify/Customer/{kept}",
        "admin_graphql_api_customer_deleted_id": f"gid://shopify/Customer/{merged}",
        "status": status,
        "errors": [{"message": "Ada Lovelace is currently being merged."}],
    }


@pytest.mark.parametrize("status", ["failed", "in_progress", "requested", "teleported", ""])
def test_a_merge_that_did_not_happen_is_kept_without_a_name_in_the_reason(client, store, status):
    signing.shopify(client, "customers/merge", told(status))
    worker.drain(kinds=["inbound"])

    row = Inbound.objects.get()
    assert row.state == "KEPT"
    assert "Ada" not in row.reason
    assert not Customer.objects.exists()


def three(store):
    """Return the third of three customers with an order each, merged 1 ← 2 ← 3 (told from the end)."""
    people = {n: tell(store, PersonData(n, email=f"{n}@example.com", version="1")) for n in "123"}
    for customer in people.values():
        OrderFactory(store=store, customer=customer)
    merge_in_shop(store=store, kept="2", merged="3", source="x", at=AT)
    merge_in_shop(store=store, kept="1", merged="2", source="x", at=AT)
    return people


def owners():
    return list(Order.objects.order_by("pk").values_list("customer", flat=True))


@pytest.mark.parametrize("newest_first", [False, True])
def test_orders_follow_a_chain_of_merges_in_whatever_order_it_is_heard_of(store, newest_first):
    people = three(store)
    told = Event.objects.filter(kind="customers.customer.merged").order_by("-pk" if newest_first else "pk")

    for event in told:
        follow_merges([event], at=AT)

    assert owners() == [people["1"].pk] * 3


def test_of_a_chain_of_merges_the_last_is_undone_first_and_each_gets_back_what_was_theirs(store):
    people = three(store)
    worker.drain(kinds=["deliver"])
    first, last = CustomerMerge.objects.order_by("pk")

    with pytest.raises(MergeOver, match="merged into another since"):
        undo_merge(merge_id=first.pk, at=AT)
    undo_merge(merge_id=last.pk, at=AT)
    worker.drain(kinds=["deliver"])
    assert owners() == [people["1"].pk, people["2"].pk, people["2"].pk]

    undo_merge(merge_id=first.pk, at=AT)
    worker.drain(kinds=["deliver"])
    assert owners() == [people[number].pk for number in "123"]
    assert [known(store, number).pk for number in "123"] == owners()


def test_a_merge_decided_on_before_another_one_still_happens(store):
    kept, merged = tell(store, KEPT), tell(store, MERGED)
    third = tell(store, PersonData("3", email="3@example.com", version="1"))
    merge_customers(kept_id=third.pk, merged_id=kept.pk, source="x", at=AT)

    merge_customers(kept_id=kept.pk, merged_id=merged.pk, source="x", at=AT)

    assert {known(store, number) for number in "123"} == {third}


def test_a_log_in_of_the_merged_profile_opens_the_kept_one(store):
    kept, merged = tell(store, KEPT), tell(store, MERGED)
    user = User.objects.create(email="ada@work.example", customer=merged)
    merge(store)

    assert customer_of(User.objects.get(pk=user.pk)) == kept


def test_a_merge_in_shopify_comes_in_by_its_webhook_and_staff_can_undo_it(client, store):
    kept, merged = tell(store, KEPT), tell(store, MERGED)
    signing.shopify(client, "customers/merge", told("completed"))
    worker.drain(kinds=["inbound"])
    row = CustomerMerge.objects.get()
    assert (row.kept, row.merged, row.source) == (kept, merged, "harbour-pine")

    staff = client_of()
    assert "Ada" in staff.get("/admin/customers/customermerge/").content.decode()
    for _ in range(2):
        staff.post(f"/admin/customers/customermerge/{row.pk}/do/undo/")
    row.refresh_from_db()
    assert row.undone_at is not None and row.undone_at <= timezone.now()
    assert known(store, "2") == merged
