"""What staff are told about the connection to a shop: once each."""

from collections.abc import Mapping
from datetime import datetime

from customers.models import Alert, Store
from customers.services.alerts import raise_alert
from tracking.shops.base import Shop


def note_uninstalled(*, store: Store, told_at: datetime, at: datetime) -> None:
    """Tell staff that the app was removed from the shop: nothing more will come from there."""
    _once(
        store=store,
        kind="tracking.shop_uninstalled",
        key=f"shop-uninstalled:{store.pk}:{told_at.isoformat()}",
        title=f"{store}: the app was removed from the shop",
        detail=(
            f"Since {told_at:%Y-%m-%d %H:%M} UTC no more webhooks come from the shop of {store}. "
            "Orders and parcels that are here are still followed through the carriers. "
            "Install the app again, or set the store's platform to None if that was meant."
        ),
        severity=Alert.Severity.URGENT,
        at=at,
    )


def note_doubt(*, store: Store, shop: Shop, headers: Mapping[str, str], at: datetime) -> None:
    """Tell staff, once per store and version, that webhooks come in a make nobody checked."""
    key, words = shop.doubt(headers)
    if key:
        _once(
            store=store,
            kind="tracking.shop_version",
            key=f"shop-version:{store.pk}:{key}",
            title=f"{store}: webhooks come in an unchecked version ({key})",
            detail=words,
            severity=Alert.Severity.WARNING,
            at=at,
        )


def _once(*, store: Store, kind: str, key: str, title: str, detail: str, severity: str, at: datetime) -> None:
    """Raise an alert that was never raised before: one that staff have ended does not come back."""
    if not Alert.objects.filter(key=key).exists():
        raise_alert(
            kind=kind,
            key=key,
            title=title,
            detail=detail,
            severity=severity,
            store=store,
            subject=store,
            at=at,
        )
