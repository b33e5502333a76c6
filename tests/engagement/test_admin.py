"""The back-office's pages about what we say."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from engagement.models import Message, Suppression, Template
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.engagement import MessageFactory, SuppressionFactory, TemplateFactory
from tests.factories.tracking import NOON, OrderFactory
from tests.staff import act, client_of, listing, page, press, queries, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return client_of()


@pytest.fixture
def builtin(db) -> Template:
    return Template.objects.get(store=None, kind="shipped", language="en")


def many(count) -> None:
    """Add `count` rows to every list of this app, with stores and customers of their own around them."""
    start = Message.objects.count()
    for n in range(start, start + count):
        store = StoreFactory(slug=f"store-{n}", name=f"Store {n}")
        MessageFactory(order=OrderFactory(store=store, customer=CustomerFactory()))
        SuppressionFactory(address=f"gone-{n}@example.com")
        TemplateFactory(store=store)


MODELS = [Message, Template, Suppression]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_list_of_thirty_takes_as_many_queries_as_one_of_three(staff, model):
    Template.objects.all().delete()
    many(3)
    few = queries(staff, listing(model))

    many(27)

    assert queries(staff, listing(model)) == few


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_row_has_a_page_and_a_history(staff, model):
    many(1)
    row = model._default_manager.order_by("-pk").first()

    assert staff.get(page(row)).status_code == 200
    assert staff.get(page(row, "history")).status_code == 200


def test_built_in_words_are_read_and_not_changed(staff, builtin):
    words = builtin.body

    shown = staff.get(page(builtin)).content.decode()
    refused = staff.post(page(builtin), {"subject": "Mine", "body": "Mine"})

    builtin.refresh_from_db()
    assert "Make a store’s own copy" in shown and 'name="_save"' not in shown
    assert refused.status_code == 403
    assert staff.post(page(builtin, "delete"), {"post": "yes"}).status_code == 403
    assert builtin.body == words


def test_a_store_gets_its_own_copy_once(staff, builtin):
    store = StoreFactory()

    asked = staff.get(page(builtin, "copy"))
    made = staff.post(page(builtin, "copy"), {"store": store.pk}, follow=True)
    again = staff.post(page(builtin, "copy"), {"store": store.pk})

    own = Template.objects.get(store=store, kind="shipped", language="en")
    assert "Harbour &amp; Pine" in asked.content.decode()
    assert (own.subject, own.body, own.version) == (builtin.subject, builtin.body, 1)
    assert said(made) == ["These are Harbour & Pine’s own words now."]
    assert made.request["PATH_INFO"] == page(own)
    assert "already has its own" in again.content.decode()


def test_changed_words_are_a_new_version_and_unchanged_ones_are_not(staff):
    own = TemplateFactory(store=StoreFactory())
    data = {"subject": own.subject, "body": own.body.replace("\n", "\r\n")}

    staff.post(page(own), data)
    own.refresh_from_db()
    assert own.version == 1

    staff.post(page(own), data | {"subject": "Better"})
    own.refresh_from_db()
    assert (own.version, own.subject, own.kind) == (2, "Better", "confirmed")
    assert "\r" not in own.body


def test_words_that_could_not_be_sent_are_not_saved(staff):
    own = TemplateFactory(store=StoreFactory())

    refused = staff.post(page(own), {"subject": own.subject, "body": "Hello\n{% if order %}"})

    own.refresh_from_db()
    assert refused.status_code == 200
    assert refused.context["adminform"].form.errors["body"]
    assert own.version == 1


def test_a_new_template_belongs_to_a_store(staff):
    data = {"kind": "shipped", "language": "en", "subject": "On its way", "body": "[Look]({{ url }})"}

    refused = staff.post(listing(Template) + "add/", data)
    staff.post(listing(Template) + "add/", data | {"store": StoreFactory().pk})

    assert refused.context["adminform"].form.errors["store"]
    assert Template.objects.filter(store__slug="harbour-pine", kind="shipped").count() == 1


def test_a_failed_message_is_sent_again_and_a_sent_one_is_not(staff):
    failed = MessageFactory(state="FAILED", reason="550 no such user", due_at=None, attempts=4)
    sent = MessageFactory(state="SENT", due_at=None, sent_at=NOON, kind="shipped")

    reply = act(staff, Message, "send_again", [failed, sent])

    failed.refresh_from_db()
    sent.refresh_from_db()
    assert (failed.state, failed.reason, failed.attempts) == ("QUEUED", "", 0)
    assert failed.due_at is not None and failed.expires_at > timezone.now()
    assert sent.state == "SENT"
    assert sorted(said(reply)) == [
        f"1 put back to be sent: Order confirmed ({failed.order.number}).",
        f"Not put back to be sent: Shipped ({sent.order.number}): it is sent",
    ]
    assert LogEntry.objects.filter(object_id=str(failed.pk)).count() == 1


def test_the_button_is_there_only_where_it_does_something(staff):
    held = MessageFactory(state="HELD", reason="Address blocked: Reported as spam.", due_at=None)
    sent = MessageFactory(state="SENT", due_at=None)

    shown = staff.get(page(held)).content.decode()
    press(staff, held, "send_again")
    held.refresh_from_db()

    assert "Send again" in shown and "Address blocked: Reported as spam." in shown
    assert held.state == "QUEUED"
    assert "Send again" not in staff.get(page(sent)).content.decode()
    assert press(staff, sent, "send_again").status_code == 403


def test_messages_are_for_reading(staff):
    message = MessageFactory()

    assert staff.post(page(message), {"state": "SENT"}).status_code == 403
    assert staff.get(listing(Message) + "add/").status_code == 403


def test_the_first_page_counts_messages_that_did_not_go(staff):
    MessageFactory(state="FAILED")
    MessageFactory(state="HELD")
    MessageFactory()

    needs = {need["label"]: need for need in staff.get("/admin/").context["needs"]}

    for label in ("Messages that could not be sent", "Messages held back"):
        assert needs[label]["words"] == "1"
        assert staff.get(needs[label]["url"]).context["cl"].result_count == 1


def test_messages_are_exported_with_their_reason(staff):
    message = MessageFactory(state="HELD", reason="-Address blocked")
    MessageFactory()

    text = b"".join(staff.post(listing(Message, "export") + "?state__exact=HELD").streaming_content).decode(
        "utf-8-sig"
    )
    [row] = csv.DictReader(io.StringIO(text))

    assert (row["Order"], row["Reason"]) == (message.order.number, "'-Address blocked")


def test_an_address_is_blocked_once_however_it_is_written(staff):
    data = {"channel": "email", "reason": "manual", "detail": "asked by phone"}

    staff.post(listing(Suppression) + "add/", data | {"address": " Ada@Example.com "})
    again = staff.post(listing(Suppression) + "add/", data | {"address": "ADA@example.com"})

    assert Suppression.objects.get().address == "ada@example.com"
    assert again.status_code == 200 and again.context["adminform"].form.errors
    staff.post(page(Suppression.objects.get(), "delete"), {"post": "yes"})
    assert not Suppression.objects.exists()
