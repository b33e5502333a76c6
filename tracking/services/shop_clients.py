"""The way out to a store's shop: which client, and how it is doing."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.module_loading import import_string

from customers.models import Store
from customers.services.stores import ToolRefused
from tracking.shops.client import ShopClient, ShopCredentials, ShopError

PAUSE = timedelta(minutes=5)


def client_of(store: Store) -> ShopClient | None:
    """Return the client for a store's shop; None when its platform has none or no credentials are set."""
    path = settings.SHOP_CLIENTS.get(store.platform)
    if path is None or not store.api_url or not store.api_secret:
        return None
    credentials = ShopCredentials(store.api_url, store.api_key, store.api_secret, store.currency)
    return import_string(path)(credentials)  # type: ignore[no-any-return]


def refunder_of(store: Store, provider: str) -> ShopClient | None:
    """Return what speaks to a payment provider for a store (settings.REFUNDERS); None when nothing can."""
    path = settings.REFUNDERS.get(provider)
    return import_string(path)(store) if path else None


def why_no_client(store: Store) -> str:
    """Return, in words for staff, why a store's shop cannot be asked; '' when it can."""
    if store.platform not in settings.SHOP_CLIENTS:
        return f"{store} has no shop platform with an API."
    if not store.api_url:
        return "The address of the shop's API is not set."
    return "" if store.api_secret else "The key for the shop's API is not set."


def test_connection(*, store: Store, at: datetime, by: str = "") -> str:
    """
    Ask a store's shop who it is (network), and note how that went.

    Returns: what it said, in words. Raises: ToolRefused.
    """
    client = client_of(store)
    if client is None:
        raise ToolRefused(why_no_client(store))
    try:
        name = client.check()
    except ShopError as exc:
        note_failure(store, exc, at=at)
        raise ToolRefused(str(exc)) from exc
    note_success(store)
    return f"{client.label} answered as “{name}”."


def note_failure(store: Store, error: ShopError, *, at: datetime) -> None:
    """
    Write down that a store's shop did not answer as it should, and when to ask again.

    One that answered and refused what was asked is well: only a key that it does not accept is trouble.
    """
    if error.permanent and not error.denied:
        return
    wait = timedelta(seconds=error.retry_after) if error.retry_after else PAUSE
    Store.objects.filter(pk=store.pk).update(
        api_failing_since=store.api_failing_since or at,
        api_resume_at=at + wait,
        api_error=str(error)[:2000],
    )


def note_success(store: Store) -> None:
    """Forget earlier trouble."""
    if store.api_failing_since or store.api_resume_at:
        Store.objects.filter(pk=store.pk).update(api_failing_since=None, api_resume_at=None, api_error="")
