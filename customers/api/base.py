"""
What every API view shares: time, size limits, conditional answers, and fields that say exactly what is wrong.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.lib import clock
from customers.api.errors import ApiProblem

MAX_BODY = 1024 * 1024
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
MAX_MINOR = 10**12  # ten thousand million of most currencies: a larger amount is a mistake
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """
    Build an object from its members. Raises ValueError when one stands twice: which would count is not
    defined.
    """
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the member “{twice}” stands twice in one object")
    return made


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


class JsonBody(JSONParser):
    """JSON as RFC 8259 has it: UTF-8, no NaN, no member twice, and not nested until something breaks."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return what the body says. Raises ParseError with the reason."""
        try:
            text = stream.read().decode("utf-8")
            made = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
            if SURROGATE.search(text):
                json.dumps(made, ensure_ascii=False).encode()  # raises for half a pair: it is no character
        except RecursionError as exc:
            raise ParseError("The body is nested too deeply.") from exc
        except ValueError as exc:
            why = str(exc).encode(errors="backslashreplace").decode()
            raise ParseError(f"The body is not JSON: {why}.") from exc
        return made


class ApiView(APIView):
    """
    Base of all API views.

    `scopes` names the scope each method needs. `at` is when the request came in: views are where the clock is
    read.
    """

    scopes: ClassVar[Mapping[str, str]] = {}
    parser_classes = (JsonBody,)
    http_method_names: ClassVar[list[str]] = ["get", "head", "post"]  # type: ignore[misc]
    at: datetime

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer in English whatever the browser prefers: messages are part of the contract."""
        self.at = timezone.now()
        with translation.override("en"):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that is too large before any of it is parsed. Raises ApiProblem 413."""
        super().initial(request, *args, **kwargs)
        if request.method != "POST":
            return
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MAX_BODY or len(request.body) > MAX_BODY:
            raise ApiProblem("too_large", f"A body has at most {MAX_BODY} bytes.")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add what is left of the rate limit, and keep shared caches away from one key's answers."""
        made = super().finalize_response(request, response, *args, **kwargs)
        for name, value in getattr(request, "rate", {}).items():
            made.headers[name] = value
        patch_vary_headers(made, ["Authorization"])
        return made

    def conditional(self, request: Request, data: Any) -> HttpResponse:
        """Return one object with its ETag, or 304 when the caller has it already (If-None-Match)."""
        etag = f'"{hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:32]}"'
        given = parse_etags(request.headers.get("If-None-Match", ""))
        known = "*" in given or etag in {tag.removeprefix("W/") for tag in given}
        response = HttpResponse(status=304) if known else Response(data)
        response.headers["ETag"] = etag
        response.headers["Cache-Control"] = "private, no-cache"
        return response


class NotHere(ApiView):
    """Any address under /api/ that is none: the same problem as an object that does not exist."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """
        Say that there is nothing here, whatever the method, and how addresses look. Raises ApiProblem 404.
        """
        hint = "" if request.path.endswith("/") else f" Addresses end with a slash: {request.path}/"
        raise ApiProblem("not_found", f"No such address.{hint}")


class Strict(serializers.Serializer):
    """A serializer that names the fields it does not know instead of ignoring them."""

    def to_internal_value(self, data: Any) -> Any:
        """Validate `data`. Raises ValidationError, also for unknown fields."""
        unknown: dict[str, list[str]] = {}
        if isinstance(data, Mapping):
            unknown = {str(name): ["There is no such field."] for name in data if name not in self.fields}
        try:
            value = super().to_internal_value(data)
        except ValidationError as exc:
            if not isinstance(exc.detail, dict):
                raise
            raise ValidationError({**exc.detail, **unknown}) from exc
        if unknown:
            raise ValidationError(unknown)
        return value


class Text(serializers.CharField):
    """Text only: a number or true is a mistake, not a text. `optional`: '' when left out or null."""

    default_error_messages = {"text": "This is text, in quotes."}

    def __init__(self, *, optional: bool = False, **kwargs: Any) -> None:
        self.optional = optional
        if optional:
            kwargs.update(allow_blank=True, allow_null=True, default="")
        super().__init__(**kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Take null for blank where blank is allowed."""
        return (True, "") if data is None and self.optional else super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> str:
        """Return the trimmed text."""
        if not isinstance(data, str):
            self.fail("text")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number: not a text, not 1.0, not true."""

    default_error_messages = {"whole": "This is a whole number, without quotes."}

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("whole")
        return data


class Minor(Whole):
    """An amount in minor units (cents): an integer, never a decimal."""

    default_error_messages = {"whole": "Money is a whole number of minor units: 12.50 EUR is 1250."}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", MAX_MINOR)
        super().__init__(**kwargs)


class YesNo(serializers.BooleanField):
    """true or false, not a word or number for it."""

    default_error_messages = {"invalid": "This is true or false."}

    def to_internal_value(self, data: Any) -> bool:
        """Return the truth."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Instant(serializers.DateTimeField):
    """A point in time with its offset from UTC. Without one nobody can say when it was."""

    default_error_messages = {
        "invalid": "This is not an ISO 8601 time such as 2026-03-10T12:00:00Z.",
        "offset": "The time has no offset from UTC: send 2026-03-10T12:00:00Z or 2026-03-10T13:00:00+01:00.",
        "range": "The time lies outside 1990 to 2100.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Return the time in UTC."""
        try:
            found = clock.parse(value) if isinstance(value, str) else None
        except clock.BadTime:
            found = None
        if found is None or len(value) < len("2026-03-10T12:00"):
            self.fail("invalid")
        if found.tzinfo is None:
            self.fail("offset")
        if not EARLIEST <= found < LATEST:
            self.fail("range")
        return found


class QueryInstant(Instant):
    """An Instant in an address, where an unescaped + arrives as a space."""

    def to_internal_value(self, value: Any) -> datetime:
        """Return the time in UTC."""
        if isinstance(value, str) and value[-6:-5] == " ":
            value = f"{value[:-6]}+{value[-5:]}"
        return super().to_internal_value(value)


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$"})
class LocalTime(serializers.DateTimeField):
    """A wall-clock time whose offset nobody told."""

    default_error_messages = {
        "invalid": "This is not an ISO 8601 time such as 2026-03-10T12:00:00.",
        "offset": "This time has an offset: send it as “at”.",
        "range": "The time lies outside 1990 to 2100.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Return the naive time."""
        try:
            found = clock.parse(value) if isinstance(value, str) else None
        except clock.BadTime:
            found = None
        if found is None or len(value) < len("2026-03-10T12:00"):
            self.fail("invalid")
        if found.tzinfo is not None:
            self.fail("offset")
        if not EARLIEST <= found.replace(tzinfo=UTC) < LATEST:
            self.fail("range")
        return found

    def to_representation(self, value: Any) -> str:
        """Return the time as it was told."""
        return value if isinstance(value, str) else value.isoformat()


class Filters(Strict):
    """The query of a list. A misspelled filter is refused: ignored, it would answer with everything."""

    PAGING: ClassVar[frozenset[str]] = frozenset({"cursor", "page_size"})

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """Return the filters given, validated. Raises ValidationError."""
        given = request.query_params
        twice = {name: ["Give it once."] for name in given if len(given.getlist(name)) > 1}
        if twice:
            raise ValidationError(twice)
        serializer = cls(data={name: value for name, value in given.items() if name not in cls.PAGING})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)
