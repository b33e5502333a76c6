"""
Pictures of what is wrong. What is sent is never kept: it is read once, turned upright, made smaller and
written anew as JPEG, so that nothing hidden in it (place, camera, a second file) is ever stored or served.
"""

import hashlib
import struct
import warnings
import zlib
from datetime import datetime, timedelta
from io import BytesIO
from typing import IO

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from PIL import (
    AvifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from returns.models import Return, ReturnPhoto, ReturnUnit
from tracking.models import Order, OrderLine

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
MOST_PHOTOS = 6  # of one return
WAITS = timedelta(days=2)  # so long a picture waits for its return to be asked for
LONGEST = 2000  # pixels of the longer edge that is kept
SMALL = 320
# The formats that are read at all; named by their plug-ins, which are then loaded.
FORMATS = tuple(
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        WebPImagePlugin.WebPImageFile,
        AvifImagePlugin.AvifImageFile,
    )
)
BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
    zlib.error,
)


class PhotoRefused(ValueError):
    """A file is not taken; the words say why, to whoever sent it."""


def store(
    order: Order,
    file: IO[bytes],
    *,
    by: str,
    at: datetime,
    ret: Return | None = None,
    line: OrderLine | None = None,
    unit: ReturnUnit | None = None,
) -> ReturnPhoto:
    """
    Keep a picture for an order, re-encoded. The same file sent twice for the same line is one picture.

    `by`: ReturnPhoto.By. Without `ret` it waits for the return that is being written.
    Raises: PhotoRefused, for what is too large, no picture, or one too many.
    """
    body = file.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise PhotoRefused(_("This picture is larger than 8 MB. Send a smaller one."))
    if not body:
        raise PhotoRefused(_("This file is empty. Choose the picture again."))
    digest = hashlib.sha256(body).hexdigest()
    same = ReturnPhoto.objects.filter(order=order, digest=digest, by=by, ret=ret, line=line, unit=unit)
    found = same.defer("body", "thumbnail").first()
    if found:
        return found
    large, small, size = encode(body)
    with transaction.atomic():
        Order.objects.select_for_update(of=("self",)).only("pk").get(pk=order.pk)
        found = same.defer("body", "thumbnail").first()
        if found:
            return found
        if ret is None:
            _waiting(order, None, by).filter(unexpected=None, created_at__lt=at - WAITS).delete()
        _check_room(order, ret, by)
        return ReturnPhoto.objects.create(
            order=order, ret=ret, line=line, unit=unit, by=by, digest=digest, body=large, thumbnail=small,
            width=size[0], height=size[1], created_at=at,
        )  # fmt: skip


def _waiting(order: Order, ret: Return | None, by: str) -> QuerySet[ReturnPhoto]:
    return ReturnPhoto.objects.filter(order=order, ret=ret, by=by)


def _check_room(order: Order, ret: Return | None, by: str) -> None:
    """Refuse one picture too many; those that wait for a return count together."""
    if by != ReturnPhoto.By.SHOPPER:
        return
    if _waiting(order, ret, by).count() >= MOST_PHOTOS:
        raise PhotoRefused(_("Six pictures are enough. Remove one to send another."))


def encode(body: bytes) -> tuple[bytes, bytes, tuple[int, int]]:
    """
    Return a picture anew: (JPEG, small JPEG, (width, height)), upright, without metadata.

    Raises: PhotoRefused.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(body), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise PhotoRefused(_("This picture has too many pixels. Send a smaller one."))
                opened.draft("RGB", (LONGEST, LONGEST))  # a JPEG is read no larger than needed
                upright = ImageOps.exif_transpose(opened)
                picture = _flat(upright)
    except PhotoRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise PhotoRefused(_("This picture has too many pixels. Send a smaller one.")) from exc
    except UnidentifiedImageError as exc:
        raise PhotoRefused(_words(body)) from exc
    except BROKEN as exc:
        raise PhotoRefused(_("We could not read this picture. Take it again, or send another.")) from exc
    picture.thumbnail((LONGEST, LONGEST))
    small = picture.copy()
    small.thumbnail((SMALL, SMALL))
    return _jpeg(picture, 85), _jpeg(small, 80), picture.size


def _flat(picture: Image.Image) -> Image.Image:
    """Return a picture's pixels alone, on white where it is see-through: a new image carries nothing over."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        over = picture.convert("RGBA")
        flat = Image.new("RGB", over.size, "white")
        flat.paste(over, mask=over.getchannel("A"))
        return flat
    flat = Image.new("RGB", picture.size)
    flat.paste(picture.convert("RGB"))
    return flat


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _words(body: bytes) -> str:
    """Return why a file that is no picture we read is refused."""
    head = body[:64].lstrip()
    if body[4:8] == b"ftyp" and body[8:12] in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"):
        return _("We cannot read HEIC pictures. Send a JPEG: a photo taken here with the camera is one.")
    if head.startswith(b"%PDF"):
        return _("This is a PDF. Send a picture: JPEG, PNG or WebP.")
    return _("This is no picture we can read. Send a JPEG, PNG or WebP.")


def of_draft(order: Order, public_ids: list[str], *, ret: Return | None = None) -> list[ReturnPhoto]:
    """
    Return the shopper's pictures of an order among `public_ids`, oldest first: those that wait for their
    return, and those of `ret`, which is being changed. Without what they show.
    """
    rows = ReturnPhoto.objects.filter(order=order, by=ReturnPhoto.By.SHOPPER, public_id__in=public_ids)
    rows = rows.filter(Q(ret=None) | Q(ret=ret)) if ret else rows.filter(ret=None)
    return list(rows.defer("body", "thumbnail").order_by("pk"))


def forget(order: Order, public_id: str) -> bool:
    """Drop a shopper's picture that waits for its return. Returns False when there is none such."""
    rows = _waiting(order, None, ReturnPhoto.By.SHOPPER).filter(public_id=public_id)
    return bool(rows.delete()[0])


def forget_waiting(*, before: datetime) -> int:
    """Drop pictures of returns that were never asked for. Returns how many."""
    return ReturnPhoto.objects.filter(ret=None, unexpected=None, created_at__lt=before).delete()[0]
