"""What files may hold that nobody means, and what may go wrong around them: said in words, never a crash."""

import errno
import os
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.factories.customers import StoreFactory
from tests.factories.tracking import NOON, OrderFactory
from tests.staff import client_of, page
from tests.tracking.imported import counts, imported, ran, refusals, shop, uploaded
from tests.tracking.test_imports_pages import GOOD, send
from tracking.models import ImportJob, Order
from tracking.services import imports

pytestmark = pytest.mark.django_db


def keep_in(folder, monkeypatch):
    """Have uploads kept in `folder`."""
    storage = ImportJob._meta.get_field("file").storage
    for name in ("base_location", "location"):
        monkeypatch.setitem(vars(storage), name, str(folder))


@pytest.mark.parametrize(
    "line",
    [
        '{"number": "#2", "placed_at": "2026-01-05", "price": 1e99999999999999999999}',
        '{"number": "#2", "placed_at": "2026-01-05", "price": ' + "9" * 5000 + "}",
        '{"number": "#2", "placed_at": "2026-01-05", "a": ' + "[" * 100_000 + "}",
    ],
)
def test_a_number_no_machine_can_hold_costs_its_own_line_only(line):
    good = '{"number": "#%d", "placed_at": "2026-01-05", "item": "Lantern"}\n'

    job = imported("orders", (line + "\n" + good % 1 + line + "\n" + good % 3).encode())

    assert (job.state, counts(job)) == ("DONE", {"created": 2, "refused": 2})


def test_names_and_cells_that_no_page_and_no_database_can_hold():
    told = '{"number": "#1", "placed_at": "2026-01-05", "item": "L\\ud800\\u0000amp", '
    content = told + '"x\\ud800\\u0000": "\\udfff"}\n'
    job = uploaded("orders", content.encode())
    assert job.shape["columns"][-1] == "x"

    response = client_of().get(page(job, "columns"))

    assert response.status_code == 200 and "Lamp" in response.content.decode()
    assert counts(ran(job)) == {"created": 1}


def test_a_full_disk_is_said_beside_the_file_and_leaves_nothing(monkeypatch, tmp_path):
    keep_in(tmp_path, monkeypatch)
    real = FileSystemStorage._save

    def full(self, name, content):
        real(self, name, ContentFile(b"half"))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)

    response = send(client_of(), GOOD)

    assert "The file could not be kept: No space left on device." in response.content.decode()
    assert ImportJob.objects.count() == 0 and list(tmp_path.iterdir()) == []


def test_the_command_takes_no_file_from_the_future(tmp_path):
    path = tmp_path / "o.csv"
    path.write_text(GOOD)
    tomorrow = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")

    with pytest.raises(CommandError, match="in the future"):
        call_command("import_file", "orders", str(path), "--store", shop().slug, "--as-of", tomorrow)

    assert Order.objects.count() == 0


def test_errors_that_cannot_be_written_are_said_before_the_import(tmp_path):
    path = tmp_path / "o.csv"
    path.write_text(GOOD)

    with pytest.raises(CommandError, match="cannot be written"):
        call_command("import_file", "orders", str(path), "--store", shop().slug, "--errors", str(tmp_path))

    assert Order.objects.count() == 0


ORDERS = "id,number,placed at,item,price\n"


def test_a_purchase_that_the_shop_told_is_not_made_again_under_another_id():
    store = shop()
    here = OrderFactory(store=store, external_id="5550001", number="#1001", placed_at=NOON)

    job = imported("orders", ORDERS + f"77,1001,{NOON:%d %b %Y},Lantern,2.00\n", store=store)

    assert refusals(job) == {
        2: "Order 1001 of that day is here already, with the id 5550001, not 77. "
        "Choose no column for the id: then it is found by its number."
    }
    assert Order.objects.get() == here


def test_another_years_order_with_the_same_number_is_never_written_over():
    store = shop()
    here = OrderFactory(store=store, external_id="5550001", number="#1001", placed_at=NOON)
    row = "1001,5 Mar 2019,Wick,2.00\n"

    job = imported("orders", "number,placed at,item,price\n" + row, store=store)

    assert "this one on 2019-03-05: another purchase?" in refusals(job)[2]
    before = here.total_minor
    here.refresh_from_db()
    assert (here.total_minor, Order.objects.count()) == (before, 1)
    again = imported("orders", ORDERS + "77," + row, store=store)
    assert (counts(again), Order.objects.filter(number_key="1001").count()) == ({"created": 1}, 2)


def test_rows_of_one_number_with_two_ids_are_two_orders_and_none_is_taken():
    rows = "1,#5,2026-01-05,Lantern,2.00\n,#5,,Wick,1.00\n2,#5,2026-01-06,Lantern,2.00\n"

    job = imported("orders", ORDERS + rows + "3,#6,2026-01-06,Lantern,2.00\n")

    assert counts(job) == {"created": 1, "refused": 3}
    assert "has several: 1, 2" in refusals(job)[2]


def test_separators_that_are_only_text_cut_no_line_of_json():
    job = imported(
        "orders", '{"number": "#1", "placed_at": "2026-01-05", "item": "a\u2028b\x85c"}\n'.encode()
    )

    assert counts(job) == {"created": 1}


def test_files_whose_import_is_gone_are_deleted_with_the_old_ones(monkeypatch, tmp_path):
    keep_in(tmp_path, monkeypatch)
    kept, gone, young = uploaded("orders", GOOD), uploaded("orders", GOOD, store=StoreFactory()), "young.data"
    (tmp_path / young).write_bytes(b"x")
    for job in (kept, gone):
        os.utime(job.file.path, (0, 0))
    gone_name = gone.file.name
    gone.delete()

    imports.forget_old(at=kept.created_at + timedelta(days=1))

    assert {path.name for path in tmp_path.iterdir()} == {kept.file.name, young} and gone_name not in young
