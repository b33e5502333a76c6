"""Conversations with people: open one, hear them, answer, close. Each word is kept once."""

from datetime import datetime

from django.db import models, transaction

from customers import events, outbox
from customers.models import Case, CaseMessage, Customer, Store, User

LIVING = (Case.State.OPEN, Case.State.WAITING)
SUBJECT_LIMIT = 200
BODY_LIMIT = 50_000  # characters; what is longer is cut, and says so
_CUT = "\n[…]"


def living() -> models.QuerySet[Case]:
    """Return the cases that are not closed."""
    return Case.objects.filter(state__in=LIVING)


def open_case_for(customer: Customer) -> bool:
    """Say whether a person is talking with `customer` just now."""
    return living().filter(customer=customer).exists()


@transaction.atomic
def open_case(
    *,
    store: Store,
    customer: Customer | None,
    subject: str,
    source: str,
    at: datetime,
    about: models.Model | None = None,
    key: str | None = None,
    email: str = "",
    phone: str = "",
) -> Case:
    """
    Return a new case, OPEN. With a `key` there is one case for that fact: the one there is comes back.

    `source`: Case.Source. `about`: what it is about, an order mostly. Publishes: CASE_OPENED once.
    """
    fields = {
        "store": store,
        "customer": customer,
        "email": email[:254],
        "phone": phone[:20],
        "subject": " ".join(subject.split())[:SUBJECT_LIMIT] or "No subject",
        "about_type": about._meta.label_lower if about is not None else "",
        "about_id": str(about.pk) if about is not None else "",
        "source": source,
        "opened_at": at,
        "updated_at": at,
    }
    if key is None:
        case, made = Case.objects.create(**fields), True
    else:
        case, made = Case.objects.get_or_create(key=key, defaults=fields)
    if made:
        _publish(events.CASE_OPENED, f"case:{case.pk}:opened", case, at, source=source)
    return case


@transaction.atomic
def hear(
    *, case: Case, body: str, at: datetime, author: str = "", external_id: str | None = None
) -> CaseMessage | None:
    """
    Keep what they wrote; the case is OPEN again. Returns: the message, None when `external_id` was kept
    before. Publishes: CASE_HEARD.
    """
    case = _hold(case)
    said = _keep(case, CaseMessage.Direction.IN, body, author, at, external_id)
    if said is None:
        return None
    _move(case, at, state=Case.State.OPEN, closed_at=None)
    _publish(events.CASE_HEARD, f"case-message:{said.pk}", case, at, message_id=said.pk)
    return said


@transaction.atomic
def reply(*, case: Case, body: str, by: User, at: datetime) -> CaseMessage:
    """
    Answer them: the case waits for them and, where nobody has it yet, is `by`'s. The conversation carries it
    out. Publishes: CASE_REPLIED. Raises: ValueError for empty words.
    """
    case = _hold(case)
    said = _written(case, CaseMessage.Direction.OUT, body, by, at)
    _move(case, at, state=Case.State.WAITING, closed_at=None, owner=case.owner or by)
    _publish(events.CASE_REPLIED, f"case-message:{said.pk}", case, at, message_id=said.pk)
    return said


@transaction.atomic
def note(*, case: Case, body: str, by: User, at: datetime) -> CaseMessage:
    """Keep a note that only staff see. Raises: ValueError for empty words."""
    case = _hold(case)
    said = _written(case, CaseMessage.Direction.NOTE, body, by, at)
    _move(case, at)
    return said


@transaction.atomic
def assign(*, case: Case, to: User | None, at: datetime) -> Case:
    """Give the case to `to`, or to nobody."""
    return _move(_hold(case), at, owner=to)


@transaction.atomic
def close(*, case: Case, at: datetime) -> Case:
    """Close the case; a new word from them opens it again. Publishes: CASE_CLOSED for each closing."""
    case = _hold(case)
    if case.state == Case.State.CLOSED:
        return case
    _move(case, at, state=Case.State.CLOSED, closed_at=at)
    _publish(events.CASE_CLOSED, f"case:{case.pk}:closed:{at.isoformat()}", case, at, source=case.source)
    return case


@transaction.atomic
def reopen(*, case: Case, at: datetime) -> Case:
    """Open a closed case again."""
    return _move(_hold(case), at, state=Case.State.OPEN, closed_at=None)


def _hold(case: Case) -> Case:
    return Case.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=case.pk)


def _written(case: Case, direction: str, body: str, by: User, at: datetime) -> CaseMessage:
    if not body.strip():
        raise ValueError("There are no words in it.")
    said = _keep(case, direction, body, str(by), at, None)
    assert said is not None  # noqa: S101 (without an external id it is always new)
    return said


def _keep(
    case: Case, direction: str, body: str, author: str, at: datetime, external_id: str | None
) -> CaseMessage | None:
    text = body.replace("\x00", "").strip()
    words = {
        "case": case,
        "direction": direction,
        "author": author[:254],
        "body": text if len(text) <= BODY_LIMIT else text[:BODY_LIMIT] + _CUT,
        "at": at,
    }
    if external_id is None:
        return CaseMessage.objects.create(**words)
    said, made = CaseMessage.objects.get_or_create(external_id=external_id[:254], defaults=words)
    return said if made else None


def _move(case: Case, at: datetime, **changes: object) -> Case:
    for name, value in changes.items():
        setattr(case, name, value)
    case.updated_at = max(at, case.updated_at)
    case.save(update_fields=[*changes, "updated_at"])
    return case


def _publish(kind: str, key: str, case: Case, at: datetime, **data: object) -> None:
    outbox.publish(
        kind,
        key=key,
        occurred_at=at,
        store=case.store,
        customer=case.customer,
        subject=case,
        data={"case_id": case.pk, **data},
    )
