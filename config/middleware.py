"""Headers that every answer carries, and requests that no page takes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


class SecurityHeaders:
    """
    Keep personal pages out of caches and search engines, and switch off browser features nobody uses here.

    A view that sets Cache-Control itself (brand style sheets, the OpenAPI schema) keeps its own. This stands
    outside of everything that answers, so that static files, refusals and failures carry the same; the last
    three headers are Django's own, for a request that is refused before Django adds them.
    """

    HEADERS: Mapping[str, str] = {
        "Cache-Control": "no-store, private",
        "X-Robots-Tag": "noindex",
        "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class PlainRequests:
    """
    Take requests as our own pages send them: usual methods (no TRACE), UTF-8, no NUL (PostgreSQL keeps none).

    Webhooks and the API (exempt from CSRF protection) read what they get themselves and say in their own way
    what is wrong.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.encoding:
            # A charset the sender named: Python would try it, and some of its codecs are no text encodings.
            request.encoding = "utf-8"
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """
        Refuse an unusual method (405). Raises Http404 for a NUL in the path, BadRequest for one in a field.
        """
        if getattr(view, "csrf_exempt", False):
            return None
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        if "\0" in request.path_info:
            raise Http404
        if _has_nul(request.GET) or _has_nul(request.POST):
            raise BadRequest("NUL in a field")
        return None


def _has_nul(fields: QueryDict) -> bool:
    return any("\0" in text for name, values in fields.lists() for text in (name, *values))
