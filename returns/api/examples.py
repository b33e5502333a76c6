"""
What bodies and answers look like: shown in the reference and checked against the serializers by the tests.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample

ORDER = {"store": "harbour-pine", "external_id": "10442"}
ITEM: dict[str, Any] = {"line": "1", "quantity": 1, "reason": "UNWANTED", "outcome": "REFUND"}
QUOTE: dict[str, Any] = {"order": ORDER, "items": [ITEM], "method": "OWN"}
RETURN: dict[str, Any] = {
    **QUOTE,
    "items": [{**ITEM, "words": "One is enough after all"}],
    "email": "ada@example.com",
    "expected_refund_minor": 4800,
}
CLAIM: dict[str, Any] = {
    "order": ORDER,
    "kind": "CLAIM",
    "shipment": "0b9a2c0e-6f0f-4a3e-9f43-2f6c2b6a7d11",
    "items": [{"line": "1", "reason": "DAMAGED", "outcome": "EXCHANGE", "words": "The glass is broken"}],
}
DECISION: dict[str, Any] = {"by": "Kim"}
REJECT: dict[str, Any] = {"words": "Made to measure: we cannot take it back.", "by": "Kim"}
RECEIVE: dict[str, Any] = {"tracking_number": "1Z999AA10123456784"}
INSPECT: dict[str, Any] = {
    "units": [{"unit": 311, "condition": "WORN", "note": "Soot on the glass"}],
    "finish": True,
}
SUMS: dict[str, Any] = {
    "currency": "EUR",
    "goods_minor": 4800,
    "refund_minor": 4800,
    "credit_minor": 0,
    "bonus_minor": 0,
    "fee_minor": 0,
    "shipping_minor": 0,
    "due_minor": 0,
    "capped_minor": 0,
}
QUOTE_ANSWER: dict[str, Any] = {
    "order": "5f2f6a0c-9a55-4f0e-8c64-1c9e6f3a2b10",
    "policy_version": 0,
    "lines": [
        {
            "line": "1",
            "part": "",
            "free": 2,
            "allowed": True,
            "words": "",
            "reasons": ["SIZE_TOO_SMALL", "DEFECTIVE", "UNWANTED", "OTHER"],
            "until": "2026-04-12T21:59:59.999999Z",
            "outcomes": ["REFUND", "EXCHANGE", "CREDIT"],
            "methods": ["LABEL", "QR", "DROP_OFF", "OWN"],
            "photo": False,
            "keep": False,
        }
    ],
    "quote": SUMS,
    "units": [
        {
            "item": 0,
            "value_minor": 4800,
            "bonus_minor": 0,
            "fee_minor": 0,
            "price_minor": 0,
            "difference_minor": 0,
            "keep": False,
        }
    ],
    "problems": [],
}
UNIT_ANSWER: dict[str, Any] = {
    "id": 311,
    "line": "1",
    "part": "",
    "sku": "LANTERN-L",
    "reason": "UNWANTED",
    "words": "One is enough after all",
    "outcome": "REFUND",
    "keep": False,
    "value_minor": 4800,
    "bonus_minor": 0,
    "deduction_minor": 960,
    "stage": "INSPECTED",
    "parcel": 1,
    "condition": "WORN",
    "disposition": "LIQUIDATE",
    "arrived_at": "2026-03-20T08:10:00Z",
    "inspected_at": "2026-03-20T09:30:00Z",
}
PARCEL_ANSWER: dict[str, Any] = {
    "position": 1,
    "tracking_number": "1Z999AA10123456784",
    "first_scan_at": "2026-03-18T16:00:00Z",
    "arrived_at": "2026-03-20T08:10:00Z",
    "inspected_at": "2026-03-20T09:30:00Z",
    "unexpected": [],
}
REFUND_ANSWER: dict[str, Any] = {
    "id": "c0a5d0f4-3f0b-4c0e-a7a5-0d8a2b6f7e21",
    "provider": "shopify",
    "state": "SUCCEEDED",
    "amount_minor": 3840,
    "currency": "EUR",
    "shipping_minor": 0,
    "fee_minor": 0,
    "created_at": "2026-03-20T09:30:02Z",
    "settled_at": "2026-03-20T09:30:05Z",
    "arrives_by": "2026-03-27",
}
RETURN_ANSWER: dict[str, Any] = {
    "id": "e2b1f7a4-6c1d-4c57-9d0e-71a5b8c3f466",
    "number": "R-7K3Q9DM2",
    "kind": "RETURN",
    "store": "harbour-pine",
    "order": "5f2f6a0c-9a55-4f0e-8c64-1c9e6f3a2b10",
    "order_number": "#1042",
    "state": "SETTLED",
    "method": "OWN",
    "source": "API",
    "gift": False,
    "currency": "EUR",
    "fee_minor": 0,
    "shipping_minor": 0,
    "overpaid_minor": 0,
    "refund_held": False,
    "review_why": "",
    "rejected_words": "",
    "units": [UNIT_ANSWER],
    "parcels": [PARCEL_ANSWER],
    "refunds": [REFUND_ANSWER],
    "exchanges": [],
    "quote": SUMS,
    "requested_at": "2026-03-16T10:00:00Z",
    "approved_at": "2026-03-16T10:00:00Z",
    "handed_over_at": "2026-03-18T16:00:00Z",
    "received_at": "2026-03-20T08:10:00Z",
    "inspected_at": "2026-03-20T09:30:00Z",
    "settled_at": "2026-03-20T09:30:06Z",
    "expires_at": "2026-04-13T10:00:00Z",
    "ended_at": None,
    "url": "https://orders.example.com/r/Zr8uQx0bKq1sW3yF5tVnJg2mHc7LpAeD9oRiTkMxUwSB/",
    "updated_at": "2026-03-20T09:30:06.120000Z",
}

QUOTE_IN = OpenApiExample("One of two lanterns", value=QUOTE, request_only=True)
QUOTE_OUT = OpenApiExample("It may come back", value=QUOTE_ANSWER, response_only=True)
RETURN_IN = OpenApiExample("A return", value=RETURN, request_only=True)
CLAIM_IN = OpenApiExample("A claim", value=CLAIM, request_only=True)
RETURN_OUT = OpenApiExample("A return whose money went back", value=RETURN_ANSWER, response_only=True)
DECISION_IN = OpenApiExample("Kim says so", value=DECISION, request_only=True)
REJECT_IN = OpenApiExample("A refusal", value=REJECT, request_only=True)
RECEIVE_IN = OpenApiExample("A parcel", value=RECEIVE, request_only=True)
INSPECT_IN = OpenApiExample("One unit, and that was all", value=INSPECT, request_only=True)
