"""The lint of mails: it finds what is wrong, and nothing in what is built in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.lib.brand import contrast, inverted, mail_palette
from engagement import builtin, rendering, samples
from engagement.channels.base import Outgoing
from engagement.channels.email import compose
from engagement.kinds import KINDS
from engagement.mail_lint import lint, lint_words
from engagement.mail_reading import read
from tests.engagement.test_templates import ALL, written

KEY = "0b54ad6c-0000-4000-8000-000000000001"
HEADERS = {
    "Message-ID": f"<{KEY}@shop.example>",
    "Auto-Submitted": "auto-generated",
    "Feedback-ID": "care_tips:marketing:harbour-pine:porchlight",
}
ONE_CLICK = {
    "List-Unsubscribe": "<https://orders.shop.example/unsubscribe/x/>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}
BODY = "# Keep it well, {{ first_name }}\n\nThat was **{{ order.total }}**.\n\n[See more]({{ url }})\n"


def page(body, *, head="", lang=' lang="en"', title="<title>x</title>"):
    return f"<!doctype html><html{lang}><head>{title}{head}</head><body>{body}</body></html>"


def raw(*, marketing=True, headers=None, html="", text="", **given):
    made = rendering.render(
        subject="Über Grüße an {{ first_name }} " + "und viele andere " * 8,
        body=BODY,
        data=samples.sample("confirmed", "en"),
        look=samples.LOOK,
        kind="confirmed",
        language="en",
    )
    fields = {"sender": "Hafen & Föhre <hello@shop.example>", "to": "ada@example.com"} | given
    mail = Outgoing(
        key=KEY,
        kind="confirmed",
        subject=made.subject,
        text=text or made.text,
        html=html or made.html,
        headers=HEADERS | (ONE_CLICK if marketing else {}) | (headers or {}),
        **fields,
    )
    return compose(mail).message().as_bytes(linesep="\r\n")


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "language"), ALL)
def test_nothing_is_wrong_with_a_built_in_mail(kind, language, order):
    mail = written(kind, language, order).outgoing
    travelling = compose(mail).message().as_bytes(linesep="\r\n")

    assert lint(travelling, marketing=KINDS[kind].purpose == "marketing") == []


@pytest.mark.parametrize(
    "color", ["#b4532a", "#ffe600", "#000000", "#ffffff", "#7f7f7f", "#00ff00", "#0000ff"]
)
@pytest.mark.parametrize("kind", ["confirmed", "access_code", "return_approved"])
def test_no_store_s_colour_makes_a_message_unreadable_in_light_or_dark_or_turned_over(kind, color):
    subject, body = builtin.source(kind, "de")
    look = rendering.Look(**{**samples.LOOK.__dict__, "colors": mail_palette(color)})
    made = rendering.render(
        subject=subject, body=body, data=samples.sample(kind, "de"), look=look, kind=kind, language="de"
    )

    assert lint_words(made.html, made.text) == []


@given(st.integers(0, 0xFFFFFF))
def test_every_store_s_colour_can_be_read_on_paper_and_on_its_button_both_ways(number):
    colors = mail_palette(f"#{number:06x}")

    pairs = [(colors["on_fill"], colors["fill"]), (colors["accent_light"], "#ffffff")]
    pairs.append((colors["accent_light"], "#fbf8f4"))
    for ink, ground in pairs:
        assert contrast(ink, ground) >= 4.5
        assert contrast(inverted(ink), inverted(ground)) >= 4.5
    assert contrast(colors["accent_dark"], "#1f1b16") >= 4.5


def test_a_good_mail_of_either_purpose_has_no_faults():
    assert lint(raw(), marketing=True) == []
    assert lint(raw(marketing=False), marketing=False) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda mail: mail.replace(b"Message-ID:", b"X-Was:"), "there is no Message-ID"),
        (lambda mail: mail.replace(b"Auto-Submitted:", b"X-Was:"), "there is no Auto-Submitted"),
        (lambda mail: mail.replace(b"Date:", b"X-Was:"), "there is no Date"),
        (lambda mail: mail.replace(b"Feedback-ID:", b"X-Was:"), "there is no Feedback-ID"),
        (lambda mail: mail.replace(b"List-Unsubscribe:", b"X-Was:"), "without a List-Unsubscribe"),
        (lambda mail: mail.replace(b"=One-Click", b"=Later"), "without one-click"),
        (lambda mail: mail.replace(b"<ada", b"bo@example.com, <ada", 1).replace(
            b"To: ada@example.com", b"To: ada@example.com, bo@example.com"), "one address"),
        (lambda mail: mail.replace(b"To: ada", "To: adä".encode()), "not encoded"),
        (lambda mail: b"X-Long: " + b"word " * 40 + b"\r\n" + mail, "header line is longer"),
        (lambda mail: mail + b"x" * 1200 + b"\r\n", "a line is longer"),
        (lambda mail: mail.replace(b"\r\n", b"\n", 3), "without CRLF"),
        (lambda mail: b"Subject: again\r\n" + mail, "Subject is there twice"),
        (lambda mail: mail.replace(b"multipart/alternative", b"multipart/mixed"), "not plain text first"),
    ],
    ids=["id", "auto", "date", "feedback", "way out", "one click", "two people", "bare letters",
         "long header", "long line", "line ends", "twice", "mixed"],
)  # fmt: skip
def test_what_is_wrong_with_how_a_mail_travels_is_found(change, said):
    found = lint(change(raw()), marketing=True)

    assert any(said in one for one in found), found


def test_what_is_about_an_order_has_no_way_out():
    assert lint(raw(), marketing=False) == ["what is about an order cannot be unsubscribed from"]


@pytest.mark.parametrize(
    ("html", "said"),
    [
        (page("<p>Hi</p>", lang=""), "language"),
        (page("<p>Hi</p>", title=""), "title"),
        (page("<table><tr><td>Hi</td></tr></table>"), "table"),
        (page('<img src="https://x.example/a.png"><p>Hi</p>'), "no description"),
        (page('<a href="http://x.example/">Hi</a>'), "not https"),
        (page('<p style="font-size: 12px">Hi</p>'), "smaller than"),
        (page('<p style="color: #999999">Hi</p>'), "too pale: “Hi”"),
        (page("<p>Hi</p>" + "<!-- x -->" * 11_000), "102 kB"),
        (page("<script>1</script><p>Hi</p>"), "script"),
        (page('<form action="https://x.example"><p>Hi</p></form>'), "form"),
    ],
    ids=["lang", "title", "table", "picture", "http", "small", "pale", "large", "script", "form"],
)
def test_what_is_wrong_with_how_a_mail_reads_is_found(html, said):
    found = lint_words(html, "Hi http://x.example/")

    assert any(said in one for one in found), found


def test_what_is_pale_only_in_the_dark_is_found():
    rule = ".card { background-color: #1f1b16 !important; }"
    dark = f"<style>@media (prefers-color-scheme: dark) {{ {rule} }}</style>"
    html = page(
        '<div class="card" style="background-color: #ffffff"><p style="color: #221c16">Hi</p></div>',
        head=dark,
    )

    assert lint_words(html, "Hi") == ["too pale in the dark: “Hi” (#221c16 on #1f1b16)"]


def test_what_is_pale_only_when_turned_over_is_found():
    html = page('<p style="color: #1a1410; background-color: #00ff00; font-size: 16px">Hi</p>')

    assert [one.split(":")[0] for one in lint_words(html, "Hi")] == ["too pale when turned over"]


def test_a_link_or_an_amount_that_is_only_in_one_part_is_found():
    html = page('<p>€ 12,50 <a href="https://x.example/a">Go</a></p>')

    assert lint_words(html, "€ 1,50 https://x.example/b") == [
        "the text part lacks the link https://x.example/a",
        "only the text part has the link https://x.example/b",
        "the text part lacks the amount €12,50",
    ]


def test_hidden_words_are_not_read():
    seen = read(page('<p style="display: none">secret</p><p>Hi <b>there</b></p>'))

    assert seen.text == "Hi there"
    assert [piece.bold for piece in seen.pieces] == [False, True]
