"""Conversations: one case per fact, each word once, and who owes an answer."""

from datetime import UTC, datetime, timedelta

import pytest

from customers import events
from customers.models import Case, CustomerTag, Event, Preference
from customers.services import cases
from customers.services.merging import merge_customers, undo_merge
from tests.factories.customers import CustomerFactory, StaffFactory, StoreFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def opened(**more):
    given = {"subject": "Where is it?", "source": Case.Source.REPLY, "at": AT} | more
    given.setdefault("store", StoreFactory())
    given.setdefault("customer", CustomerFactory())
    return cases.open_case(**given)


def told(kind):
    return Event.objects.filter(kind=kind).count()


def test_a_fact_opens_one_case():
    first, again = opened(key="survey:7"), opened(key="survey:7")

    assert first == again
    assert told(events.CASE_OPENED) == 1


def test_a_person_with_an_open_case_is_being_talked_to():
    case = opened()

    assert cases.open_case_for(case.customer)
    cases.close(case=case, at=LATER)
    assert not cases.open_case_for(case.customer)


def test_a_word_is_kept_once():
    case = opened()

    first = cases.hear(case=case, body="Hello", at=AT, external_id="<1@example.com>")
    again = cases.hear(case=case, body="Hello", at=LATER, external_id="<1@example.com>")

    assert first is not None
    assert again is None
    assert told(events.CASE_HEARD) == 1


def test_an_answer_waits_for_them_and_takes_the_case():
    case, clerk = opened(), StaffFactory()

    cases.reply(case=case, body="It is on its way.", by=clerk, at=LATER)

    case.refresh_from_db()
    assert (case.state, case.owner, case.updated_at) == (Case.State.WAITING, clerk, LATER)
    assert told(events.CASE_REPLIED) == 1


def test_an_answer_leaves_a_case_with_its_owner():
    case, owner = opened(), StaffFactory()
    cases.assign(case=case, to=owner, at=AT)

    cases.reply(case=case, body="Hello", by=StaffFactory(), at=LATER)

    case.refresh_from_db()
    assert case.owner == owner


def test_empty_answers_and_notes_are_refused():
    for use in (cases.reply, cases.note):
        with pytest.raises(ValueError, match="no words"):
            use(case=opened(), body=" \n", by=StaffFactory(), at=AT)


def test_a_new_word_opens_a_closed_case_again():
    case = opened()
    cases.close(case=case, at=AT)

    cases.hear(case=case, body="Still nothing", at=LATER)

    case.refresh_from_db()
    assert (case.state, case.closed_at) == (Case.State.OPEN, None)


def test_closing_twice_is_told_once():
    case = opened()

    cases.close(case=case, at=AT)
    cases.close(case=case, at=LATER)

    assert told(events.CASE_CLOSED) == 1


def test_a_note_moves_nothing_and_is_told_to_nobody():
    case = opened()

    cases.note(case=case, body="Called the carrier", by=StaffFactory(), at=LATER)

    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    assert told(events.CASE_REPLIED) == told(events.CASE_HEARD) == 0


def test_a_very_long_word_is_cut_and_says_so():
    said = cases.hear(case=opened(), body="x" * 60_000, at=AT)

    assert len(said.body) < 50_010
    assert said.body.endswith("[…]")


def test_cases_tags_and_what_is_switched_off_follow_a_merge_and_its_undoing():
    kept, merged = CustomerFactory(), CustomerFactory()
    case = opened(customer=merged)
    for customer, names in ((kept, ["vip"]), (merged, ["vip", "florist"])):
        for name in names:
            CustomerTag.objects.create(customer=customer, name=name, added_at=AT)
    Preference.objects.create(customer=kept, muted=["news"], updated_at=AT)
    Preference.objects.create(customer=merged, muted=["tips"], channel="sms", updated_at=AT)

    merge = merge_customers(kept_id=kept.pk, merged_id=merged.pk, source="a test", at=AT)

    assert cases.open_case_for(kept)
    assert set(kept.tags.values_list("name", flat=True)) == {"vip", "florist"}
    assert Preference.objects.get(customer=kept).muted == ["news", "tips"]

    undo_merge(merge_id=merge.pk, at=LATER)

    case.refresh_from_db()
    assert case.customer == merged
    assert set(merged.tags.values_list("name", flat=True)) == {"vip", "florist"}
    assert set(kept.tags.values_list("name", flat=True)) == {"vip"}
