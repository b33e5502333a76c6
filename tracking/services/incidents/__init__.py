"""Incidents: many flags with one cause, one apology, one end."""

from tracking.services.incidents.apology import (
    CannotApologise,
    apologise,
    edition,
    request_offer,
    revise,
    standing,
)
from tracking.services.incidents.clustering import look_for_incidents

__all__ = [
    "CannotApologise",
    "apologise",
    "edition",
    "look_for_incidents",
    "request_offer",
    "revise",
    "standing",
]
