"""Incidents open when many flags have one cause, take in later ones, and close when parcels move again."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from config.lib import claims
from customers import outbox
from customers.models import Alert, Store
from customers.services.alerts import end_alert, raise_alert
from tracking import events
from tracking.carriers.detect import carrier_label
from tracking.models import Flag, Incident
from tracking.services.incidents.matching import fits, parcels_of
from tracking.services.watch_rules import DEFAULT, rules_by_store
from tracking.vocabulary import Reason
from tracking.watch.clusters import Explanation, Sighting, explain
from tracking.watch.facts import Rules
from tracking.watch.kinds import HOLDING, SHARED
from tracking.watch.letters import prepare

ENOUGH = 0.9  # of an incident's parcels move again: it is over


def look_for_incidents(*, at: datetime) -> int:
    """
    Close incidents that are over, let open ones take in what they explain, open new ones.

    Returns: how many were opened and closed. Each change is a transaction of its own; nothing here waits
    for a lock that a carrier's news holds.
    """
    closed = sum(_close_if_over(incident, at) for incident in _open_ones())
    still = _open_ones()
    for incident in still:
        _take_in(incident)
    _keep_alerts_true(still, at)
    opened = 0
    rules = rules_by_store()
    for (store_id, carrier), sightings in _loose(rules, at).items():
        least = rules.get(store_id, DEFAULT).incident_parcels
        for found in explain(sightings, least) if least else ():
            opened += _open(store_id, carrier, found, least, at)
    return closed + opened


def _open_ones() -> list[Incident]:
    rows = Incident.objects.filter(state=Incident.State.OPEN).select_related("store")
    return list(rows.order_by("pk"))


def alert_key(incident_id: int) -> str:
    """Return the key of an incident's alert."""
    return f"incident:{incident_id}"


# --- opening ---
def _unexplained() -> Q:
    return Q(cleared_at=None, incident=None, shipment__isnull=False, kind__in=SHARED) & ~Q(carrier="")


def _loose(rules: dict[int, Rules], at: datetime) -> dict[tuple[int, str], list[Sighting]]:
    """Parcels flagged lately that no incident explains, by store and carrier."""
    longest = max([DEFAULT.incident_hours, *(r.incident_hours for r in rules.values())])
    recent = Flag.objects.filter(_unexplained(), opened_at__gt=at - timedelta(hours=longest))
    rows = recent.values_list("store_id", "carrier", "shipment_id", "place", "reason", "opened_at")
    found: dict[tuple[int, str], list[Sighting]] = {}
    for store_id, carrier, shipment_id, place, reason, opened_at in rows.order_by("pk"):
        hours = rules.get(store_id, DEFAULT).incident_hours
        if shipment_id and opened_at > at - timedelta(hours=hours):
            found.setdefault((store_id, carrier), []).append(Sighting(shipment_id, place, reason))
    return found


@transaction.atomic
def _open(store_id: int, carrier: str, found: Explanation, least: int, at: datetime) -> int:
    """Open one incident with the flags that are still loose. Returns 1, or 0 when too few are."""
    loose = Flag.objects.filter(_unexplained(), shipment__in=found.parcels)
    rows = list(claims.skip_locked(loose.order_by("pk")).values_list("pk", "shipment_id"))
    parcels = len({shipment_id for _, shipment_id in rows})
    if parcels < least:
        return 0
    store = Store.objects.get(pk=store_id)
    subject, words = prepare(place=found.place, reason=found.reason)
    try:
        with transaction.atomic():
            incident = Incident.objects.create(
                store=store,
                carrier=carrier,
                place=found.place,
                reason=found.reason,
                opened_at=at,
                subject=subject,
                words=words,
            )
    except IntegrityError:  # opened at this very moment by another worker; its flags join at the next round
        return 0
    Flag.objects.filter(pk__in=[pk for pk, _ in rows]).update(incident=incident)
    _publish(events.INCIDENT_OPENED, "opened", incident, parcels, at)
    _tell_staff(incident, parcels, at)
    return 1


def _publish(kind: str, what: str, incident: Incident, parcels: int, at: datetime) -> None:
    outbox.publish(
        kind,
        key=f"incident:{incident.pk}:{what}",
        occurred_at=at,
        store=incident.store,
        subject=incident,
        data={
            "incident_id": incident.pk,
            "carrier": incident.carrier,
            "place": incident.place,
            "reason": incident.reason,
            "parcels": parcels,
        },
    )


def _keep_alerts_true(incidents: list[Incident], at: datetime) -> None:
    """Bring the counts in open alerts up to date. One that a person has ended stays ended."""
    rows = {alert_key(incident.pk): incident for incident in incidents}
    parcels = parcels_of([incident.pk for incident in incidents])
    alerts = Alert.objects.filter(key__in=rows).exclude(state=Alert.State.ENDED)
    for key, title in alerts.values_list("key", "title"):
        incident = rows[key]
        if title != _title(incident, len(parcels[incident.pk])):
            _tell_staff(incident, len(parcels[incident.pk]), at)


def _title(incident: Incident, parcels: int) -> str:
    return f"{parcels} parcels are stuck: {describe(incident)}"[:200]


def _tell_staff(incident: Incident, parcels: int, at: datetime) -> None:
    raise_alert(
        kind="tracking.incident",
        key=alert_key(incident.pk),
        title=_title(incident, parcels),
        detail="Look at who is affected, and send the prepared apology from the incident's page.",
        severity=Alert.Severity.URGENT,
        store=incident.store,
        subject=incident,
        at=at,
    )


def describe(incident: Incident) -> str:
    """Return carrier, reason and place in words: 'UPS · Customs are looking at it · Leipzig, DE'."""
    reason = Reason(incident.reason).label if incident.reason in Reason.values else incident.reason
    parts = (carrier_label(incident.carrier) or incident.carrier, reason, incident.place)
    return " · ".join(part for part in parts if part)


# --- taking in ---
@transaction.atomic
def _take_in(incident: Incident) -> int:
    """Attach loose flags that an open incident explains, and later flags of its parcels. Returns how many."""
    parcels = Flag.objects.filter(incident=incident).values("shipment_id")
    loose = Flag.objects.filter(_unexplained()).filter(fits(incident) | Q(shipment__in=parcels))
    elsewhere = Flag.objects.filter(incident__state=Incident.State.OPEN, shipment__isnull=False)
    taken = elsewhere.exclude(incident=incident).values("shipment_id")
    rows = loose.exclude(shipment__in=taken).order_by("pk")
    ids = list(claims.skip_locked(rows).values_list("pk", flat=True))
    return Flag.objects.filter(pk__in=ids).update(incident=incident) if ids else 0


# --- closing ---
@transaction.atomic
def _close_if_over(incident: Incident, at: datetime) -> int:
    """Close an incident of which nine parcels in ten move again. Returns 1 or 0."""
    row = (
        Incident.objects.select_for_update(no_key=True, of=("self",))
        .select_related("store")
        .get(pk=incident.pk)
    )
    parcels = parcels_of([row.pk])[row.pk]
    held = held_parcels(row)
    if row.state != Incident.State.OPEN or len(parcels) - len(held) < ENOUGH * len(parcels):
        return 0
    row.state, row.closed_at = Incident.State.CLOSED, at
    row.save(update_fields=["state", "closed_at"])
    _publish(events.INCIDENT_CLOSED, "closed", row, len(parcels), at)
    moving = len(parcels) - len(held)
    end_alert(key=alert_key(row.pk), at=at, why=f"{moving} of {len(parcels)} parcels move again")
    return 1


def held_parcels(incident: Incident) -> set[int]:
    """
    Return the parcels an incident still holds.

    Being late, or having been attempted in vain, lasts until delivery: such a parcel is out of it as soon as
    it is somewhere else, or stopped for another reason.
    """
    moved = Q()
    if incident.place:
        moved |= ~Q(shipment__last_place=incident.place)
    if incident.reason:
        moved |= ~Q(shipment__reason=incident.reason)
    flags = Flag.objects.filter(incident=incident, cleared_at=None, shipment__isnull=False)
    held = flags.filter(Q(kind__in=HOLDING) | ~moved)
    return {pk for pk in held.values_list("shipment_id", flat=True) if pk}
