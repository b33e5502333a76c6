"""Two profiles, one person: merged so that both ids resolve to the kept one, and so that it can be undone."""

from datetime import datetime
from typing import Any

from django.db import transaction

from customers import events, outbox
from customers.models import Case, Consent, Customer, CustomerMerge, CustomerTag, Identity, Preference, Store
from customers.services.people import DETAILS, Merged, PersonData, current, resolve_customer


class MergeOver(Exception):
    """A merge was undone before, or the kept profile has been merged into another since."""


@transaction.atomic
def merge_in_shop(*, store: Store, kept: str, merged: str, source: str, at: datetime) -> Customer | None:
    """
    Make the shop's customer `merged` the same person as `kept` (ids in the shop), whatever is known of them.

    An id that is not known yet becomes another name of the one that is, so that messages still on their way
    find them. Returns: the customer both ids now mean.
    """
    mine = {
        row.value: row
        for row in Identity.objects.select_related("customer").filter(
            kind=Identity.Kind.EXTERNAL, store=store, value__in=(kept, merged)
        )
    }
    if kept not in mine and merged not in mine:
        resolve_customer(data=PersonData(external_id=kept), store=store, source=source, at=at)
        return merge_in_shop(store=store, kept=kept, merged=merged, source=source, at=at)
    for missing, known in ((kept, merged), (merged, kept)):
        if missing not in mine:
            identity, _ = Identity.objects.get_or_create(
                kind=Identity.Kind.EXTERNAL,
                store=store,
                value=missing,
                defaults={"customer": current(mine[known].customer)},
            )
            mine[missing] = identity
    one, other = current(mine[kept].customer), current(mine[merged].customer)
    if one.pk != other.pk:
        merge_customers(kept_id=one.pk, merged_id=other.pk, source=source, store=store, at=at)
    return current(one)


@transaction.atomic
def merge_customers(
    *, kept_id: int, merged_id: int, source: str, at: datetime, store: Store | None = None
) -> CustomerMerge | None:
    """
    Take the profile `merged_id` into `kept_id`, or those they were merged into meanwhile: identities move, of
    each detail and consent the newest word stands. Apps above move what is theirs when they hear of it.

    Returns: the merge, None when both were one already. Publishes: CUSTOMER_MERGED. Raises:
    Customer.DoesNotExist.
    """
    kept, merged = _both(kept_id, merged_id)
    if kept.pk == merged.pk:
        return None
    identities = list(merged.identities.values_list("pk", flat=True))
    Identity.objects.filter(pk__in=identities).update(customer=kept)
    merge = CustomerMerge.objects.create(
        kept=kept,
        merged=merged,
        source=source,
        merged_at=at,
        moved={
            "identities": identities,
            "details": _take_details(kept, merged),
            "consents": _take_consents(kept, merged),
            "cases": _take_cases(kept, merged),
            "tags": _take_tags(kept, merged),
        },
    )
    _take_preference(kept, merged)
    merged.merged_into = kept
    merged.save(update_fields=["merged_into", "updated_at"])
    _publish(events.CUSTOMER_MERGED, f"customer-merge:{merge.pk}", merge, store, at)
    return merge


def _both(kept_id: int, merged_id: int) -> tuple[Customer, Customer]:
    """
    Return two profiles, locked, or those that stand for them by now. Raises: Customer.DoesNotExist.

    Both are locked together, in the order of their ids: two merges at once wait for each other.
    """
    while True:
        try:
            with transaction.atomic():  # gives its locks free when it is rolled back
                rows = {row.pk: row for row in _locked(kept_id, merged_id)}
                if kept_id not in rows or merged_id not in rows:
                    raise Customer.DoesNotExist
                ends = [rows[pk].merged_into_id or pk for pk in (kept_id, merged_id)]
                if ends == [kept_id, merged_id]:
                    return rows[kept_id], rows[merged_id]
                raise Merged
        except Merged:
            kept_id, merged_id = ends


def _locked(*ids: int) -> list[Customer]:
    return list(Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def _publish(kind: str, key: str, merge: CustomerMerge, store: Store | None, at: datetime) -> None:
    outbox.publish(
        kind,
        key=key,
        occurred_at=at,
        store=store,
        customer=merge.kept,
        subject=merge.kept,
        data={"customer_id": merge.kept_id, "merged_id": merge.merged_id, "merge_id": merge.pk},
    )


def _take_details(kept: Customer, merged: Customer) -> dict[str, list[str]]:
    """Take over each detail that is newer. Returns: {name: [value, version]} of those it replaced."""
    before: dict[str, list[str]] = {}
    for name in DETAILS:
        value, told = getattr(merged, name), merged.versions.get(name, "")
        mine, held = getattr(kept, name), kept.versions.get(name, "")
        if value and value != mine and (told > held or not mine):
            before[name] = [mine, held]
            setattr(kept, name, value)
            kept.versions[name] = told
    kept.save()
    return before


def _take_consents(kept: Customer, merged: Customer) -> list[dict[str, Any]]:
    """
    Let the newest word stand, per channel and purpose; of two at the same moment the refusal.

    Returns: the kept profile's consents that changed, as they were (`was` None: there was none).
    """
    mine = {(consent.channel, consent.purpose): consent for consent in kept.consents.all()}
    before: list[dict[str, Any]] = []
    for said in merged.consents.all():
        held = mine.get((said.channel, said.purpose))
        if held is not None and (said.said_at, not said.granted) <= (held.said_at, not held.granted):
            continue
        was = held and {
            "granted": held.granted,
            "source": held.source,
            "words": held.words,
            "said_at": held.said_at.isoformat(),
        }
        before.append({"channel": said.channel, "purpose": said.purpose, "was": was})
        Consent.objects.update_or_create(
            customer=kept,
            channel=said.channel,
            purpose=said.purpose,
            defaults={
                "granted": said.granted,
                "source": said.source,
                "words": said.words,
                "said_at": said.said_at,
            },
        )
    return before


def _take_cases(kept: Customer, merged: Customer) -> list[int]:
    """Take over what was talked about: who waits for an answer stays one person. Returns: the cases' ids."""
    ids = list(Case.objects.filter(customer=merged).values_list("pk", flat=True))
    Case.objects.filter(pk__in=ids).update(customer=kept)
    return ids


def _take_tags(kept: Customer, merged: Customer) -> list[int]:
    """Take over tags the kept profile has not got. Returns: their ids."""
    mine = CustomerTag.objects.filter(customer=kept).values("name")
    ids = list(
        CustomerTag.objects.filter(customer=merged).exclude(name__in=mine).values_list("pk", flat=True)
    )
    CustomerTag.objects.filter(pk__in=ids).update(customer=kept)
    return ids


def _take_preference(kept: Customer, merged: Customer) -> None:
    """
    Let what either profile switched off stay off; where to first as the kept one says. Both keep their own
    row, so parting them leaves too much switched off rather than too little.
    """
    theirs = Preference.objects.filter(customer=merged).first()
    if theirs is None:
        return
    own, made = Preference.objects.get_or_create(
        customer=kept,
        defaults={"channel": theirs.channel, "muted": theirs.muted, "updated_at": theirs.updated_at},
    )
    if not made and set(theirs.muted) - set(own.muted):
        own.muted = sorted({*own.muted, *theirs.muted})
        own.save(update_fields=["muted"])


@transaction.atomic
def undo_merge(*, merge_id: int, at: datetime) -> CustomerMerge:
    """
    Part two profiles again: identities go back, and details and consents that nothing newer has replaced.

    Publishes: CUSTOMER_UNMERGED. Raises: CustomerMerge.DoesNotExist; MergeOver.
    """
    merge = CustomerMerge.objects.select_for_update().get(pk=merge_id)
    if merge.undone_at is not None:
        raise MergeOver("This merge was undone before.")
    rows = {row.pk: row for row in _locked(merge.kept_id, merge.merged_id)}
    merge.kept, merge.merged = kept, merged = rows[merge.kept_id], rows[merge.merged_id]
    if kept.merged_into_id is not None:  # what is to go back is the other's by now
        raise MergeOver("The kept profile was merged into another since: part those two first.")
    Identity.objects.filter(pk__in=merge.moved["identities"], customer=kept).update(customer=merged)
    Case.objects.filter(pk__in=merge.moved.get("cases", ()), customer=kept).update(customer=merged)
    CustomerTag.objects.filter(pk__in=merge.moved.get("tags", ()), customer=kept).update(customer=merged)
    for name, (value, told) in merge.moved["details"].items():
        if getattr(kept, name) == getattr(merged, name):
            setattr(kept, name, value)
            kept.versions[name] = told
            if not told:
                del kept.versions[name]
    kept.save()
    _give_back_consents(kept, merged, merge.moved["consents"])
    merged.merged_into = None
    merged.save(update_fields=["merged_into", "updated_at"])
    merge.undone_at = at
    merge.save(update_fields=["undone_at"])
    _publish(events.CUSTOMER_UNMERGED, f"customer-merge:{merge.pk}:undone", merge, None, at)
    return merge


def _give_back_consents(kept: Customer, merged: Customer, before: list[dict[str, Any]]) -> None:
    theirs = {(consent.channel, consent.purpose): consent.said_at for consent in merged.consents.all()}
    for entry in before:
        named = (entry["channel"], entry["purpose"])
        rows = kept.consents.filter(channel=named[0], purpose=named[1])
        if named not in theirs or not rows.filter(said_at=theirs[named]).exists():
            continue  # something newer was said since
        if entry["was"] is None:
            rows.delete()
        else:
            rows.update(**{**entry["was"], "said_at": datetime.fromisoformat(entry["was"]["said_at"])})
