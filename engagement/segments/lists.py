"""Lists: segments whose members are put there by hand, by a partner or from a file."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

import phonenumbers
from django.db import transaction
from django.db.models import Q

from customers.models import Customer, Identity
from customers.services.people import email_key
from engagement.models import Membership, Segment
from engagement.segments.services import NotThatKind
from engagement.segments.telling import array, batched, wake_askers
from engagement.segments.telling import tell as telling

MAX_BYTES = 5 * 1024 * 1024
AT_ONCE = 1000
UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@transaction.atomic
def add(*, segment: Segment, customer_ids: Iterable[int], at: datetime, tell: bool = True) -> int:
    """
    Put customers on a list; those that are on it, or do not exist, are left out. `tell`: as events.

    Returns: how many came. Raises: NotThatKind.
    """
    _only_lists(segment)
    known = set(
        Customer.objects.filter(pk__in=array(customer_ids), merged_into=None).values_list("pk", flat=True)
    )
    there = Membership.objects.filter(segment=segment, customer__in=array(known))
    fresh = sorted(known - set(there.values_list("customer_id", flat=True)))
    rows = [Membership(segment=segment, customer_id=pk, entered_at=at) for pk in fresh]
    Membership.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    if tell:
        telling(segment, fresh, [], at)
    _changed(segment, len(fresh), at)
    return len(fresh)


@transaction.atomic
def remove(*, segment: Segment, customer_ids: Iterable[int], at: datetime, tell: bool = True) -> int:
    """Take customers off a list. Returns: how many were on it. Raises: NotThatKind."""
    _only_lists(segment)
    there = Membership.objects.filter(segment=segment, customer__in=array(customer_ids))
    gone = sorted(there.values_list("customer_id", flat=True))
    there.delete()
    if tell:
        telling(segment, [], gone, at)
    _changed(segment, len(gone), at)
    return len(gone)


def _only_lists(segment: Segment) -> None:
    """Lock a list's row, so that two who add the same person tell of it once."""
    if segment.kind != Segment.Kind.LIST:
        raise NotThatKind("Who is in a segment by rules is said by its rule.")
    Segment.objects.select_for_update().get(pk=segment.pk)


def _changed(segment: Segment, number: int, at: datetime) -> None:
    if number:
        found = Membership.objects.filter(segment=segment).count()
        Segment.objects.filter(pk=segment.pk).update(count=found, evaluated_at=at, updated_at=at)
        wake_askers(segment, at)


# --- from a file ---
class BadFile(ValueError):
    """A file that is no list. The text says why, in words for staff."""


@dataclass(frozen=True)
class Problem:
    """A line that names nobody: its number (the first is 1), what it says, why."""

    line: int
    text: str
    why: str


@dataclass(frozen=True)
class Found:
    """What a file names: customers by key, each once, and the lines that name nobody."""

    customer_ids: tuple[int, ...]
    there: int
    problems: tuple[Problem, ...]

    @property
    def fresh(self) -> int:
        """How many of them are not on the list yet."""
        return len(self.customer_ids) - self.there


def look_up(*, segment: Segment, body: bytes) -> Found:
    """
    Say whom a file names; nothing is written. One person per line, by e-mail address, phone number or id in
    the segment's shop (any shop, where the segment is of all). Of a CSV the first column counts, and a head
    is passed over.

    Raises: BadFile.
    """
    rows = _rows(body)
    meant = known([value for _, value in rows], segment)
    people: dict[int, None] = {}
    problems = []
    for number, text in rows:
        found = meant.get(text, set())
        if len(found) == 1:
            people[next(iter(found))] = None
        elif number > 1 or not _is_head(text):
            why = "More than one customer is called this." if found else "Nobody is known by this."
            problems.append(Problem(number, text, why))
    there = Membership.objects.filter(segment=segment, customer__in=array(people)).count()
    return Found(tuple(people), there, tuple(problems))


def take_in(*, segment: Segment, body: bytes, at: datetime, tell: bool = True) -> tuple[int, Found]:
    """
    Put whom a file names on a list. The same file again adds nobody. Returns: how many came, and what it
    named. Raises: BadFile, NotThatKind.
    """
    found = look_up(segment=segment, body=body)
    return add(segment=segment, customer_ids=found.customer_ids, at=at, tell=tell), found


def _rows(body: bytes) -> list[tuple[int, str]]:
    """Return number and first cell of every line that is not empty. Raises: BadFile."""
    if len(body) > MAX_BYTES:
        raise BadFile("The file is larger than 5 MB. Divide it.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise BadFile("This is no text file. Save it as CSV.")
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    try:
        lines = enumerate(csv.reader(StringIO(text), delimiter=mark), 1)
        rows = [(number, row[0].strip()) for number, row in lines if row]
    except csv.Error as exc:
        raise BadFile(f"This is no CSV: {exc}.") from exc
    rows = [(number, cell[:254]) for number, cell in rows if cell]
    if not rows:
        raise BadFile("The file is empty.")
    return rows


def _is_head(text: str) -> bool:
    return "@" not in text and not any(letter.isdigit() for letter in text)


def known(texts: Sequence[str], segment: Segment) -> dict[str, set[int]]:
    """
    Return {text: the customers it may mean}: an e-mail address, phone number, id in the segment's shop, or
    our public id. A few queries per 1,000 texts.
    """
    named = {text: {key for key in (email_key(text), _phone(text), text) if key} for text in texts}
    values = sorted({key for keys in named.values() for key in keys})
    meant: dict[str, set[int]] = {}
    for start in range(0, len(values), AT_ONCE):
        rows = Identity.objects.filter(value__in=values[start : start + AT_ONCE], customer__merged_into=None)
        if segment.store_id:
            rows = rows.filter(Q(store=None) | Q(store=segment.store_id))
        for value, customer in rows.values_list("value", "customer"):
            meant.setdefault(value, set()).add(customer)
    ours = [value for value in values if UUID_FORM.fullmatch(value)]
    for some in batched(ours, AT_ONCE):
        people = Customer.objects.filter(public_id__in=some, merged_into=None)
        for public_id, pk in people.values_list("public_id", "pk"):
            meant.setdefault(str(public_id), set()).add(pk)
    return {text: set().union(*(meant.get(key, set()) for key in keys)) for text, keys in named.items()}


def _phone(text: str) -> str:
    """Return a number written with its country as E.164, '' for anything else."""
    if not text.startswith(("+", "00")):
        return ""
    try:
        parsed = phonenumbers.parse(f"+{text[2:]}" if text.startswith("00") else text)
    except phonenumbers.NumberParseException:
        return ""
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
