"""What a shopper prints or shows: the label, the code, the slip; and words where there is none (any more)."""

import io
from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from PIL import Image

from returns import slips, tokens
from returns.journey import journey
from returns.models import Return, ReturnSettings
from returns.vocabulary import Method, State
from tests.factories.tracking import NOON
from tests.returns.parcelling import everything, go, label, order, parcel, ready, returned, scanned, seller
from tests.tracking.labelling import WAREHOUSE
from tracking import access
from tracking.labels.base import Party
from tracking.models import Label, Link
from tracking.presentation import voice_for

pytestmark = pytest.mark.django_db

DPI = 203
NAMES = ("return_label", "return_qr", "return_qr_png", "return_qr_svg", "return_slip")


def now_ready(ret=None, **fields):
    """One whose label is good today."""
    at = timezone.now()
    seller()
    return everything(ret or returned(requested_at=at, **fields), at)


def get(name, ret, client=None, **query):
    return (client or Client()).get(reverse(name, args=[tokens.token(ret)]), query)


def codes(body, turn=0.0):
    """Return what a scanner reads of a PDF's page at 203 dpi, and the page's size in millimetres."""
    with pypdfium2.PdfDocument(body) as pdf:
        assert len(pdf) == 1
        page = pdf[0]
        size = tuple(round(side / 72 * 25.4, 1) for side in page.get_size())
        picture = page.render(scale=DPI / 72).to_pil().convert("L")
        page.close()
    picture = picture.rotate(turn, fillcolor=255, expand=True)
    return [found.text for found in zxingcpp.read_barcodes(picture)], size


def words(body):
    with pypdfium2.PdfDocument(body) as pdf:
        page = pdf[0]
        text = page.get_textpage()
        found = " ".join(text.get_text_bounded().split())
        text.close()
        page.close()
    return found


# --- what there is
@pytest.mark.parametrize(
    ("paper", "size"),
    [({}, (210.0, 297.0)), ({"paper": "a4"}, (210.0, 297.0)), ({"paper": "4x6"}, (101.6, 152.4))],
)
@pytest.mark.parametrize("turn", [0, 2])
def test_the_label_is_served_on_both_papers_and_its_code_is_read(paper, size, turn):
    ret = now_ready()

    answer = get("return_label", ret, **paper)

    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["Content-Disposition"] == f'inline; filename="return-{ret.number}-label.pdf"'
    assert codes(answer.content, turn) == ([label(ret).tracking_number], size)


def test_it_can_be_saved_and_no_other_paper_is_known():
    ret = now_ready()

    assert get("return_label", ret, save="1")["Content-Disposition"].startswith("attachment")
    assert get("return_label", ret, paper="a5").status_code == 404


def test_the_code_comes_as_picture_drawing_page_and_paper():
    ret = now_ready(method=Method.QR)
    payload = label(ret).qr_payload

    with Image.open(io.BytesIO(get("return_qr_png", ret).content)) as picture:
        assert [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))] == [payload]
    svg = get("return_qr_svg", ret)
    assert svg["Content-Type"] == "image/svg+xml" and b"<script" not in svg.content
    page = get("return_qr", ret)
    assert page.status_code == 200 and "no-store" in page["Cache-Control"]
    assert f'src="{reverse("return_qr_svg", args=[tokens.token(ret)])}"' in page.content.decode()
    assert label(ret).tracking_number in page.content.decode()
    assert codes(get("return_qr", ret, paper="a4").content)[0] == [payload]


@pytest.mark.parametrize("turn", [0, 2, -2])
def test_the_slips_code_is_the_returns_number(turn):
    at = timezone.now()
    ret = everything(returned(requested_at=at, method=Method.OWN), at)

    answer = get("return_slip", ret)

    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store, private"
    assert codes(answer.content, turn)[0] == [ret.number]
    printed = words(answer.content)
    assert ret.number in printed and "1 × Brass lantern · Large" in printed
    assert "tracking number" in printed and ret.store.name in printed


def test_the_slip_of_what_is_brought_says_where_and_no_address():
    made = order()
    ReturnSettings.objects.create(store=made.store, drop_off_words="1 Dock Street\nMonday to Friday, 9 to 5")
    at = timezone.now()
    ret = everything(returned(made, requested_at=at, method=Method.DROP_OFF), at)

    printed = words(get("return_slip", ret).content)

    assert "Monday to Friday, 9 to 5" in printed and "Bring the parcel to us." in printed


@pytest.mark.parametrize("count", [0, 1, 40])
def test_a_slip_holds_whatever_has_to_be_on_it(count):
    slip = slips.Slip(
        number="R-7K3Q9DM2",
        title="Ihre Rücksendung an " + "Harbour & Pine " * 6,
        steps=["Bitte " * 30] * 4,
        contents=[f"{n} × Lampe „Łódź“ " + "sehr lang " * 12 for n in range(count)],
        contents_title="Inhalt",
        to=Party("北京 " * 20, lines=("Street " * 20,) * 3, city="Berlin", postcode="10115", country="DE"),
        to_title="An",
        words="Ground floor\n" * 9,
        until="Bis zum 3. April 2026.",
    )

    body = slips.draw(slip)

    assert codes(body)[0] == ["R-7K3Q9DM2"] and slips.draw(slip) == body


def test_what_is_printed_is_in_the_shoppers_language():
    ret = now_ready(returned(order(language="de"), requested_at=timezone.now(), language="de"))

    with translation.override("de"):
        how = gettext("How to send it back")
    assert how != "How to send it back" and how in words(get("return_label", ret).content)


# --- what there is not
@pytest.mark.parametrize("name", NAMES)
def test_a_token_that_opens_nothing_is_not_found(name):
    ret = now_ready()
    token = tokens.token(ret)
    wrong = [token[:-1] + ("A" if token[-1] != "A" else "B"), "x" * 44, "x", token + "x", token.lower()]

    answers = [Client().get(reverse(name, args=[text])) for text in wrong]

    assert {answer.status_code for answer in answers} == {404}
    assert label(ret).tracking_number.encode() not in b"".join(answer.content for answer in answers)


@pytest.mark.parametrize("name", NAMES)
def test_the_links_of_the_order_open_nothing_here(name):
    ret = now_ready()
    links = [access.link_for(ret.order, purpose, at=timezone.now()) for purpose in Link.Purpose]

    for link in links:
        assert Client().get(reverse(name, args=[access.token(link)])).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_written_by_looking(name):
    assert Client().post(reverse(name, args=[tokens.token(now_ready())])).status_code == 405


def test_a_new_key_ends_the_old_address():
    ret = now_ready()
    old = tokens.token(ret)
    Return.objects.filter(pk=ret.pk).update(key="a" * 22)

    assert Client().get(reverse("return_label", args=[old])).status_code == 404


@pytest.mark.parametrize("name", ["return_label", "return_qr", "return_qr_png", "return_qr_svg"])
@pytest.mark.parametrize(
    ("state", "says"), [(State.CANCELLED, "is not valid any more"), (State.EXPIRED, "has expired")]
)
def test_of_a_return_that_ended_there_is_nothing_but_words(name, state, says):
    ret = now_ready(method=Method.QR)
    go(ret, state)

    answer = get(name, ret)

    assert answer.status_code == 410 and says in answer.content.decode()
    assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]


def test_an_expired_label_says_so_before_the_return_does():
    ret = now_ready()
    Label.objects.update(expires_at=timezone.now() - timedelta(minutes=1))

    answer = get("return_label", ret)

    assert answer.status_code == 410 and "This label has expired." in answer.content.decode()


def test_a_parcel_on_its_way_needs_no_label():
    ret = now_ready()
    go(ret, State.IN_TRANSIT)

    assert get("return_label", ret).status_code == 410
    assert "on its way" in get("return_label", ret).content.decode()


@pytest.mark.parametrize(
    ("state", "says"), [(State.REVIEW, "being looked at"), (State.APPROVED, "not ready yet")]
)
def test_a_label_that_is_not_there_yet_says_when_it_is(state, says):
    ret = returned(approve=False)
    go(ret, state)

    answer = get("return_label", ret)

    assert answer.status_code == 404 and says in answer.content.decode()


def test_a_cancelled_label_is_not_served_while_the_next_is_made():
    ret = now_ready()
    Label.objects.update(state=Label.State.CANCELLING)

    assert get("return_label", ret).status_code == 404


def test_each_method_has_its_own_paper():
    at = timezone.now()
    own = everything(returned(method=Method.OWN), at)
    labelled = now_ready()

    assert get("return_label", own).status_code == 404
    assert get("return_qr", labelled).status_code == 404
    assert get("return_slip", labelled).status_code == 404


def test_a_claim_sends_nothing():
    ret = now_ready()
    Return.objects.update(kind="CLAIM")

    assert {get(name, ret).status_code for name in NAMES} == {404}


def test_the_words_are_in_the_readers_language_and_lead_back():
    ret = returned(approve=False)
    answer = Client(headers={"Accept-Language": "de"}).get(reverse("return_label", args=[tokens.token(ret)]))

    assert 'lang="de' in answer.content.decode() and f"/r/{tokens.token(ret)}/" in answer.content.decode()


# --- the way it has come
def test_its_journey_is_told_latest_first_in_our_words():
    ret = ready()
    voice = voice_for(language="en", country="US", zone=ret.store.zone, at=NOON)
    assert journey(ret, voice) == []

    scanned(ret, "INFO_RECEIVED", "IN_TRANSIT", "DELIVERED")

    with translation.override("en"):
        ((shown, entries),) = journey(ret, voice)
    assert shown == parcel(ret) and [entry.place for entry in entries] == ["Reno, NV", "Reno, NV"]
    assert entries[0].phrase == "Delivered" and "<time" in entries[0].when and entries[0].said == ""
    assert WAREHOUSE.city not in str(entries)
