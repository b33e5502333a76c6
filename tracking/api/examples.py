"""
What bodies and answers look like: shown in the reference and checked against the serializers by the tests.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample

SCAN: dict[str, Any] = {
    "at": "2026-03-12T14:05:00+01:00",
    "status": "OUT_FOR_DELIVERY",
    "reason": "",
    "action_required": False,
    "city": "Berlin",
    "region": "",
    "country": "DE",
    "postcode": "10115",
    "code": "OFD",
    "message": "The parcel is in the van",
}
ORDER: dict[str, Any] = {
    "store": "harbour-pine",
    "external_id": "10442",
    "number": "#1042",
    "placed_at": "2026-03-10T12:00:00Z",
    "currency": "EUR",
    "email": "ada@example.com",
    "customer": {"external_id": "77", "name": "Ada Lovelace", "email": "ada@example.com", "language": "de"},
    "ship_to": {
        "name": "Ada Lovelace",
        "lines": ["Invalidenstraße 1"],
        "city": "Berlin",
        "postcode": "10115",
        "country": "DE",
    },
    "lines": [
        {
            "external_id": "1",
            "sku": "LANTERN-L",
            "title": "Brass lantern",
            "variant_title": "Large",
            "quantity": 2,
            "unit_price_minor": 4800,
        }
    ],
    "shipping_minor": 490,
    "tax_minor": 1611,
    "total_minor": 10090,
    "updated_at": "2026-03-10T12:00:05Z",
}
SHIPMENT: dict[str, Any] = {
    "order": {"store": "harbour-pine", "external_id": "10442"},
    "external_id": "pick-7781",
    "carrier": "dhl",
    "tracking_number": "00340434161094042557",
    "service": "DHL Paket",
    "lines": [{"line": "1", "quantity": 2}],
}
SHIPMENT_ANSWER: dict[str, Any] = {
    "id": "0b9a2c0e-6f0f-4a3e-9f43-2f6c2b6a7d11",
    "order": "5f2f6a0c-9a55-4f0e-8c64-1c9e6f3a2b10",
    "external_id": "pick-7781",
    "carrier": "dhl",
    "carrier_name": "DHL",
    "service": "DHL Paket",
    "tracking_number": "00340434161094042557",
    "tracking_url": "https://www.dhl.com/en/express/tracking.html?submit=1&tracking-id=00340434161094042557",
    "status": "OUT_FOR_DELIVERY",
    "reason": "",
    "action_required": False,
    "status_at": "2026-03-12T13:05:00Z",
    "eta_from": "2026-03-12",
    "eta_to": "2026-03-13",
    "shipped_at": "2026-03-11T17:30:00Z",
    "delivered_at": None,
    "lines": [{"line": "1", "quantity": 2}],
    "scans": [
        {
            **SCAN,
            "at": "2026-03-12T13:05:00Z",
            "local": None,
            "place": "Berlin, DE",
            "source": "api",
        }
    ],
    "checked_at": None,
    "replaced_at": None,
    "created_at": "2026-03-11T09:12:44.120000Z",
    "updated_at": "2026-03-12T13:05:09.501000Z",
}
ORDER_ANSWER: dict[str, Any] = {
    "id": "5f2f6a0c-9a55-4f0e-8c64-1c9e6f3a2b10",
    "external_id": "10442",
    "number": "#1042",
    "store": "harbour-pine",
    "status": "SHIPPED",
    "placed_at": "2026-03-10T12:00:00Z",
    "cancelled_at": None,
    "cancel_reason": "",
    "payment_status": "",
    "currency": "EUR",
    "subtotal_minor": 9600,
    "discount_minor": 0,
    "shipping_minor": 490,
    "tax_minor": 1611,
    "total_minor": 10090,
    "customer": {
        "id": "9d6f1f2e-1b8e-4f55-8a3b-6d9a1c0e4b77",
        "name": "Ada Lovelace",
        "email": "ada@example.com",
    },
    "email": "ada@example.com",
    "phone": "",
    "language": "de",
    "ship_to": {**ORDER["ship_to"], "region": ""},
    "tags": [],
    "note": "",
    "lines": [
        {
            "external_id": "1",
            "sku": "LANTERN-L",
            "title": "Brass lantern",
            "variant_title": "Large",
            "quantity": 2,
            "ordered_quantity": 2,
            "unit_price_minor": 4800,
            "discount_minor": 0,
            "tax_minor": 0,
            "total_minor": 9600,
            "product_external_id": "",
            "variant_external_id": "",
            "image_url": "",
            "requires_shipping": True,
        }
    ],
    "shipments": [SHIPMENT_ANSWER],
    "url": "https://orders.example.com/o/3n8pVbq0S1mZcWf7KxYt2A9rUeLhJd4gTiPoQsBvNwE/",
    "created_at": "2026-03-10T12:00:07.000000Z",
    "updated_at": "2026-03-12T13:05:09.502000Z",
}

ORDER_IN = OpenApiExample("An order", value=ORDER, request_only=True)
ORDER_OUT = OpenApiExample("An order on its way", value=ORDER_ANSWER, response_only=True)
SHIPMENT_IN = OpenApiExample("A parcel", value=SHIPMENT, request_only=True)
SHIPMENT_OUT = OpenApiExample("A parcel out for delivery", value=SHIPMENT_ANSWER, response_only=True)
SCAN_IN = OpenApiExample("One scan", value=SCAN, request_only=True)
SCANS_IN = OpenApiExample(
    "Several scans",
    value=[SCAN, {"local": "2026-03-11T18:30:00", "status": "IN_TRANSIT", "message": "Picked up"}],
    request_only=True,
)
