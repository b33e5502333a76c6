"""What workers run for this app: each does what is due at `at` and says how much that was."""

from datetime import datetime

from django.utils import timezone

from tracking.services import (
    access,
    eta,
    health,
    imports,
    inbound,
    label_work,
    make_good_offers,
    polling,
    promises,
    reconcile,
    shop_actions,
)
from tracking.services import watch as watching


def process_inbound(*, at: datetime) -> int:
    """Read deliveries from shops and carriers."""
    return inbound.process_due(at=at)


def revise_promises(*, at: datetime) -> int:
    """Choose windows anew where something changed, and settle promises whose last day is over."""
    return promises.revise_due(at=at)


def learn_transit_times() -> None:
    """Learn transit times from the newest deliveries. Runs every night."""
    eta.learn_transit_times(at=timezone.now())


def poll_carriers(*, at: datetime) -> int:
    """Ask carriers about parcels."""
    return polling.poll_due(at=at)


def expire_quiet_shipments(*, at: datetime) -> int:
    """Mark parcels nobody has heard of for 30 days."""
    return polling.expire_quiet(at=at)


def answer_lookups(*, at: datetime) -> int:
    """Answer guests who asked for the link to their order."""
    return access.answer_lookups(at=at)


def carry_out_labels(*, at: datetime) -> int:
    """Buy labels, fetch their documents, cancel them."""
    return label_work.carry_out_due(at=at)


def act_in_shops(*, at: datetime) -> int:
    """Give money back, make orders, change stock and make codes in shops."""
    return shop_actions.carry_out_due(at=at)


def check_health() -> None:
    """Compare the ways in and out with how they should be. Runs every five minutes."""
    health.check(at=timezone.now())


def make_good(*, at: datetime) -> int:
    """Offer the choice for parcels that need it, withdraw what is not needed, follow what shops did."""
    return make_good_offers.look_round(at=at)


def look_round(*, at: datetime) -> int:
    """Open and clear flags on parcels and orders, and incidents."""
    return watching.look_round(at=at)


def import_files(*, at: datetime) -> int:
    """Go on with a file that staff import."""
    return imports.import_due(at=at)


def forget_imports() -> int:
    """Delete files that were imported weeks ago. Runs once a day."""
    return imports.forget_old(at=timezone.now())


def reconcile_stores(*, at: datetime) -> int:
    """Compare stores with their shops, a page at a time."""
    return reconcile.reconcile_due(at=at)


def plan_reconciles() -> None:
    """Start the comparisons whose time of night has come. Runs every quarter of an hour."""
    reconcile.plan_nightly(at=timezone.now())
