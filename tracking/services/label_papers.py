"""A bought label's documents: drawn or fetched, kept; and the word that an unused one ends soon."""

from datetime import datetime, timedelta

from django.db import transaction

from config.lib import claims
from tracking import events
from tracking.labels.base import BoughtLabel, DocumentData, Kind, LabelError, LabelSeller
from tracking.models import Label, LabelDocument
from tracking.services.label_requests import bought_of, purchase_of, restored, seller_of, words_in
from tracking.services.label_steps import PATIENCE, hand_over, later, write
from tracking.services.labels import announce

# Unused return labels end; their shoppers are told so long before.
TOLD_BEFORE = timedelta(days=3)
# Without one of these a label is no use; the other documents are extras.
PRINTED = (Kind.LABEL, Kind.A4)


def fetch_documents(label: Label, at: datetime) -> None:
    """
    Draw or fetch what is not here yet, and say that the label can be printed. An extra that cannot be had is
    left out, with a word; without a label to print a person has to look. Raises: LostLease.
    """
    try:
        seller = seller_of(label.account)
    except LabelError as exc:  # switched off since
        hand_over(label, str(exc), at)
        return
    bought, here = _fresh(label, seller, at), set(label.documents.values_list("kind", flat=True))
    wanted = list(dict.fromkeys([*map(Kind, label.kinds), *bought.kinds]))
    found, notes, passing = _gather(label, seller, bought, [k for k in wanted if k not in here], at)
    kinds = [kind for kind in Kind if kind in here or kind in found]
    with transaction.atomic():
        if passing is not None and at - (label.bought_at or at) < PATIENCE:
            error = claims.words(passing)
            write(label, due_at=later(label, passing, at), tries=label.tries + 1, last_error=error)
        elif not any(kind in kinds for kind in PRINTED):
            hand_over(label, "; ".join(notes) or str(passing or "the seller has none"), at)
        else:
            _ready(label, kinds, notes, at)


def _gather(
    label: Label, seller: LabelSeller, bought: BoughtLabel, wanted: list[Kind], at: datetime
) -> tuple[set[Kind], list[str], LabelError | None]:
    """Keep what can be had. Returns: which, why others never can, and the last trouble that may pass."""
    found: set[Kind] = set()
    notes: list[str] = []
    passing = None
    request, words = restored(label.wanted), words_in(label.language)
    for kind in wanted:
        if kind in found:
            continue
        try:
            got = seller.document(bought, kind, request=request, words=words, at=at)
            # Kept at once: a worker that is slow or dies leaves the next one less to fetch.
            keep(label, (got,), at)
            found.add(got.kind)
        except LabelError as exc:
            if exc.permanent:
                notes.append(str(exc))
            else:
                passing = exc
    return found, notes, passing


def _fresh(label: Label, seller: LabelSeller, at: datetime) -> BoughtLabel:
    """Return the label to fetch documents of; after a failure without the old links, which may have ended."""
    bought = bought_of(label)
    if not label.tries or not seller.finds:
        return bought
    try:
        again = seller.find(restored(label.wanted), key=str(label.key), prepared=purchase_of(label), at=at)
    except LabelError:
        return bought
    return again or bought


def keep(label: Label, documents: tuple[DocumentData, ...], at: datetime) -> None:
    """Keep documents. Two workers with the same one leave it once."""
    LabelDocument.objects.bulk_create(
        [
            LabelDocument(
                label=label,
                kind=document.kind.value,
                media_type=document.media_type,
                body=document.body,
                size=len(document.body),
                created_at=at,
            )
            for document in documents
        ],
        ignore_conflicts=True,
    )


def _ready(label: Label, kinds: list[Kind], notes: list[str], at: datetime) -> None:
    """Say that a label can be printed, and wait for the day to tell of its end."""
    told = [kind.value for kind in dict.fromkeys(kinds)]
    reason = "; ".join(dict.fromkeys(notes))[:500]
    write(label, ready_at=at, kinds=told, links={}, reason=reason, tries=0, due_at=reminder(label))
    announce(
        label,
        events.LABEL_BOUGHT,
        at,
        tracking_number=label.tracking_number,
        carrier=label.carrier,
        kinds=told,
        cost_minor=label.cost_minor,
        currency=label.currency,
        expires_at=label.expires_at.isoformat() if label.expires_at else None,
    )


def reminder(label: Label) -> datetime | None:
    """Return when to tell that a return label nobody has used will end."""
    if label.direction != Label.Direction.RETURN or label.expires_at is None or label.expiry_told_at:
        return None
    return label.expires_at - TOLD_BEFORE


def tell_of_expiry(label: Label, at: datetime) -> None:
    """Tell once that an unused return label ends soon; not of one that was used or has ended."""
    tell_at = reminder(label)
    if tell_at is None or label.used_at or label.has_expired(at):
        claims.settle(label, due_at=None, attempts=0)
        return
    if tell_at > at:
        claims.settle(label, due_at=tell_at, attempts=0)
        return
    assert label.expires_at is not None  # noqa: S101 (a reminder has an end)
    with transaction.atomic():
        write(label, expiry_told_at=at, due_at=None)
        announce(label, events.LABEL_EXPIRING, at, expires_at=label.expires_at.isoformat())
