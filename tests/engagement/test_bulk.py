"""Campaigns by the thousand say what one message says, to everybody once, over one connection."""

import email
import email.policy
import re
import smtplib
from datetime import timedelta

import pytest

from bench.sink import Sink
from customers.models import Customer
from engagement import context
from engagement.campaigns import services
from engagement.channels import mime
from engagement.channels.base import ChannelError
from engagement.channels.email import compose
from engagement.kinds import kind_of
from engagement.models import Message, Suppression, Template
from engagement.sending import skeleton, write
from engagement.sending.bulk import Writer
from engagement.tasks import run_campaigns, send_messages
from tests.engagement.conftest import Scripted, one
from tests.engagement.marketing import words_for
from tests.engagement.test_campaigns import campaign_to, run
from tests.factories.customers import CustomerFactory, StoreFactory
from tests.factories.tracking import NOON

pytestmark = [pytest.mark.django_db(transaction=True)]

BODY = """# A lamp for the porch

Dear {{ first_name }}, this is a rather long opening so that the line has to be wrapped where the name ends,
and the preview has to be cut somewhere behind it, as mail programs show no more than that of any mail.

{% if first_name != blank %}- for you, {{ first_name }}, who likes light
- *{{ first_name }}*, and nobody else{% else %}- for whoever likes light{% endif %}

> {{ store.name }} & "friends" <3

[See it, {{ first_name }}](https://shop.example/lamp?a=1&b=2)

Or [read on](https://shop.example/read) and [tell us]({{ preferences_url }}) what you like, or
[nothing]({{ unsubscribe_url }}). Write to https://shop.example/plain as you like.
"""
NAMES = [
    "Ada Lovelace", "", "O'Brien", "Jean-Luc Picard", "Zoë", "Müller & Sohn", "D*A*V*E", "_under_", "J.",
    "李", "x@y.example", "A" * 39,
]  # fmt: skip


def message_to(name, **fields):
    store = StoreFactory(postal_address="1 Harbour Street, Astoria", shop_url="https://shop.example")
    customer = CustomerFactory(name=name)
    fields = {"kind": "campaign_1", **fields}
    return Message.objects.create(
        dedupe_key=f"c:{customer.pk}", purpose="marketing", topic="news", store=store, customer=customer,
        due_at=NOON, expires_at=NOON + timedelta(hours=9), **fields,
    )  # fmt: skip


def same(message):
    """Return what the bulk path writes, after comparing it with what the normal one does."""
    rows = Message.objects.select_related("store", "customer")
    fast = Writer().write(rows.get(pk=message.pk), at=NOON)
    slow = write(context.load(rows.get(pk=message.pk)), at=NOON)
    assert fast.outgoing.subject == slow.outgoing.subject
    assert fast.outgoing.text == slow.outgoing.text
    assert fast.outgoing.html == slow.outgoing.html
    assert fast.outgoing == slow.outgoing
    assert (fast.template, fast.language) == (slow.template, slow.language)
    return fast.outgoing


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("subject", ["Light for {{ first_name }} & “you”", 'A "lamp" <3'])
def test_a_form_letter_is_letter_for_letter_what_one_message_is(db, name, subject):
    words_for("campaign_1", subject=subject, body=BODY)

    sent = same(message_to(name))

    assert "/c/" in sent.html and "/unsubscribe/" in sent.html
    assert not re.search("zq[0-9a-f]{12}", sent.html + sent.text)  # what stood in for the name


def test_such_words_are_made_into_a_form_letter(db):
    assert skeleton.fits("Light for {{ first_name }}", BODY)


@pytest.mark.parametrize(
    "body", ["{{ first_name | upcase }}", "{{ tier }}", "{% if first_name == 'Ada' %}!{% endif %}"]
)
def test_words_that_use_more_than_a_name_are_written_one_by_one_and_the_same(db, body):
    words_for("campaign_1", body=f"# Hello\n\n{body} [Shop](https://shop.example/)")

    assert not skeleton.fits(body)
    same(message_to("Ada Lovelace"))


def test_every_built_in_marketing_template_comes_out_the_same(db, words):
    kinds = set(Template.objects.filter(store=None, channel="email").values_list("kind", flat=True))
    marketing = [kind for kind in sorted(kinds) if kind_of(kind).purpose == "marketing"]

    assert len(marketing) >= 10
    for kind in marketing:
        for language in ("en", "de", "fr"):
            message = message_to("Ada Lovelace", kind=kind)
            Customer.objects.filter(pk=message.customer_id).update(language=language)
            same(message)


def test_a_mail_written_in_one_go_reads_like_django_s(db):
    words_for("campaign_1", subject="Grüße an {{ first_name }}, " + "sehr " * 20, body=BODY + "\n.\n\n.dot\n")
    outgoing = same(message_to("Zoë"))

    fast = email.message_from_bytes(mime.raw(outgoing), policy=email.policy.default)
    slow = email.message_from_bytes(compose(outgoing).message().as_bytes(), policy=email.policy.default)

    skipped = {"Date", "Content-Type"}
    ours, theirs = (
        {name: str(value).strip() for name, value in mail.items() if name not in skipped}
        for mail in (fast, slow)
    )
    assert ours == theirs
    for kind in ("plain", "html"):
        ours, theirs = (mail.get_body((kind,)).get_content() for mail in (fast, slow))
        assert ours.replace("\r\n", "\n").rstrip() == theirs.replace("\r\n", "\n").rstrip()
    assert max(map(len, mime.raw(outgoing).split(b"\r\n"))) <= 998


def _smtp(settings, sink):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port


def test_a_campaign_goes_over_one_pipelined_connection_to_everybody_once(db, settings):
    people = [CustomerFactory(name=f"A{'b' * number}") for number in range(30)]
    campaign = campaign_to(people)
    services.schedule(campaign.pk, at=NOON)

    with Sink() as sink:
        _smtp(settings, sink)
        run()

    assert sorted(to for to, _ in sink.mails) == sorted(person.email for person in people)
    assert set(Message.objects.values_list("state", flat=True)) == {"SENT"}
    subjects = set(Message.objects.values_list("subject", flat=True))
    assert len(subjects) == 30  # each with the name
    _, body = sink.mails[0]
    assert email.message_from_bytes(body)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_an_address_the_server_refuses_does_not_disturb_the_others(db, settings):
    people = [CustomerFactory() for _ in range(5)]
    campaign = campaign_to(people)
    services.schedule(campaign.pk, at=NOON)
    bad = people[2].email

    settings.CHANNELS = {"email": settings.CHANNELS["email"]}

    with Sink(refuse=lambda to: b"550 5.1.1 no such user\r\n" if to == bad else None) as sink:
        _smtp(settings, sink)
        run()

    assert len(sink.mails) == 4
    assert one(Message.objects.get(customer=people[2])).state == "FAILED"
    assert Suppression.objects.get().address == bad


def test_a_broken_connection_leaves_one_unknown_and_the_rest_waiting(db, settings, monkeypatch):
    people = [CustomerFactory() for _ in range(6)]
    campaign = campaign_to(people)
    services.schedule(campaign.pk, at=NOON)
    real, seen = smtplib.SMTP.getreply, []

    def breaking(self):
        seen.append(1)
        if len(seen) == 14:  # the answer to the third mail's words
            self.sock.close()
            raise smtplib.SMTPServerDisconnected("gone")
        return real(self)

    with Sink() as sink:
        _smtp(settings, sink)
        monkeypatch.setattr(smtplib.SMTP, "getreply", breaking)
        run(rounds=2)
        states = sorted(Message.objects.values_list("state", flat=True))
        assert states.count("UNKNOWN") == 1
        assert states.count("SENT") in (2, 3)
        waiting = Message.objects.filter(state="QUEUED")
        assert {(row.failures, row.attempts) for row in waiting} == {(0, 0)}
        for hours in (1, 2):
            run(NOON + timedelta(hours=hours))

    assert len({to for to, _ in sink.mails}) == len(sink.mails) >= 5
    assert Message.objects.filter(state="UNKNOWN").count() == 1


def test_a_closed_way_costs_no_attempt(db, channel):
    campaign = campaign_to([CustomerFactory() for _ in range(3)])
    services.schedule(campaign.pk, at=NOON)
    run_campaigns(at=NOON)
    Scripted.closed = ChannelError("refused", unavailable=True)

    assert send_messages(at=NOON) == 0

    assert set(Message.objects.values_list("state", "attempts", "failures")) == {("QUEUED", 0, 0)}
