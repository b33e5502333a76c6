"""Every built-in message, in every language, with a real order behind it."""

import email
import email.policy
import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from customers.services import cases
from engagement import builtin, context, rendering, samples, words
from engagement.channels.email import compose
from engagement.kinds import KINDS
from engagement.models import Template
from engagement.sending import write
from tests.engagement.conftest import ship
from tests.engagement.marketing_rows import marketing_rows
from tests.engagement.returning import rows_for
from tests.factories.customers import StaffFactory
from tests.factories.engagement import MessageFactory
from tests.factories.tracking import NOON
from tracking import access
from tracking.models import AccessCode, Shipment

ALL = [(kind, language) for kind in KINDS for language in builtin.LANGUAGES]
STATUSES = samples.STATUS


def written(kind, language, order):
    """Return the finished message of `kind` about `order` in `language`."""
    order.language = language
    order.save(update_fields=["language"])
    facts = {}
    if kind in STATUSES:
        parcel = ship(
            order, status=STATUSES[kind], reason=samples.REASON.get(kind, ""), last_place="Denver, CO, US"
        )
        facts = {"shipments": [parcel.pk]}
    if kind == "delayed":
        facts |= {"was_to": "2026-03-11", "to_date": "2026-03-13"}
    if KINDS[kind].about_returns:
        facts = rows_for(kind, order)
    if KINDS[kind].needs:
        facts = marketing_rows(kind, order)
    if kind == "access_code":
        link = access.link_for(order, "view", at=NOON, life=timedelta(hours=12))
        code = AccessCode.objects.create(link=link, created_at=NOON, expires_at=NOON + timedelta(minutes=10))
        facts = {"code_id": code.pk}
    if kind == "case_reply":
        facts = answered(order)
    purpose = KINDS[kind].purpose
    return write(
        context.load(MessageFactory(order=order, kind=kind, purpose=purpose, context=facts)), at=NOON
    )


def answered(order):
    """Return the context of an answer of staff to the order's customer."""
    case = cases.open_case(
        store=order.store, customer=order.customer, subject="Where is it?", source="reply", at=NOON
    )
    said = cases.reply(case=case, body="In Denver.\nIt comes on Friday.", by=StaffFactory(), at=NOON)
    return {"case_id": case.pk, "message_id": said.pk}


def links(html):
    return {link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', html)}


def visible(html):
    body = re.sub(r'<div class="preview".*?</div>', "", html[html.index("<body") :], flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("&nbsp;", " ").replace("&amp;", "&")


@pytest.mark.parametrize(("kind", "language"), ALL)
def test_a_message_says_the_same_in_html_and_in_plain_text(kind, language, order):
    mail = written(kind, language, order).outgoing

    for link in links(mail.html):
        assert link.removeprefix("mailto:").removeprefix("tel:") in mail.text
    assert set(re.findall(r"https?://[^\s)]+", mail.text)) == {
        x for x in links(mail.html) if x.startswith("http")
    }
    amounts = re.compile(r"\$\s?[\d.,]*\d|\d[\d.,]*\s\$(?:US)?")
    flat = re.sub(r"\s+", " ", mail.text)
    assert sorted(amounts.findall(visible(mail.html))) == sorted(amounts.findall(flat))
    for title in ("Brass lantern", "Pine candle"):
        assert (title in mail.html) == (title in mail.text)


@pytest.mark.parametrize(("kind", "language"), ALL)
def test_a_message_is_well_formed_mail(kind, language, order):
    mail = written(kind, language, order).outgoing
    raw = compose(mail).message().as_bytes(linesep="\r\n")
    parsed = email.message_from_bytes(raw, policy=email.policy.default)

    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    head = raw.split(b"\r\n\r\n")[0]
    assert all(len(line) <= 78 or b" " not in line.strip() for line in head.split(b"\r\n"))
    assert parsed["subject"].strip() == mail.subject  # folded after "Subject:", when it is one long word
    assert parsed["message-id"].startswith(f"<{mail.key}@")
    assert parsed["auto-submitted"] == ("no" if kind == "case_reply" else "auto-generated")
    assert parsed["date"] and parsed["feedback-id"] and parsed["x-entity-ref-id"] == mail.key
    assert (parsed["list-unsubscribe"] is None) == (KINDS[kind].purpose != "marketing")
    assert parsed.get_content_type() == "multipart/alternative"
    assert parsed.get_body(("plain",)).get_content().split() == mail.text.split()
    assert len(mail.html.encode()) < 102_000


@pytest.mark.parametrize(("kind", "language"), ALL)
def test_a_message_is_readable_by_everyone(kind, language, order):
    html = written(kind, language, order).outgoing.html

    assert f'<html lang="{language}">' in html
    assert 'content="light dark"' in html and "prefers-color-scheme: dark" in html
    assert not re.search(r"<table(?![^>]*role=)", html)
    assert not re.search(r"<img(?![^>]*alt=)", html)
    sizes = {int(size) for size in re.findall(r"font-size: ?(\d+)px", html[html.index("<body") :])}
    assert sizes - {1, 5} and min(sizes - {1, 5}) >= 14  # 1 and 5: the hidden preview and the bar, no words
    assert "{{" not in html and "{%" not in html and "[[" not in html


@pytest.mark.parametrize(("kind", "language"), ALL)
def test_a_built_in_template_names_only_what_there_is(kind, language):
    subject, body = builtin.source(kind, language)
    for parcels in (1, 2):
        data = samples.sample(kind, language, parcels=parcels)
        made = rendering.render(
            subject=subject,
            body=body,
            data=data,
            look=samples.LOOK,
            kind=kind,
            language=language,
            strict=True,
        )

        assert made.subject and "  " not in made.subject and len(made.subject) < 90
        assert made.text.count("\n\n\n") == 0


@pytest.mark.parametrize("language", builtin.LANGUAGES)
@pytest.mark.parametrize("kind", STATUSES)
def test_every_reason_has_words(kind, language):
    subject, body = builtin.source(kind, language)
    for reason in (*Shipment.Reason.values, ""):
        data = samples.sample(kind, language)
        data["parcels"][0]["reason"] = reason
        text = rendering.render(
            subject=subject,
            body=body,
            data=data,
            look=samples.LOOK,
            kind=kind,
            language=language,
            strict=True,
        ).text

        opening = text.split("\n\n")[2]
        assert len(opening) > 30, reason
        assert not opening.startswith(("You’ll", "Wir melden", "Nous vous écrirons")), reason


def shape(value):
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].about_returns])
def test_the_sample_of_a_return_has_the_shape_of_the_real_thing(kind, order):
    facts = context.load(MessageFactory(order=order, kind=kind, context=rows_for(kind, order)))
    real, made = context.build(facts, language="en", at=NOON), samples.sample(kind, "en")

    for name in ("return", "refund", "credit", "exchange", "label_url", "url"):
        assert shape(made[name]) == shape(real[name])


def test_the_sample_has_the_shape_of_the_real_thing(order, parcel):
    facts = context.load(MessageFactory(order=order, kind="shipped", context={"shipments": [parcel.pk]}))

    assert shape(samples.sample("shipped", "en")) == shape(context.build(facts, language="en", at=NOON))


def test_a_message_takes_few_queries(order, parcel, django_assert_max_num_queries):
    message = MessageFactory(order=order, kind="shipped", context={"shipments": [parcel.pk]})

    with django_assert_max_num_queries(7):
        write(context.load(message), at=NOON)


def test_a_stranger_s_name_cannot_become_an_offer_or_a_link():
    assert context.greeting_name("Ada Lovelace") == "Ada"
    assert context.greeting_name("Zoë") == "Zoë"
    assert context.greeting_name("J. Doe") == "J."
    for name in (
        "evil.example/win",
        "https://evil.example",
        "win@evil.example",
        "Get1000 free",
        "x" * 41,
        "",
    ):
        assert context.greeting_name(name) == ""


@given(st.text(min_size=1))
def test_no_subject_can_carry_a_second_header(name):
    made = rendering.render(
        subject="Hello {{ name }}\r\nBcc: everyone@example.com",
        body="Hi",
        data={**samples.sample("confirmed", "en"), "name": name},
        look=samples.LOOK,
        kind="confirmed",
        language="en",
    )

    assert not re.search(r"[\r\n\x00-\x1f\x7f-\x9f\u2028\u2029]", made.subject)
    assert len(made.subject) <= 200


def test_dialects_fall_back_to_their_base_and_then_to_the_store_and_to_english():
    assert list(words.bases("de-AT", "fr")) == ["de-at", "de", "fr", "en"]
    assert list(words.bases("", "en_GB")) == ["en-gb", "en"]


def test_days_are_told_as_people_say_them():
    zone, today = ZoneInfo("America/New_York"), date(2026, 11, 20)

    def said(language, first, last, *hours):
        return words.window(first, last, *hours, language=words.locale(language), zone=zone, today=today)

    tuesday, thursday = date(2026, 11, 24), date(2026, 11, 26)
    assert said("en", tuesday, tuesday) == "on Tuesday, November 24"
    assert said("en-GB", tuesday, tuesday) == "on Tuesday 24 November"
    assert said("de", tuesday, thursday) == "zwischen Dienstag, 24. November und Donnerstag, 26. November"
    assert said("fr", tuesday, tuesday) == "le mardi 24 novembre"
    assert said("en", today, today) == "today"
    assert said("de", date(2026, 11, 21), None) == "morgen"
    assert said("en", date(2026, 11, 1), date(2026, 11, 2)) == ""
    assert said("en", date(2026, 11, 18), tuesday).startswith("between Friday, November 20")
    utc = ZoneInfo("UTC")
    start, end = datetime(2026, 11, 24, 15, tzinfo=utc), datetime(2026, 11, 24, 19, tzinfo=utc)
    assert (
        said("de", tuesday, tuesday, start, end) == "am Dienstag, 24. November zwischen 10:00 und 14:00 Uhr"
    )


@pytest.mark.parametrize(
    ("goods", "discount", "shipping", "tax", "total", "told"),
    [
        (10000, 1000, 0, 0, 9000, ["$100.00", "-$10.00", "Free", "$90.00"]),  # goods before the discount
        (9000, 1000, 500, 0, 9500, ["$100.00", "-$10.00", "$5.00", "$95.00"]),  # goods after it
        (9000, 0, 500, 700, 10200, ["$90.00", "$5.00", "$7.00", "$102.00"]),  # tax on top
        (9000, 0, 500, 1500, 9500, ["$90.00", "$5.00", "$95.00", "$15.00"]),  # tax inside
        (1, 0, 0, 0, 777, ["$7.77"]),  # nothing adds up
    ],
)
def test_the_sums_add_up_or_only_the_total_is_told(order, goods, discount, shipping, tax, total, told):
    order.subtotal_minor, order.discount_minor, order.shipping_minor = goods, discount, shipping
    order.tax_minor, order.total_minor = tax, total
    order.save()
    data = context.build(context.load(MessageFactory(order=order)), language="en", at=NOON)

    assert [row["amount"] for row in data["order"]["sums"]] == told


def test_what_is_still_to_come_is_counted(order):
    parcel = ship(order)
    data = context.build(
        context.load(MessageFactory(order=order, kind="shipped", context={"shipments": [parcel.pk]})),
        language="en",
        at=NOON,
    )

    assert data["to_come"] == 2


def test_a_store_s_own_domain_is_where_its_links_lead(order):
    order.store.domain = "orders.harbour-pine.example"
    order.store.save()

    data = context.build(context.load(MessageFactory(order=order)), language="en", at=NOON)

    assert data["url"].startswith("https://orders.harbour-pine.example/o/")
    assert access.open_token(data["url"].rstrip("/").rsplit("/", 1)[1], at=NOON).order == order


@pytest.mark.django_db
def test_built_in_templates_are_there_after_migrate_and_are_not_touched_when_nothing_changed():
    assert Template.objects.filter(store=None).count() == len(ALL)
    before = set(Template.objects.values_list("pk", "version", "updated_at"))

    call_command("migrate", verbosity=0)

    assert set(Template.objects.values_list("pk", "version", "updated_at")) == before


@pytest.mark.django_db
def test_a_changed_text_gets_the_next_version_and_a_lost_one_comes_back():
    Template.objects.filter(kind="confirmed", language="en").update(subject="Old words", version=4)
    Template.objects.filter(kind="shipped", language="fr").delete()

    assert builtin.sync(Template) == 2

    row = Template.objects.get(kind="confirmed", language="en", store=None)
    assert (row.version, row.subject) == (5, builtin.source("confirmed", "en")[0])
    assert Template.objects.filter(kind="shipped", language="fr").exists()


def test_every_message_can_be_written_out_to_be_looked_at(tmp_path, capsys):
    call_command("render_messages", str(tmp_path), "--parcels", "2")

    assert len(list(tmp_path.glob("*.html"))) == len(list(tmp_path.glob("*.txt"))) == len(ALL)
