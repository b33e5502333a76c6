"""Versions of a store's policy: which was in force when, writing the next, publishing it, going back."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction

from customers.models import Store
from returns.models import Policy, PolicyVersion
from returns.policy.base import Body
from returns.policy.defaults import HOUSE
from returns.policy.reading import as_json, read
from tracking.models import Order

UNDONE = 20  # steps of a draft that can be undone


class Stale(ValueError):
    """Somebody else changed the draft, or published, since it was shown."""

    def __init__(self, by: str = "") -> None:
        who = by or "Somebody"
        super().__init__(f"{who} has changed this policy meanwhile. Look at it again before you go on.")


class NothingNew(ValueError):
    """What is to be published is what holds already."""

    def __init__(self) -> None:
        super().__init__("There is nothing to publish: this is what the policy says already.")


# --- what holds ---
def version_at(store: Store, at: datetime) -> PolicyVersion | None:
    """Return the version in force in a store at a moment; None: the house's default."""
    rows = PolicyVersion.objects.filter(policy__store=store, from_at__lte=at)
    return rows.order_by("-from_at", "-number").first()


def versions_of(store: Store) -> list[PolicyVersion]:
    """Return all versions of a store's policy, oldest first."""
    return list(PolicyVersion.objects.filter(policy__store=store).order_by("from_at", "number"))


def in_force(
    versions: list[PolicyVersion], order: Order, at: datetime
) -> tuple[PolicyVersion | None, PolicyVersion | None]:
    """
    Return the version an order was bought under and the newest at `at`, of a store's `versions_of`.

    None is the house's default: it held from when the store was set up here until its first version. What was
    bought before that was bought under rules nobody told us; the first version is the nearest to them.
    """
    then = [one for one in versions if one.from_at <= order.placed_at]
    now = [one for one in versions if one.from_at <= at]
    newest = now[-1] if now else None
    if then:
        return then[-1], newest
    older = order.placed_at < order.store.created_at
    return (now[0] if older and now else None), newest


def body_of(version: PolicyVersion | None) -> Body:
    """Return what a version says; the house's default for None. Raises: BadPolicy."""
    return HOUSE if version is None else _read(json.dumps(version.body, sort_keys=True))


@lru_cache(maxsize=256)
def _read(text: str) -> Body:
    return read(json.loads(text))


# --- the draft ---
def policy_of(store: Store) -> Policy:
    """Return a store's policy, made when there is none."""
    return Policy.objects.get_or_create(store=store)[0]


def newest_of(policy: Policy) -> PolicyVersion | None:
    """Return the newest version of a policy."""
    return policy.versions.order_by("-number").first()


def draft_of(policy: Policy) -> Body:
    """Return the draft; without one what holds now. Raises: BadPolicy."""
    told = policy.draft.get("body")
    return read(told) if told else body_of(newest_of(policy))


def has_draft(policy: Policy) -> bool:
    """Say whether staff are writing a next version."""
    return bool(policy.draft.get("body"))


def stamp(policy: Policy) -> str:
    """Return a mark of what staff see of a policy: it changes with its draft and its versions."""
    newest = newest_of(policy)
    at = policy.draft_at.isoformat() if policy.draft_at else ""
    return f"{newest.number if newest else 0}:{at}"


@transaction.atomic
def save_draft(*, policy_id: int, body: Body, seen: str, by: str, at: datetime) -> Policy:
    """
    Write the next version as staff have it now; what was before can be had again by `undo`.

    Raises: Stale when the draft is not the one that was `seen` (see `stamp`); BadPolicy.
    """
    policy = _locked(policy_id, seen)
    told = as_json(body)
    read(told)
    before = as_json(draft_of(policy))
    if told == before:
        return policy
    steps = [*policy.draft.get("before", []), before][-UNDONE:]
    return _write(policy, {"body": told, "before": steps}, by, at)


@transaction.atomic
def undo(*, policy_id: int, seen: str, by: str, at: datetime) -> bool:
    """Take the last change of a draft back. Returns whether there was one. Raises: Stale."""
    policy = _locked(policy_id, seen)
    steps = policy.draft.get("before", [])
    if not steps:
        return False
    _write(policy, {"body": steps[-1], "before": steps[:-1]}, by, at)
    return True


@transaction.atomic
def discard(*, policy_id: int, seen: str) -> None:
    """Throw a draft away: what is published stands. Raises: Stale."""
    _write(_locked(policy_id, seen), {}, "", None)


def _locked(policy_id: int, seen: str | None = None) -> Policy:
    policy = Policy.objects.select_for_update(of=("self",)).select_related("store").get(pk=policy_id)
    if seen is not None and stamp(policy) != seen:
        raise Stale(policy.draft_by)
    return policy


def _write(policy: Policy, draft: dict[str, Any], by: str, at: datetime | None) -> Policy:
    policy.draft, policy.draft_by, policy.draft_at = draft, by, at
    policy.save(update_fields=["draft", "draft_by", "draft_at"])
    return policy


# --- publishing ---
@transaction.atomic
def publish(
    policy: Policy, body_json: dict[str, Any], *, at: datetime, by: str, note: str = ""
) -> PolicyVersion:
    """
    Make a policy say something new from `at` on. Versions are never changed; numbers have no gaps.

    Raises: BadPolicy; NothingNew when it says so already.
    """
    _locked(policy.pk)
    body = as_json(read(body_json))
    last = newest_of(policy)
    if last and last.body == body:
        raise NothingNew
    return PolicyVersion.objects.create(
        policy=policy,
        number=last.number + 1 if last else 1,
        body=body,
        from_at=max(at, last.from_at) if last else at,
        note=note[:300],
        published_by=by[:160],
    )


@transaction.atomic
def publish_draft(*, policy_id: int, seen: str, at: datetime, by: str, note: str = "") -> PolicyVersion:
    """Publish the draft that was `seen`. Raises: Stale, BadPolicy, NothingNew."""
    policy = _locked(policy_id, seen)
    version = publish(policy, as_json(draft_of(policy)), at=at, by=by, note=note)
    _write(policy, {}, "", None)
    return version


@transaction.atomic
def go_back(*, policy_id: int, number: int, seen: str, at: datetime, by: str) -> PolicyVersion:
    """
    Publish an old version's words again, as a new version. A draft stays as it is.

    Raises: PolicyVersion.DoesNotExist; Stale; NothingNew.
    """
    policy = _locked(policy_id, seen)
    old = policy.versions.get(number=number)
    return publish(policy, old.body, at=at, by=by, note=f"Back to version {number}.")
