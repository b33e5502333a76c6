"""Which open incident explains a flag."""

from collections.abc import Collection
from functools import cached_property

from django.db.models import Q

from tracking.models import Flag, Incident
from tracking.watch.kinds import SHARED


def fits(incident: Incident) -> Q:
    """Return what flags have that `incident` explains."""
    wanted = Q(store=incident.store_id, carrier=incident.carrier, kind__in=SHARED)
    if incident.place:
        wanted &= Q(place=incident.place)
    if incident.reason:
        wanted &= Q(reason=incident.reason)
    return wanted


class OpenIncidents:
    """The incidents that are open, read once and only when asked for."""

    @cached_property
    def rows(self) -> list[Incident]:
        return list(Incident.objects.filter(state=Incident.State.OPEN).order_by("pk"))

    @cached_property
    def by_parcel(self) -> dict[int, int]:
        """{parcel: its open incident}: a parcel has one at a time."""
        if not self.rows:
            return {}
        flags = Flag.objects.filter(incident__in=[row.pk for row in self.rows], shipment__isnull=False)
        return {pk: incident for pk, incident in flags.values_list("shipment_id", "incident_id") if pk}

    def explaining(self, flag: Flag) -> int | None:
        """Return the id of the incident that a new flag belongs to, None when there is none."""
        if flag.kind not in SHARED or flag.shipment_id is None or not self.rows:
            return None
        if flag.shipment_id in self.by_parcel:
            return self.by_parcel[flag.shipment_id]
        for row in self.rows:
            same = (row.store_id, row.carrier) == (flag.store_id, flag.carrier)
            if same and row.place in ("", flag.place) and row.reason in ("", flag.reason):
                self.by_parcel[flag.shipment_id] = row.pk
                return row.pk
        return None


def parcels_of(incident_ids: Collection[int]) -> dict[int, set[int]]:
    """Return {incident: its parcels}."""
    found: dict[int, set[int]] = {pk: set() for pk in incident_ids}
    rows = Flag.objects.filter(incident__in=incident_ids, shipment__isnull=False)
    for incident_id, shipment_id in rows.values_list("incident_id", "shipment_id"):
        found[incident_id or 0].add(shipment_id or 0)
    return found
