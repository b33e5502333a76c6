"""The same message as an SMS, a push and a card in the inbox."""

from datetime import timedelta

import pytest

from engagement import builtin, samples
from engagement.kinds import KINDS, kind_of
from engagement.liquid import TemplateError
from engagement.rendering_short import SMS_LIMIT, render_short

ALL = [(kind, language) for kind in KINDS for language in builtin.LANGUAGES]
BODY = """# It is here, {{ first_name }}

Light it **today**, and look at [your order]({{ url }}).

[[items]]

[See the delivery]({{ url }})

[Our guide](https://shop.example/guide)
"""


def made(channel, *, written_for="email", subject="Order {{ order.number }} is here", body=BODY, **given):
    data = samples.sample("delivered", "en") | given
    return render_short(
        channel=channel,
        written_for=written_for,
        subject=subject,
        body=body,
        data=data,
        look=samples.LOOK,
        secrets=["sample-link-that-opens-nothing"],
    )


def test_an_sms_without_words_of_its_own_is_the_subject_and_the_link():
    sms = made("sms")

    assert sms.text == f"Harbour & Pine: Order #1042 is here {samples.URL}"
    assert (sms.subject, sms.html) == ("", "")


def test_an_sms_has_its_own_words_when_there_are_some():
    sms = made("sms", written_for="sms", subject="", body="Here: {{ url }}\n\n\n\nBye,   {{ store.name }}\n")

    assert sms.text == f"Here: {samples.URL}\n\nBye, Harbour & Pine"


def test_an_sms_with_a_code_says_it():
    assert "042137" in made("sms", code="042137").text


@pytest.mark.parametrize(
    ("body", "said"), [("", "empty"), ("x" * (SMS_LIMIT + 1), "longer than")], ids=["empty", "a letter"]
)
def test_an_sms_that_is_none_is_refused(body, said):
    with pytest.raises(TemplateError, match=said):
        made("sms", written_for="sms", body=body)


def test_a_push_is_the_subject_and_the_first_words():
    push = made("push")

    assert push.subject == "Order #1042 is here"
    assert push.text.startswith("Light it today, and look at your order")
    assert push.html == ""


def test_a_push_never_says_more_than_phones_show():
    push = made("push", written_for="push", subject="s" * 300, body="b" * 3000)

    assert (len(push.subject), len(push.text)) == (80, 160)


def test_a_card_holds_the_prose_and_nothing_that_opens_an_order():
    card = made("inapp")

    assert card.subject == "Order #1042 is here"
    assert "<h2>It is here, Ada</h2>" in card.html
    assert "<strong>today</strong>" in card.html
    assert "your order" in card.html and "See the delivery" not in card.html
    assert '<a href="https://shop.example/guide">Our guide</a>' in card.html
    assert "sample-link-that-opens-nothing" not in card.html + card.text + card.subject


def test_a_card_masks_a_secret_that_stands_in_its_words():
    card = made("inapp", body="# Go to {{ url }}")

    assert "sample-link-that-opens-nothing" not in card.html + card.text
    assert "••••••" in card.html


@pytest.mark.parametrize("channel", ["sms", "push", "inapp"])
@pytest.mark.parametrize(("kind", "language"), ALL)
def test_every_built_in_message_can_go_another_way(kind, language, channel):
    subject, body = builtin.source(kind, language)

    short = render_short(
        channel=channel,
        written_for="email",
        subject=subject,
        body=body,
        data=samples.sample(kind, language),
        look=samples.LOOK,
    )

    assert short.text
    assert "{{" not in short.text and "[[" not in short.text


def test_a_kind_that_staff_named_is_marketing_and_may_be_three_days_late():
    kind = kind_of("lamp_care")

    assert (kind.label, kind.purpose, kind.lateness) == ("Lamp care", "marketing", timedelta(hours=72))
    assert not kind.about_returns and not kind.about_trouble and not kind.about_access
    assert kind_of("shipped") is KINDS["shipped"]
