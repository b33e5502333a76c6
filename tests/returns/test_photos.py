"""Pictures shoppers send: what is kept of them, what is refused, and who sees them."""

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from returns.models import Return, ReturnPhoto
from returns.services import photos
from returns.services.photos import MOST_BYTES, PhotoRefused, store
from tests.returns.shopper import address, bought, confirm, picture, status_of, text, walk

pytestmark = pytest.mark.django_db

SHOPPER = ReturnPhoto.By.SHOPPER


@pytest.fixture
def order():
    return bought()


def keep(order, file, **more):
    return store(order, file, by=SHOPPER, at=timezone.now(), **more)


def refused(order, body):
    with pytest.raises(PhotoRefused) as why:
        keep(order, io.BytesIO(body))
    assert not ReturnPhoto.objects.exists()
    return str(why.value)


def png_header(width, height):
    """Return the beginning of a PNG that claims to be so large."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = [head, data, b"IEND"]
    packed = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def test_what_is_kept_has_no_place_no_camera_and_stands_upright(order):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010F] = "Camera of Ada"
    exif.get_ifd(0x8825)[2] = (47.0, 8.0, 1.0)
    file = picture((60, 30), exif=exif)

    photo = keep(order, file)

    kept = Image.open(io.BytesIO(bytes(photo.body)))
    assert (kept.format, kept.size, (photo.width, photo.height)) == ("JPEG", (30, 60), (30, 60))
    assert not dict(kept.getexif())
    assert b"Camera of Ada" not in bytes(photo.body) and b"Exif" not in bytes(photo.body)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_usual_pictures_are_taken_and_made_smaller(order, kind):
    photo = keep(order, picture((3000, 1500), kind))

    assert (photo.width, photo.height) == (2000, 1000)
    small = Image.open(io.BytesIO(bytes(photo.thumbnail)))
    assert max(small.size) == 320


def test_what_is_hidden_behind_a_picture_is_not_kept(order):
    body = picture().read() + b"PK\x03\x04<script>alert(1)</script>"

    photo = keep(order, io.BytesIO(body))

    assert b"script" not in bytes(photo.body) and b"PK\x03\x04" not in bytes(photo.body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture we can read"),
        (b"GIF89a/*" + b"\0" * 40 + b"*/=1;alert(1)", "no picture we can read"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC"),
        (b"\x89PNG\r\n\x1a\n" + b"broken" * 20, "could not read|no picture we can read"),
        (b"x" * (MOST_BYTES + 1), "larger than 8 MB"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(order, body, words):
    told = refused(order, body)

    assert any(word in told for word in words.split("|"))


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 5_000)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(order, size):
    assert "too many pixels" in refused(order, png_header(*size))


def test_half_a_picture_is_refused(order):
    body = picture((800, 800), "PNG").read()

    assert "could not read" in refused(order, body[: len(body) // 2])


def test_the_same_picture_twice_is_one_and_seven_are_too_many(order):
    first, again = keep(order, picture()), keep(order, picture())
    assert first.pk == again.pk
    for n in range(photos.MOST_PHOTOS - 1):
        keep(order, picture((50 + n, 50)))

    with pytest.raises(PhotoRefused, match="Six pictures"):
        keep(order, picture((99, 99)))


def test_pictures_of_returns_that_were_never_asked_for_are_forgotten(order):
    keep(order, picture())
    ReturnPhoto.objects.update(created_at=timezone.now() - photos.WAITS * 2)

    assert photos.forget_waiting(before=timezone.now() - photos.WAITS) == 1
    assert not ReturnPhoto.objects.exists()


def test_a_poisoned_file_gets_a_clear_answer_in_the_wizard_and_changes_nothing(client, order):
    key = order.lines.first().pk
    here = address(order)
    client.post(here, {f"quantity-{key}": 1})
    file = SimpleUploadedFile("photo.jpg", b"<?php evil ?>", "image/jpeg")

    answer = client.post(here + "reasons/", {f"reason-{key}": "COLOR", f"photo-{key}": file})

    assert "no picture we can read" in text(answer)
    assert '<option value="COLOR" selected>' in answer.content.decode()
    assert not ReturnPhoto.objects.exists()


def test_only_who_holds_the_link_sees_a_picture(client, order):
    key = order.lines.first().pk
    here = address(order)
    client.post(here, {f"quantity-{key}": 1})
    client.post(here + "reasons/", {f"reason-{key}": "COLOR", f"photo-{key}": picture()})
    photo = ReturnPhoto.objects.get()
    draft = f"{here}photo/{photo.public_id}/"
    seen = client.get(draft)
    assert (seen.status_code, seen["Content-Type"], seen["Cache-Control"]) == (
        200,
        "image/jpeg",
        "private, no-store",
    )
    assert seen["X-Content-Type-Options"] == "nosniff"
    other = bought()
    assert client.get(f"{address(other)}photo/{photo.public_id}/").status_code == 404
    assert client.get(f"{address(order, 'share')}photo/{photo.public_id}/").status_code == 404

    client.post(here + "outcome/", {f"outcome-{key}": "REFUND"})
    confirm(client, order, client.get(here + "confirm/"))

    assert client.get(draft).status_code == 404
    mine = f"{status_of()}photos/{photo.public_id}/"
    assert mine in client.get(status_of()).content.decode()
    assert client.get(mine + "?small").status_code == 200
    confirm(client, other, walk(client, other, quantities={other.lines.first().pk: 1}))
    theirs = status_of(Return.objects.get(order=other))
    assert client.get(f"{theirs}photos/{photo.public_id}/").status_code == 404


def test_a_picture_can_be_removed_until_it_is_sent(client, order):
    key = order.lines.first().pk
    here = address(order)
    client.post(here, {f"quantity-{key}": 1})
    client.post(here + "reasons/", {f"reason-{key}": "COLOR", f"photo-{key}": picture(), "add": "1"})
    public_id = ReturnPhoto.objects.get().public_id

    client.post(here + "reasons/", {f"reason-{key}": "COLOR", "remove": f"{key}:{public_id}"})

    assert not ReturnPhoto.objects.exists()
    assert str(public_id) not in client.get(here + "reasons/").content.decode()
