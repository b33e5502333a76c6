"""
Reading other people's XML without trusting it, in the shape of JSON so that one translator reads both.

Document types, entities and anything fetched from elsewhere are refused (defusedxml): no bomb, no file.
"""

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tracking.carriers.base import BadPayload
from tracking.reading import Record, text

DEEPEST = 40  # the deepest real body has 12
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def document(body: bytes) -> Record:
    """
    Return the XML in `body` as {name of its root: content}, names without their namespaces.

    An element with children is an object, one without is its text, '' when empty and None when it says nil;
    children of one name are a list. Attributes are left out. Raises: BadPayload.
    """
    try:
        root = fromstring(body, forbid_dtd=True)
    except DefusedXmlException as exc:
        raise BadPayload("the XML declares a document type or entities") from exc
    except (ParseError, ValueError, LookupError) as exc:
        raise BadPayload(f"not XML: {exc}") from exc
    return {_name(root): _content(root, 0)}


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _content(element: Element, depth: int) -> Any:
    if depth > DEEPEST:
        raise BadPayload("the XML is nested too deeply")
    if not len(element):
        return None if element.get(_NIL) == "true" else (element.text or "").strip()
    found: Record = {}
    for child in element:
        name, value = _name(child), _content(child, depth + 1)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def part(value: Any, *path: str) -> Any:
    """Return what stands at `path` below `value`, None where the way ends; the first of several."""
    for name in path:
        value = value[0] if isinstance(value, list) and value else value
        value = value.get(name) if isinstance(value, dict) else None
    return value


def several(value: Any) -> list[Record]:
    """Return the objects in a list, in one object that might have been a list, or in nothing."""
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, dict)]


def words(value: Any, what: str, longest: int = 200) -> str:
    """Return an element's text, '' when it is missing. Raises: BadPayload when it is no text."""
    value = value[0] if isinstance(value, list) and value else value
    return text(None if value == {} or value == [] else value, what, longest)


def fault(body: bytes) -> tuple[str, str]:
    """Return the code and sentence of a SOAP fault, the carrier's own before SOAP's; ('', '') for none."""
    try:
        told = part(document(body), "Envelope", "Body", "Fault")
    except BadPayload:
        return "", ""
    if not isinstance(told, dict):
        return "", ""
    details = part(told, "detail")
    own = next((entry for entry in several(list(details.values()))), {}) if isinstance(details, dict) else {}
    code, sentence = (
        _first(own, "errorCode", "faultCode", "Code"),
        _first(own, "errorMessage", "message", "Description"),
    )
    return code or _first(told, "faultcode") or "a fault", sentence or _first(told, "faultstring")


def _first(told: Record, *names: str) -> str:
    found = next((told[name] for name in names if isinstance(told.get(name), str)), "")
    return text(found, "a fault", 200)
