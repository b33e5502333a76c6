"""The OpenAPI description: what every operation has in common is added here, once."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import ListSerializer

from customers.api.errors import MEDIA_TYPE, PROBLEMS, WHOLE, body
from customers.api.idempotency import HEADER

NEEDS_KEY = "x-needs-key"
COMMON = ("unauthenticated", "forbidden", "not_acceptable", "rate_limited", "server_error")
READING = ("invalid", "not_found")
WRITING = (
    "invalid",
    "malformed",
    "not_found",
    "conflict",
    "in_progress",
    "too_large",
    "unsupported_media_type",
    "idempotency_mismatch",
)

PROBLEM = {
    "type": "object",
    "description": "What went wrong, as RFC 9457 has it.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "Identifies the kind of problem and explains it.",
        },
        "title": {
            "type": "string",
            "description": "The kind of problem in words; the same for every such problem.",
        },
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What happened this time."},
        "instance": {"type": "string", "description": "The address that was called."},
        "code": {
            "type": "string",
            "enum": list(PROBLEMS),
            "description": "The kind of problem for programs; never renamed.",
        },
        "errors": {
            "type": "object",
            "description": "With code `invalid`: messages by field, nested ones dotted (`lines.0.quantity`), "
            f"`{WHOLE}` for the whole.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
RATE_HEADERS = {
    "RateLimit-Policy": "How many requests (`q`) this key has in a window of `w` seconds.",
    "RateLimit": "How many are left (`r`), and in how many seconds (`t`) the window ends.",
}


class Schema(AutoSchema):
    """Names the scope of each operation, and offers Idempotency-Key where it counts."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        """
        Return the security requirement: the key, and the scope it needs (OpenAPI 3.1 lets a role stand here).
        """
        scope = getattr(self.view, "scopes", {}).get(self.method)
        return [{name: [scope] if scope else [] for name in needed} for needed in super().get_auth()]

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """Add how many items a list of objects may have."""
        made = super()._map_serializer_field(field, direction, bypass_extensions)
        if isinstance(field, ListSerializer) and made.get("type") == "array":
            made = {**made, "minItems": 0 if field.allow_empty else 1}
            if getattr(field, "max_length", None):
                made["maxItems"] = field.max_length  # type: ignore[attr-defined]
        return made

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Note whether the operation takes an Idempotency-Key, and needs one; `finish` says so."""
        made = super().get_operation(*args, **kwargs)
        handler = getattr(self.view, self.method.lower(), None)
        needed = getattr(handler, "needs_key", None)
        if made is not None and needed is not None:
            made[NEEDS_KEY] = needed
        return made

    def get_description(self) -> str:  # type: ignore[override]
        """Return the operation's words, ending with the scope it needs."""
        scope = getattr(self.view, "scopes", {}).get(self.method)
        return f"{super().get_description()}\n\nNeeds the scope `{scope}`."


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """
    Add what operations share: failures, headers, Idempotency-Key (a POSTPROCESSING_HOOK).

    Serializers named …Out always answer with all their fields; those named …In take no others.
    """
    schemas = result["components"].setdefault("schemas", {})
    for name, schema in schemas.items():
        if name.endswith("Out"):
            _complete(schema)
        elif name.endswith("In"):
            schema["additionalProperties"] = False
    schemas["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method not in ("get", "post"):
                continue
            codes = [*COMMON, *(WRITING if method == "post" else READING)]
            _add_failures(operation, codes, path)
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    answer["description"] = "Created." if status == "201" else "Done."
                    answer["headers"] = {**_headers(RATE_HEADERS), **answer.get("headers", {})}
            if method == "post":
                needed = operation.pop(NEEDS_KEY, None)
                if needed is not None:
                    operation.setdefault("parameters", []).insert(0, _idempotency_key(needed))
                operation["requestBody"]["required"] = True
    return result


def _complete(schema: dict[str, Any]) -> None:
    schema["required"] = sorted(schema["properties"])
    for field in schema["properties"].values():
        field.pop("readOnly", None)
        field.pop("minLength", None)


def _add_failures(operation: dict[str, Any], codes: list[str], path: str) -> None:
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(PROBLEMS[code][0], []).append(code)
    for status, found in sorted(by_status.items()):
        examples = {code: {"value": _example(code, path)} for code in found}
        answer: dict[str, Any] = {
            "description": "; or ".join(PROBLEMS[code][1] for code in found) + ".",
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
            },
        }
        if status == 429:
            answer["headers"] = _headers({**RATE_HEADERS, "Retry-After": "Seconds to wait."})
        if status == 401:
            answer["headers"] = _headers({"WWW-Authenticate": "The challenge (RFC 6750)."})
        operation["responses"][str(status)] = answer


def _example(code: str, path: str) -> dict[str, Any]:
    errors = {"updated_since": ["The time has no offset from UTC."]} if code == "invalid" else None
    detail = "updated_since: The time has no offset from UTC." if errors else PROBLEMS[code][1] + "."
    return body(code, detail=detail, instance=path, errors=errors)


def _headers(words: dict[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in words.items()}


def _idempotency_key(required: bool) -> dict[str, Any]:
    return {
        "name": HEADER,
        "in": "header",
        "required": required,
        "description": "Makes a repeat safe: for 24 hours the same key with the same body gets the first "
        "answer again, with `Idempotency-Replayed: true`.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "example": "6f1c3a52-6a0e-4d38-9a7e-0f3f0a4f5c11",
    }
