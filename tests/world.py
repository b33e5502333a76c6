"""
Two shops with everything in them, everyone who may knock, and every address there is to knock at.

For tests that go through the whole URLconf: who may do what (`test_access_matrix`), which headers answers
carry (`test_headers`).
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from django_q.models import Task

from customers import outbox
from customers.models import User
from customers.services.partners import issue_key, revoke_key
from engagement.channels import mailbox
from tests.factories.api import ALL_SCOPES
from tests.factories.customers import CustomerFactory, StaffFactory, StoreFactory, UserFactory
from tests.factories.engagement import MessageFactory, SuppressionFactory, TemplateFactory
from tests.factories.tracking import (
    NOON,
    CarrierAccountFactory,
    OrderFactory,
    OrderLineFactory,
    ShipmentFactory,
    VariantFactory,
)
from tracking import access
from tracking.models import Inbound, Link, Location, Order, StockLevel

BACKEND = "django.contrib.auth.backends.ModelBackend"
PEOPLE = ("anonymous", "guest_a", "guest_b", "shopper_a", "shopper_b", "clerk", "superuser")
KEYS = ("key_1", "key_2", "read_key", "expired_key", "revoked_key")


@dataclass
class World:
    """Order A of store 1 and order B of store 2; `callers` by the names in PEOPLE and KEYS."""

    a: Order
    b: Order
    tokens: dict[str, str]
    mail: str
    callers: dict[str, Client] = field(default_factory=dict)


def build(folder: Path) -> World:
    """Make one of everything. `folder` is where the demo's mailbox keeps its one message."""
    a, b = _order("harbour-pine", "#1042", "ada@example.com"), _order("north-mill", "#1042", "bo@example.com")
    now = timezone.now()
    tokens = {
        purpose: access.token(access.link_for(a, purpose, at=now))
        for purpose in (Link.Purpose.ACT, Link.Purpose.SHARE)
    }
    tokens["ended"] = access.token(access.link_for(a, Link.Purpose.ACT, at=now, life=timedelta(0)))
    callers = {"anonymous": Client(), "guest_a": Client(), "guest_b": Client()}
    tokens["view"] = _look_up(callers["guest_a"], a)
    tokens["view_b"] = _look_up(callers["guest_b"], b)
    _furniture(a)
    callers["shopper_a"], callers["shopper_b"] = _in(_shopper(a)), _in(_shopper(b))
    callers["clerk"] = _in(_proved(UserFactory(is_staff=True)))
    callers["superuser"] = _in(_proved(StaffFactory()))
    return World(a, b, tokens, _letter(folder), callers | _keys())


def _order(slug: str, number: str, email: str) -> Order:
    store = StoreFactory(slug=slug, name=slug.title())
    order = OrderFactory(
        store=store,
        number=number,
        customer=CustomerFactory(email=email),
        ship_to={
            "name": "Ada Lovelace",
            "lines": ["12 Analytical Way"],
            "city": "Portland",
            "postcode": "97201",
            "country": "US",
        },
    )
    variant = VariantFactory(product__store=store, inventory_item_id=f"item-{slug}")
    OrderLineFactory(order=order, product=variant.product, variant=variant)
    ShipmentFactory(order=order)
    return order


def _look_up(client: Client, order: Order) -> str:
    answer = client.post(f"/s/{order.store.slug}/", {"number": order.number, "email": order.email})
    return answer["Location"].split("/")[2]


def _shopper(order: Order) -> User:
    return _proved(UserFactory(email=order.email))


def _proved(user: User) -> User:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def _furniture(order: Order) -> None:
    """Make a row of everything the back-office lists beside orders."""
    with transaction.atomic():
        outbox.publish(
            "tracking.order.placed", key="order:1:placed", occurred_at=NOON, data={"order_id": order.pk}
        )
    Authenticator.objects.create(user=UserFactory(), type="totp", data={"secret": "S"})
    Task.objects.create(
        id="0" * 32, name="x", func="customers.tasks.sweep", started=NOON, stopped=NOON, success=False
    )
    Group.objects.create(name="helpers")
    place = Location.objects.create(store=order.store, external_id="1", name="Shed")
    StockLevel.objects.create(location=place, inventory_item_id="item-harbour-pine", available=1)
    CarrierAccountFactory(slug="easypost")
    keys = {"delivery_key": "1", "content_key": "1"}
    Inbound.objects.create(
        store=order.store, source="shopify", topic="x", body=b"{}", received_at=NOON, **keys
    )
    TemplateFactory(store=order.store)
    MessageFactory(order=order)
    SuppressionFactory()


def _letter(folder: Path) -> str:
    message = EmailMultiAlternatives("On its way", "Plain", "a@shop.example", ["ada@example.com"])
    message.attach_alternative("<html><head></head><body><p>Hallo</p></body></html>", "text/html")
    mailbox.MailboxBackend(folder=folder).send_messages([message])
    return mailbox.keys(folder)[0]


def _keys() -> dict[str, Client]:
    now = timezone.now()
    made = {
        "key_1": issue_key(partner="one", scopes=ALL_SCOPES, stores=["harbour-pine"]),
        "key_2": issue_key(partner="two", scopes=ALL_SCOPES, stores=["north-mill"]),
        "read_key": issue_key(
            partner="one", scopes=["orders:read", "shipments:read"], stores=["harbour-pine"]
        ),
        "expired_key": issue_key(
            partner="one", scopes=ALL_SCOPES, stores=None, expires_at=now - timedelta(seconds=1)
        ),
        "revoked_key": issue_key(partner="one", scopes=ALL_SCOPES, stores=None),
    }
    revoke_key(made["revoked_key"].row, at=now)
    return {name: Client(headers={"Authorization": f"Bearer {key.text}"}) for name, key in made.items()}


# --- addresses


def routes() -> list[tuple[str, str]]:
    """Return (name with its namespace, route) of every address; unnamed ones are named by their route."""
    return list(_walk(get_resolver().url_patterns))


def _walk(patterns, before="", space="") -> Iterator[tuple[str, str]]:
    for each in patterns:
        route = f"{before}{each.pattern}"
        if isinstance(each, URLPattern):
            yield (f"{space}{each.name}" if each.name else route), route
        elif isinstance(each, URLResolver):
            yield from _walk(
                each.url_patterns, route, f"{space}{each.namespace}:" if each.namespace else space
            )


def admin_address(route: str) -> str:
    """Return the address of a back-office page, about a row that exists where it is about one."""
    found = re.match(r"admin/(\w+)/(\w+)/<path:object_id>", route)
    pk = (
        apps.get_model(found[1], found[2])._default_manager.order_by("pk").values_list("pk", flat=True)[0]
        if found
        else ""
    )
    filled = route.replace("<path:object_id>", str(pk)).replace("<id>", str(User.objects.earliest("pk").pk))
    return "/" + filled.replace("<slug:action>", "retry")


def address(world: World, name: str, what: str = "") -> str:
    """
    Return the address `name` for one of the world's things: a kind of token for an order's page, "a" or "b"
    for an order or parcel.
    """
    order = {"a": world.a, "b": world.b}.get(what)
    if name in ("order", "order_calendar", "order_code", "order_link", "order_share"):
        return reverse(name, args=[world.tokens.get(what, "x" * 44)])
    if name in ("account_order", "api_order"):
        return reverse(name, args=[order.public_id])
    if name in ("api_shipment", "api_scans"):
        return reverse(name, args=[order.shipments.get().public_id])
    fixed = {
        "admin:app_list": ["tracking"],
        "admin:view_on_site": ["1", "1"],
        "store_lookup": ["harbour-pine"],
        "brand_css": ["harbour-pine"],
        "shop_webhook": ["harbour-pine"],
        "carrier_webhook": ["easypost"],
        "mailbox_message": [world.mail],
        "mailbox_html": [world.mail],
        "account_reset_password_from_key": ["1", "set-password"],
    }
    catch_all = {"api/v1/^.*$": "/api/v1/nothing/", "admin/(?P<url>.*)$": "/admin/nothing/"}
    return catch_all.get(name) or reverse(name, args=fixed.get(name, []))


def everything(world: World) -> list[str]:
    """Return an address for every route, orders' pages for every kind of token."""
    found = []
    for name, route in routes():
        if re.match(r"admin/\w+/\w+/<", route):
            found.append(admin_address(route))
        elif "<str:token>" in route:
            found += [address(world, name, kind) for kind in (*world.tokens, "unknown")]
        else:
            found.append(address(world, name, "a"))
    return found


def fingerprint(but: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return a digest of every table's content but those named."""
    digests = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table not in but:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
                rows = sorted(
                    repr([bytes(v) if isinstance(v, memoryview) else v for v in row])
                    for row in cursor.fetchall()
                )
                digests[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return digests
