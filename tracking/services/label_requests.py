"""Requests for labels: as rows keep them, and filled in from what is known of an order and its store."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from customers.models import Store
from tracking.labels.base import (
    BoughtLabel,
    Credentials,
    CustomsItem,
    DocumentData,
    Kind,
    LabelError,
    LabelRequest,
    LabelSeller,
    Paper,
    Party,
    Prepared,
    Rate,
    Words,
)
from tracking.models import CarrierAccount, Label, Order, OrderLine, ShipmentLine

# What a parcel weighs of which nothing is known.
GUESSED_G = 500


# --- sellers
def seller_of(account: CarrierAccount) -> LabelSeller:
    """Return who sells labels through an account. Raises: LabelError (permanent) when nobody does."""
    path = settings.LABELS.get(account.carrier)
    if path is None or not account.enabled:
        raise LabelError(f"No labels can be bought through {account}.", permanent=True)
    credentials = Credentials(secret=account.secret, api_key=account.api_key, config=account.config)
    return import_string(path)(credentials)  # type: ignore[no-any-return]


def label_accounts() -> list[CarrierAccount]:
    """Return the accounts through which labels can be bought, real ones first."""
    rows = CarrierAccount.objects.filter(enabled=True, carrier__in=list(settings.LABELS)).order_by("pk")
    return sorted(rows, key=lambda account: account.carrier == "sandbox")


def default_account(direction: str) -> CarrierAccount | None:
    """
    Return the account that buys labels of `direction` unasked: one whose config names it in `labels_for`
    (["OUTBOUND", "RETURN"]), else a sandbox; None when there is neither. Others spend money when told to.
    """
    accounts = label_accounts()
    named = [account for account in accounts if direction in _listed(account.config.get("labels_for"))]
    play = [account for account in accounts if account.carrier == "sandbox"]
    return next(iter(named + play), None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


# --- requests in rows
def stored(request: LabelRequest) -> dict[str, Any]:
    """Return a request as JSON keeps it."""
    return asdict(request)


def restored(wanted: Mapping[str, Any]) -> LabelRequest:
    """Return the request a row keeps."""
    return LabelRequest(
        **{
            **wanted,
            "from_": _party(wanted["from_"]),
            "to": _party(wanted["to"]),
            "customs": tuple(CustomsItem(**item) for item in wanted.get("customs", ())),
            "contents": tuple(wanted.get("contents", ())),
            "paper": Paper(wanted.get("paper", Paper.LABEL)),
        }
    )


def _party(told: Mapping[str, Any]) -> Party:
    return Party(**{**told, "lines": tuple(told.get("lines", ()))})


def stored_purchase(prepared: Prepared) -> dict[str, Any]:
    """Return a purchase made ready as JSON keeps it."""
    return asdict(prepared)


def purchase_of(label: Label) -> Prepared:
    """Return the purchase a row keeps."""
    return Prepared(label.prepared["handle"], Rate(**label.prepared["rate"]))


def bought_of(label: Label) -> BoughtLabel:
    """Return a bought label as its seller is asked about it; the documents here go with it."""
    return BoughtLabel(
        external_id=label.external_id,
        tracking_number=label.tracking_number,
        carrier=label.carrier,
        carrier_name=label.carrier_name,
        service=label.service,
        cost_minor=label.cost_minor,
        currency=label.currency,
        kinds=tuple(Kind(kind) for kind in label.kinds),
        links=label.links,
        files=tuple(
            DocumentData(Kind(row.kind), row.media_type, bytes(row.body)) for row in label.documents.all()
        ),
        tracking_url=label.tracking_url,
        qr_payload=label.qr_payload,
        expires_at=label.expires_at,
    )


# --- filled in
def sender_of(store: Store, account: CarrierAccount | None = None) -> Party:
    """
    Return where a store's parcels leave from and come back to: as on its last label, else the account's
    `config["sender"]` (the fields of tracking.labels.base.Party), else what the store says of itself.
    """
    # Labels that the return flow asked for may go to any of the store's places.
    typed = Label.objects.filter(store=store).exclude(purpose__startswith="return:")
    last = typed.order_by("-pk").values_list("direction", "wanted").first()
    if last is not None:
        direction, wanted = last
        return _party(wanted["from_" if direction == Label.Direction.OUTBOUND else "to"])
    told = account.config.get("sender") if account else None
    if isinstance(told, dict):
        known = {name: str(told.get(name, "")) for name in Party.__dataclass_fields__ if name != "lines"}
        return Party(**known, lines=tuple(str(line) for line in _listed(told.get("lines"))))
    return Party(name=store.name, country=store.country, phone=store.support_phone, email=store.support_email)


def shopper_of(order: Order) -> Party:
    """Return the shopper's address of an order."""
    told = order.ship_to
    return Party(
        name=str(told.get("name", "")),
        lines=tuple(str(line) for line in _listed(told.get("lines"))),
        city=str(told.get("city", "")),
        region=str(told.get("region", "")),
        postcode=str(told.get("postcode", "")),
        country=str(told.get("country", "")),
        phone=order.phone,
        email=order.email,
    )


def not_packed(order: Order) -> list[tuple[OrderLine, int]]:
    """Return the lines that are to be shipped and in no parcel yet, with how many of each."""
    lines = order.lines.filter(requires_shipping=True).select_related("variant").order_by("position", "pk")
    packed = dict(
        ShipmentLine.objects.filter(
            shipment__order=order, shipment__replaced_at=None, shipment__is_return=False
        )
        .values("line")
        .annotate(n=Sum("quantity"))
        .values_list("line", "n")
    )
    left = [(line, line.quantity - packed.get(line.pk, 0)) for line in lines]
    return [(line, count) for line, count in left if count > 0]


def weight_of(packing: Sequence[tuple[OrderLine, int]]) -> int:
    """Return what lines weigh together in grams, as far as the shop told; a guess when it told nothing."""
    told = sum((line.variant.weight_g if line.variant else 0) * count for line, count in packing)
    return told or GUESSED_G


def contents_of(packing: Sequence[tuple[OrderLine, int]]) -> tuple[str, ...]:
    """Return the lines of a packing slip."""
    return tuple(
        f"{count} × " + " · ".join(part for part in (line.title, line.variant_title) if part)
        for line, count in packing
    )


def customs_of(
    packing: Sequence[tuple[OrderLine, int]], currency: str, *, origin: str = ""
) -> tuple[CustomsItem, ...]:
    """
    Return the customs items of lines: what was paid for them, and what they weigh (a guess where the shop
    does not say). `origin`: where they were made (alpha-2). Tariff codes are for people to fill in.
    """
    items = []
    for line, count in packing:
        each = line.variant.weight_g if line.variant else 0
        paid = line.total_minor * count // line.quantity if line.quantity else 0
        items.append(
            CustomsItem(
                description=line.title,
                quantity=count,
                value_minor=max(paid, 1),
                currency=currency,
                weight_g=max(each * count, GUESSED_G if not each else 1),
                origin_country=origin,
                sku=line.sku,
            )
        )
    return tuple(items)


def words_in(language: str) -> Words:
    """Return what is printed around a label in a shopper's language."""
    with translation.override(language or settings.LANGUAGE_CODE):
        return Words(
            language=translation.get_language() or "en",
            from_=_("From"),
            to=_("To"),
            return_=_("Return"),
            reference=_("Reference"),
            weight=_("Weight"),
            specimen=_("Specimen: play carrier, no postage paid"),
            cut=_("Cut here: the upper half goes on the parcel, the lower half into it"),
            slip=_("What is in this parcel"),
            how_return=_("How to send it back"),
            steps_return=(
                _("Put the items and this half of the page into a box or bag that closes well."),
                _("Cut along the line and stick the label flat on the largest side."),
                _("Cover or remove older labels and codes."),
                _("Hand the parcel in at a drop-off point of the carrier and keep the receipt."),
            ),
            how_outbound=_("Packing slip"),
            qr_title=_("Hand it in without a printer"),
            steps_qr=(
                _("Pack the items so that nothing can fall out. No label is needed."),
                _("Show this code at the drop-off point, on your phone or on paper."),
                _("The label is printed and stuck on there. Keep the receipt."),
            ),
            valid_until=_("Please use it by {day}."),
        )


def quote(*, account: CarrierAccount, request: LabelRequest, at: datetime) -> list[Rate]:
    """Ask a seller what services there are and what each costs (network). Raises: LabelError."""
    try:
        return list(seller_of(account).rates(request, at=at))
    except LabelError:
        raise
    except Exception as exc:  # an answer nobody foresaw must not break a page
        raise LabelError(f"The answer of {account} could not be read ({type(exc).__name__}).") from exc
