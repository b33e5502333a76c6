"""
The API under fire: requests made from its own description, right and wrong ones, and every check schemathesis
has.

A few examples per operation here; more by FUZZ_EXAMPLES.
"""

import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from config.wsgi import application
from tests.factories.api import Api
from tests.factories.customers import StoreFactory
from tests.factories.tracking import OrderFactory, OrderLineFactory, ShipmentFactory
from tests.returns.bench import coming_back

EXAMPLE_KEY = "6f1c3a52-6a0e-4d38-9a7e-0f3f0a4f5c11"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))


@pytest.fixture
def partner(db, settings):
    settings.API_RATE = 1_000_000
    # Called as by a server, the application would close the connection whose transaction is the test's.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    StoreFactory()
    order = OrderFactory(external_id="10442")
    OrderLineFactory(order=order, external_id="1", quantity=3)
    ShipmentFactory(order=order)
    coming_back(order)
    yield Api(), order
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


pytestmark = pytest.mark.once
schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)


def known(order, path):
    """Return the thing of an order that an address is about."""
    if "/returns/" in path:
        return order.returns.get()
    return order if "/orders/" in path else order.shipments.get()


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_api_or_its_description(case, partner):
    api, order = partner
    if case.path_parameters.get("public_id"):
        case.path_parameters["public_id"] = str(known(order, case.path).public_id)
    case.headers["Authorization"] = f"Bearer {api.key.text}"

    if (
        case.headers.get("Idempotency-Key") == EXAMPLE_KEY
    ):  # the description's example would make all but one a repeat
        del case.headers["Idempotency-Key"]

    # Whether the sums add up or a line exists is not in a JSON schema: what follows it may still be refused.
    unfair = [positive_data_acceptance]
    if case.method == "GET" and case.path_parameters:
        unfair.append(
            negative_data_rejection
        )  # all there is to get wrong are the id and the key, which we put right
    case.call_and_validate(excluded_checks=unfair)
