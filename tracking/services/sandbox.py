"""Play parcels: give one a story, hand out numbers, and have those asked about that are about to move."""

import random
from datetime import datetime

from django.db import transaction

from customers.worker import wake
from tracking.carriers.base import Parcel, Place
from tracking.carriers.sandbox import Sandbox
from tracking.fold import FINAL
from tracking.models import CarrierAccount, Shipment
from tracking.sandbox_routes import SCENARIOS
from tracking.services.inbound import carrier_of


class NotASandboxParcel(ValueError):
    """The parcel is not followed by a sandbox account: real ones have their own story."""


class UnknownScenario(ValueError):
    """A scenario that the sandbox cannot play."""


class TooLate(ValueError):
    """The parcel has already passed every point at which this could happen."""


@transaction.atomic
def set_scenario(*, shipment_id: int, scenario: str, at: datetime) -> Shipment:
    """
    Let `scenario` (a key of tracking.sandbox_routes.SCENARIOS) happen to a play parcel from `at` on, and have
    it asked about now. What it has lived through stays as it was.

    Returns: the shipment. Raises: Shipment.DoesNotExist; NotASandboxParcel; UnknownScenario; TooLate.
    """
    shipment = Shipment.objects.select_related("account").get(pk=shipment_id)
    if shipment.account is None or shipment.account.carrier != Sandbox.code or not shipment.tracking_number:
        raise NotASandboxParcel(f"{shipment} is not a sandbox parcel")
    if scenario not in SCENARIOS:
        raise UnknownScenario(f"“{scenario}” is none of {', '.join(SCENARIOS)}")
    account = CarrierAccount.objects.select_for_update().get(pk=shipment.account.pk)
    before = _story(account, shipment)
    entry = {"scenario": scenario, "since": at.isoformat()}
    told = dict(account.config.get("scenarios") or {})
    account.config = {**account.config, "scenarios": {**told, shipment.tracking_number: entry}}
    if scenario != "normal" and _story(account, shipment) == before:
        raise TooLate(f"“{scenario}” cannot happen to {shipment} any more")
    account.save(update_fields=["config"])
    Shipment.objects.filter(tracking_key=shipment.tracking_key, account=account).update(due_at=at)
    wake("poll")
    shipment.refresh_from_db()
    return shipment


def _story(account: CarrierAccount, shipment: Shipment) -> object:
    carrier = carrier_of(account)
    assert isinstance(carrier, Sandbox)  # noqa: S101 (the caller has looked)
    return carrier.story(parcel_of(shipment)).steps


def parcel_of(shipment: Shipment) -> Parcel:
    """Return a shipment as its carrier is asked about it."""
    return Parcel(
        tracking_number=shipment.tracking_number,
        carrier=shipment.carrier,
        created_at=shipment.handed_over_at or shipment.created_at,
        origin=Place(**shipment.origin),
        destination=Place(**shipment.destination),
    )


@transaction.atomic
def set_speed(*, account_id: int, speed: float, at: datetime) -> CarrierAccount:
    """
    Let time run `speed` times as fast for the parcels of a sandbox account from `at` on; what they have lived
    through keeps its times. Returns: the account. Raises: CarrierAccount.DoesNotExist.
    """
    account = CarrierAccount.objects.select_for_update().get(pk=account_id, carrier=Sandbox.code)
    if float(account.config.get("speed") or 1) != speed:
        changes = [*(account.config.get("clock") or []), [at.isoformat(), speed]]
        account.config = {**account.config, "speed": speed, "clock": changes}
        account.save(update_fields=["config"])
    return account


def wake_movers(*, at: datetime) -> int:
    """
    Have the play parcels asked about that have moved since they were last asked about: sooner than a real
    carrier would be. Returns how many.
    """
    moved = [pk for pk, move in next_moves(at=at, since_asked=True).items() if move <= at]
    if moved:
        Shipment.objects.filter(pk__in=moved, claim=None).update(due_at=at)
        wake("poll")
    return len(moved)


def next_moves(*, at: datetime, since_asked: bool = False) -> dict[int, datetime]:
    """
    Return when (real, aware) each live play parcel moves next after `at`, by primary key; those at their
    story's end are left out. `since_asked`: after each was last asked about, without those about to be.
    """
    accounts = CarrierAccount.objects.filter(carrier=Sandbox.code, enabled=True)
    carriers = {account.pk: carrier_of(account) for account in accounts}
    live = Shipment.objects.followed().filter(account__in=list(carriers)).exclude(status__in=FINAL)
    if since_asked:
        live = live.filter(due_at__gt=at)
    moves = {}
    for shipment in live:
        carrier = carriers[shipment.account_id or 0]
        assert isinstance(carrier, Sandbox)  # noqa: S101 (filtered above)
        after = (shipment.checked_at or shipment.created_at) if since_asked else at
        move = carrier.next_move(parcel_of(shipment), after=after)
        if move:
            moves[shipment.pk] = move
    return moves


def new_number(seed: object, scenario: str = "") -> str:
    """
    Return a tracking number for `seed` (the same seed, the same number); it asks for `scenario`, if given.

    SBX, a letter, eight digits and a check digit (Luhn). Raises: UnknownScenario.
    """
    if scenario and scenario not in SCENARIOS:
        raise UnknownScenario(f"“{scenario}” is none of {', '.join(SCENARIOS)}")
    digits = f"{random.Random(f'number:{seed}').randrange(10**8):08d}"  # noqa: S311 (a play number)
    letter = SCENARIOS.get(scenario, "0")
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits), start=1)]
    check = -sum(d // 10 + d % 10 for d in doubled) % 10
    return f"SBX{letter}{digits}{check}"
