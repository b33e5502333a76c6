"""An import stopped, killed, doubled or half wrong: what is written is whole, and written once."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError

from config.lib import claims
from customers.models import Consent
from tests.factories.tracking import NOON, OrderFactory, OrderLineFactory
from tests.tracking.imported import counts, fresh, imported, ran, refusals, shop, uploaded
from tracking.imports.errors import BadFile
from tracking.models import ImportJob, ImportKey, ImportMapping, ImportRefusal, Order, OrderLine, Shipment
from tracking.services import imports
from tracking.services.imports import orders, work
from tracking.services.imports.new_orders import insert_orders

pytestmark = pytest.mark.django_db

State = ImportJob.State


def many(count: int) -> str:
    rows = "".join(f"#{n},2026-01-05,a{n}@example.com,Lantern,12.50\n" for n in range(1, count + 1))
    return f"number,placed_at,email,item,price\n{rows}"


def small_batches(monkeypatch, size=2):
    monkeypatch.setattr(work, "FIRST_BATCH", size)
    monkeypatch.setattr(work, "LARGEST", size)
    monkeypatch.setattr(work, "SMALLEST", size)


@pytest.fixture
def one_by_one(monkeypatch):
    """Let every order go through `record_order`, which a test then replaces."""
    monkeypatch.setattr(orders, "insert_orders", lambda **kwargs: set())


def test_one_bad_row_loses_no_neighbour():
    job = imported("orders", many(5).replace("#3,2026-01-05", "#3,2026-13-05"))

    assert counts(job) == {"created": 4, "refused": 1}
    assert refusals(job) == {4: "Placed at (column “placed_at”): “2026-13-05” is not a day of the calendar."}
    assert job.rows == 5


def test_an_error_in_one_line_of_an_order_holds_the_whole_order_back():
    job = imported("orders", "number,placed_at,item,qty\n#1,2026-01-05,A,1\n#1,,B,two\n#2,2026-01-05,C,1\n")

    assert counts(job) == {"created": 1, "refused": 2}
    assert refusals(job)[2] == "It belongs with line 3, which cannot be taken."
    assert not Order.objects.filter(number="#1").exists()


def test_an_error_nobody_foresaw_costs_its_own_record_only(monkeypatch):
    real = orders.record_order

    def record(*, store, data, at):
        order = real(store=store, data=data, at=at)
        if data.number == "#3":
            raise RuntimeError("no such luck")
        return order

    def insert(*, store, orders, known, at):
        insert_orders(store=store, orders=orders[:2], known=known, at=at)
        raise RuntimeError("nor together")

    monkeypatch.setattr(orders, "record_order", record)
    monkeypatch.setattr(orders, "insert_orders", insert)
    job = imported("orders", many(5))

    assert counts(job) == {"created": 4, "refused": 1}
    assert refusals(job)[4] == "It could not be written (RuntimeError). Nothing of it was."


def test_a_killed_worker_leaves_whole_batches_and_the_next_goes_on_there(monkeypatch, one_by_one):
    small_batches(monkeypatch)
    real, done = orders.record_order, []

    def record(*, store, data, at):
        if len(done) == 5:
            raise KeyboardInterrupt  # what ends a process is no Exception
        done.append(data.number)
        return real(store=store, data=data, at=at)

    monkeypatch.setattr(orders, "record_order", record)
    job = uploaded("orders", many(9))
    imports.start(job_id=job.pk, dry=False, at=NOON)
    with pytest.raises(KeyboardInterrupt):
        imports.import_due(at=NOON)

    job = fresh(job)
    assert (job.state, job.created, job.line) == (State.RUNNING, 4, 5)
    assert Order.objects.count() == 4
    assert imports.import_due(at=NOON) == 0  # the dead worker's lease still holds

    ImportJob.objects.update(leased_until=datetime(2000, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(orders, "record_order", real)
    assert imports.import_due(at=NOON) == 1
    job = fresh(job)
    assert (job.state, counts(job), Order.objects.count()) == (State.DONE, {"created": 9}, 9)
    assert not ImportKey.objects.exists()


def test_a_worker_that_lost_its_lease_writes_nothing_more(monkeypatch):
    small_batches(monkeypatch)
    job = uploaded("orders", many(6))
    imports.start(job_id=job.pk, dry=False, at=NOON)
    (slow,) = claims.claim(ImportJob.objects.all(), at=NOON, limit=1)
    ImportJob.objects.update(leased_until=datetime(2000, 1, 1, tzinfo=UTC))
    (quick,) = claims.claim(ImportJob.objects.all(), at=NOON, limit=1)

    work.work_on(slow, at=NOON)
    assert Order.objects.count() == 0
    work.work_on(quick, at=NOON)

    assert (fresh(job).state, Order.objects.count()) == (State.DONE, 6)


def test_what_kills_every_worker_is_given_up_in_words():
    job = uploaded("orders", many(2))
    imports.start(job_id=job.pk, dry=False, at=NOON)
    ImportJob.objects.update(attempts=work.MAX_DEATHS + 1)
    imports.import_due(at=NOON)

    assert fresh(job).state == State.FAILED
    assert fresh(job).words == "The worker died on it 4 times after line 1."
    imports.resume(job_id=job.pk, at=NOON)
    imports.import_due(at=NOON)
    assert fresh(job).state == State.DONE


def test_the_databases_own_trouble_is_waited_out(monkeypatch, one_by_one):
    def record(**kwargs):
        raise OperationalError("deadlock detected")

    real = orders.record_order
    monkeypatch.setattr(orders, "record_order", record)
    job = uploaded("orders", many(2))
    imports.start(job_id=job.pk, dry=False, at=NOON)
    imports.import_due(at=NOON)
    job = fresh(job)
    assert (job.state, job.created, job.refused) == (State.RUNNING, 0, 0)
    assert job.due_at > NOON

    monkeypatch.setattr(orders, "record_order", real)
    imports.import_due(at=NOON + timedelta(minutes=1))
    assert counts(fresh(job)) == {"created": 2}


def test_stopping_keeps_what_is_imported_and_going_on_does_the_rest(monkeypatch, one_by_one):
    small_batches(monkeypatch)
    job = uploaded("orders", many(6))
    imports.start(job_id=job.pk, dry=False, at=NOON)
    real = orders.record_order

    def record(*, store, data, at):
        if data.number == "#3":
            ImportJob.objects.filter(pk=job.pk).update(state=State.STOPPED, claim=None, due_at=None)
        return real(store=store, data=data, at=at)

    monkeypatch.setattr(orders, "record_order", record)
    imports.import_due(at=NOON)

    assert (fresh(job).state, Order.objects.count()) == (State.STOPPED, 4)
    assert imports.import_due(at=NOON) == 0
    imports.resume(job_id=job.pk, at=NOON)
    imports.import_due(at=NOON)
    assert (counts(fresh(job)), fresh(job).line) == ({"created": 6}, 7)


def test_a_dry_run_counts_the_same_and_changes_nothing():
    store = shop()
    imported("orders", many(2), store=store)
    before = list(Order.objects.values())

    told = many(4).replace("#1,2026-01-05", "#1,2026-01-06").replace("#4,2026", "#4,x")
    job = uploaded("orders", told, store=store, at=NOON + timedelta(hours=1))
    job = ran(job, dry=True)
    assert (job.state, counts(job)) == (
        State.CHECKED,
        {"created": 1, "updated": 1, "unchanged": 1, "refused": 1},
    )
    assert list(Order.objects.values()) == before

    assert counts(ran(job)) == counts(job)


def test_an_order_whose_rows_do_not_stand_together_is_never_split(monkeypatch):
    small_batches(monkeypatch, 1)
    job = imported(
        "orders",
        "number,placed_at,item\n#1,2026-01-05,A\n#2,2026-01-05,B\n#1,2026-01-05,C\n#3,2026-01-05,D\n",
    )

    assert counts(job) == {"created": 3, "refused": 1}
    assert refusals(job)[4].startswith("This stands in line 2 already.")
    assert OrderLine.objects.get(order__number="#1").title == "A"


def test_scans_may_stand_anywhere_in_a_file_of_shipments():
    store = shop()
    for number in ("#1", "#2"):
        OrderFactory(store=store, number=number, number_key=number[1:])
    job = imported(
        "shipments",
        "order,tracking number,status,time\n"
        "#1,AB1,In transit,2026-01-02 08:00\n#2,AB2,In transit,2026-01-02 08:00\n"
        "#1,AB1,Delivered,2026-01-03 08:00\n#2,AB2,Delivered,2026-01-03 09:00\n"
        "#9,AB9,Delivered,2026-01-03 09:00\n",
        store=store,
    )

    assert refusals(job) == {6: "There is no order with the number #9 in Kontor. Import the orders first."}
    assert Shipment.objects.filter(status="DELIVERED").count() == 2
    assert Shipment.objects.get(order__number="#1").scans.count() == 2


def test_a_file_without_ids_finds_the_order_and_lines_that_a_shop_sent():
    store = shop()
    placed = {"placed_at": datetime(2026, 1, 5, 9, tzinfo=UTC)}
    order = OrderFactory(store=store, number="#1001", note="Ring twice", source_version="", **placed)
    line = OrderLineFactory(order=order, sku="L-1", title="Laterne")

    job = imported("orders", "number,placed_at,sku,item,price\n#1001,2026-01-05,L-1,Laterne,9\n", store=store)

    assert counts(job) == {"updated": 1}
    order.refresh_from_db()
    assert (order.note, order.email, order.lines.get().pk) == ("Ring twice", order.email, line.pk)
    assert order.lines.get().unit_price_minor == 900


def test_older_news_than_what_is_here_changes_nothing():
    imported("orders", many(1), at=NOON)

    job = imported("orders", many(1).replace("12.50", "9.00"), at=NOON - timedelta(days=9))

    assert counts(job) == {"unchanged": 1}


def test_a_yes_without_its_time_never_wins_over_a_no():
    people = "email,newsletter\nada@example.com,yes\n"
    imported("customers", people)
    Consent.objects.update(granted=False)

    job = imported("customers", people, at=NOON + timedelta(days=5))

    assert counts(job) == {"unchanged": 1}
    assert not Consent.objects.get().granted


def test_ambiguous_files_do_not_start_before_somebody_has_chosen():
    job = uploaded("orders", 'number,placed_at,total\n#1,03/04/2026,"1,234"\n')

    with pytest.raises(imports.NotNow, match="Choose the decimal mark.*Choose whether dates"):
        imports.start(job_id=job.pk, dry=True, at=NOON)
    imports.choose(job_id=job.pk, mapping=job.mapping, options=job.options | {"decimal": ",", "dates": "mdy"})
    ran(job)

    order = Order.objects.get()
    assert (order.total_minor, order.placed_at) == (123, datetime(2026, 3, 3, 23, tzinfo=UTC))


def test_what_was_chosen_is_remembered_for_the_same_columns():
    job = uploaded("orders", "Foo,Bar\n#1,03/04/2026\n")
    with pytest.raises(imports.NotNow, match="Choose a column for: Order number"):
        imports.start(job_id=job.pk, dry=True, at=NOON)
    imports.choose(
        job_id=job.pk, mapping={"number": "Foo", "placed_at": "Bar"}, options={"dates": "dmy", "zone": "UTC"}
    )
    ran(job, dry=True)

    again = uploaded("orders", "Bar,Foo\n05/04/2026,#2\n")

    assert again.mapping == {"number": "Foo", "placed_at": "Bar"}
    assert (again.options["dates"], again.options["zone"]) == ("dmy", "UTC")
    assert ImportMapping.objects.count() == 1


def test_a_file_that_is_too_large_is_refused(settings):
    settings.IMPORT_MAX_BYTES = 1024 * 1024
    with pytest.raises(BadFile, match="1 MB is the most"):
        imports.make_job(
            store=shop(), kind="orders", file=io.BytesIO(b"x" * 2_000_000), filename="x.csv", at=NOON
        )


def test_the_refused_rows_are_a_file_that_can_be_mended_and_imported_alone():
    store = shop()
    head = "number,placed_at,note,phone,email\n"
    told = head + '#1,never,"=cmd()|\'x\'!A1, ""hi""",+49 30 123456,@x\n#2,2026-01-05,,,\n'
    job = imported("orders", told, store=store)
    text = "".join(imports.error_file(job))

    assert text.startswith("\ufeffnumber,placed_at,note,phone,email,Porchlight line,Porchlight error")
    assert '"\'=cmd()|\'x\'!A1, ""hi""",\'+49 30 123456,\'@x,2,' in text
    again = imported("orders", text.replace("never", "2026-01-06").encode(), store=store)

    assert counts(again) == {"created": 1}
    order = Order.objects.get(number="#1")
    assert (order.note, order.phone) == ("=cmd()|'x'!A1, \"hi\"", "+4930123456")
    assert again.left_out == {"an e-mail address that cannot be one": 1}


def test_refused_lines_of_json_are_lines_of_json():
    job = imported(
        "orders",
        '{"number": "1", "placed_at": "2026-01-05",'
        ' "lines": [{"title": "A"}, {"title": "B", "quantity": -1}]}\nnope\n',
    )

    lines = "".join(imports.error_file(job)).splitlines()
    assert len(lines) == 2
    assert '"porchlight_line": 1' in lines[0] and '"porchlight_raw": "nope"' in lines[1]
    again = imported("orders", lines[0].replace("-1", "1").encode())
    assert counts(again) == {"created": 1}
    assert OrderLine.objects.count() == 2


def test_files_and_refused_rows_are_forgotten_after_a_month():
    job = imported("orders", many(2).replace("#1,2026", "#1,x"))
    path, files = job.file.name, FileSystemStorage(location=job.file.storage.location)
    assert files.exists(path)

    assert imports.forget_old(at=NOON + timedelta(days=29)) == 0
    assert imports.forget_old(at=NOON + timedelta(days=31)) == 1

    assert not files.exists(path) and not ImportRefusal.objects.exists()
    assert counts(fresh(job)) == {"created": 1, "refused": 1}
    with pytest.raises(imports.NotNow):
        imports.resume(job_id=job.pk, at=NOON)
