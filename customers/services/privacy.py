"""Wishes of privacy that shops pass on: kept, told to staff, carried out by them within 30 days."""

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from customers import events, outbox
from customers.models import Customer, Identity, PrivacyRequest, Store, User
from customers.services.alerts import end_alert, raise_alert
from customers.services.people import current, email_key

# https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance: within 30 days.
TIME_TO_ACT = timedelta(days=30)
_WORDS: dict[str, str] = {
    PrivacyRequest.Kind.DATA_REQUEST: "a customer asks for a copy of their data",
    PrivacyRequest.Kind.CUSTOMER_REDACT: "a customer is to be forgotten",
    PrivacyRequest.Kind.SHOP_REDACT: "the shop asks to be forgotten",
}


class AlreadyDone(Exception):
    """The request was carried out before."""


@dataclass(frozen=True)
class Asked:
    """What a shop passed on: `kind` (PrivacyRequest.Kind), and whom it names; '' where it does not."""

    kind: str
    reference: str = ""
    customer_external_id: str = ""
    email: str = ""
    phone: str = ""
    orders: tuple[str, ...] = field(default=())
    shop: str = ""


@transaction.atomic
def record_request(*, store: Store, asked: Asked, asked_at: datetime, at: datetime) -> PrivacyRequest:
    """
    Keep a wish of privacy, once, and tell staff by an alert. Nothing is handed out or erased by a message.

    `asked_at` is when the shop says it was asked: the time to act counts from there. Publishes:
    PRIVACY_ASKED once.
    """
    what = repr(sorted(asdict(asked).items())) if not asked.reference else f"{asked.kind}|{asked.reference}"
    key = hashlib.sha256(f"{what}|{'' if asked.reference else asked_at.isoformat()}".encode()).hexdigest()
    request, made = PrivacyRequest.objects.get_or_create(
        store=store,
        key=key,
        defaults={
            "kind": asked.kind,
            "reference": asked.reference,
            "customer": _known(store, asked),
            "named": {
                "customer_id": asked.customer_external_id,
                "email": asked.email,
                "phone": asked.phone,
                "orders": list(asked.orders),
                "shop": asked.shop,
            },
            "asked_at": asked_at,
            "due_at": asked_at + TIME_TO_ACT,
        },
    )
    if made:
        _tell(request, store, at)
    return request


def known_now(request: PrivacyRequest) -> Customer | None:
    """
    Return whom a request means as things are now: an order of theirs may have come after it, and profiles may
    have been merged since. None for nobody.
    """
    if request.customer is not None:
        return current(request.customer)
    named = request.named
    words = (named.get(name, "") for name in ("customer_id", "email", "phone"))
    return _find(request.store, *words)


def _known(store: Store, asked: Asked) -> Customer | None:
    """Return whom the shop means, if they are known here. Nobody is made."""
    return _find(store, asked.customer_external_id, asked.email, asked.phone)


def _find(store: Store, external_id: str, email: str, phone: str) -> Customer | None:
    keys = (
        (Identity.Kind.EXTERNAL, store, external_id),
        (Identity.Kind.EMAIL, None, email_key(email)),
        (Identity.Kind.PHONE, None, phone),
    )
    for kind, scope, value in keys:
        rows = Identity.objects.select_related("customer").filter(kind=kind, store=scope, value=value)
        found = rows.first() if value else None
        if found:
            return found.customer
    return None


def _tell(request: PrivacyRequest, store: Store, at: datetime) -> None:
    raise_alert(
        kind="customers.privacy",
        key=_alert(request),
        title=f"{store}: {_WORDS.get(request.kind, 'a wish of privacy')}",
        detail=f"To be done by {request.due_at:%Y-%m-%d}. Whom the shop means is on the request's page.",
        store=store,
        subject=request,
        at=at,
    )
    outbox.publish(
        events.PRIVACY_ASKED,
        key=f"privacy:{request.pk}:asked",
        occurred_at=request.asked_at,
        store=store,
        customer=request.customer,
        subject=request,
        data={"request_id": request.pk, "kind": request.kind, "due": request.due_at.isoformat()},
    )


def _alert(request: PrivacyRequest) -> str:
    return f"privacy:{request.pk}"


@transaction.atomic
def mark_done(*, request_id: int, by: User | None, at: datetime) -> PrivacyRequest:
    """
    Note that staff have carried a request out, end its alert, and drop the e-mail address and phone number
    that it named.

    Publishes: PRIVACY_DONE. Raises: PrivacyRequest.DoesNotExist; AlreadyDone.
    """
    request = (
        PrivacyRequest.objects.select_for_update(of=("self",)).select_related("store").get(pk=request_id)
    )
    if request.state == PrivacyRequest.State.DONE:
        raise AlreadyDone(f"“{request}” is done already.")
    request.state, request.done_at, request.done_by = PrivacyRequest.State.DONE, at, by
    request.named = {name: value for name, value in request.named.items() if name not in ("email", "phone")}
    request.save()
    end_alert(key=_alert(request), at=at, why="It was carried out.")
    outbox.publish(
        events.PRIVACY_DONE,
        key=f"privacy:{request.pk}:done",
        occurred_at=at,
        store=request.store,
        subject=request,
        data={"request_id": request.pk, "kind": request.kind},
    )
    return request
