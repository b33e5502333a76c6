"""Shopify's webhook bodies said again as the Admin API answers: the same has to be read from both."""

from datetime import UTC, datetime
from typing import Any


def utc(text: str | None) -> str | None:
    """Return a time as the Admin API writes it: in UTC, with whole seconds."""
    return text and datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def gid(kind: str, number: Any) -> str | None:
    return number and f"gid://shopify/{kind}/{number}"


def bag(amount: Any, currency: str = "USD") -> dict:
    both = {"amount": str(amount), "currencyCode": currency}
    return {"shopMoney": both, "presentmentMoney": both}


def several(nodes: list) -> dict:
    return {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}


def high(word: str | None) -> str | None:
    return word and word.upper()


def order(body: dict, **changes) -> dict:
    """Return the Order that an orders/* body tells of."""
    shipping = (body.get("total_shipping_price_set") or {}).get("shop_money", {}).get("amount", "0")
    words = {"partial": "PARTIALLY_FULFILLED", "fulfilled": "FULFILLED", None: "UNFULFILLED"}
    return {
        "id": gid("Order", body["id"]),
        "name": body["name"],
        "createdAt": utc(body["created_at"]),
        "updatedAt": utc(body["updated_at"]),
        "processedAt": utc(body["processed_at"]),
        "cancelledAt": utc(body["cancelled_at"]),
        "cancelReason": high(body["cancel_reason"]),
        "closedAt": utc(body["closed_at"]),
        "currencyCode": body["currency"],
        "presentmentCurrencyCode": body["currency"],
        "email": body["email"],
        "phone": body["phone"],
        "customerLocale": body["customer_locale"],
        "note": body["note"],
        "tags": [tag.strip() for tag in body["tags"].split(",")],
        "discountCodes": [code["code"] for code in body["discount_codes"]],
        "customerAcceptsMarketing": body["buyer_accepts_marketing"],
        "displayFinancialStatus": high(body["financial_status"]),
        "paymentGatewayNames": body.get("payment_gateway_names", []),
        "displayFulfillmentStatus": words[body["fulfillment_status"]],
        "subtotalPriceSet": bag(body["subtotal_price"]),
        "totalDiscountsSet": bag(body["total_discounts"]),
        "totalShippingPriceSet": bag(shipping),
        "totalTaxSet": bag(body["total_tax"]),
        "totalPriceSet": bag(body["total_price"]),
        "shippingAddress": address(body["shipping_address"]),
        "billingAddress": address(body["billing_address"]),
        "customer": customer(body["customer"]) if body["customer"] else None,
        "lineItems": several([line(each) for each in body["line_items"]]),
        "fulfillments": [fulfillment(each) for each in body["fulfillments"]],
        "refunds": [refund(each) for each in body["refunds"]],
    } | changes


def line(body: dict) -> dict:
    shares = [
        bag((share.get("amount_set") or {}).get("shop_money", {}).get("amount", share["amount"]))
        for share in body["discount_allocations"]
    ]
    return {
        "id": gid("LineItem", body["id"]),
        "title": body["title"],
        "name": body["name"],
        "quantity": body["quantity"],
        "currentQuantity": body["current_quantity"],
        "sku": body["sku"],
        "vendor": body["vendor"],
        "variantTitle": body["variant_title"],
        "requiresShipping": body["requires_shipping"],
        "isGiftCard": body["gift_card"],
        "product": {"id": gid("Product", body["product_id"])} if body["product_id"] else None,
        "variant": {"id": gid("ProductVariant", body["variant_id"])} if body["variant_id"] else None,
        "originalUnitPriceSet": bag(body["price"]),
        "totalDiscountSet": bag(body["total_discount"]),
        "discountAllocations": [{"allocatedAmountSet": share} for share in shares],
        "taxLines": [{"priceSet": bag(tax["price"])} for tax in body["tax_lines"]],
    }


def address(body: dict | None) -> dict | None:
    if body is None:
        return None
    return {
        "firstName": body["first_name"],
        "lastName": body["last_name"],
        "name": body["name"],
        "company": body["company"],
        "address1": body["address1"],
        "address2": body["address2"],
        "city": body["city"],
        "province": body["province"],
        "provinceCode": body["province_code"],
        "zip": body["zip"],
        "country": body["country"],
        "countryCodeV2": body["country_code"],
        "phone": body["phone"],
    }


def customer(body: dict) -> dict:
    """Return the Customer that a customers/* body tells of."""
    mail, sms = body.get("email_marketing_consent") or {}, body.get("sms_marketing_consent") or {}
    return {
        "id": gid("Customer", body["id"]),
        "firstName": body["first_name"],
        "lastName": body["last_name"],
        "locale": body.get("locale"),
        "updatedAt": utc(body["updated_at"]),
        "verifiedEmail": body["verified_email"],
        "defaultEmailAddress": {
            "emailAddress": body["email"],
            "marketingState": high(mail.get("state")),
            "marketingUpdatedAt": utc(mail.get("consent_updated_at")),
        },
        "defaultPhoneNumber": {
            "phoneNumber": body["phone"],
            "marketingState": high(sms.get("state")),
            "marketingUpdatedAt": utc(sms.get("consent_updated_at")),
        },
        "defaultAddress": address(body.get("default_address")),
    }


def fulfillment(body: dict) -> dict:
    links = body["tracking_urls"] or []
    numbers = [
        {
            "company": body["tracking_company"],
            "number": number,
            "url": links[place] if place < len(links) else None,
        }
        for place, number in enumerate(body["tracking_numbers"])
    ]
    origin = body.get("origin_address") or {}
    packed = [
        {"quantity": each["quantity"], "lineItem": {"id": gid("LineItem", each["id"])}}
        for each in body["line_items"]
    ]
    return {
        "id": gid("Fulfillment", body["id"]),
        "status": high(body["status"]),
        "createdAt": utc(body["created_at"]),
        "updatedAt": utc(body["updated_at"]),
        "trackingInfo": numbers,
        "originAddress": {
            "address1": None,
            "address2": None,
            "city": origin.get("city"),
            "provinceCode": origin.get("province_code"),
            "countryCode": origin.get("country_code"),
            "zip": origin.get("zip"),
        },
        "fulfillmentLineItems": several(packed),
    }


def refund(body: dict) -> dict:
    """Return the Refund that a refunds/create body tells of."""
    lines = [
        {
            "quantity": each["quantity"],
            "restockType": high(each["restock_type"]),
            "lineItem": {"id": gid("LineItem", each["line_item_id"])},
            "subtotalSet": bag(each["subtotal"]),
            "totalTaxSet": bag(each["total_tax"]),
        }
        for each in body["refund_line_items"]
    ]
    paid = [
        {
            "id": gid("OrderTransaction", each["id"]),
            "kind": high(each["kind"]),
            "status": high(each["status"]),
            "amountSet": bag(each["amount"]),
        }
        for each in body["transactions"]
    ]
    return {
        "id": gid("Refund", body["id"]),
        "note": body["note"],
        "createdAt": utc(body["created_at"]),
        "processedAt": utc(body.get("processed_at")) if body.get("processed_at") else None,
        "totalRefundedSet": bag(sum(float(each["amount"]) for each in body["transactions"])),
        "refundLineItems": several(lines),
        "refundShippingLines": several([]),
        "orderAdjustments": several([]),
        "transactions": several(paid),
    }


def product(body: dict, **changes) -> dict:
    """Return the Product that a products/* body tells of."""
    pictures = {image["id"]: image["src"] for image in body["images"]}
    main = (body.get("image") or {}).get("src")
    return {
        "id": gid("Product", body["id"]),
        "title": body["title"],
        "handle": body["handle"],
        "productType": body["product_type"],
        "vendor": body["vendor"],
        "tags": [tag.strip() for tag in body["tags"].split(",")],
        "status": high(body["status"]),
        "descriptionHtml": body["body_html"],
        "createdAt": utc(body["created_at"]),
        "updatedAt": utc(body["updated_at"]),
        "featuredMedia": {"preview": {"image": {"url": main}}} if main else None,
        "variants": several([variant(each, body, pictures) for each in body["variants"]]),
    } | changes


def variant(body: dict, product: dict, pictures: dict) -> dict:
    named = next((i["id"] for i in product["images"] if body["id"] in (i.get("variant_ids") or [])), None)
    url = pictures.get(body.get("image_id") or named)
    if body.get("grams") is not None:
        weight = {"value": body["grams"], "unit": "GRAMS"}
    else:
        units = {"kg": "KILOGRAMS", "g": "GRAMS", "lb": "POUNDS", "oz": "OUNCES"}
        weight = {"value": body["weight"], "unit": units[body["weight_unit"]]}
    chosen = [body[f"option{n}"] for n in (1, 2, 3) if body.get(f"option{n}")]
    return {
        "id": gid("ProductVariant", body["id"]),
        "title": body["title"],
        "sku": body["sku"],
        "barcode": body["barcode"],
        "price": body["price"],
        "position": body["position"],
        "selectedOptions": [{"value": value} for value in chosen],
        "media": {"nodes": [{"preview": {"image": {"url": url}}}] if url else []},
        "inventoryItem": {
            "id": gid("InventoryItem", body["inventory_item_id"]),
            "measurement": {"weight": weight},
        },
    }


def level(item: str, available: int | None, updated_at: str) -> dict:
    """Return an InventoryLevel."""
    return {
        "id": f"gid://shopify/InventoryLevel/{item}?inventory_item_id={item}",
        "updatedAt": updated_at,
        "item": {"id": gid("InventoryItem", item), "tracked": available is not None},
        "quantities": [{"name": "available", "quantity": available or 0}],
    }
