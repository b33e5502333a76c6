"""The policy editor through the browser's forms: every change is a draft until it is published."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from returns.models import Policy, PolicyVersion, ReturnSettings
from returns.policy.defaults import HOUSE
from returns.policy.reading import as_json
from returns.services.policies import draft_of, publish, stamp
from tests.factories.customers import StoreFactory, UserFactory
from tests.factories.returns import PolicyFactory
from tests.factories.tracking import (
    OrderFactory,
    OrderLineFactory,
    ProductFactory,
    ShipmentFactory,
    ShipmentLineFactory,
)
from tests.staff import client_of, listing, page, queries, said
from tracking.models import Location

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return client_of()


@pytest.fixture
def policy(db):
    made = PolicyFactory()
    publish(made, as_json(HOUSE), at=timezone.now() - timedelta(days=100), by="Ada", note="Begin")
    return made


def address(policy, name, *more):
    return reverse(f"admin:returns_policy_{name}", args=[policy.pk, *more])


def edit(staff, policy, do, seen=None):
    data = {"do": do, "seen": stamp(fresh(policy)) if seen is None else seen}
    return staff.post(address(policy, "edit"), data, follow=True)


def save(staff, policy, where, /, *more, **data):
    data.setdefault("seen", stamp(fresh(policy)))
    return staff.post(address(policy, where, *more), data, follow=True)


def fresh(policy):
    return Policy.objects.get(pk=policy.pk)


def codes(policy):
    return [rule.code for rule in draft_of(fresh(policy)).rules]


RULE = {
    "name": "Sale items",
    "c0_fact": "product.tag",
    "c0_op": "any",
    "c0_value": "sale, outlet",
    "c1_fact": "order.value",
    "c1_op": "at_least",
    "c1_value": "49.90",
    "c2_fact": "reason",
    "c2_op": "is_not",
    "c2_value": "it arrived damaged",
    "fee_kind": "flat",
    "fee_amount": "5.00",
    "outcomes": ["CREDIT", "EXCHANGE"],
    "photo": "yes",
    "credit_bonus": "12.5",
}


def test_a_policy_is_begun_for_a_store_and_shows_the_houses_default(staff):
    store = StoreFactory()

    html = staff.post(listing(Policy, "add"), {"store": store.pk}, follow=True).content.decode()

    assert "the house’s default is in force" in html
    assert "You can return items within 30 days of their delivery." in html
    assert PolicyVersion.objects.count() == 0


def test_a_rule_is_written_and_reads_as_a_sentence(staff, policy):
    html = save(staff, policy, "rule_add", **RULE).content.decode()

    rule = draft_of(fresh(policy)).rules[-1]
    assert rule.code == "sale-items"
    assert [one.value for one in rule.when] == [("sale", "outlet"), 4990, "DAMAGED"]
    assert (rule.then.fee.amount_minor, rule.then.credit_bonus_bp) == (500, 1250)
    assert rule.then.outcomes == ("EXCHANGE", "CREDIT") and rule.then.window_days is None
    assert "tags include one of “sale”, “outlet” and the order&#x27;s total is at least $49.90" in html
    assert "New rule “Sale items”" in html
    assert PolicyVersion.objects.count() == 1  # nothing is published by it


def test_the_form_shows_a_rule_as_it_was_written(staff, policy):
    save(staff, policy, "rule_add", **RULE)

    form = staff.get(address(policy, "rule", "sale-items")).context["form"]

    shown = {name: form[name].value() for name in RULE}
    assert shown["c0_value"] == "sale, outlet" and str(shown["c1_value"]) == "49.90"
    assert shown["c2_value"] == "It arrived damaged" and str(shown["fee_amount"]) == "5.00"
    before = draft_of(fresh(policy))
    save(staff, policy, "rule", "sale-items", **RULE)
    assert draft_of(fresh(policy)) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"c1_value": "plenty"}, "“plenty” is not a sum such as 50.00."),
        ({"c1_op": "any"}, "The order&#x27;s total cannot be compared like that."),
        ({"c2_value": "boredom"}, "“boredom” is not a reason."),
        ({"c0_value": ""}, "Say what it is compared with."),
        ({"c0_fact": ""}, "Choose what is compared with it."),
        ({"c0_fact": "order.country", "c0_value": "Germany"}, "is not a two-letter country code."),
        ({"c0_fact": "order.placed", "c0_op": "at_most", "c0_value": "1.1.26"}, "Must be a day such as"),
        ({"fee_amount": ""}, "Say how much the fee is."),
        ({"fee_amount": "5.001"}, "no more than 2 decimal places"),
        ({"admission": "allow", "refuse": "No"}, "It cannot let in and refuse at once."),
    ],
)
def test_what_is_wrong_is_said_in_plain_words_and_nothing_is_kept(staff, policy, change, words):
    response = save(staff, policy, "rule_add", **{**RULE, **change})

    assert words in response.content.decode()
    assert "Please correct what is marked below." in response.content.decode()
    assert not fresh(policy).draft


def test_a_rule_that_decides_nothing_is_refused(staff, policy):
    html = save(staff, policy, "rule_add", name="Empty").content.decode()

    assert "The rule decides nothing." in html and not fresh(policy).draft


def test_more_conditions_can_be_asked_for_without_javascript(staff, policy):
    response = save(staff, policy, "rule_add", **RULE, more="1")

    assert len(response.context["form"].conditions) > 3 and not fresh(policy).draft


def test_rules_are_moved_deleted_and_brought_back(staff, policy):
    edit(staff, policy, "up photo")
    assert codes(policy) == ["photo", "final-sale"]

    words = said(edit(staff, policy, "delete photo"))
    assert codes(policy) == ["final-sale"] and "“Undo” brings it back" in words[0]

    edit(staff, policy, "undo")
    assert codes(policy) == ["photo", "final-sale"]
    edit(staff, policy, "undo")
    assert codes(policy) == ["final-sale", "photo"]
    assert said(edit(staff, policy, "undo")) == ["There is nothing to undo."]


def test_a_draft_is_thrown_away(staff, policy):
    edit(staff, policy, "delete photo")

    edit(staff, policy, "discard")

    assert fresh(policy).draft == {} and codes(policy) == ["final-sale", "photo"]


def test_who_saves_over_anothers_change_is_told_and_changes_nothing(staff, policy):
    seen = stamp(policy)
    edit(staff, policy, "delete photo")

    late = edit(staff, policy, "delete final-sale", seen=seen)
    form = save(staff, policy, "rule_add", **RULE, seen=seen)
    published = save(staff, policy, "publish", seen=seen)

    assert "changed this policy meanwhile" in said(late)[0]
    assert "changed this policy meanwhile" in form.content.decode()
    assert "changed this policy meanwhile" in said(published)[0]
    assert codes(policy) == ["final-sale"] and PolicyVersion.objects.count() == 1


def test_the_base_is_written_with_the_stores_own_places(staff, policy):
    Location.objects.create(store=policy.store, external_id="7", name="Portland")
    Location.objects.create(store=StoreFactory(slug="two"), external_id="8", name="Elsewhere")
    form = staff.get(address(policy, "base")).content.decode()
    assert "Portland" in form and "Elsewhere" not in form

    save(staff, policy, "base", admission="allow", window_days="60", window_from="delivery", destination="7")

    body = draft_of(fresh(policy))
    assert (body.base.window_days, body.base.destination, body.base.outcomes) == (60, "7", None)
    assert "It goes to Portland." in staff.get(page(policy)).content.decode()


def test_a_holiday_window_is_written_changed_and_deleted(staff, policy):
    days = {"name": "Christmas", "start": "2026-11-01", "end": "2026-12-24", "until": "2027-01-31"}
    wrong = save(staff, policy, "holiday_add", **{**days, "end": "2026-10-01"})
    assert "It ends before it begins." in wrong.content.decode()

    save(staff, policy, "holiday_add", **days)
    html = save(staff, policy, "holiday", 0, **{**days, "until": "2027-02-10"}).content.decode()

    assert "may come back until 10 Feb 2027" in html and "can be returned until" in html
    edit(staff, policy, "holiday-delete 0")
    assert draft_of(fresh(policy)).holidays == ()


def test_publishing_makes_a_version_with_who_when_and_why(staff, policy):
    save(staff, policy, "rule_add", **RULE)
    html = staff.get(address(policy, "publish")).content.decode()
    assert "Publish version 2" in html and "New rule “Sale items”" in html

    response = save(staff, policy, "publish", note="Sale begins")

    version = PolicyVersion.objects.get(number=2)
    assert "Version 2 is in force." in said(response)[0]
    assert (version.note, len(version.body["rules"])) == ("Sale begins", 3) and version.published_by
    assert fresh(policy).draft == {}
    history = staff.get(address(policy, "versions")).content.decode()
    assert "Sale begins" in history and "Publish version 1 again" in history


def test_going_back_is_one_button(staff, policy):
    edit(staff, policy, "delete photo")
    save(staff, policy, "publish")

    save(staff, policy, "back", 1)

    newest = PolicyVersion.objects.order_by("-number").first()
    assert newest.number == 3 and newest.body == PolicyVersion.objects.get(number=1).body
    assert "There is nothing to publish" in said(save(staff, policy, "back", 1))[0]


def test_why_shows_every_piece_and_the_fact_that_decided(staff, policy):
    now = timezone.now()
    order = OrderFactory(store=policy.store, placed_at=now - timedelta(days=9))
    for tags in (["final-sale"], ["new"]):
        line = OrderLineFactory(order=order, product=ProductFactory(tags=tags), title=tags[0].title())
        parcel = ShipmentFactory(order=order, status="DELIVERED", delivered_at=now - timedelta(days=5))
        ShipmentLineFactory(shipment=parcel, line=line)

    html = staff.get(address(policy, "why"), {"order": order.number, "reason": "DEFECTIVE"}).content.decode()

    assert "This was a final sale and cannot be returned." in html
    assert "the product&#x27;s tags include “final-sale”; it is “final-sale”." in html
    assert "A photo is needed" in html or "a photo is needed" in html
    assert "It was bought under version 1" in html
    nobody = staff.get(address(policy, "why"), {"order": "#404"}).content.decode()
    assert "has no order “#404”" in nobody
    other = OrderFactory(store=StoreFactory(slug="two"))
    assert "has no order" in staff.get(address(policy, "why"), {"order": other.number}).content.decode()
    claim = staff.get(address(policy, "why"), {"order": order.number, "kind": "CLAIM"})
    assert "30 days after delivery or the promised day" in claim.content.decode()


def test_pages_take_as_many_queries_for_many_rules_and_policies_as_for_few(staff, policy):
    save(staff, policy, "rule_add", **RULE)
    few = queries(staff, page(policy)), queries(staff, listing(Policy))
    for n in range(9):
        save(staff, policy, "rule_add", **{**RULE, "name": f"Rule {n}"})
        PolicyFactory(store=StoreFactory(slug=f"store-{n}"))

    assert (queries(staff, page(policy)), queries(staff, listing(Policy))) == few


def test_who_may_only_look_sees_no_buttons_and_changes_nothing(policy):
    user = UserFactory(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_policy"))
    looker = client_of(user)

    html = looker.get(page(policy)).content.decode()

    assert "Final sale" in html and "Delete" not in html and "Add a rule" not in html
    assert edit(looker, policy, "delete photo").status_code == 403
    assert save(looker, policy, "publish").status_code == 403
    assert save(looker, policy, "back", 1).status_code == 403
    assert client_of(UserFactory(is_staff=True)).get(page(policy)).status_code == 403
    assert client_of(UserFactory(is_staff=True)).get(address(policy, "why")).status_code == 403


def test_nonsense_is_not_found_and_wrong_methods_are_refused(staff, policy):
    assert staff.get(address(policy, "rule", "nobody")).status_code == 404
    assert staff.get(address(policy, "holiday", 7)).status_code == 404
    assert edit(staff, policy, "dance photo").status_code == 404
    assert edit(staff, policy, "delete nobody").status_code == 404
    assert staff.get(address(policy, "edit")).status_code == 405
    assert staff.get(address(policy, "back", 1)).status_code == 405
    assert save(staff, policy, "back", 99).status_code == 404
    assert staff.post(page(policy), {"store": 1}).status_code == 403


def test_return_settings_offer_the_stores_own_locations(staff):
    own = Location.objects.create(store=StoreFactory(slug="one"), external_id="7", name="Portland")
    Location.objects.create(store=StoreFactory(slug="two"), external_id="8", name="Elsewhere")
    row = ReturnSettings.objects.create(store=own.store)

    html = staff.get(page(row)).content.decode()

    assert "Portland" in html and "Elsewhere" not in html
    assert staff.get(listing(ReturnSettings)).status_code == 200
    assert staff.get(listing(ReturnSettings, "add")).status_code == 200


def test_a_store_without_a_policy_gets_one_and_has_no_versions_yet(staff):
    store = StoreFactory()
    asked = staff.get(reverse("admin:returns_policy_add"))
    answer = staff.post(reverse("admin:returns_policy_add"), {"store": store.pk})
    made = Policy.objects.get(store=store)

    assert asked.status_code == 200
    assert answer["Location"] == reverse("admin:returns_policy_change", args=[made.pk])
    assert "Nothing has been published yet" in staff.get(page(made, "versions")).content.decode()
