"""Serve a stored document: to look at or to save, never to be kept by caches or taken for something else."""

import re

from django.http import HttpResponse

ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/svg+xml": "svg"}


def document_response(body: bytes, media_type: str, name: str, *, save: bool = False) -> HttpResponse:
    """
    Return `body` as an answer. `name` is the file's name without its ending; `save`: the browser shall save
    it rather than show it. A type that is not listed in ENDINGS is saved as plain bytes.
    """
    known = media_type in ENDINGS
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:80] or "document"
    ending = f".{ENDINGS[media_type]}" if known else ""
    response = HttpResponse(body, content_type=media_type if known else "application/octet-stream")
    how = "attachment" if save or not known else "inline"
    response["Content-Disposition"] = f'{how}; filename="{plain}{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
