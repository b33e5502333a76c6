"""
The reference at /api/docs/: the OpenAPI description as a page, drawn here, with no script and nobody else's
host.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from customers.api.errors import PROBLEMS
from customers.models.partners import SCOPES

# What to do about each kind of problem; the words stand on the page that a problem's `type` leads to.
ADVICE = {
    "malformed": "The body is not UTF-8 JSON, or an object names a member twice. A repeat will not help.",
    "invalid": "`errors` lists what is wrong, field by field. Correct it; a repeat will not help.",
    "unauthenticated": "Send `Authorization: Bearer <key>`. A key that was revoked or has ended stays so.",
    "forbidden": "Ask for a key with the scope that `detail` names.",
    "not_found": "Check the address and the id. Objects of stores your key does not open answer alike.",
    "method_not_allowed": "The `Allow` header names the methods this address takes.",
    "not_acceptable": "Send `Accept: application/json`, or none.",
    "conflict": "Read the object again: it has moved on, or something it needs is gone. `detail` says what.",
    "in_progress": "Wait as long as `Retry-After` says, then send the same request again.",
    "too_large": "A body has at most one megabyte. Send less at once.",
    "unsupported_media_type": "Send `Content-Type: application/json`.",
    "idempotency_mismatch": "Use a new Idempotency-Key for a new request.",
    "rate_limited": "Wait as long as `Retry-After` says. The `RateLimit` headers tell you beforehand.",
    "server_error": "The failure was logged and nothing was kept. Send it again, a little later each time.",
}

Parts = list[tuple[bool, str]]


def pieces(text: str) -> Parts:
    """Split words at their backticks: (is it code, text)."""
    return [(bool(n % 2), part) for n, part in enumerate(text.split("`")) if part]


def paragraphs(text: str) -> list[Parts]:
    """Return a description's paragraphs, without the lists of values that tables show."""
    kept = (block for block in text.split("\n\n") if not block.lstrip().startswith("* `"))
    return [pieces(" ".join(block.split())) for block in kept if block.strip()]


class Reference:
    """Reads one OpenAPI document into what the template draws."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.schemas: Mapping[str, Any] = document["components"]["schemas"]

    def groups(self) -> list[dict[str, Any]]:
        """Return the operations under the headings the document gives them."""
        found = [
            {"name": tag["name"], "about": tag["description"], "operations": []}
            for tag in self.document["tags"]
        ]
        by_name: dict[str, Any] = {group["name"]: group for group in found}
        for path, operations in self.document["paths"].items():
            for method, operation in operations.items():
                by_name[operation["tags"][0]]["operations"].append(self._operation(path, method, operation))
        return found

    def words(self) -> list[dict[str, Any]]:
        """Return the lists of words (statuses, reasons) with what each means."""
        return [
            {"name": name, "values": _meanings(schema)}
            for name, schema in self.schemas.items()
            if schema.get("enum") and schema.get("description")
        ]

    def _operation(self, path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
        body = _content(operation.get("requestBody", {}))
        status, answer = next((s, a) for s, a in operation["responses"].items() if s.startswith("2"))
        example = _example(body)
        return {
            "id": operation["operationId"],
            "method": method.upper(),
            "path": path,
            "summary": operation["summary"],
            "about": paragraphs(operation["description"]),
            "parameters": [self._parameter(each) for each in operation.get("parameters", ())],
            "fields": list(self._fields(body.get("schema"))),
            "answers": list(self._fields(_content(answer).get("schema"))),
            "status": status,
            "curl": _curl(path, method, example),
            "answer": _pretty(_example(_content(answer))),
            "failures": [
                (status, each["description"])
                for status, each in operation["responses"].items()
                if status >= "4"
            ],
        }

    def _parameter(self, given: Mapping[str, Any]) -> dict[str, Any]:
        about = given.get("description") or ("The object's `id`." if given["in"] == "path" else "")
        return {
            "name": given["name"],
            "where": {"query": "in the query", "path": "in the path", "header": "header"}[given["in"]],
            "kind": self._kind(given["schema"]),
            "required": given.get("required", False),
            "about": paragraphs(about),
            "values": given["schema"].get("enum", []),
        }

    def _resolve(self, schema: Mapping[str, Any] | None) -> Mapping[str, Any]:
        if not schema:
            return {}
        if "$ref" in schema:
            return self.schemas[schema["$ref"].rpartition("/")[2]]  # type: ignore[no-any-return]
        return schema

    def _fields(
        self, schema: Mapping[str, Any] | None, prefix: str = "", depth: int = 0
    ) -> Iterator[dict[str, Any]]:
        """Yield a row per field; those of nested objects follow theirs, with a dotted name."""
        top = self._resolve(schema)
        for option in top.get("oneOf", ()) if not top.get("properties") else ():
            if self._resolve(option).get("properties"):
                yield from self._fields(option, prefix, depth)
        required = top.get("required", ())
        for name, field in top.get("properties", {}).items():
            yield {
                "name": f"{prefix}{name}",
                "kind": self._kind(field),
                "limits": _limits(field),
                "required": name in required,
                "about": paragraphs(field.get("description", "")),
            }
            inner = self._resolve(field.get("items", field))
            mark = "[]." if "items" in field else "."
            if depth < 2 and not self._names_words(inner):
                yield from self._fields(inner, f"{prefix}{name}{mark}", depth + 1)

    def _names_words(self, schema: Mapping[str, Any]) -> bool:
        return "enum" in schema

    def _kind(self, schema: Mapping[str, Any]) -> str:
        """Return a field's type in words."""
        if "oneOf" in schema:
            kinds = [self._kind(each) for each in schema["oneOf"] if each.get("maxLength") != 0]
            return " or ".join(dict.fromkeys(kind for kind in kinds if kind))
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return "" if name == "BlankEnum" else name if "enum" in self.schemas[name] else "object"
        if schema.get("type") == "array":
            inner = self._kind(schema["items"])
            return f"list of {inner}s" if inner in ("object", "text") else f"list of {inner}"
        kinds = schema.get("type", "")
        names = [kinds] if isinstance(kinds, str) else list(kinds)
        return " or ".join(
            _KINDS.get(schema.get("format", ""), "") or _KINDS.get(n, n) for n in _nulls_last(names)
        )


_KINDS = {
    "string": "text",
    "integer": "integer",
    "boolean": "true or false",
    "date-time": "time",
    "date": "day",
    "uuid": "id",
    "uri": "address",
    "email": "e-mail",
}


def _nulls_last(names: Sequence[str]) -> list[str]:
    """Return the types of a field but null, which the words about it explain where it matters."""
    return [name for name in names if name != "null"] or ["null"]


def _limits(schema: Mapping[str, Any]) -> str:
    """Return how long or large a value may be."""
    if "maxLength" in schema:
        return f"up to {schema['maxLength']}"
    if "maxItems" in schema:
        return f"up to {schema['maxItems']}"
    if schema.get("minimum") and "maximum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    return ""


def _meanings(schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    lines = (line.strip() for line in schema["description"].splitlines())
    return [tuple(line[3:].split("` - ", 1)) for line in lines if line.startswith("* `")]  # type: ignore[misc]


def _content(part: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(iter(part.get("content", {}).values()), {})  # type: ignore[no-any-return]


def _example(content: Mapping[str, Any]) -> Any:
    found = next(iter(content.get("examples", {}).values()), None)
    return found["value"] if found else None


def _pretty(value: Any) -> str:
    return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)


def _curl(path: str, method: str, example: Any) -> str:
    address = path.replace("{public_id}", "5f2f6a0c-9a55-4f0e-8c64-1c9e6f3a2b10")
    lines = [f'curl "{settings.BASE_URL}{address}"', '-H "Authorization: Bearer $KEY"']
    if method == "post":
        lines.append('-H "Content-Type: application/json"')
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
        lines.append(f"-d '{_pretty(example)}'")
    return " \\\n  ".join(lines)


@lru_cache(maxsize=1)
def reference() -> dict[str, Any]:
    """Return what the template draws; made once per process, since the code it describes does not change."""
    with translation.override("en"):
        drawn = Reference(SchemaGenerator().get_schema(request=None, public=True))
        problems = [(code, *PROBLEMS[code], pieces(ADVICE[code])) for code in PROBLEMS]
        return {"groups": drawn.groups(), "words": drawn.words(), "problems": problems, "scopes": SCOPES}


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the reference."""
    page = {
        **reference(),
        "base_url": settings.BASE_URL,
        "limit": settings.API_RATE,
        "language_tag": "en",
    }
    response = render(request, "api/docs.html", page)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
