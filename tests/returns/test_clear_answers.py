"""Whoever asks for what cannot be had gets a clear answer, by whichever door, and nothing is changed."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from customers.models import Event
from tests.factories.tracking import OrderFactory
from tests.returns import shopper
from tests.returns.shopper import address, bought, confirm, status_of, text, walk
from tests.world import fingerprint
from tracking import access
from tracking.models import Link, Product

pytestmark = pytest.mark.django_db

# What any visit may write: its session. Links count their visits.
OF_VISITS = frozenset({"django_session", "tracking_link"})


@pytest.fixture
def order():
    return bought()


def jumper(order):
    return order.lines.get(title="Wool jumper").pk


def wrong_owner(client, order):
    """Somebody with a good link to another order names a line of this one."""
    other = shopper.came(_with_line(OrderFactory(store=order.store)))
    here = address(other)

    def ask():
        return client.post(here, {f"quantity-{jumper(order)}": 1})

    return ask, 200, "Choose at least one item"


def _with_line(order):
    shopper.line(order, shopper.product(order.store, "Rain coat")[0])
    return order


def anothers_return(client, order):
    """A token of a return with a letter changed."""
    confirm(client, order, walk(client, order, quantities={jumper(order): 1}))
    good = status_of()
    wrong = f"{good[:-3]}{'a' if good[-3] != 'a' else 'b'}{good[-2:]}"
    return lambda: client.post(f"{wrong}cancel/"), 404, ""


def expired_link(client, order):
    """A link whose time is over."""
    here = address(order)
    Link.objects.update(expires_at=timezone.now() - timedelta(days=1))
    return lambda: client.post(here, {f"quantity-{jumper(order)}": 1}), (302, 404, 410), ""


def shared_link(client, order):
    """A link to look at, not to act."""
    here = address(order, "share")
    return lambda: client.post(here, {f"quantity-{jumper(order)}": 1}), 404, ""


def ended_link(client, order):
    """A link that was taken back."""
    here = address(order)
    access.revoke_links(order, at=timezone.now())
    return lambda: client.post(here, {f"quantity-{jumper(order)}": 1}), (302, 404, 410), ""


def closed_window(client, order):
    """It came too long ago."""
    order.shipments.update(delivered_at=timezone.now() - timedelta(days=90))
    here = address(order)
    return lambda: client.post(here, {f"quantity-{jumper(order)}": 1}), 200, "It could be returned until"


def window_closed_meanwhile(client, order):
    """The window closes between the last page and its confirmation."""
    page = walk(client, order, quantities={jumper(order): 1})
    order.shipments.update(delivered_at=timezone.now() - timedelta(days=90))
    return lambda: confirm(client, order, page), (200, 302), ""


def final_sale(client, order):
    """Sold for good."""
    Product.objects.update(tags=["final-sale"])
    here = address(order)
    return lambda: client.post(here, {f"quantity-{jumper(order)}": 1}), 200, "This was a final sale"


def over_quantity(client, order):
    """One of two is in a return already; somebody asks for two more."""
    page = walk(client, order, quantities={jumper(order): 2})
    other = type(client)()
    confirm(other, order, walk(other, order, quantities={jumper(order): 1}))
    return lambda: confirm(client, order, page), (200, 302), ""


def poisoned_photo(client, order):
    """A program that calls itself a picture."""
    here = address(order)
    client.post(here, {f"quantity-{jumper(order)}": 1})
    body = b"\xff\xd8\xff\xe0<?php evil ?>"

    def ask():
        file = SimpleUploadedFile("photo.jpg", body, "image/jpeg")
        fields = {f"reason-{jumper(order)}": "COLOR", f"photo-{jumper(order)}": file}
        return client.post(here + "reasons/", fields)

    return ask, 200, "Please check"


def bombed_photo(client, order):
    """A small file that unpacks to a wall of pixels."""
    here = address(order)
    client.post(here, {f"quantity-{jumper(order)}": 1})

    def ask():
        file = shopper.picture(size=(12_000, 4_000), kind="PNG")
        fields = {f"reason-{jumper(order)}": "COLOR", f"photo-{jumper(order)}": file}
        return client.post(here + "reasons/", fields)

    return ask, 200, "Please check"


def replayed_confirmation(client, order):
    """The last form, sent again."""
    page = walk(client, order, quantities={jumper(order): 1})
    first = confirm(client, order, page)

    def ask():
        answer = confirm(client, order, page)
        assert answer["Location"] == first["Location"]
        return answer

    return ask, 302, ""


def replayed_cancellation(client, order):
    """Cancelled twice."""
    confirm(client, order, walk(client, order, quantities={jumper(order): 1}))
    here = f"{status_of()}cancel/"
    assert client.post(here).status_code == 302
    return lambda: client.post(here), (200, 302), ""


CASES = (
    wrong_owner, anothers_return, expired_link, shared_link, ended_link, closed_window,
    window_closed_meanwhile, final_sale, over_quantity, poisoned_photo, bombed_photo,
    replayed_confirmation, replayed_cancellation,
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_what_cannot_be_had_is_answered_and_changes_nothing(client, order, case):
    ask, status, words = case(client, order)
    before, told = fingerprint(OF_VISITS), Event.objects.count()

    answer = ask()

    assert answer.status_code in (status if isinstance(status, tuple) else (status,)), answer.status_code
    assert answer.status_code < 500 and words in text(answer)
    assert fingerprint(OF_VISITS) == before
    assert Event.objects.count() == told
    if answer.status_code == 302 and answer["Location"].startswith("/"):
        assert client.get(answer["Location"]).status_code in (200, 302, 404)
