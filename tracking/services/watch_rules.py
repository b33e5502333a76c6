"""The stores' thresholds, as the rules take them."""

from dataclasses import fields

from tracking.models import WatchRules
from tracking.watch.facts import Rules

DEFAULT = Rules()


def rules_by_store() -> dict[int, Rules]:
    """Return {store id: its thresholds} of the stores that have their own."""
    names = [one.name for one in fields(Rules)]
    rows = WatchRules.objects.values("store_id", *names)
    return {row["store_id"]: Rules(**{name: row[name] for name in names}) for row in rows}
