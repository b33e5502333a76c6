"""
What staff say about a carrier nobody has written a translator for: where to ask, and where in its answer what
is.

Paths are dots between names, `[*]` for every entry of a list, `[0]` for one: `data.events[*]`, `place.city`.
docs/carriers.md has the whole form with examples.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from config.lib import clock
from config.lib.guarded import Refused, check_address
from tracking.carriers.direct import Meaning
from tracking.vocabulary import Reason, Status

ISO, EPOCH, EPOCH_MS = "iso", "epoch", "epoch_ms"
METHODS = ("GET", "POST")
BLANKS = {"number", "api_key"}
# The settings that are paths.
PATHS = (
    "parcels",
    "number",
    "eta",
    "scans",
    "time",
    "code",
    "message",
    "city",
    "region",
    "country",
    "postcode",
)
_STEP = re.compile(r"(?P<name>[^.\[\]]+)?(?P<picks>(?:\[(?:\*|\d{1,4})\])*)")
_PICK = re.compile(r"\[(\*|\d+)\]")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,60}")
MOST = 2000  # entries of a list that are looked at


@dataclass(frozen=True)
class Config:
    """
    A carrier's configuration, complete; the defaults are the plain form of docs/carriers.md.

    `url`, `headers` and `body` may contain {number} and {api_key}. `parcels`: path to the parcels when an
    answer has several; `scans` and `number` begin there, the others at a scan. `zone`: IANA name for times
    without an offset, '' to keep them local. `status_map`: their code -> our status, or [status, reason].
    `carriers`: the codes of the carriers whose parcels this account follows.
    """

    url: str = ""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    unknown: tuple[int, ...] = (404,)
    parcels: str = ""
    number: str = "tracking_number"
    eta: str = "eta"
    scans: str = "scans[*]"
    time: str = "time"
    time_format: str = ISO
    zone: str = ""
    code: str = "code"
    message: str = "message"
    city: str = "city"
    region: str = "region"
    country: str = "country"
    postcode: str = "postcode"
    status_map: Mapping[str, Any] = field(default_factory=dict)
    carriers: tuple[str, ...] = ()
    signature_header: str = "x-signature"

    def meaning(self, code: str) -> Meaning | None:
        """
        Return what a code means by the status map, or as one of our own statuses; None when it is neither.
        """
        for theirs, ours in self.status_map.items():
            if theirs.casefold() == code.casefold():
                status, reason = (ours, "") if isinstance(ours, str) else (*ours, "")[:2]
                return Meaning(Status(status), Reason(reason) if reason else "")
        return Meaning(Status(code.upper())) if code.upper() in Status.values else None

    def when(self, told: Any) -> datetime | None:
        """Return a scan's time (aware in UTC, or naive when nobody knows the zone), None when it is none."""
        try:
            found = _moment(told, self.time_format)
        except (ValueError, OverflowError, OSError):
            return None
        if found is None or not 1990 <= found.year < 2200:
            return None
        if found.tzinfo is None and self.zone:
            found = found.replace(tzinfo=ZoneInfo(self.zone))
        return found.astimezone(UTC) if found.tzinfo else found


def _moment(told: Any, form: str) -> datetime | None:
    if told is None or told == "" or isinstance(told, bool | list | dict):
        return None
    if form == ISO:
        return clock.parse(str(told))
    if form in (EPOCH, EPOCH_MS):
        seconds = float(told) / (1000 if form == EPOCH_MS else 1)
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return datetime.strptime(str(told).strip()[:80], form)  # noqa: DTZ007 (the zone is the configuration's)


# --- paths
def steps(path: str) -> list[tuple[str, list[str]]]:
    """Return a path's steps: a name, and what is picked from the list there. Raises: ValueError."""
    found = []
    for part in path.removeprefix("$.").removeprefix("$").split(".") if path not in ("", "$") else ():
        step = _STEP.fullmatch(part)
        if step is None or not part:
            raise ValueError(f"{path!r} is not a path")
        found.append((step["name"] or "", _PICK.findall(step["picks"])))
    return found


def look(value: Any, path: str) -> list[Any]:
    """Return everything `path` leads to from `value`; [] when it leads nowhere."""
    found = [value]
    for name, picks in steps(path):
        if name:
            found = [item[name] for item in found if isinstance(item, dict) and name in item]
        for pick in picks:
            lists = [item for item in found if isinstance(item, list)]
            found = [
                entry
                for items in lists
                for entry in (items[:MOST] if pick == "*" else items[int(pick) : int(pick) + 1])
            ]
    return found


def first(value: Any, path: str) -> Any:
    """Return the first thing `path` leads to, None when there is nothing or no path."""
    found = look(value, path) if path else []
    return found[0] if found else None


# --- checking
def read(told: Mapping[str, Any]) -> Config:
    """Return the configuration in `told`. Raises: ValueError with everything that is wrong with it."""
    wrong = problems(told)
    if wrong:
        raise ValueError("; ".join(wrong))
    known = {item.name for item in fields(Config)}
    values = {name: value for name, value in told.items() if name in known}
    if "unknown" in values:
        values["unknown"] = tuple(values["unknown"])
    if "carriers" in values:
        values["carriers"] = tuple(values["carriers"])
    if "signature_header" in values:
        values["signature_header"] = values["signature_header"].lower()
    return Config(**values)


def problems(told: Mapping[str, Any]) -> list[str]:
    """
    Return what is wrong with a configuration, in words for staff: one sentence each, [] when it is good.
    """
    known = {item.name for item in fields(Config)}
    wrong = [f"{name}: there is no such setting" for name in told if name not in known]
    wrong += [*_address(told), *_call(told), *_paths(told), *_times(told), *_statuses(told)]
    return wrong


def _address(told: Mapping[str, Any]) -> list[str]:
    url = told.get("url", "")
    if url == "":
        return []  # an account that is only pushed to
    if not isinstance(url, str):
        return ["url: this has to be a text"]
    blanks = _blanks(url)
    if blanks is None or not blanks <= BLANKS:
        return ["url: only {number} and {api_key} can stand in braces"]
    if "number" not in blanks and "number" not in (_blanks_of(told.get("body")) or ()):
        return ["url: {number} is missing, and body does not contain it either"]
    host = url.split("://", 1)[-1].split("/", 1)[0]
    if "{" in host:
        return ["url: the host must not depend on the number or the key"]
    try:
        check_address(url.replace("{number}", "1").replace("{api_key}", "1"))
    except Refused as exc:
        return [f"url: {exc}"]
    return []


def _call(told: Mapping[str, Any]) -> list[str]:
    wrong = []
    if told.get("method", "GET") not in METHODS:
        wrong.append("method: this has to be GET or POST")
    headers = told.get("headers", {})
    if not isinstance(headers, Mapping) or not all(
        isinstance(value, str)
        and _HEADER.fullmatch(name)
        and value.isprintable()
        and _blanks(value) is not None
        for name, value in headers.items()
    ):
        wrong.append("headers: these have to be names and texts")
    elif any(name.lower() in ("host", "content-length", "transfer-encoding") for name in headers):
        wrong.append("headers: Host and lengths are not for you to set")
    if "body" in told and _blanks_of(told["body"]) is None:
        wrong.append("body: only {number} and {api_key} can stand in braces")
    unknown = told.get("unknown", ())
    if not isinstance(unknown, list | tuple) or not all(
        isinstance(code, int) and 200 <= code < 600 for code in unknown
    ):
        wrong.append("unknown: this has to be a list of HTTP statuses, such as [404]")
    carriers = told.get("carriers", ())
    if not isinstance(carriers, list | tuple) or not all(isinstance(c, str) and c for c in carriers):
        wrong.append("carriers: this has to be a list of carrier codes")
    header = told.get("signature_header", "x-signature")
    if not isinstance(header, str) or not _HEADER.fullmatch(header):
        wrong.append("signature_header: this is not the name of a header")
    return wrong


def _paths(told: Mapping[str, Any]) -> list[str]:
    wrong = []
    for name in PATHS:
        path = told.get(name, "")
        try:
            if not isinstance(path, str) or len(path) > 200:
                raise ValueError
            steps(path)
        except ValueError:
            wrong.append(f"{name}: this is not a path like data.events[*]")
    wrong += [f"{name}: this is missing" for name in ("scans", "time") if told.get(name, "x") == ""]
    return wrong


def _times(told: Mapping[str, Any]) -> list[str]:
    wrong = []
    form, zone = told.get("time_format", ISO), told.get("zone", "")
    if not isinstance(form, str) or (form not in (ISO, EPOCH, EPOCH_MS) and not _strptime(form)):
        wrong.append("time_format: this has to be iso, epoch, epoch_ms or a form like %d.%m.%Y %H:%M")
    try:
        if not isinstance(zone, str):
            raise ValueError
        if zone:
            ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        wrong.append("zone: this is not a time zone like Europe/Berlin")
    return wrong


def _strptime(form: str) -> bool:
    """Say whether `form` reads back what it writes."""
    moment = datetime(2026, 3, 12, 17, 45, 30, tzinfo=UTC)
    try:
        return "%" in form and datetime.strptime(moment.strftime(form), form).month == 3  # noqa: DTZ007
    except ValueError:
        return False


def _statuses(told: Mapping[str, Any]) -> list[str]:
    table = told.get("status_map", {})
    if not isinstance(table, Mapping):
        return ["status_map: this has to be a table of codes"]
    wrong = []
    for code, ours in table.items():
        status, reason = (
            (ours, "") if isinstance(ours, str) else (*ours, "", "")[:2] if _pair(ours) else ("", "")
        )
        if status not in Status.values:
            wrong.append(f"status_map: {code} has to be one of {', '.join(Status.values)}")
        elif reason and reason not in Reason.values:
            wrong.append(f"status_map: the reason of {code} has to be one of {', '.join(Reason.values)}")
    return wrong


def _pair(told: Any) -> bool:
    return (
        isinstance(told, list | tuple) and 1 <= len(told) <= 2 and all(isinstance(word, str) for word in told)
    )


# --- filling in
def _blanks(text: str) -> set[str] | None:
    """Return the names in braces, None when the braces do not add up or hold more than a name."""
    try:
        parsed = [(name, spec, turn) for _, name, spec, turn in Formatter().parse(text) if name is not None]
    except ValueError:
        return None
    return {name for name, _, _ in parsed} if all(not spec and not turn for _, spec, turn in parsed) else None


def _blanks_of(body: Any, depth: int = 8) -> set[str] | None:
    """Return the names in braces anywhere in a body's texts; None when one is none of ours."""
    if isinstance(body, str):
        # JSON has braces of its own; only a text that fills in anything is a template.
        return {name for name in BLANKS if f"{{{name}}}" in body}
    inner = list(body.values()) if isinstance(body, Mapping) else body if isinstance(body, list) else []
    if not depth:
        return None
    found = [_blanks_of(item, depth - 1) for item in inner]
    return None if None in found else set().union(*(one for one in found if one))


def filled(template: Any, values: Mapping[str, str]) -> Any:
    """Return `template` (a text, or JSON with texts in it) with {number} and {api_key} filled in."""
    if isinstance(template, str):
        return re.sub(r"\{(number|api_key)\}", lambda blank: values[blank[1]], template)
    if isinstance(template, Mapping):
        return {name: filled(item, values) for name, item in template.items()}
    return [filled(item, values) for item in template] if isinstance(template, list) else template
