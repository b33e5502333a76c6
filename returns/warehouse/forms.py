"""What the station's forms carry, read leniently: what is not understood is as if it had not been sent."""

import uuid
from datetime import datetime

from django.http import HttpRequest

from returns.models import Return, ReturnPhoto, ReturnUnit
from returns.services import photos
from returns.services.inspection import Look, Refused


def token_of(request: HttpRequest, name: str = "token") -> uuid.UUID:
    """Return the UUID a form carries; one of no form when it carries none."""
    try:
        return uuid.UUID(request.POST.get(name, ""))
    except ValueError:
        return uuid.uuid4()


def number_of(request: HttpRequest, name: str) -> int | None:
    """Return a whole number of a form; None when there is none."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 16 else None


def look_of(request: HttpRequest) -> Look:
    """Return what somebody said of an item."""
    return Look(
        condition=request.POST.get("condition", ""),
        token=token_of(request),
        disposition=request.POST.get("disposition", ""),
        location_id=number_of(request, "location"),
        note=request.POST.get("note", ""),
        really=request.POST.get("really", "")[:120],
    )


def has_photo(request: HttpRequest) -> bool:
    """Say whether a form carries a file."""
    file = request.FILES.get("photo")
    return file is not None and bool(file.size)


def keep_photo(
    request: HttpRequest, ret: Return, unit: ReturnUnit | None, *, at: datetime
) -> ReturnPhoto | None:
    """Keep the picture a form carries, of a unit. Raises: Refused for what is none we can read."""
    file = request.FILES.get("photo")
    if file is None or not file.size:
        return None
    line = unit.line if unit else None
    try:
        return photos.store(
            ret.order, file, by=ReturnPhoto.By.WAREHOUSE, at=at, ret=ret, line=line, unit=unit
        )
    except photos.PhotoRefused as exc:
        raise Refused(str(exc), "photo") from exc
