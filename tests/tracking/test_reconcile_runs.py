"""How a comparison with a shop runs: started once a night, killed anywhere, refused, put off, resumed."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
import responses
from django.core.management import CommandError, call_command

from customers.models import Alert, Store
from tests.factories.customers import StoreFactory
from tests.tracking.reconcile_scene import NIGHT, an_order, run, shopify_store, stand, tell, woo_store
from tests.tracking.shop_doubles import ShopifyDouble, WooCommerceDouble
from tracking.models import Order, ReconcileFinding, ReconcileRun
from tracking.services import facts, reconcile
from tracking.services.shop_clients import note_failure
from tracking.shops.client import ShopError

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def mock():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        yield found


@pytest.fixture
def shop(mock):
    return ShopifyDouble().at(mock)


@pytest.fixture
def store(shop):
    return shopify_store(shop)


def on(made: ReconcileRun) -> ReconcileRun:
    made.refresh_from_db()
    return made


# --- starting
def test_a_store_without_credentials_is_skipped_and_says_so(mock):
    store = StoreFactory()

    made = run(store)

    assert (made.state, made.words) == ("SKIPPED", "The address of the shop's API is not set.")
    assert reconcile.reconcile_due(at=NIGHT) == 0


def test_a_store_is_compared_once_at_a_time(store):
    reconcile.start_run(store=store, at=NIGHT)

    with pytest.raises(reconcile.AlreadyRunning):
        reconcile.start_run(store=store, at=NIGHT)

    assert ReconcileRun.objects.count() == 1


def test_a_run_begins_where_the_last_good_one_ended_with_an_overlap(store):
    first = run(store)
    ReconcileRun.objects.create(
        store=store, state="FAILED", since=NIGHT, until=NIGHT + 5 * HOUR, created_at=NIGHT + 5 * HOUR
    )

    second = reconcile.start_run(store=store, at=NIGHT + 24 * HOUR)

    assert (first.first, second.first) == (True, False)
    assert second.since == first.until - HOUR
    assert second.until == NIGHT + 24 * HOUR - timedelta(minutes=10)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Auckland"])
def test_each_store_has_its_run_once_a_night_between_two_and_five(zone, shop):
    store = shopify_store(shop, timezone=zone)
    started = []
    for quarter in range(4 * 24 * 3):  # three days, a quarter of an hour at a time
        at = datetime(2026, 3, 6, tzinfo=UTC) + timedelta(minutes=15 * quarter)
        if reconcile.plan_nightly(at=at):
            started.append(at.astimezone(store.zone))
            ReconcileRun.objects.filter(state="OPEN").update(state="DONE", due_at=None)

    # The first is at once: it is the night that was missed.
    assert len(started) in (3, 4)
    assert all(2 <= at.hour < 6 for at in started[1:])
    assert len({at.date() for at in started[1:]}) == len(started) - 1


def test_stores_are_spread_over_the_night(shop):
    for number in range(12):
        shopify_store(shop, slug=f"store-{number}", domain=f"s{number}.example")
    nights = {reconcile._night(store, NIGHT) for store in Store.objects.all()}

    assert len(nights) > 6


def test_a_store_that_cannot_be_asked_is_not_written_down_every_night(shop):
    StoreFactory()
    StoreFactory(slug="by-files", platform="none")

    for night in range(3):
        reconcile.plan_nightly(at=NIGHT + night * 24 * HOUR)

    assert [row.state for row in ReconcileRun.objects.all()] == ["SKIPPED"]


# --- trouble
@pytest.mark.parametrize("mode", ["timeout", "reset", "500", "garbage", "huge", "unreachable"])
def test_a_shop_in_trouble_is_asked_again_and_nothing_is_lost(shop, store, mode):
    stand(shop, an_order())
    shop.fail(mode)

    made = run(store)

    assert (made.state, made.pages) == ("OPEN", 0)
    assert made.due_at > NIGHT
    assert made.last_error
    store.refresh_from_db()
    assert store.api_failing_since == NIGHT
    for minutes in range(1, 30):
        reconcile.reconcile_due(at=NIGHT + timedelta(minutes=minutes))
    assert (on(made).state, made.missing) == ("DONE", 1)
    store.refresh_from_db()
    assert (store.api_failing_since, store.api_resume_at, store.api_error) == (None, None, "")


def test_retry_after_is_waited_for_without_calling_and_without_counting_a_try(shop, store):
    shop.fail("429")
    made = run(store)
    calls = len(shop.calls)
    Store.objects.update(api_resume_at=NIGHT + HOUR)
    ReconcileRun.objects.update(due_at=NIGHT)

    assert reconcile.reconcile_due(at=NIGHT) == 1

    assert len(shop.calls) == calls
    assert on(made).due_at == NIGHT + HOUR
    assert made.attempts == 0


def test_a_shop_that_puts_us_off_for_a_day_ends_the_run(shop, store):
    made = reconcile.start_run(store=store, at=NIGHT)
    shop.fail(*["429"] * 200)

    for minutes in range(0, 26 * 60, 10):
        reconcile.reconcile_due(at=NIGHT + timedelta(minutes=minutes))

    assert on(made).state == "FAILED"
    assert made.words.startswith("Given up after a day.")


def test_runs_are_kept_for_a_season_but_never_the_last_good_one_is_forgotten(store):
    for days in (400, 300, 200):
        state = "DONE" if days == 300 else "FAILED"
        at = NIGHT - timedelta(days=days)
        ReconcileRun.objects.create(store=store, state=state, since=at, until=at, created_at=at)

    made = reconcile.start_run(store=store, at=NIGHT)

    assert set(ReconcileRun.objects.values_list("state", flat=True)) == {"DONE", "OPEN"}
    assert made.since == NIGHT - timedelta(days=300) - HOUR


def test_a_refused_key_ends_the_run_with_an_alert_that_ends_with_the_next_good_one(shop, store):
    shop.token = "another"
    made = run(store)

    assert made.state == "FAILED"
    assert "401" in made.words
    assert shop.credentials.secret not in made.words
    alert = Alert.objects.get(key=f"reconcile-failed:{store.pk}")
    shop.token = store.api_secret
    Store.objects.update(api_resume_at=None)
    run(store, NIGHT + HOUR)
    alert.refresh_from_db()
    assert alert.state == Alert.State.ENDED


def test_a_list_we_may_not_see_is_named_and_the_others_are_compared(shop, store):
    stand(shop, an_order())
    real = shop._told

    def told(**answer):
        if "customers" in answer.get("data", {}):
            denied = {"message": "Access denied for customers", "extensions": {"code": "ACCESS_DENIED"}}
            return real(data={"customers": None}, errors=[denied])
        return real(**answer)

    shop._told = told
    made = run(store)

    assert (made.state, made.missing, made.unreadable) == ("DONE", 1, 1)
    assert "Access denied for customers" in made.findings.get(kind="OTHER").words
    store.refresh_from_db()
    assert store.api_failing_since is None


def test_a_shop_that_never_answers_is_given_up_with_an_alert(shop, store):
    shop.fail(*["reset"] * 40)
    made = run(store)

    for hours in range(1, 30):
        reconcile.reconcile_due(at=NIGHT + hours * 2 * HOUR)

    assert on(made).state == "FAILED"
    assert Alert.objects.filter(key=f"reconcile-failed:{store.pk}").exists()


# --- killed anywhere
class Killed(BaseException):
    """What SIGKILL is to a process."""


@pytest.mark.parametrize("after", range(1, 8))
def test_a_worker_killed_between_two_things_costs_nothing_and_counts_nothing_twice(
    shop, store, monkeypatch, after
):
    shop.per_page = 4
    stand(shop, *(an_order(number) for number in range(101, 108)))
    made = reconcile.start_run(store=store, at=NIGHT)
    real, count = reconcile.record_fact, [0]

    def dies(*args):
        count[0] += 1
        if count[0] == after:
            raise Killed
        return real(*args)

    monkeypatch.setattr(reconcile, "record_fact", dies)
    with pytest.raises(Killed):
        while reconcile.reconcile_due(at=NIGHT):
            pass
    monkeypatch.setattr(reconcile, "record_fact", real)
    ReconcileRun.objects.update(leased_until=NIGHT - HOUR)

    while reconcile.reconcile_due(at=NIGHT):
        pass

    assert (on(made).state, made.missing, made.repaired) == ("DONE", 7, 7)
    assert Order.objects.count() == 7
    assert ReconcileFinding.objects.count() == 7


def test_a_page_that_kills_its_worker_every_time_is_given_up(shop, store, monkeypatch):
    stand(shop, an_order())
    made = reconcile.start_run(store=store, at=NIGHT)

    def dies(*args):
        raise Killed

    monkeypatch.setattr(reconcile, "record_fact", dies)
    for _ in range(12):
        ReconcileRun.objects.update(leased_until=NIGHT - HOUR)
        try:
            reconcile.reconcile_due(at=NIGHT)
        except Killed:
            continue

    assert on(made).state == "FAILED"
    assert "Given up" in made.words


def test_a_worker_that_lost_its_lease_writes_down_nothing(shop, store, monkeypatch):
    stand(shop, an_order())
    made = reconcile.start_run(store=store, at=NIGHT)
    real = reconcile.examine
    ReconcileRun.objects.update(stage="orders")

    def slow(*args, **kwargs):
        ReconcileRun.objects.update(claim=uuid4())  # another worker took over
        real(*args, **kwargs)

    monkeypatch.setattr(reconcile, "examine", slow)
    reconcile.reconcile_due(at=NIGHT)

    assert (on(made).pages, made.stage, made.state) == (0, "orders", "OPEN")


def test_a_fault_of_ours_in_one_thing_is_listed_without_anybodys_data(shop, store, monkeypatch):
    stand(shop, an_order(), an_order(77))
    real = facts.record_fact

    def fails(fact, teller):
        if fact.external_id == "77":
            raise ValueError("maren@example.com")
        return real(fact, teller)

    monkeypatch.setattr(reconcile, "record_fact", fails)
    made = run(store)

    assert (made.state, made.missing, made.unreadable) == ("DONE", 1, 1)
    assert made.findings.get(what="UNREADABLE").words == "It could not be recorded: ValueError"


# --- how the shop is doing
def test_a_request_that_was_refused_says_nothing_against_the_shop(store):
    note_failure(store, ShopError("no such order", permanent=True), at=NIGHT)
    store.refresh_from_db()
    assert store.api_failing_since is None

    note_failure(store, ShopError("wrong key", permanent=True, denied=True), at=NIGHT)
    store.refresh_from_db()
    assert (store.api_failing_since, store.api_error) == (NIGHT, "wrong key")


# --- by hand
def command(*args) -> str:
    out = StringIO()
    call_command("reconcile", *args, stdout=out)
    return out.getvalue()


def test_the_command_compares_one_store_and_prints_what_it_found(shop, store):
    stand(shop, an_order())

    said = command("--store", store.slug, "--days", "3000")

    assert "1 missing here; 1 repaired" in said
    assert "ORDER" in said
    assert ReconcileRun.objects.get().since < NIGHT - timedelta(days=365)


def test_the_command_compares_all_stores_that_have_a_shop(shop, store, mock):
    WooCommerceDouble().at(mock)
    woo_store(WooCommerceDouble())
    StoreFactory(slug="by-files", platform="none")

    said = command()

    assert store.slug in said
    assert "north-mill" in said
    assert "by-files" not in said


@pytest.mark.parametrize("args", [("--store", "nobody"), ("--store", "harbour-pine", "--days", "0")])
def test_the_command_names_what_is_wrong(store, args):
    with pytest.raises(CommandError):
        command(*args)


def test_the_command_fails_when_the_shop_does(shop, store):
    shop.fail("401")

    with pytest.raises(CommandError, match="401"):
        command("--store", store.slug)


def test_an_answer_at_night_and_a_webhook_at_once_end_in_one_row(shop, store):
    body = an_order()
    stand(shop, body)

    for _ in range(3):
        tell(store, "orders/updated", body)
        run(store, NIGHT + HOUR, days=5)

    assert Order.objects.count() == 1
