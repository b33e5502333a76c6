from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from customers.models import Event
from engagement.models import Campaign, Membership, Segment
from engagement.segments import editing, lists, services
from tests.engagement.test_segment_editing import form_of
from tests.factories.customers import CustomerFactory, StaffFactory, StoreFactory
from tests.factories.segments import NOON, ListFactory, ProfileFactory, SegmentFactory
from tests.staff import client_of, listing, page, press, queries, said

pytestmark = pytest.mark.django_db

TWO_ORDERS = {"fact": "profile.orders", "op": "at_least", "value": 2}


@pytest.fixture
def staff():
    return client_of()


def typed(segment, rule, do, **changes):
    """Return the form of the editor with `rule` in it, as pressing the button `do` sends it."""
    data = form_of(editing.from_rule(rule))
    data["do"], data["seen"] = do, segment.updated_at.isoformat()
    for name, value in changes.items():
        data[name] = value
    return {name: data.getlist(name) for name in data}


def test_a_new_segment_leads_to_its_rule_and_a_new_list_to_its_people(staff):
    ruled = staff.post(listing(Segment, "add"), {"name": "Regulars", "kind": "rules"})
    listed = staff.post(listing(Segment, "add"), {"name": "VIP", "kind": "list"})

    assert ruled.url == page(Segment.objects.get(name="Regulars"), "who")
    assert listed.url == page(Segment.objects.get(name="VIP"), "file")
    assert Segment.objects.get(name="Regulars").due_at is None


def test_a_rule_is_written_by_buttons_alone(staff):
    segment = SegmentFactory()
    url = page(segment, "who")

    empty = staff.get(url)
    added = staff.post(url, typed(segment, {}, "add r"))
    grouped = staff.post(url, typed(segment, {"all": [TWO_ORDERS]}, "group r"))
    removed = staff.post(url, typed(segment, {"all": [TWO_ORDERS, TWO_ORDERS]}, "remove r-2"))

    assert "Without one it is everybody" in empty.content.decode()
    assert 'name="r-1.fact"' in added.content.decode()
    assert 'name="r-2-1.fact"' in grouped.content.decode()
    assert 'name="r-2.kind"' not in removed.content.decode()
    segment.refresh_from_db()
    assert segment.rule == {}


def test_looking_counts_and_shows_some_and_stores_nothing(staff):
    ada = ProfileFactory(orders=3, customer__name="Ada Lovelace").customer
    ProfileFactory(orders=1)
    segment = SegmentFactory()

    shown = staff.post(page(segment, "who"), typed(segment, TWO_ORDERS, "look")).content.decode()

    assert "Orders is at least 2." in shown
    assert 'data-said="1 customer"' in shown
    assert page(ada) in shown
    segment.refresh_from_db()
    assert (segment.rule, segment.due_at) == ({}, None)
    assert not Membership.objects.exists()


def test_saving_stores_the_rule_and_makes_it_due(staff):
    segment = SegmentFactory()

    answer = staff.post(page(segment, "who"), typed(segment, TWO_ORDERS, "save"), follow=True)

    segment.refresh_from_db()
    assert segment.rule == {"all": [TWO_ORDERS]}
    assert segment.due_at <= timezone.now()
    assert said(answer) == ["Saved. A worker looks who is in it now."]


def test_what_is_wrong_stands_at_its_row_and_nothing_is_saved(staff):
    segment = SegmentFactory()
    rule = {"all": [TWO_ORDERS, {"not": {"any": [TWO_ORDERS]}}]}

    answer = staff.post(page(segment, "who"), typed(segment, rule, "save", **{"r-2-1.value": "many"}))

    shown = answer.content.decode()
    assert shown.count("segment__row--wrong") == 1
    assert '<p class="segment__wrong">Orders is a number.</p>' in shown
    assert shown.index('name="r-2-1.value"') < shown.index("Orders is a number.")
    segment.refresh_from_db()
    assert segment.rule == {}


def test_two_who_write_at_once_do_not_overwrite_each_other(staff):
    segment = SegmentFactory()
    data = typed(segment, TWO_ORDERS, "save")
    services.save_rule(segment=segment, rule={"fact": "customer.email", "op": "is", "value": True}, at=NOON)

    answer = staff.post(page(segment, "who"), data)

    assert "Somebody changed this segment while you wrote" in answer.content.decode()
    segment.refresh_from_db()
    assert segment.rule["fact"] == "customer.email"


def test_the_editor_takes_as_many_queries_for_ten_rows_as_for_one(staff):
    one, ten = SegmentFactory(rule=TWO_ORDERS), SegmentFactory(rule={"any": [TWO_ORDERS] * 10})

    assert queries(staff, page(one, "who")) == queries(staff, page(ten, "who"))


def test_the_list_says_what_state_each_is_in(staff):
    SegmentFactory(name="Unwritten")
    SegmentFactory(name="Broken", last_error="BadRule: x", due_at=NOON)
    SegmentFactory(name="Gone", archived_at=NOON)

    shown = staff.get(listing(Segment)).content.decode()

    assert "Has no rule yet" in shown
    assert "Its rule fails" in shown
    assert "Gone" not in shown
    assert "Gone" in staff.get(listing(Segment), {"state": "archived"}).content.decode()


def test_the_list_takes_no_query_per_row(staff):
    SegmentFactory(rule=TWO_ORDERS)
    before = queries(staff, listing(Segment))
    for _ in range(5):
        SegmentFactory(rule=TWO_ORDERS, store=StoreFactory())

    assert queries(staff, listing(Segment)) == before


def test_what_is_used_is_not_archived_and_says_by_what(staff):
    segment = SegmentFactory(rule=TWO_ORDERS)
    Campaign.objects.create(store=StoreFactory(), name="Spring", segment=segment)

    answer = press(staff, segment, "archive_it")

    assert "Campaign “Spring”" in staff.get(page(segment)).content.decode()
    assert "Still used by Campaign “Spring”." in said(answer)[0]
    segment.refresh_from_db()
    assert segment.archived_at is None


def test_a_segment_is_archived_and_used_again(staff):
    segment = SegmentFactory(rule=TWO_ORDERS, due_at=NOON, evaluated_at=NOON)

    press(staff, segment, "archive_it")
    segment.refresh_from_db()
    archived = (segment.archived_at is not None, segment.due_at)
    press(staff, segment, "restore_it")

    segment.refresh_from_db()
    assert archived == (True, None)
    assert segment.archived_at is None
    assert segment.due_at is not None
    assert segment.evaluated_at is None


def test_looking_again_makes_it_due_now(staff):
    later = timezone.now() + timedelta(minutes=10)
    segment = SegmentFactory(rule=TWO_ORDERS, due_at=later, evaluated_at=NOON)

    press(staff, segment, "look_now")

    segment.refresh_from_db()
    assert segment.due_at < later


# --- members and lists ---
def test_members_are_paged_and_downloaded_with_guarded_cells(staff, monkeypatch):
    monkeypatch.setattr("engagement.admin.segments_lists.A_PAGE", 2)
    vip = ListFactory()
    people = [CustomerFactory(name=name) for name in ("=1+1", "Bo", "Cy")]
    lists.add(segment=vip, customer_ids=[one.pk for one in people], at=NOON)

    first = staff.get(page(vip, "members")).content.decode()
    second = staff.get(page(vip, "members"), {"after": people[1].pk}).content.decode()
    file = b"".join(staff.post(page(vip, "members_csv")).streaming_content).decode()

    assert f"?after={people[1].pk}" in first
    assert [page(one) in first for one in people] == [True, True, False]
    assert [page(one) in second for one in people] == [False, False, True]
    assert "'=1+1," in file
    assert file.count("\r\n") == 4


def test_somebody_is_taken_off_a_list(staff):
    vip, ada = ListFactory(), CustomerFactory()
    lists.add(segment=vip, customer_ids=[ada.pk], at=NOON)

    answer = staff.post(page(vip, "members"), {"customer": ada.pk, "after": 0}, follow=True)

    assert said(answer) == ["1 taken off the list."]
    assert not Membership.objects.exists()


def test_nobody_is_taken_out_of_a_segment_by_rules(staff):
    segment = SegmentFactory(rule=TWO_ORDERS)

    assert staff.post(page(segment, "members"), {"customer": 1}).status_code == 404
    assert staff.get(page(segment, "file")).status_code == 404
    assert staff.get(page(ListFactory(), "who")).status_code == 404


def test_a_file_is_looked_at_before_anything_is_written(staff):
    CustomerFactory(email="ada@example.com")
    vip = ListFactory()
    body = b"ada@example.com\nnobody@example.com\n"

    looked = staff.post(page(vip, "file"), {"do": "look", "file": SimpleUploadedFile("a.csv", body)})
    unknown = staff.post(page(vip, "file"), {"do": "unknown", "people": body.decode()})

    assert "Line 2: “nobody@example.com”. Nobody is known by this." in looked.content.decode()
    assert b"2,nobody@example.com,Nobody is known by this." in b"".join(unknown.streaming_content)
    assert not Membership.objects.exists()


def test_people_are_put_on_a_list_with_or_without_telling_journeys(staff):
    CustomerFactory(email="ada@example.com")
    CustomerFactory(email="bo@example.com")
    vip = ListFactory()

    staff.post(page(vip, "file"), {"do": "add", "people": "ada@example.com"})
    answer = staff.post(
        page(vip, "file"),
        {"do": "add", "people": "ada@example.com\nbo@example.com\nx@y.z", "tell": "on"},
        follow=True,
    )

    assert said(answer)[-1] == "1 put on the list; 1 were on it. 1 lines name nobody."
    assert Event.objects.filter(kind="engagement.segment.entered").count() == 1
    assert Membership.objects.count() == 2


def test_a_file_that_is_no_list_is_refused_in_words(staff):
    vip = ListFactory()

    answer = staff.post(page(vip, "file"), {"do": "add", "file": SimpleUploadedFile("a.xlsx", b"PK\x00")})

    assert "This is no text file. Save it as CSV." in answer.content.decode()


def test_who_may_only_look_changes_nothing(staff):
    user = StaffFactory(is_superuser=False)
    user.user_permissions.add(Permission.objects.get(codename="view_segment"))
    looker, segment, vip = client_of(user), SegmentFactory(rule=TWO_ORDERS), ListFactory()

    assert looker.get(page(segment, "who")).status_code == 200
    assert looker.post(page(segment, "who"), typed(segment, TWO_ORDERS, "save")).status_code == 403
    assert looker.get(page(vip, "file")).status_code == 403
    assert looker.post(page(vip, "members"), {"customer": 1}).status_code == 403
    assert "Save" not in looker.get(page(segment, "who")).content.decode().partition("</form>")[0]
