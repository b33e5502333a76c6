"""Fills an empty installation with the sample stores: products, people, 120 days of orders, log-ins, key."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from customers.models import Customer, Store, User
from customers.models.partners import SCOPES
from customers.services.partners import issue_key
from customers.services.stores import set_up_store
from engagement.demo import conversation, desk, files, goods
from engagement.demo.catalogue import HARBOUR, SECRET, SHOPS
from engagement.demo.comebacks import Comebacks
from engagement.demo.history import History
from engagement.demo.people import SHOPPER, SHOPPER_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD
from engagement.demo.plan import HISTORY, Planner
from engagement.models import Message
from tracking import services
from tracking.models import CarrierAccount, Order, Shipment
from tracking.services.carriers import set_up_carrier
from tracking.services.sandbox import set_speed

ACCOUNT = "sandbox"
SLUGS = [shop.slug for shop in SHOPS]


class NotForDemos(RuntimeError):
    """This installation must not be filled with sample data."""


@dataclass(frozen=True)
class Sample:
    """What there is now. `made`: whether it was made just now."""

    made: bool
    orders: int
    parcels: int
    messages: int


def seed(*, at: datetime, speed: float = 1) -> Sample:
    """
    Fill the installation with the sample stores as they would stand at `at` (aware), unless they are there.

    Returns: what there is. Raises: NotForDemos where mail would leave the house, or other stores live.
    """
    orders = Order.objects.filter(store__slug__in=SLUGS)
    made = not orders.exists()
    if made:
        _refuse_the_real_world()
        stores, account = _set_up(at)
        History(stores, account, at).live(Planner(at).draw())
        # Only now: the windows promised in the past knew nothing of a faster clock.
        set_speed(account_id=account.pk, speed=speed, at=at)
        staff = _let_people_in()
        _furnish(stores[HARBOUR.slug], account, staff, at)
        Comebacks(stores[HARBOUR.slug], staff, at).live()
        conversation.furnish(stores, staff, at=at)
    return Sample(
        made=made,
        orders=orders.count(),
        parcels=Shipment.objects.current().filter(order__in=orders).count(),
        messages=Message.objects.filter(order__in=orders, state=Message.State.SENT).count(),
    )


def _refuse_the_real_world() -> None:
    if not settings.EMAIL_BACKEND.endswith(("MailboxBackend", "locmem.EmailBackend")):
        raise NotForDemos("The sample store writes e-mails: unset EMAIL_BACKEND and EMAIL_HOST first.")
    others = Store.objects.exclude(slug__in=SLUGS).values_list("slug", flat=True)
    if others and not settings.DEMO:
        raise NotForDemos(
            f"This installation serves {', '.join(others)}: use another DATA_DIR or DATABASE_URL."
        )


@transaction.atomic
def _set_up(at: datetime) -> tuple[dict[str, Store], CarrierAccount]:
    """Make the stores with their products and stock, and the account their parcels are followed through."""
    opened, told = at - HISTORY, at - timedelta(hours=6)
    stores = {}
    for shop in SHOPS:
        store = set_up_store(slug=shop.slug, values=shop.fields | {"webhook_secret": SECRET}).store
        for product in goods.products(shop, at=opened):
            services.record_product(store=store, data=product, at=opened)
        for level in goods.stock(shop, at=told):
            services.record_stock(store=store, data=level, at=told)
        store.locations.update(name=f"{shop.city} store room")
        stores[shop.slug] = store
    account = set_up_carrier(
        slug=ACCOUNT,
        values={
            "carrier": "sandbox",
            "name": "Sandbox carrier",
            "secret": SECRET,
            "config": {"sender": desk.sender()},
        },
    ).account
    return stores, account


def _let_people_in() -> User:
    """Make the staff's and the shopper's log-in, and an API key, which is kept beside the demo's data."""
    staff = User.objects.create_superuser(STAFF_EMAIL, STAFF_PASSWORD, first_name="Robin", last_name="Staff")
    customer = Customer.objects.filter(identities__value=SHOPPER.email).first()
    shopper = User.objects.create_user(SHOPPER.email, SHOPPER_PASSWORD, customer=customer, first_name="Ada")
    for user in (staff, shopper):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    key = issue_key(partner="demo", scopes=list(SCOPES), stores=None).text
    with open(os.open(key_file(), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        file.write(key)
    return staff


def _furnish(store: Store, account: CarrierAccount, staff: User, at: datetime) -> None:
    """Lay out what staff have done today."""
    desk.buy_label(store=store, account=account, at=at - timedelta(hours=1))
    desk.import_stock(store=store, by=staff, at=at - timedelta(minutes=40))
    desk.sort_alerts(store=store, by=staff, until=at + timedelta(hours=4))
    desk.make_route(store=store)
    files.write(at)


def key_file() -> Path:
    """Where the demo's API key is kept, so that it can be printed again."""
    return Path(settings.DATA_DIR) / "demo-api-key"
