"""Every failure of the API as an RFC 9457 problem: one shape, one media type, a stable code."""

import logging
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.signals import got_request_exception
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
WHOLE = "body"  # the name under which errors about the whole body are listed

# code -> (status, title). Codes never change; docs/api.md and /api/docs/ explain each.
PROBLEMS = {
    "malformed": (400, "The request could not be read"),
    "invalid": (400, "The request has errors"),
    "unauthenticated": (401, "A valid API key is needed"),
    "forbidden": (403, "This key may not do that"),
    "not_found": (404, "There is nothing here"),
    "method_not_allowed": (405, "This address does not take that method"),
    "not_acceptable": (406, "Answers are JSON"),
    "conflict": (409, "That cannot be done as things stand"),
    "in_progress": (409, "The first request with this Idempotency-Key is still running"),
    "too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "The body must be JSON"),
    "idempotency_mismatch": (422, "This Idempotency-Key was used for another request"),
    "rate_limited": (429, "Too many requests"),
    "server_error": (500, "Something failed on our side"),
}

_BY_EXCEPTION: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ValidationError, "invalid"),
    (exceptions.ParseError, "malformed"),
    (UnreadablePostError, "malformed"),
    (exceptions.NotAuthenticated, "unauthenticated"),
    (exceptions.AuthenticationFailed, "unauthenticated"),
    (exceptions.PermissionDenied, "forbidden"),
    (PermissionDenied, "forbidden"),
    (exceptions.NotFound, "not_found"),
    (Http404, "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.Throttled, "rate_limited"),
    (RequestDataTooBig, "too_large"),
)


class ApiProblem(exceptions.APIException):
    """
    A problem of ours by its code in PROBLEMS; `detail` says what happened, `headers` go with the answer.
    """

    def __init__(self, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail, code)
        self.code = code
        self.status_code = PROBLEMS[code][0]
        self.headers = headers or {}


def type_uri(code: str) -> str:
    """Return the address that identifies a kind of problem, and explains it to whoever opens it."""
    return f"{settings.BASE_URL}/api/docs/#error-{code}"


def body(
    code: str, *, detail: str, instance: str, errors: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    """Return the members of a problem, in the order people read them."""
    status, title = PROBLEMS[code]
    made: dict[str, Any] = {
        "type": type_uri(code),
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
    }
    if errors is not None:
        made["errors"] = errors
    return made


def flatten(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (dotted field, message) of a serializer's nested errors: lines.1.quantity, body for the whole."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            here = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            yield from flatten(inner, here)
    elif isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from flatten(inner, f"{path}.{index}".lstrip(".") if nested else path)
    else:
        yield path or WHOLE, str(detail)


def problem(exc: Exception, context: dict[str, Any]) -> Response:
    """
    Answer any exception of a view with its problem (REST_FRAMEWORK's EXCEPTION_HANDLER); unknown ones are
    500.
    """
    request = context["request"]
    # Problems are JSON, also where the answer itself would have been YAML (the schema).
    request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
    code = exc.code if isinstance(exc, ApiProblem) else _code(exc)
    errors: dict[str, list[str]] | None = None
    if code == "invalid":
        errors = {}
        for field, message in flatten(exc.detail):  # type: ignore[attr-defined]
            errors.setdefault(field, []).append(message)
        detail = "; ".join(f"{field}: {messages[0]}" for field, messages in list(errors.items())[:3])
    elif code == "server_error":
        log.exception("the API failed on %s %s", request.method, request.path, exc_info=exc)
        got_request_exception.send(sender=None, request=request._request)
        detail = "The failure was logged. Nothing of this request was kept; it is safe to repeat it."
    else:
        detail = _detail(exc, code)
    data = body(code, detail=detail, instance=request.path, errors=errors)
    return Response(data, status=PROBLEMS[code][0], headers=_headers(exc), content_type=MEDIA_TYPE)


def _code(exc: Exception) -> str:
    return next((code for kind, code in _BY_EXCEPTION if isinstance(exc, kind)), "server_error")


def _detail(exc: Exception, code: str) -> str:
    if isinstance(exc, exceptions.Throttled):
        return f"Try again in {int(getattr(exc, 'wait', None) or 1)} seconds."
    if isinstance(exc, exceptions.APIException) and not isinstance(exc, exceptions.NotFound):
        return str(exc.detail)
    return {
        "not_found": "No such address, or nothing there that this key may see.",
        "too_large": "The body is larger than this address takes.",
        "malformed": "The body could not be read to its end.",
        "forbidden": "This key may not do that.",
    }[code]


def _headers(exc: Exception) -> dict[str, str]:
    headers = dict(getattr(exc, "headers", {}))
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    if getattr(exc, "wait", None) is not None:
        headers["Retry-After"] = str(int(exc.wait))  # type: ignore[attr-defined]
    return headers
