"""Partners and their API keys."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from customers.models import ApiAnswer, ApiKey, Partner, Store
from customers.models.partners import SCOPES

PREFIX_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # without what people confuse
KEY = re.compile(r"pl_([a-z2-9]{8})_([0-9a-f]{64})", re.ASCII)
NOTED_EVERY = timedelta(minutes=1)


class UnknownScope(ValueError):
    """A scope that does not exist. The message names those that do."""


class UnknownStore(ValueError):
    """A store that does not exist. The message names those that do."""


class BadPartner(ValueError):
    """A partner's name that no slug can be made of."""


@dataclass(frozen=True)
class NewKey:
    """A key just made. `text` is the only copy of the key itself."""

    row: ApiKey
    text: str
    partner_is_new: bool


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def issue_key(
    *, partner: str, scopes: Iterable[str], stores: Iterable[str] | None, expires_at: datetime | None = None
) -> NewKey:
    """
    Make an API key for `partner` (a slug or a name; made when new).

    `stores` are slugs; None means every store, those still to come included. The key's text is returned once
    and only its SHA-256 is kept. Raises: UnknownScope, UnknownStore, BadPartner.
    """
    wanted = list(dict.fromkeys(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise UnknownScope(
            f"Unknown scope {', '.join(unknown) or '(none given)'}. Known: {', '.join(SCOPES)}."
        )
    found = None if stores is None else _stores(list(dict.fromkeys(stores)))
    slug = slugify(partner)[:50]
    if not slug:
        raise BadPartner(f"{partner!r} has no letters or digits to make a short name of.")
    owner, is_new = Partner.objects.get_or_create(slug=slug, defaults={"name": partner.strip()[:120]})
    prefix = "".join(secrets.choice(PREFIX_LETTERS) for _ in range(8))
    text = f"pl_{prefix}_{secrets.token_hex(32)}"
    row = ApiKey.objects.create(
        partner=owner,
        prefix=prefix,
        digest=_digest(text),
        scopes=wanted,
        all_stores=found is None,
        expires_at=expires_at,
    )
    row.stores.set(found or [])
    return NewKey(row, text, is_new)


def _stores(slugs: list[str]) -> list[Store]:
    found = {store.slug: store for store in Store.objects.filter(slug__in=slugs)}
    unknown = [slug for slug in slugs if slug not in found]
    if unknown or not slugs:
        known = ", ".join(Store.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise UnknownStore(f"Unknown store {', '.join(unknown) or '(none given)'}. Known: {known}.")
    return list(found.values())


def find_key(text: str, *, at: datetime) -> ApiKey | None:
    """
    Return the living key that `text` is, with its partner; None when it is none, or revoked, or past its end.

    Notes when the key was last used, at most once a minute.
    """
    match = KEY.fullmatch(text)
    row = ApiKey.objects.select_related("partner").filter(prefix=match[1]).first() if match else None
    if row is None or not hmac.compare_digest(row.digest, _digest(text)):
        return None
    if row.revoked_at or (row.expires_at and row.expires_at <= at):
        return None
    if row.last_used_at is None or at - row.last_used_at >= NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=at)
        ApiKey.objects.filter(stale, pk=row.pk).update(last_used_at=at)
    return row


def revoke_key(row: ApiKey, *, at: datetime) -> bool:
    """End a key now. Returns False when it had ended before."""
    return bool(ApiKey.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=at))


def forget_answers(*, before: datetime) -> int:
    """Delete kept answers to Idempotency-Keys that were made before `before`. Returns how many."""
    return ApiAnswer.objects.filter(created_at__lt=before).delete()[0]
