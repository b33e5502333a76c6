"""The wizard: who may, what it shows, what it refuses. And the command, which does the same."""

import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.factories.customers import UserFactory
from tests.factories.tracking import NOON
from tests.staff import client_of, listing, page, press, said
from tests.tracking.imported import counts, fresh, imported, shop, uploaded
from tracking.models import ImportJob, Order
from tracking.services import imports

pytestmark = pytest.mark.django_db

GOOD = "number,placed_at,email,item,price\n#1,2026-01-05,a@example.com,Lantern,12.50\n"
BAD = GOOD + "#2,never,,Lantern,1.00\n"


def clerk(*names):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return client_of(user)


def send(client, content, **more):
    told = {"store": shop().pk, "kind": "orders", "file": SimpleUploadedFile("o.csv", content.encode())}
    return client.post(listing(ImportJob, "add"), told | more, follow=True)


def chosen(job, **changes):
    """Return the columns form as it stands, with changes."""
    options = {name: job.options.get(name, "") for name in ("decimal", "dates", "zone")}
    return {f"field-{name}": column for name, column in job.mapping.items()} | options | changes


def test_from_upload_to_import():
    client = client_of()

    response = send(client, BAD)
    job = ImportJob.objects.get()
    assert response.redirect_chain[-1][0] == page(job, "columns")
    text = response.content.decode()
    assert "Mon 5 Jan 2026, 00:00 (Europe/Berlin)" in text and "€12.50" in text
    assert "“never” is not a date." in text

    client.post(page(job, "columns"), chosen(job, check="Do a dry run"))
    imports.import_due(at=timezone.now())
    text = client.get(page(job)).content.decode()
    assert "Would be created" in text and "Nothing has been changed yet" in text
    assert Order.objects.count() == 0

    assert said(press(client, job, "run")) == ["1 started: Orders from o.csv."]
    assert 'data-working="yes"' in client.get(page(job)).content.decode()
    imports.import_due(at=timezone.now())
    text = client.get(page(job)).content.decode()
    assert 'data-working=""' in text and "An import cannot be undone" in text
    assert (counts(fresh(job)), Order.objects.count()) == ({"created": 1, "refused": 1}, 1)

    download = client.post(page(job, "errors"))
    assert download["Content-Disposition"] == f'attachment; filename="import-{job.pk}-refused.csv"'
    assert b"".join(download).decode().splitlines()[1].startswith("#2,never,,Lantern,1.00,3,")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "The file is empty."),
        ("a,b\n", "no rows"),
        ("PK\x03\x04", "Excel workbook"),
        ("[1]", "one JSON list"),
    ],
)
def test_what_is_no_table_is_said_beside_the_file(content, words):
    response = send(client_of(), content)

    assert words in response.content.decode()
    assert not ImportJob.objects.exists()


def test_columns_that_are_missing_or_doubled_are_named():
    client = client_of()
    send(client, "Foo,Bar\n#1,2026-01-05\n")
    job = ImportJob.objects.get()
    assert "Choose a column for: Order number or The shop&#x27;s id" in client.get(
        page(job, "columns")
    ).content.decode().replace("&#39;", "&#x27;")

    both = {"field-number": "Foo", "field-placed_at": "Foo", "zone": "UTC", "check": "1"}
    response = client.post(page(job, "columns"), both, follow=True)
    assert "“Foo” is chosen for both Order number and Placed at." in said(response)
    wrong = client.post(page(job, "columns"), both | {"field-number": "Nope"})
    assert "Select a valid choice" in wrong.content.decode()


def test_a_file_of_two_hundred_columns_can_be_matched():
    names = ["number", "placed_at", *(f"extra {n}" for n in range(198))]
    response = send(client_of(), ",".join(names) + "\n#1,2026-01-05" + ",x" * 198 + "\n")

    assert response.status_code == 200 and "200 columns" in response.content.decode()


def test_only_those_who_may_import_do():
    job = uploaded("orders", GOOD)
    nobody, looker, importer = clerk(), clerk("view_importjob"), clerk("add_importjob")

    assert nobody.get(page(job)).status_code == 403
    assert looker.get(page(job)).status_code == 200
    for client in (nobody, looker):
        assert client.get(listing(ImportJob, "add")).status_code == 403
        assert send(client, GOOD).status_code == 403
        assert client.get(page(job, "columns")).status_code == 403
        assert client.post(page(job, "columns"), chosen(job, check="1")).status_code == 403
        assert press(client, job, "run").status_code == 403
    assert "Change the columns" not in looker.get(page(job)).content.decode()
    assert importer.get(listing(ImportJob)).status_code == 200
    assert importer.post(page(job, "columns"), chosen(job, check="1")).status_code == 302
    assert fresh(job).state == "CHECKING"


def test_buttons_fit_the_state_and_pressing_twice_starts_once():
    client = client_of()
    job = uploaded("orders", GOOD)
    client.post(page(job, "columns"), chosen(job, check="1"))

    assert press(client, job, "run").status_code == 403  # the dry run is under way
    assert said(press(client, job, "stop")) == ["1 stopped: Orders from file.csv."]
    assert said(press(client, job, "resume")) == ["1 put back to work: Orders from file.csv."]
    imports.import_due(at=timezone.now())
    press(client, job, "run")
    assert press(client, job, "run").status_code == 403
    imports.import_due(at=timezone.now())
    assert client.get(page(job, "columns")).status_code == 302  # what is imported stays as it is


def test_pages_live_without_their_file():
    client = client_of()
    job = imported("orders", BAD, dry=True)
    job.file.storage.delete(job.file.name)

    assert client.get(page(job)).status_code == 200
    response = client.get(page(job, "columns"), follow=True)
    assert said(response) == ["The file is not here any more: upload it again."]
    assert said(press(client, job, "run"))[0].endswith("upload it again.")


def test_the_list_has_no_query_per_row(django_assert_max_num_queries):
    for n in range(8):
        uploaded("orders", GOOD.replace("#1", f"#{n}"))
    client = client_of()
    client.get(listing(ImportJob))

    with django_assert_max_num_queries(12):
        client.get(listing(ImportJob))


# --- the command


def command(path, *more):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(
            "import_file", *more[:1], str(path), *more[1:], "--store", shop().slug, stdout=out, stderr=err
        )
    except SystemExit as exc:
        return exc.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_the_command_imports_and_says_what_it_came_to(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(GOOD)

    assert command(file, "orders", "--dry-run")[1].endswith(
        "1 rows: 1 would be created, 0 would be updated, 0 unchanged; 0 rows refused.\n"
    )
    assert not Order.objects.exists()
    code, out, _ = command(file, "orders")
    assert (code, out.splitlines()[-1]) == (0, "1 rows: 1 created, 0 updated, 0 unchanged; 0 rows refused.")
    assert command(file, "orders")[1].endswith("0 created, 0 updated, 1 unchanged; 0 rows refused.\n")


def test_the_command_ends_with_1_when_rows_were_refused(tmp_path):
    file, errors = tmp_path / "orders.csv", tmp_path / "errors.csv"
    file.write_text(BAD)

    code, _, err = command(file, "orders", "--errors", str(errors))

    assert code == 1
    assert (
        err == "line 3: Placed at (column “placed_at”): “never” is not a date. Write dates like 2026-12-31.\n"
    )
    assert errors.read_text(encoding="utf-8-sig").splitlines()[1].startswith("#2,never,,Lantern,1.00,3,")


def test_the_command_takes_columns_and_conventions(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text('Foo,Bar,Sum\n#1,03/04/2026,"1,234"\n')

    code, _, _ = command(
        file,
        "orders",
        "--mapping",
        "number=Foo",
        "placed_at=Bar",
        "total=Sum",
        "--decimal",
        ",",
        "--dates",
        "mdy",
    )

    order = Order.objects.get()
    assert (code, order.total_minor, order.placed_at.month) == (0, 123, 3)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--mapping", "nope=Foo"], "not “nope=Foo”"),
        (["--mapping", "number=Nope"], "the file has no column “Nope”"),
        (["--zone", "Mars/Olympus"], "not a time zone"),
        (["--as-of", "soon"], "not a date"),
    ],
)
def test_the_command_refuses_in_words(tmp_path, more, words):
    file = tmp_path / "orders.csv"
    file.write_text(GOOD)

    with pytest.raises(CommandError, match=words):
        command(file, "orders", *more)


def test_the_command_names_what_is_not_there(tmp_path):
    shop()
    with pytest.raises(CommandError, match="There is no store “nope”; there are: kontor"):
        call_command("import_file", "orders", str(tmp_path / "x.csv"), "--store", "nope")
    with pytest.raises(CommandError, match="cannot be read"):
        command(tmp_path / "x.csv", "orders")


def test_the_command_watches_when_a_worker_was_quicker(tmp_path, monkeypatch):
    file = tmp_path / "orders.csv"
    file.write_text(GOOD)
    real = imports.start

    def start(**kwargs):
        job = real(**kwargs)
        imports.import_due(at=NOON + timedelta(days=9999))
        return job

    monkeypatch.setattr("tracking.management.commands.import_file.imports.start", start)

    assert command(file, "orders")[1].endswith("1 created, 0 updated, 0 unchanged; 0 rows refused.\n")
