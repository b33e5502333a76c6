"""What one does at a parcel, with a second person about, and afterwards."""

import io
import uuid
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from PIL import Image

from returns.models import ReturnParcel, ReturnPhoto
from returns.services import finishing, holding
from tests.factories.customers import UserFactory
from tests.factories.tracking import NOON
from tests.returns.bench import coming_back, lead, look, order_with, shelf, worker
from tests.staff import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def kim():
    return worker(email="kim@shop.example")


@pytest.fixture
def station(kim):
    return client_of(kim)


@pytest.fixture
def ret():
    return coming_back(order_with({"barcode": "4012345678901", "quantity": 2}))


def here(ret, rest="", position=1):
    return f"/warehouse/{ret.number}/{position}/{rest}"


def told(response):
    return [str(message) for message in response.context["messages"]]


def press(client, address, **fields):
    return client.post(address, fields, follow=True)


def picture():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    out.seek(0)
    out.name = "lantern.png"
    return out


# --- at the parcel


def test_scanning_the_parcel_once_more_takes_it_in(station, ret, kim):
    press(station, here(ret, "scan/"), code=ret.parcels.get().tracking_number)

    ret.refresh_from_db()
    assert (ret.state, ret.parcels.get().held_by) == ("RECEIVED", kim)


def test_an_item_is_scanned_and_judged_by_its_key(station, ret):
    answer = press(station, here(ret, "scan/"), code="4012345678901")
    unit = answer.context["chosen"].unit

    answer = press(station, here(ret, "scan/"), code="3", unit=unit.pk)

    unit.refresh_from_db()
    assert (unit.condition, told(answer)) == ("WORN", ["Brass lantern: worn, sell off."])


def test_an_extra_item_is_told_loudly(station, ret):
    for _ in range(2):
        answer = press(station, here(ret, "scan/"), code="4012345678901")
        press(station, here(ret, "scan/"), code="1", unit=answer.context["chosen"].unit.pk)

    answer = press(station, here(ret, "scan/"), code="4012345678901")

    assert "looked at already" in told(answer)[0]
    assert b'data-answer="error"' in answer.content


def test_what_was_not_announced_opens_the_note_with_its_code(station, ret):
    answer = press(station, here(ret, "scan/"), code="4099999999999")

    assert "was not announced" in told(answer)[0]
    assert answer.context["unexpected_code"] == "4099999999999"
    press(station, here(ret, "unexpected/"), code="4099999999999", condition="OPENED", token=uuid.uuid4())
    item = ret.parcels.get().unexpected.get()
    press(station, here(ret, "drop/"), item=item.pk)
    assert not ret.parcels.get().unexpected.exists()


def test_another_parcels_code_opens_that_one_and_reminds_of_this(station, ret):
    other = coming_back()
    press(station, here(ret, "receive/"))

    answer = press(station, here(ret, "scan/"), code=other.parcels.get().tracking_number)

    assert answer.redirect_chain[-1][0] == here(other)
    assert told(answer) == [f"Parcel 1 of {ret.number} is still open."]


def test_damage_is_shown_by_a_photo(station, ret):
    unit = ret.units.first()
    fields = {"unit": unit.pk, "condition": "DAMAGED", "token": uuid.uuid4()}

    answer = press(station, here(ret, "look/"), **fields)
    assert told(answer) == ["Damaged needs a photo or a note: say what is broken."]
    assert (answer.context["want"], answer.context["wrong"]) == ("DAMAGED", "note")
    press(station, here(ret, "look/"), **fields, photo=picture())

    unit.refresh_from_db()
    photo = ReturnPhoto.objects.get()
    assert (unit.condition, photo.unit, photo.by) == ("DAMAGED", unit, "WAREHOUSE")
    shown = station.get(f"/warehouse/photo/{photo.public_id}/")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert client_of(UserFactory()).get(f"/warehouse/photo/{photo.public_id}/").status_code == 404


def test_a_file_that_is_no_picture_is_refused_in_words_and_kept_nowhere(station, ret):
    file = io.BytesIO(b"%PDF-1.7 not a picture")
    file.name = "photo.jpg"

    answer = press(station, here(ret, "look/"), unit=ret.units.first().pk, condition="DAMAGED", photo=file)

    assert "PDF" in told(answer)[0]
    assert not ReturnPhoto.objects.exists()
    assert not ret.units.exclude(condition="").exists()


@pytest.mark.parametrize("fields", [{}, {"condition": "GREAT"}, {"unit": "x", "condition": "WORN"}])
def test_a_form_that_makes_no_sense_changes_nothing(station, ret, fields):
    answer = press(station, here(ret, "look/"), **{"unit": ret.units.first().pk, **fields})

    assert answer.status_code == 200 and told(answer)
    assert not ret.units.exclude(condition="").exists()


def test_a_parcel_is_finished_from_its_page(station, ret):
    unit, other = ret.units.order_by("index")
    press(station, here(ret, "lay-in/"), unit=unit.pk)
    press(station, here(ret, "look/"), unit=unit.pk, condition="AS_NEW")

    assert told(press(station, here(ret, "finish/"))) == ["1 not found: missing, or still to come?"]
    answer = press(station, here(ret, "finish/"), rest="more")

    assert told(answer) == [f"Parcel 1 of {ret.number} is finished. More of it is to come."]
    other.refresh_from_db()
    assert other.stage == "EXPECTED"


def test_a_unit_laid_in_by_mistake_is_taken_out(station, ret):
    unit = ret.units.first()
    press(station, here(ret, "lay-in/"), unit=unit.pk)

    press(station, here(ret, "take-out/"), unit=unit.pk)

    unit.refresh_from_db()
    assert unit.parcel is None


def test_a_parcel_left_for_later_is_free_for_others(station, ret):
    press(station, here(ret, "receive/"))

    press(station, here(ret, "close/"))

    assert (ret.parcels.get().held_by, ret.parcels.get().inspected_at) == (None, None)


# --- two people


def test_a_second_person_sees_who_has_it_and_can_do_nothing(station, ret):
    lou = worker(email="lou@shop.example")
    holding.hold(ret.parcels.get().pk, by=lou)

    page = station.get(here(ret))
    assert b"lou@shop.example has this parcel open" in page.content
    assert b"take-over" not in page.content
    answer = press(station, here(ret, "look/"), unit=ret.units.first().pk, condition="AS_NEW")

    assert told(answer) == ["lou@shop.example has this parcel open. Nothing was changed."]
    assert not ret.units.exclude(condition="").exists()
    assert station.post(here(ret, "take-over/"), {"note": "Mine"}).status_code == 403


def test_who_leads_takes_it_over_with_a_note(ret, kim):
    holding.hold(ret.parcels.get().pk, by=kim)
    chief = lead()

    answer = press(client_of(chief), here(ret, "take-over/"), note="")
    assert told(answer) == ["Say why you take the parcel over."]
    press(client_of(chief), here(ret, "take-over/"), note="Kim went home")

    assert ReturnParcel.objects.get().held_by == chief


def test_a_hold_that_ran_out_keeps_nobody_away(station, ret):
    holding.hold(ret.parcels.get().pk, by=worker())
    ReturnParcel.objects.update(held_until=Now() - timedelta(seconds=1))

    assert station.get(here(ret)).context["working"]


# --- afterwards


def test_only_who_leads_corrects_a_finished_parcel(station, ret, kim):
    shelf(ret.store)
    for unit in ret.units.all():
        look(unit, by=kim)
    finishing.finish(ret.parcels.get().pk, by=kim, at=NOON)
    unit = ret.units.first()
    fields = {"unit": unit.pk, "condition": "WORN", "token": uuid.uuid4()}

    assert b"Correct" not in station.get(here(ret)).content
    assert station.post(here(ret, "look/"), fields).status_code == 403
    chief = client_of(lead())
    assert b"Correct it" in chief.get(here(ret) + f"?unit={unit.pk}").content
    press(chief, here(ret, "look/"), **fields)

    unit.refresh_from_db()
    assert unit.condition == "WORN"


def test_the_station_shows_neither_the_shoppers_name_nor_address_nor_money(station, ret):
    text = station.get(here(ret) + f"?unit={ret.units.first().pk}").content.decode()

    assert not any(word in text for word in ("Lovelace", "Analytical", "97201", ret.order.email, "48.00"))
