"""
Rules as SQL: one query for everybody a rule holds of, whatever its depth, on SQLite and PostgreSQL.

Rows of other tables are asked by EXISTS or IN, never joined, so nobody comes twice. A rule that only somebody
with a profile can meet is asked of the profiles alone: one scan of the narrow table.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from config.lib import copying
from customers.models import Customer, CustomerTag, Store
from engagement.models import Membership, Profile
from engagement.segments import measures, rows
from engagement.segments.facts import OPS, Type
from engagement.segments.rules import All, Leaf, Not, Rule, Some, parse
from engagement.segments.settling import said

EVERYBODY = ~Q(pk__in=[])
NOBODY = Q(pk__in=[])


def customers(rule: Any, *, store: Store | None = None, at: datetime) -> QuerySet[Customer]:
    """
    Return the customers a rule (JSON or read) holds of at `at`, each once; never a merged profile.

    `store`: only those who bought there. `at`: aware. Raises: BadRule.
    """
    read = _read(rule)
    if needs_profile(read):
        return Customer.objects.filter(pk__in=_profiles(read, store, at, None).values("customer_id"))
    return _people(read, store, at, None)


def keys(
    rule: Any, *, store: Store | None = None, at: datetime, ids: Iterable[int] | None = None
) -> QuerySet[Any, int]:
    """
    Return the primary keys of the same customers as a flat query, the leanest there is: to count, or to
    insert from. `ids`: only among these. Raises: BadRule.
    """
    read = _read(rule)
    among = None if ids is None else list(ids)
    if needs_profile(read):
        return _profiles(read, store, at, among).values_list("customer_id", flat=True)
    return _people(read, store, at, among).values_list("pk", flat=True)


def which(rule: Any, ids: Iterable[int], *, at: datetime, store: Store | None = None) -> set[int]:
    """Return those of the customers `ids` that a rule holds of at `at`. One query. Raises: BadRule."""
    wanted = set(ids)
    return set(keys(rule, store=store, at=at, ids=wanted)) if wanted else set()


def needs_profile(rule: Rule) -> bool:
    """Say whether nobody without a profile row can meet `rule`."""
    if isinstance(rule, Leaf):
        return rule.fact.name.startswith("profile.") and not _said_of_nobody(rule)
    if isinstance(rule, All):
        return any(needs_profile(one) for one in rule.rules)
    return isinstance(rule, Some) and bool(rule.rules) and all(needs_profile(one) for one in rule.rules)


def _said_of_nobody(leaf: Leaf) -> bool:
    """Say whether a question about a profile holds where there is none."""
    return "currency" not in leaf.where and said(leaf, leaf.fact.missing)


def _read(rule: Any) -> Rule:
    return rule if isinstance(rule, All | Some | Not | Leaf) else parse(rule)


def _people(rule: Rule, store: Store | None, at: datetime, ids: list[int] | None) -> QuerySet[Customer]:
    asked = Asked("pk", "profile__", "", at, ids)
    return Customer.objects.filter(asked.limits(store), asked.rule(rule), merged_into=None)


def _profiles(rule: Rule, store: Store | None, at: datetime, ids: list[int] | None) -> QuerySet[Profile]:
    asked = Asked("customer_id", "", "customer__", at, ids)
    # A handful of keys beside the scan: joining every customer to see who was merged costs as much again.
    merged = Customer.objects.filter(merged_into__isnull=False).values("pk")
    return Profile.objects.filter(asked.limits(store), asked.rule(rule)).exclude(customer_id__in=merged)


class Asked:
    """
    One compilation: from which table (`key` is the customer's there, the others are the paths to the profile
    and to the customer), when, and among whom.
    """

    def __init__(self, key: str, profile: str, person: str, at: datetime, ids: list[int] | None) -> None:
        self.key, self.profile, self.person, self.at, self.ids = key, profile, person, at, ids

    def limits(self, store: Store | None) -> Q:
        """Return who is asked at all."""
        found = EVERYBODY
        if self.ids is not None:
            found &= Q(**{f"{self.key}__in": _array(self.ids)})
        if store is not None:
            found &= Q(Exists(rows.orders({}, self.at).filter(customer=OuterRef(self.key), store=store)))
        return found

    def rule(self, rule: Rule) -> Q:
        """Return the condition of a rule; it is true or false for every row, never unknown."""
        if isinstance(rule, Leaf):
            return self.leaf(rule)
        if isinstance(rule, Not):
            return ~self.rule(rule.rule)
        join = and_ if isinstance(rule, All) else or_
        asked = [self.rule(one) for one in rule.rules]
        return reduce(join, asked) if asked else EVERYBODY if isinstance(rule, All) else NOBODY

    def leaf(self, leaf: Leaf) -> Q:
        """Return the condition of one question."""
        positive = OPS[leaf.op].negates
        if positive:
            opposite = Leaf(leaf.fact, positive, leaf.value, leaf.where, leaf.times)
            return ~self.leaf(opposite)
        if leaf.fact.name.startswith("profile."):
            return self._metric(leaf)
        if leaf.fact.type == Type.HAS:
            return self._has(leaf)
        if leaf.fact.name.startswith("consent."):
            return self._consent(leaf)
        if leaf.fact.run:
            raise ValueError(f"{leaf.fact.name} is settled before it is asked of the database")
        return self._person(leaf)

    def _metric(self, leaf: Leaf) -> Q:
        asked = measures.condition(f"{self.profile}{leaf.fact.column}", leaf, self.at)
        if "currency" in leaf.where:
            asked &= Q(**{f"{self.profile}currency": leaf.where["currency"]})
        if self.profile and _said_of_nobody(leaf):
            asked |= Q(profile__isnull=True)
        return asked

    def _person(self, leaf: Leaf) -> Q:
        name = leaf.fact.name.removeprefix("customer.")
        me = OuterRef(self.key)
        if name == "tag":
            return Q(Exists(CustomerTag.objects.filter(customer=me, name=leaf.value.lower())))
        if name == "segment":
            return Q(Exists(Membership.objects.filter(customer=me, segment__public_id=leaf.value)))
        path = f"{self.person}{leaf.fact.column}"
        if leaf.fact.type == Type.YES:
            empty = Q(**{path: ""})
            return ~empty if leaf.value else empty
        return measures.condition(path, leaf, self.at)

    def _consent(self, leaf: Leaf) -> Q:
        channel = leaf.fact.name.removeprefix("consent.")
        wanted = leaf.value if leaf.op == "one_of" else (leaf.value,)
        found = NOBODY
        for word in dict.fromkeys(wanted):
            found |= rows.consent(channel, word, OuterRef(self.key))
        return found

    def _has(self, leaf: Leaf) -> Q:
        """Return whether there are `times` such rows: EXISTS for one, grouped and counted for more."""
        if leaf.fact.name == "order":
            found = rows.orders(leaf.where, self.at)
            if leaf.times == 1:
                return Q(Exists(found.filter(customer=OuterRef(self.key))))
            return self._often(found, "customer_id", leaf.times)
        happened = rows.events(leaf.where, self.at)
        if leaf.times == 1:
            mine = Exists(happened.filter(customer=OuterRef(self.key)))
            # What happened to a profile before it was found to be theirs happened to them.
            before = Exists(happened.filter(customer__merged_into=OuterRef(self.key)))
            return Q(mine) | Q(before)
        return self._often(rows.by_person(happened), "who", leaf.times)

    def _often(self, found: QuerySet[Any], who: str, times: int) -> Q:
        if self.ids is not None:
            found = found.filter(**{f"{who}__in": _array(self.ids)})
        return Q(**{f"{self.key}__in": rows.at_least(found, who, times)})


def _array(ids: list[int]) -> Any:
    return copying.among(ids) if copying.available() else ids
