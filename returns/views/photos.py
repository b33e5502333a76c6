"""Pictures, for those who may see the return they belong to."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from returns.models import ReturnPhoto
from returns.tokens import open_token
from returns.views.doors import CHANGE, Door, behind_a_door


def shown(door: Door, photo: ReturnPhoto, slot: str) -> dict[str, Any]:
    """Return a picture as the wizard shows it; one that belongs to a return already stays."""
    url = door.url("photo", photo.public_id)
    return {
        "url": url,
        "small": f"{url}?small",
        "removable": photo.ret_id is None,
        "slot": slot,
        "key": str(photo.public_id),
    }


def of_return(token: str, public_ids: list[str]) -> list[dict[str, Any]]:
    """Return the pictures of a return as its page shows them."""
    urls = [reverse("return_status_photo", args=[token, public_id]) for public_id in public_ids]
    return [{"url": url, "small": f"{url}?small", "removable": False} for url in urls]


@require_safe
@behind_a_door
def draft_photo(request: HttpRequest, door: Door, public_id: uuid.UUID) -> HttpResponse:
    """A picture that waits for its return, for who is making it."""
    allowed = [None, door.ret] if door.kind == CHANGE else [None]
    photo = ReturnPhoto.objects.filter(
        order=door.order, public_id=public_id, by=ReturnPhoto.By.SHOPPER
    ).first()
    if photo is None or photo.ret not in allowed:
        raise Http404
    return _picture(request, photo)


@require_safe
def photo(request: HttpRequest, token: str, public_id: uuid.UUID) -> HttpResponse:
    """A picture the shopper sent with their return."""
    ret = open_token(token)
    found = (
        ReturnPhoto.objects.filter(ret=ret, public_id=public_id, by=ReturnPhoto.By.SHOPPER).first()
        if ret
        else None
    )
    if found is None:
        raise Http404
    return _picture(request, found)


def _picture(request: HttpRequest, found: ReturnPhoto) -> HttpResponse:
    """Answer with the picture; should a browser ever take it for a page, it may do nothing."""
    body = found.thumbnail if "small" in request.GET else found.body
    response = HttpResponse(bytes(body), content_type="image/jpeg")
    response["Content-Disposition"] = 'inline; filename="photo.jpg"'
    response["Cache-Control"] = "private, no-store"
    return response
