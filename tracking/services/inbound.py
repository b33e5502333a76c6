"""
Deliveries from shops and carriers: stored before they are understood, read in the worker, kept whatever
comes of it.
"""

import hashlib
import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.constants import OnConflict
from django.utils.module_loading import import_string

from config.lib import claims
from customers.models import Store
from customers.worker import wake
from tracking import reading
from tracking.carriers.base import Carrier, Credentials, ParcelData
from tracking.models import CarrierAccount, Inbound
from tracking.services.facts import Teller, record_fact
from tracking.services.inbound_bulk import claim_small, read_together
from tracking.services.inbound_senders import insert_from
from tracking.services.missing import Missing
from tracking.services.notices import note_doubt
from tracking.services.scans import record_parcel
from tracking.shops.base import BadPayload, Shop

log = logging.getLogger(__name__)

BATCH = 25  # bodies of up to 5 MB are in memory together
# Seconds for those of a heap that have to be read one by one; the rest is given back. Longer than that, and
# the lease or the job's own time could end before them.
ALONE = 30.0
MAX_ATTEMPTS = 8
# One that waits is looked at again after as long as it has waited, within these.
SOONEST, LATEST = timedelta(seconds=10), timedelta(hours=1)
# A message that waits for something is given up, visibly, when it has not come after this long. Carriers
# may be a day
# late and shops retry for hours; the nightly reconcile needs a night more.
PATIENCE = timedelta(days=7)


class LostLease(Exception):
    """Another worker took over; what this one did is rolled back."""


def shop_of(store: Store, platform: str = "") -> Shop | None:
    """
    Return the translator for a store's platform (or another: that of a delivery from before the store moved),
    None when it sends no webhooks.
    """
    path = settings.SHOPS.get(platform or store.platform)
    if path is None:
        return None
    secrets = (store.webhook_secret, store.webhook_secret_previous)
    return import_string(path)(secrets=secrets, currency=store.currency)  # type: ignore[no-any-return]


def carrier_of(account: CarrierAccount) -> Carrier | None:
    """Return the translator for a carrier account, None when its carrier is not installed."""
    path = settings.CARRIERS.get(account.carrier)
    if path is None:
        return None
    credentials = Credentials(secret=account.secret, api_key=account.api_key, config=account.config)
    return import_string(path)(credentials)  # type: ignore[no-any-return]


def store_inbound(
    *,
    source: str,
    topic: str,
    delivery_id: str,
    headers: Mapping[str, str],
    body: bytes,
    at: datetime,
    store: Store | None = None,
    account: CarrierAccount | None = None,
    told: str = "",
    triggered_at: datetime | None = None,
    version: str = "",
) -> bool:
    """
    Keep a verified delivery. One INSERT; a delivery already here (same id, or same content) is not stored
    again. Whoever stores rings for a worker then: `wake("inbound")`.

    `told` is what, beside the body, makes two contents different facts: the sender's own time stamp of the
    event. `version`: of the sender, when it is as remembered (see tracking.services.inbound_senders).
    Returns: False when nothing was stored with that version: then read the sender and verify again.
    """
    scope = store.slug if store else account.slug if account else ""
    digest = hashlib.sha256("\x1f".join((source, scope, topic, told)).encode() + b"\x1f" + body).hexdigest()
    row = Inbound(
        store=store,
        account=account,
        source=source,
        topic=topic[:120],
        delivery_key=_delivery_key(source, scope, delivery_id or digest),
        content_key=digest,
        triggered_at=triggered_at,
        headers=dict(headers),
        body=body,
        received_at=at,
        due_at=at,
    )
    sender = store or account
    if sender and version:
        if not insert_from(sender, version, row):
            return False
    else:
        # What bulk_create does, without the transaction around its one statement: the sender waits meanwhile.
        fields = [field for field in Inbound._meta.concrete_fields if not field.primary_key]
        Inbound.objects.all()._insert([row], fields=fields, on_conflict=OnConflict.IGNORE)  # type: ignore[attr-defined]
    return True


def _delivery_key(source: str, scope: str, delivery_id: str) -> str:
    """Name a delivery; an id too long for the column is known by its digest: cut, it might be another's."""
    if len(delivery_id) > 100:
        delivery_id = hashlib.sha256(delivery_id.encode(errors="backslashreplace")).hexdigest()
    return f"{source}:{scope}:{delivery_id}"


def process_due(*, at: datetime, limit: int = BATCH) -> int:
    """Read deliveries that are due at `at`. Returns: how many; 0 when none was due."""
    claimed = claim_small(at=at) if limit >= BATCH else []
    claimed += claims.claim(Inbound.objects.all(), at=at, limit=limit)
    stores = Store.objects.in_bulk({row.store_id for row in claimed if row.store_id})
    accounts = CarrierAccount.objects.in_bulk({row.account_id for row in claimed if row.account_id})
    for row in claimed:
        row.store = stores.get(row.store_id) if row.store_id else None
        row.account = accounts.get(row.account_id) if row.account_id else None
    carriers = [row for row in claimed if row.account]
    alone = [row for row in claimed if not row.account]
    alone += read_together(carriers, at=at, carrier_of=carrier_of)
    end = time.monotonic() + ALONE
    for place, row in enumerate(alone):
        if place and time.monotonic() > end:
            claims.let_go(alone[place:])
            return len(claimed) - len(alone[place:])
        process(row, at=at)
    return len(claimed)


def process(row: Inbound, *, at: datetime) -> None:
    """
    Read one claimed delivery: its rows and its own state commit together, so it takes effect exactly once.
    """
    if row.attempts > MAX_ATTEMPTS:  # every failure that ends is settled below: these did not end
        _give_up(row, f"its worker died on it {row.attempts - 1} times", at)
        return
    try:
        with transaction.atomic():
            ignored, missing = _interpret(row, at)
            if not (_wait(row, missing, at) if missing else _done(row, ignored, at)):
                raise LostLease
    except LostLease:
        log.warning("inbound %s was taken over by another worker", row.pk)
    except Missing as missing:
        _wait(row, missing, at)
    except BadPayload as exc:
        _give_up(row, str(exc), at)
    except Exception as exc:
        log.exception("inbound %s could not be read", row.pk)
        given_up = row.attempts >= MAX_ATTEMPTS
        claims.settle(
            row,
            state=Inbound.State.FAILED if given_up else Inbound.State.WAITING,
            reason=f"failed {row.attempts} times: {type(exc).__name__}"[:500],
            last_error=_storable(claims.words(exc), 2000),
            due_at=None if given_up else claims.backoff(row.attempts, at=at),
        )


def _storable(words: str, longest: int = 500) -> str:
    """Return words that may quote what somebody sent, without what no database stores."""
    return reading.text(words, "what is said of a delivery", longest)


def _done(row: Inbound, ignored: str, at: datetime) -> bool:
    state = Inbound.State.KEPT if ignored else Inbound.State.DONE
    return claims.settle(
        row,
        state=state,
        reason=_storable(ignored),
        waits_for="",
        handled_at=at,
        due_at=None,
        last_error="",
    )


def _give_up(row: Inbound, words: str, at: datetime) -> None:
    claims.settle(row, state=Inbound.State.FAILED, reason=_storable(words), handled_at=at, due_at=None)


def _wait(row: Inbound, missing: Missing, at: datetime) -> bool:
    """
    Put a delivery aside until what it needs arrives; look again now and then in case the bell was missed.

    Waiting counts no attempt: claims take rows with many for what kills workers.
    """
    waited = at - row.received_at
    over = waited > PATIENCE
    return claims.settle(
        row,
        state=Inbound.State.FAILED if over else Inbound.State.BLOCKED,
        reason=_storable(f"{missing.words}, which never came" if over else missing.words),
        waits_for=_storable(missing.waits_for, 160),
        due_at=None if over else at + min(max(waited, SOONEST), LATEST),
        handled_at=at if over else None,
        attempts=0,
    )


def _interpret(row: Inbound, at: datetime) -> tuple[str, Missing | None]:
    """
    Do what a delivery says.

    Returns: '' when it had an effect, else why it has none; and what one of its parcels waits for: the
    others do not wait for it. Raises: Missing when a shop's message has nothing to work on yet; BadPayload.
    """
    reader = settings.INBOUND_READERS.get(row.source.split(":")[0])
    if reader is not None:
        return import_string(reader)(row, at=at), None
    if row.store is not None:
        shop = shop_of(row.store, row.source)
        if shop is None:
            return f"{row.source} is no shop platform any more", None
        facts = shop.parse(row.topic, bytes(row.body))
        teller = Teller(row.store, row.source, row.triggered_at or row.received_at, at)
        reasons = [record_fact(fact, teller) for fact in facts]
        note_doubt(store=row.store, shop=shop, headers=row.headers, at=at)
    elif row.account is not None:
        carrier = carrier_of(row.account)
        if carrier is None:
            return f"the carrier {row.account.carrier} is not installed", None
        parcels = carrier.parse(bytes(row.body))
        missing = [gap for gap in (_record_parcel(parcel, row, at) for parcel in parcels) if gap]
        if missing:
            return "", missing[0]
        reasons = [""] * len(parcels)
    else:
        return "its store or account is gone", None
    if any(reason == "" for reason in reasons):
        return "", None
    return "; ".join(reasons) or "it says nothing about a parcel", None


def _record_parcel(parcel: ParcelData, row: Inbound, at: datetime) -> Missing | None:
    """Record one of a delivery's parcels. Returns what it waits for, None when it was there."""
    try:
        record_parcel(data=parcel, source=row.source, at=at, account=row.account)
    except Missing as missing:
        return missing
    return None


def replay(rows: QuerySet[Inbound], *, at: datetime) -> int:
    """
    Have deliveries read again, whatever came of them before. Harmless for those already read. Returns how
    many.
    """
    count = rows.update(
        state=Inbound.State.WAITING,
        due_at=at,
        attempts=0,
        claim=None,
        leased_until=None,
        reason="",
        waits_for="",
        last_error="",
        handled_at=None,
    )
    wake("inbound")
    return count
