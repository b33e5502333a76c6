"""
Two shops with everything in them, everyone who may knock, and every address there is to knock at.

For tests that go through the whole URLconf: who may do what (`test_access_matrix`), which headers answers
carry (`test_headers`).
"""

import hashlib
import io
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
from customers.models import AlertRoute, User
from customers.services.alerts import raise_alert
from customers.services.merging import merge_customers
from customers.services.partners import issue_key, revoke_key
from customers.services.privacy import Asked, record_request
from engagement import surveys
from engagement.channels import mailbox
from engagement.models import Segment
from returns import tokens as return_tokens
from returns.models import Policy, ProductTask, Return, ReturnSettings
from tests import world_conversation
from tests.factories.api import ALL_SCOPES
from tests.factories.customers import CustomerFactory, StaffFactory, StoreFactory, UserFactory
from tests.factories.engagement import MessageFactory, SuppressionFactory, TemplateFactory
from tests.factories.runs import SurveyAnswerFactory
from tests.factories.segments import SegmentFactory
from tests.factories.tracking import (
    NOON,
    CarrierAccountFactory,
    LabelFactory,
    OrderFactory,
    OrderLineFactory,
    ShipmentFactory,
    VariantFactory,
)
from tracking import access
from tracking.models import (
    EtaRules,
    Flag,
    Inbound,
    Incident,
    Link,
    Location,
    MakeGood,
    Order,
    Promise,
    ReconcileRun,
    ShopAction,
    StockLevel,
    TransitModel,
    WatchRules,
)
from tracking.services import imports

BACKEND = "django.contrib.auth.backends.ModelBackend"
PEOPLE = ("anonymous", "guest_a", "guest_b", "shopper_a", "shopper_b", "clerk", "superuser")
RETURN = "R-00000001"  # number of the return of order A
AT_THE_DOOR = ("warehouse_scan", "warehouse_unknown", "warehouse_unasked")
# A policy's pages about one of its rules, its holidays and its versions: it has none of them.
OF_A_POLICY = (("<slug:code>", "none"), ("<int:place>", "0"), ("<int:number>", "1"))
KEYS = ("key_1", "key_2", "read_key", "expired_key", "revoked_key")

PAGES_OF_RETURNS = ("items", "reasons", "outcome", "confirm", "photo")
SHOPPER_RETURNS = frozenset(
    {f"{door}_{page}" for door in ("return", "gift", "change") for page in PAGES_OF_RETURNS}
    | {f"return_{page}" for page in ("claim", "claim_confirm", "status", "cancel", "number", "calendar")}
    | {f"return_{page}" for page in ("status_photo", "pay", "label", "qr", "qr_png", "qr_svg", "slip")}
    | {"gift_link"}
)
ABOUT_ONE = frozenset(
    {"return_photo", "gift_photo", "change_photo", "return_status_photo", "return_pay"}
    | {"return_claim", "return_claim_confirm"}
)


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
    tokens["gift"] = access.token(access.link_for(a, Link.Purpose.GIFT, at=now))
    tokens["ended"] = access.token(access.link_for(a, Link.Purpose.ACT, at=now, life=timedelta(0)))
    callers = {"anonymous": Client(), "guest_a": Client(), "guest_b": Client()}
    tokens["view"] = _look_up(callers["guest_a"], a)
    tokens["view_b"] = _look_up(callers["guest_b"], b)
    for order in (a, b):
        SegmentFactory(store=order.store, rule={"fact": "customer.email", "op": "is", "value": True})
    _furniture(a)
    tokens["survey"] = surveys.token(SurveyAnswerFactory(order=a, asked_at=now))
    tokens |= world_conversation.links(a)
    tokens["return"] = return_tokens.token(a.returns.get(number=RETURN))
    for name, order in (("shopper_a", a), ("shopper_b", b)):
        callers[name] = _in(_proved(UserFactory(email=order.email)))
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
    LabelFactory(order=order)
    keys = {"delivery_key": "1", "content_key": "1"}
    Inbound.objects.create(
        store=order.store, source="shopify", topic="x", body=b"{}", received_at=NOON, **keys
    )
    _make_good(order)
    _trouble(order)
    _coming_back(order)
    AlertRoute.objects.create(name="Desk", channel=AlertRoute.Channel.EMAIL, address="desk@shop.example")
    raise_alert(kind="tracking.incident", key="incident:1", title="Held in Leipzig", at=NOON)
    record_request(store=order.store, asked=Asked("SHOP_REDACT"), asked_at=NOON, at=NOON)
    merge_customers(kept_id=CustomerFactory().pk, merged_id=CustomerFactory().pk, source="x", at=NOON)
    file = io.BytesIO(b"number,placed_at,email\n#1,2026-01-31,\n")
    imports.make_job(store=order.store, kind="orders", file=file, filename="orders.csv", at=NOON)
    run = ReconcileRun.objects.create(store=order.store, since=NOON, until=NOON, created_at=NOON)
    run.findings.create(kind="ORDER", external_id="7", what="MISSING", found_at=NOON)
    EtaRules.objects.create(store=order.store)
    TransitModel.objects.create(learned_at=NOON)
    day = NOON.date()
    Promise.objects.create(
        shipment=order.shipments.get(), from_date=day, to_date=day, source="ups", made_at=NOON
    )
    TemplateFactory(store=order.store)
    MessageFactory(order=order)
    world_conversation.furnish(order)
    SuppressionFactory()


def _coming_back(order: Order) -> None:
    """Have the order's goods on their way back, by a policy and settings of the store's own."""
    Policy.objects.create(store=order.store)
    ReturnSettings.objects.create(store=order.store)
    ret = Return.objects.create(
        number=RETURN,
        store=order.store,
        order=order,
        customer=order.customer,
        state="IN_TRANSIT",
        currency=order.currency,
        requested_at=NOON,
    )
    ret.parcels.create(tracking_number="1ZBACK", tracking_key="1ZBACK", created_at=NOON)
    line = order.lines.get()
    ProductTask.objects.create(
        store=order.store, product=line.product, reason="UNWANTED", work="PAGE", opened_at=NOON
    )
    ret.units.create(
        line=line, index=0, variant=line.variant, reason="UNWANTED", outcome="REFUND", value_minor=4800
    )
    money = {"amount_minor": 100, "currency": order.currency, "created_at": NOON}
    ret.refunds.create(order=order, purpose="return:0:refund:1", provider="manual", state="STAFF", **money)
    ret.payments.create(purpose="return:0:pay:1", provider="manual", why="difference", pay_by=NOON, **money)
    ret.exchanges.create(variant=line.variant, quantity=1, price_minor=4900, created_at=NOON)
    ret.credits.create(store=order.store, code="0000-0000-0001", currency=order.currency, created_at=NOON)


def _trouble(order: Order) -> None:
    """Flag the order's parcel, as one of an incident, by rules of the store's own."""
    store = order.store
    WatchRules.objects.create(store=store)
    incident = Incident.objects.create(store=store, carrier="ups", place="Memphis, TN, US", opened_at=NOON)
    Flag.objects.create(
        kind=Flag.Kind.LOST,
        store=store,
        order=order,
        shipment=order.shipments.get(),
        incident=incident,
        since=NOON,
        opened_at=NOON,
    )


def _make_good(order: Order) -> None:
    """Offer the choice for the order's parcel, and have something done in the shop."""
    now = timezone.now()
    MakeGood.objects.create(
        shipment=order.shipments.get(),
        order=order,
        why=MakeGood.Why.LOST,
        choices=[MakeGood.Choice.REFUND, MakeGood.Choice.WAIT],
        offered_at=now,
        amount_minor=5300,
        currency="USD",
    )
    ShopAction.objects.create(
        purpose="test:1", kind="REFUND", store=order.store, order=order, wanted={}, created_at=now,
        give_up_at=now, state=ShopAction.State.STAFF,
    )  # fmt: skip


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
    found = re.match(r"admin/(\w+)/(\w+)/<(?:path:object_id|int:pk)>", route)
    pk = (
        apps.get_model(found[1], found[2])._default_manager.order_by("pk").values_list("pk", flat=True)[0]
        if found
        else ""
    )
    filled = route.replace("<path:object_id>", str(pk)).replace("<id>", str(User.objects.earliest("pk").pk))
    for blank, value in (("<int:pk>", str(pk)), ("<slug:action>", "retry"), *OF_A_POLICY):
        filled = filled.replace(blank, value)
    return "/" + filled


def address(world: World, name: str, what: str = "") -> str:
    """
    Return the address `name` for one of the world's things: a kind of token for an order's page, "a" or "b"
    for an order or parcel.
    """
    order = {"a": world.a, "b": world.b}.get(what)
    if name in ("order", "order_calendar", "order_code", "order_link", "order_share", "help"):
        return reverse(name, args=[world.tokens.get(what, "x" * 44)])
    if name in SHOPPER_RETURNS:
        thing = world.a.shipments.current().get() if "claim" in name else world.a
        more = [thing.public_id] if name in ABOUT_ONE else []  # there is no such picture and no such payment
        return reverse(name, args=[world.tokens.get(what, "x" * 44), *more])
    if name in world_conversation.WITH_TOKENS:
        return reverse(name, args=[world.tokens.get(what, "A" * 43)])
    if name == "order_choice":
        return reverse(name, args=[world.tokens.get(what, "x" * 44), world.a.make_goods.get().public_id])
    if name in ("account_order", "api_order"):
        return reverse(name, args=[order.public_id])
    if name == "api_return" or (name.startswith("api_return_") and name != "api_return_quote"):
        return reverse(name, args=[world.a.returns.get(number=RETURN).public_id])
    if name in ("api_segment", "api_segment_members"):
        return reverse(name, args=[Segment.objects.get(store=order.store).public_id])
    if name in ("api_journey", "api_journey_enrol", "api_journey_enrolments"):
        return reverse(name, args=[world_conversation.public_id_of_a_journey()])
    if name in ("api_shipment", "api_scans"):
        return reverse(name, args=[order.shipments.get().public_id])
    fixed = {
        "admin:app_list": ["tracking"],
        "admin:view_on_site": ["1", "1"],
        "store_lookup": ["harbour-pine"],
        "brand_css": ["harbour-pine"],
        "shop_webhook": ["harbour-pine"],
        "carrier_webhook": ["easypost"],
        "sms_webhook": ["twilio"],
        "stripe_webhook": ["harbour-pine"],
        "mailbox_message": [world.mail],
        "mailbox_html": [world.mail],
        "account_reset_password_from_key": ["1", "set-password"],
    }
    if name == "warehouse_photo":
        fixed[name] = [world.a.public_id]  # there is none
    elif name.startswith("warehouse_") and name not in AT_THE_DOOR:
        fixed[name] = [RETURN, 1] if name not in ("warehouse_return", "warehouse_another") else [RETURN]
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
