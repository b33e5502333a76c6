"""Mails to us: into the right conversation, once, without quotations; machines open none; ours go out."""

import base64
import email.policy
import json
from datetime import timedelta

import pytest
from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent, EventType, inbound
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from customers import events
from customers.models import Case, CaseMessage, Event
from customers.services import cases
from engagement import context
from engagement.case_handlers import queue_replies
from engagement.channels.email import compose
from engagement.models import Message
from engagement.replies import words
from engagement.replies.addresses import answered, reply_address
from engagement.sending import write
from tests.factories.customers import CustomerFactory, StaffFactory, StoreFactory
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import NOON
from tracking.models import Inbound
from tracking.services.inbound import process_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(settings):
    settings.REPLY_DOMAIN = "reply.harbour-pine.example"
    made = MessageFactory(state="SENT", subject="Your parcel is on its way")
    made.customer.email = "ada@example.com"
    made.customer.save()
    return made


def arrives(
    text="Where is it?", *, to="help@harbour-pine.example", sender="Ada <ada@example.com>", **headers
):
    """Bring a mail as a provider does, and have the worker read it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    mail = AnymailInboundMessage.construct(
        from_email=sender, to=to, subject=named.pop("subject", "Re: Your parcel"), text=text, headers=named
    )
    event = AnymailInboundEvent(event_type=EventType.INBOUND, message=mail, event_id=None)
    inbound.send(sender=object, event=event, esp_name="Postmark")
    row = Inbound.objects.latest("pk")
    process_due(at=row.received_at)
    row.refresh_from_db()
    return row


def test_an_answer_to_the_sealed_address_joins_the_orders_case(message):
    arrives("It never came.", to=reply_address(message), sender="other@example.com")
    arrives("Hello?", to=reply_address(message).upper(), Message_ID="<2@x.example>")

    case = Case.objects.get()
    assert (case.customer, case.about_id, case.source) == (message.customer, str(message.order_id), "reply")
    assert [said.body for said in case.messages.order_by("pk")] == ["It never came.", "Hello?"]
    assert Event.objects.filter(kind=events.CASE_HEARD).count() == 2


def test_an_answer_is_known_by_what_it_answers(message):
    arrives(In_Reply_To=f"<{message.public_id}@harbour-pine.example>")

    assert Case.objects.get().about_id == str(message.order_id)


def test_else_by_who_wrote_it(message):
    customer = CustomerFactory(email="bo@example.com")

    arrives("One", sender="BO@Example.com")
    arrives("Two", sender="bo@example.com", Message_ID="<2@x.example>")

    assert Case.objects.get().customer == customer
    assert CaseMessage.objects.count() == 2


def test_a_stranger_gets_a_case_of_their_own_in_the_store_they_wrote_to(message):
    other = StoreFactory(slug="north-mill", support_email="help@north-mill.example")

    arrives(to="Help <help@north-mill.example>", sender="new@example.org")

    case = Case.objects.get()
    assert (case.store, case.customer, case.email) == (other, None, "new@example.org")


def test_the_same_mail_twice_is_heard_once(message):
    for _ in range(2):
        arrives(to=reply_address(message), Message_ID="<1@x.example>")
    arrives("Where is it? ", to=reply_address(message), Message_ID="<1@x.example>")

    assert CaseMessage.objects.count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; why=x"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<news.example>"},
        {"Return_Path": "<>"},
        {"subject": "Automatic reply: Your parcel"},
        {"subject": "Abwesenheit: bis Montag"},
        {"subject": "Undeliverable: Your parcel"},
        {"sender": "MAILER-DAEMON@mx.example"},
        {"sender": "no-reply@shop.example"},
    ],
    ids=range(11),
)
def test_a_machine_opens_no_case(message, headers):
    row = arrives(to=reply_address(message), **headers)

    assert row.state == Inbound.State.KEPT
    assert row.reason
    assert not Case.objects.exists()


def test_attachments_are_named_and_not_kept(message):
    mail = AnymailInboundMessage.construct(
        from_email="ada@example.com",
        to=reply_address(message),
        subject="A picture",
        text="It is broken.",
        attachments=[
            AnymailInboundMessage.construct_attachment("image/png", b"secret bytes", filename="lamp.png")
        ],
    )
    event = AnymailInboundEvent(event_type=EventType.INBOUND, message=mail, event_id="7")
    inbound.send(sender=object, event=event, esp_name="Mailgun")
    row = Inbound.objects.get()
    process_due(at=row.received_at)

    assert "[Attached, not kept: lamp.png]" in CaseMessage.objects.get().body
    assert base64.b64encode(b"secret bytes") not in bytes(row.body)
    assert b"secret bytes" not in bytes(row.body)


def test_a_closed_case_opens_again(message):
    arrives(to=reply_address(message))
    case = Case.objects.get()
    cases.close(case=case, at=NOON)

    arrives("Not yet.", to=reply_address(message), Message_ID="<2@x.example>")

    case.refresh_from_db()
    assert (Case.objects.count(), case.state) == (1, Case.State.OPEN)


def test_what_the_door_did_not_store_fails_visibly(message):
    row = arrives()
    Inbound.objects.update(body=json.dumps({"x": 1}).encode(), state="WAITING", due_at=NOON, attempts=0)
    process_due(at=NOON)

    row.refresh_from_db()
    assert row.state == Inbound.State.FAILED


def test_the_door_is_not_there_without_a_secret(settings):
    settings.ANYMAIL = {}
    assert Client().post("/webhooks/email/anymail/postmark/inbound/").status_code == 404


@given(st.integers(0, 37), st.sampled_from("abc234xyz"))
def test_an_address_with_any_sign_changed_is_nobodys(place, sign):
    message = Message(pk=7)
    from django.test import override_settings

    with override_settings(REPLY_DOMAIN="r.example"):
        address = reply_address(message)
    local = address.split("@")[0]
    assert len(local) <= 64
    if place < len(local) and local[place] != sign:
        assert answered([local[:place] + sign + local[place + 1 :] + "@r.example"]) is None


# --- quotations

QUOTED = """Thank you, it came!

On Mon, 2 Mar 2026 at 10:00, Harbour & Pine
<help@harbour-pine.example> wrote:
> Your parcel is on its way.
"""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (QUOTED, "Thank you, it came!"),
        ("Ja\n\nAm 2.3.2026 um 10:00 schrieb Harbour:\n> x", "Ja"),
        ("Oui\n\nLe lun. 2 mars 2026, Harbour a écrit :\n> x", "Oui"),
        ("No\n\n-----Original Message-----\nFrom: x", "No"),
        ("No\n\nFrom: Shop <a@b.c>\nSent: Monday\nTo: me\n\nold", "No"),
        ("No\r\n-- \r\nAda\r\n+1 503", "No"),
        ("> How many?\nTwo.\n> When?\nToday.\n\n> bye", "> How many?\nTwo.\n> When?\nToday."),
        ("> only quoted", "> only quoted"),
        ("On Monday I wrote:\nmy words are these", "On Monday I wrote:\nmy words are these"),
    ],
    ids=range(9),
)
def test_only_what_is_new_is_kept(text, left):
    assert words.unquoted(text) == left


@given(st.text(max_size=300))
def test_no_words_are_lost_altogether(text):
    assert bool(words.unquoted(text)) == bool(text.strip())


def test_words_of_html_stand_line_by_line_without_scripts_and_quotations():
    source = (
        "<style>p{}</style><p>Hello &amp; <b>bye</b></p><div>Two</div><script>x()</script>"
        '<div class="gmail_quote">old <p>words</p></div>'
    )

    assert words.from_html(source) == "Hello & bye\nTwo"


# --- our answers


def queued(case, body="It comes on Friday."):
    said = cases.reply(case=case, body=body, by=StaffFactory(), at=NOON + timedelta(hours=1))
    told = Event.objects.get(kind=events.CASE_REPLIED, data__message_id=said.pk)
    for _ in range(2):
        queue_replies([told], at=NOON)
    return Message.objects.get(kind="case_reply", context__message_id=said.pk)


def test_an_answer_goes_to_the_person_in_the_same_thread(message):
    arrives(to=reply_address(message), Message_ID="<1@mail.example>")
    first = queued(Case.objects.get(), "It comes on <b>Friday</b>.\nPromised.")
    mail = write(context.load(first), at=NOON).outgoing

    assert mail.to == "ada@example.com"
    assert "Friday" in mail.text and "Promised." in mail.text
    assert "<b>Friday" not in mail.html
    assert mail.headers["In-Reply-To"] == "<1@mail.example>"
    assert mail.reply_to == reply_address(first)
    parsed = email.message_from_bytes(compose(mail).message().as_bytes(), policy=email.policy.default)
    assert parsed["references"] == "<1@mail.example>"

    arrives("Thanks", to=reply_address(first), Message_ID="<2@mail.example>")
    second = queued(Case.objects.get(), "You are welcome.")
    named = write(context.load(second), at=NOON).outgoing.headers["References"].split()
    assert named[0] == "<1@mail.example>"
    assert named[1].startswith(f"<{first.public_id}@")
    assert named[2] == "<2@mail.example>"


def test_a_forged_sender_gets_no_answer_of_another(message):
    arrives(to=reply_address(message), sender="thief@example.org")

    mail = write(context.load(queued(Case.objects.get())), at=NOON).outgoing

    assert mail.to == "ada@example.com"


def test_who_wrote_by_text_and_has_no_address_is_texted(db):
    case = cases.open_case(
        store=StoreFactory(), customer=None, subject="Hi", source="sms", at=NOON, phone="+4915123456789"
    )

    answer = queued(case)

    assert answer.channel == "sms"
    assert write(context.load(answer), at=NOON).outgoing.to == "+4915123456789"
