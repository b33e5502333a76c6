"""
What the Admin API answers, written as the webhooks write it: so that one translator reads both, and the same
thing told and asked for gives the same rows. Field names: the 2026-07 reference of either form.
"""

from typing import Any

from tracking import reading
from tracking.reading import Record

_SHIPPED = {
    "FULFILLED": "fulfilled",
    "PARTIALLY_FULFILLED": "partial",
    "RESTOCKED": "restocked",
}
_WEIGHT = {"GRAMS": "g", "KILOGRAMS": "kg", "POUNDS": "lb", "OUNCES": "oz"}


def number(gid: Any) -> str | None:
    """Return the number in gid://shopify/Order/123, as webhooks use it; None for null. Raises: BadPayload."""
    if gid is None:
        return None
    return reading.identifier(gid, "an id").partition("?")[0].rpartition("/")[2] or None


def gid(kind: str, external_id: str) -> str:
    """Return the API's name of a thing webhooks know by number."""
    return f"gid://shopify/{kind}/{external_id}"


def nodes(told: Any, what: str) -> list[Record]:
    """Return the things of a connection, [] for null. Raises: BadPayload."""
    return reading.records(reading.optional(told, what).get("nodes"), what)


def withheld(told: Record) -> int:
    """Return how many things of a connection are null: what an app may not see."""
    found = told.get("nodes")
    return sum(node is None for node in found) if isinstance(found, list) else 0


def follows(told: Any, what: str) -> str:
    """Return where the next page of a connection starts, '' at its end. Raises: BadPayload."""
    info = reading.optional(reading.optional(told, what).get("pageInfo"), "pageInfo")
    return reading.text(info.get("endCursor"), "endCursor", 2000) if info.get("hasNextPage") is True else ""


def goes_on(told: Any, what: str) -> bool:
    """Say whether a connection has more than was told. Raises: BadPayload."""
    info = reading.optional(reading.optional(told, what).get("pageInfo"), "pageInfo")
    return info.get("hasNextPage") is True


def amount(bag: Any) -> Any:
    """Return the amount in the shop's own currency of a MoneyBag, None for none."""
    money = reading.optional(reading.optional(bag, "an amount").get("shopMoney"), "shopMoney")
    return money.get("amount")


def _bag(bag: Any) -> Record | None:
    found = amount(bag)
    return None if found is None else {"shop_money": {"amount": found}}


def _low(value: Any) -> str | None:
    return None if value is None else reading.text(value, "a status").lower()


def address(told: Any) -> Record | None:
    """Write a MailingAddress as webhooks do."""
    if told is None:
        return None
    found = reading.record(told, "an address")
    names = {
        "firstName": "first_name",
        "lastName": "last_name",
        "name": "name",
        "company": "company",
        "address1": "address1",
        "address2": "address2",
        "city": "city",
        "province": "province",
        "provinceCode": "province_code",
        "zip": "zip",
        "country": "country",
        "phone": "phone",
    }
    code = found.get("countryCodeV2") or found.get("countryCode")
    return {theirs: found.get(ours) for ours, theirs in names.items()} | {"country_code": code}


def customer(told: Any) -> Record | None:
    """Write a Customer as webhooks do."""
    if told is None:
        return None
    found = reading.record(told, "the customer")
    mail = reading.optional(found.get("defaultEmailAddress"), "defaultEmailAddress")
    phone = reading.optional(found.get("defaultPhoneNumber"), "defaultPhoneNumber")
    return {
        "id": number(found.get("id")),
        "email": mail.get("emailAddress"),
        "verified_email": found.get("verifiedEmail"),
        "phone": phone.get("phoneNumber"),
        "first_name": found.get("firstName"),
        "last_name": found.get("lastName"),
        "locale": found.get("locale"),
        "updated_at": found.get("updatedAt"),
        "default_address": address(found.get("defaultAddress")),
        "email_marketing_consent": _consent(mail),
        "sms_marketing_consent": _consent(phone),
    }


def _consent(told: Record) -> Record | None:
    if told.get("marketingState") is None:
        return None
    return {"state": _low(told["marketingState"]), "consent_updated_at": told.get("marketingUpdatedAt")}


def order(told: Record) -> Record:
    """Write an Order, with its hand-overs, as webhooks do."""
    order_id = number(told.get("id"))
    codes = reading.texts(told.get("discountCodes"), "discountCodes")
    return {
        "id": order_id,
        "name": told.get("name"),
        "created_at": told.get("createdAt"),
        "updated_at": told.get("updatedAt"),
        "processed_at": told.get("processedAt"),
        "cancelled_at": told.get("cancelledAt"),
        "cancel_reason": _low(told.get("cancelReason")),
        "closed_at": told.get("closedAt"),
        "currency": told.get("currencyCode"),
        "email": told.get("email"),
        "phone": told.get("phone"),
        "customer_locale": told.get("customerLocale"),
        "note": told.get("note"),
        "tags": told.get("tags"),
        "discount_codes": [{"code": code} for code in codes],
        "buyer_accepts_marketing": told.get("customerAcceptsMarketing"),
        "financial_status": _low(told.get("displayFinancialStatus")),
        "payment_gateway_names": told.get("paymentGatewayNames"),
        "fulfillment_status": _SHIPPED.get(
            reading.text(told.get("displayFulfillmentStatus"), "displayFulfillmentStatus")
        ),
        "subtotal_price": amount(told.get("subtotalPriceSet")),
        "total_discounts": amount(told.get("totalDiscountsSet")),
        "total_shipping_price_set": _bag(told.get("totalShippingPriceSet")),
        "total_tax": amount(told.get("totalTaxSet")),
        "total_price": amount(told.get("totalPriceSet")),
        "shipping_address": address(told.get("shippingAddress")),
        "billing_address": address(told.get("billingAddress")),
        "customer": customer(told.get("customer")),
        "line_items": [_line(line) for line in nodes(told.get("lineItems"), "lineItems")],
        "fulfillments": [
            fulfillment(part, order_id) for part in reading.records(told.get("fulfillments"), "fulfillments")
        ],
        "refunds": [refund(part, order_id) for part in reading.records(told.get("refunds"), "refunds")],
    }


def _line(told: Record) -> Record:
    shares = reading.records(told.get("discountAllocations"), "discountAllocations")
    taxes = reading.records(told.get("taxLines"), "taxLines")
    return {
        "id": number(told.get("id")),
        "title": told.get("title"),
        "name": told.get("name"),
        "quantity": told.get("quantity"),
        "current_quantity": told.get("currentQuantity"),
        "sku": told.get("sku"),
        "vendor": told.get("vendor"),
        "variant_title": told.get("variantTitle"),
        "requires_shipping": told.get("requiresShipping"),
        "gift_card": told.get("isGiftCard"),
        "product_id": number(reading.optional(told.get("product"), "product").get("id")),
        "variant_id": number(reading.optional(told.get("variant"), "variant").get("id")),
        "price": amount(told.get("originalUnitPriceSet")),
        "total_discount": amount(told.get("totalDiscountSet")),
        "discount_allocations": [{"amount_set": _bag(share.get("allocatedAmountSet"))} for share in shares],
        "tax_lines": [{"price": amount(tax.get("priceSet"))} for tax in taxes],
    }


def fulfillment(told: Record, order_id: str | None) -> Record:
    """Write a Fulfillment as an order's webhook does."""
    tracking = reading.records(told.get("trackingInfo"), "trackingInfo")
    return {
        "id": number(told.get("id")),
        "order_id": order_id,
        "status": _low(told.get("status")),
        "created_at": told.get("createdAt"),
        "updated_at": told.get("updatedAt"),
        "tracking_company": next((one["company"] for one in tracking if one.get("company")), None),
        "tracking_numbers": [one.get("number") for one in tracking],
        "tracking_urls": [one.get("url") for one in tracking],
        "origin_address": address(told.get("originAddress")),
        "line_items": [
            {
                "id": number(reading.optional(line.get("lineItem"), "lineItem").get("id")),
                "quantity": line.get("quantity"),
            }
            for line in nodes(told.get("fulfillmentLineItems"), "fulfillmentLineItems")
        ],
    }


def refund(told: Record, order_id: str | None) -> Record:
    """Write a Refund as refunds/create does."""
    return {
        "id": number(told.get("id")),
        "order_id": order_id,
        "note": told.get("note"),
        "created_at": told.get("createdAt"),
        "processed_at": told.get("processedAt"),
        "refund_line_items": [
            {
                "line_item_id": number(reading.optional(line.get("lineItem"), "lineItem").get("id")),
                "quantity": line.get("quantity"),
                "restock_type": _low(line.get("restockType")),
                "subtotal": amount(line.get("subtotalSet")),
                "subtotal_set": _bag(line.get("subtotalSet")),
                "total_tax": amount(line.get("totalTaxSet")),
                "total_tax_set": _bag(line.get("totalTaxSet")),
            }
            for line in nodes(told.get("refundLineItems"), "refundLineItems")
        ],
        "refund_shipping_lines": [
            {
                "subtotal_amount_set": _bag(line.get("subtotalAmountSet")),
                "tax_amount_set": _bag(line.get("taxAmountSet")),
            }
            for line in nodes(told.get("refundShippingLines"), "refundShippingLines")
        ],
        "order_adjustments": [
            {
                "kind": "refund_discrepancy",
                "amount_set": _bag(entry.get("amountSet")),
                "tax_amount_set": _bag(entry.get("taxAmountSet")),
            }
            for entry in nodes(told.get("orderAdjustments"), "orderAdjustments")
        ],
        "transactions": [
            {
                "id": number(payment.get("id")),
                "kind": _low(payment.get("kind")),
                "status": _low(payment.get("status")),
            }
            | _as_paid(payment.get("amountSet"))
            for payment in nodes(told.get("transactions"), "transactions")
        ],
    }


def _as_paid(bag: Any) -> Record:
    """Return a transaction's amount in the currency it was made in, as webhooks do."""
    money = reading.optional(reading.optional(bag, "an amount").get("presentmentMoney"), "presentmentMoney")
    return {"amount": money.get("amount"), "currency": money.get("currencyCode")}


def product(told: Record) -> Record:
    """Write a Product with its variants as webhooks do."""
    picture = _picture(told.get("featuredMedia"))
    return {
        "id": number(told.get("id")),
        "title": told.get("title"),
        "handle": told.get("handle"),
        "product_type": told.get("productType"),
        "vendor": told.get("vendor"),
        "tags": told.get("tags"),
        "status": _low(told.get("status")),
        "body_html": told.get("descriptionHtml"),
        "created_at": told.get("createdAt"),
        "updated_at": told.get("updatedAt"),
        "image": {"src": picture} if picture else None,
        "images": _pictures(told),
        "variants": [_variant(variant) for variant in nodes(told.get("variants"), "variants")],
    }


def _picture(media: Any) -> Any:
    preview = reading.optional(reading.optional(media, "media").get("preview"), "preview")
    return reading.optional(preview.get("image"), "image").get("url")


def _pictures(told: Record) -> list[Record]:
    """Return the variants' own pictures, each naming its variant."""
    found = []
    for variant in nodes(told.get("variants"), "variants"):
        for media in nodes(variant.get("media"), "media")[:1]:
            found.append({"src": _picture(media), "variant_ids": [number(variant.get("id"))]})
    return found


def _variant(told: Record) -> Record:
    chosen = reading.records(told.get("selectedOptions"), "selectedOptions")[:3]
    item = reading.optional(told.get("inventoryItem"), "inventoryItem")
    measured = reading.optional(item.get("measurement"), "measurement")
    weight = reading.optional(measured.get("weight"), "weight")
    return {
        "id": number(told.get("id")),
        "title": told.get("title"),
        "sku": told.get("sku"),
        "barcode": told.get("barcode"),
        "price": told.get("price"),
        "position": told.get("position"),
        "inventory_item_id": number(item.get("id")),
        "weight": weight.get("value"),
        "weight_unit": _WEIGHT.get(reading.text(weight.get("unit"), "unit")),
        **{f"option{n}": option.get("value") for n, option in enumerate(chosen, 1)},
    }


def level(told: Record, location: Any) -> Record:
    """Write an InventoryLevel as webhooks do; `available` is null for an item that is not counted."""
    item = reading.optional(told.get("item"), "item")
    counts = {
        reading.text(quantity.get("name"), "name"): quantity.get("quantity")
        for quantity in reading.records(told.get("quantities"), "quantities")
    }
    return {
        "inventory_item_id": number(item.get("id")),
        "location_id": number(location),
        "available": counts.get("available") if item.get("tracked") is not False else None,
        "updated_at": told.get("updatedAt"),
    }
