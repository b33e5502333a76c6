"""The sample stores and the demo around them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings
from django.utils import timezone

from customers.models import Alert, AlertRoute, Delivery, Event, Store, User
from engagement.demo import pictures
from engagement.demo.catalogue import SHOPS
from engagement.demo.drawings import DRAWINGS
from engagement.demo.guide import sights
from engagement.demo.people import PEOPLE, SHOPPER, SHOPPER_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD
from engagement.demo.plan import Planner
from engagement.demo.runner import PortTaken, require_free
from engagement.demo.sample import NotForDemos, seed
from engagement.models import Message
from tests.factories.customers import StoreFactory
from tracking.carriers.base import Place
from tracking.models import (
    Flag,
    ImportJob,
    Incident,
    Label,
    MakeGood,
    Order,
    Promise,
    Scan,
    Shipment,
    Variant,
)
from tracking.sandbox_routes import tell
from tracking.services.imports import error_file, import_now, make_job, start
from tracking.services.incidents.apology import standing
from tracking.services.sandbox import next_moves
from tracking.vocabulary import Status

ROOT = Path(__file__).resolve().parent.parent.parent


# --- the plan, the people, the pictures ---


@pytest.mark.parametrize("hours", range(0, 168, 13))
def test_every_state_can_be_seen_at_any_hour_of_the_week(hours):
    now = datetime(2026, 3, 5, 0, 30, tzinfo=UTC) + timedelta(hours=hours)  # over the change to summer time

    plans = Planner(now).draw()

    assert len(plans) == 150
    assert now - timedelta(days=121) < min(plan.placed_at for plan in plans)
    assert all(plan.placed_at < now and all(parcel.start < now for parcel in plan.parcels) for plan in plans)
    assert [plan.placed_at for plan in plans] == sorted(plan.placed_at for plan in plans)


def test_the_same_moment_gives_the_same_plan():
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    assert Planner(now).draw() == Planner(now).draw()


def test_nobody_can_own_the_addresses_of_the_sample():
    people = [person for shop in PEOPLE.values() for person in shop]

    assert len({person.email for person in people}) == len(people) == 65
    assert {person.email.rpartition("@")[2] for person in people} == {"example.com", "example.org"}
    assert all(person.email.isascii() for person in people)
    assert {person.language for person in people} == {"en", "de", "fr"}


def test_the_pictures_on_disk_are_those_drawn_here(tmp_path):
    assert pictures.write(tmp_path) == len(DRAWINGS)
    for name in DRAWINGS:
        assert (tmp_path / f"{name}.svg").read_text() == (pictures.FOLDER / f"{name}.svg").read_text(), (
            "run `make pictures`"
        )
    assert {item.key for shop in SHOPS for item in shop.items} <= set(DRAWINGS)


# --- the sample in the database ---


@pytest.mark.once
class TestSample(TestCase):
    """One sample for all of these: making it takes some seconds."""

    @classmethod
    def setUpTestData(cls):
        folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.enterClassContext(
            override_settings(
                DEMO=True,
                DATA_DIR=Path(folder),
                MAILBOX_DIR=Path(folder) / "mailbox",
                EMAIL_BACKEND="engagement.channels.mailbox.MailboxBackend",
                BASE_URL="http://testserver",
            )
        )
        cls.folder = Path(folder)
        cls.now = timezone.now()
        cls.sample = seed(at=cls.now)

    def test_there_is_an_order_and_a_parcel_in_every_state(self):
        assert self.sample.made and self.sample.orders == 150
        assert set(Order.objects.values_list("status", flat=True)) == set(Order.Status.values)
        seen = set(Shipment.objects.values_list("status", flat=True))
        assert seen >= set(Status.values) - {Status.PENDING, Status.CANCELLED, Status.UNKNOWN}

    def test_three_parcels_are_about_to_move(self):
        moves = [move - self.now for move in next_moves(at=self.now).values()]

        assert sum(wait < timedelta(minutes=20) for wait in moves) >= 3
        assert min(moves) < timedelta(minutes=4)

    def test_no_time_lies_in_the_future(self):
        assert not Scan.objects.filter(at__gt=self.now).exists()
        assert not Event.objects.filter(occurred_at__gt=self.now).exists()
        assert not Message.objects.filter(sent_at__gt=timezone.now()).exists()
        assert not Promise.objects.filter(made_at__gt=self.now).exists()
        assert Order.objects.filter(placed_at__lt=self.now - timedelta(days=100)).exists()

    def test_old_news_is_not_waiting_to_be_told(self):
        assert not Delivery.objects.filter(state=Delivery.State.WAITING).exists()
        waiting = Message.objects.filter(state=Message.State.QUEUED)
        assert all(self.now - message.created_at < timedelta(minutes=5) for message in waiting)
        held = Message.objects.filter(state=Message.State.HELD, reason__startswith="Too late")
        assert not held.exists()

    def test_the_last_days_lie_in_the_mailbox_with_the_dates_they_had(self):
        files = sorted(
            (self.folder / "mailbox" / "new").iterdir(), key=lambda file: int(file.name.split(".")[0])
        )
        sent = Message.objects.filter(state=Message.State.SENT)

        assert len(files) == sent.count() == self.sample.messages > 80
        assert int(files[0].name.split(".")[0]) == int(sent.order_by("sent_at").first().sent_at.timestamp())
        assert {"en", "de", "fr"} == set(sent.values_list("language", flat=True))
        kinds = set(sent.values_list("kind", flat=True))
        assert kinds >= {"confirmed", "shipped", "out_for_delivery", "delivered", "attempted", "delayed"}

    def test_what_was_told_was_true_when_it_was_told(self):
        for message in Message.objects.filter(kind="delivered", state=Message.State.SENT):
            parcel = Shipment.objects.get(pk=message.context["shipments"][0])
            assert timedelta(0) <= message.sent_at - parcel.delivered_at < timedelta(minutes=10)

    def test_sums_add_up_to_the_cent(self):
        for order in Order.objects.prefetch_related("lines"):
            assert order.subtotal_minor == sum(
                line.unit_price_minor * line.quantity for line in order.lines.all()
            )
            assert order.discount_minor == sum(line.discount_minor for line in order.lines.all())
            assert order.total_minor == order.subtotal_minor - order.discount_minor + order.shipping_minor

    def test_every_line_has_its_product_and_picture(self):
        lines = [line for order in Order.objects.prefetch_related("lines") for line in order.lines.all()]

        assert all(line.product_id and line.variant_id and line.image_url for line in lines)
        assert Variant.objects.count() > 30

    def test_parcels_held_for_one_cause_are_one_incident_with_its_apology_ready(self):
        (incident,) = Incident.objects.all()

        parcels = Flag.objects.filter(incident=incident, cleared_at=None).values("shipment").distinct()
        assert parcels.count() >= 12
        assert (incident.place, incident.reason) == ("Mississauga, ON, CA", "customs")
        found = standing(incident)
        assert len(found.waiting) >= 12 and not found.blocked

    def test_what_did_not_happen_is_flagged(self):
        kinds = set(Flag.objects.filter(cleared_at=None).values_list("kind", flat=True))

        assert kinds >= {"CUSTOMS", "LATE", "LOST", "NOT_HANDED_OVER", "UNFULFILLED"}

    def test_the_shopper_with_the_account_has_a_choice_with_all_three_answers(self):
        offers = MakeGood.objects.filter(state=MakeGood.State.OFFERED)
        mine = offers.filter(order__email=SHOPPER.email, choices=["REPLACEMENT", "REFUND", "WAIT"])
        offer = mine.earliest("pk")

        told = Message.objects.filter(kind="make_good", state=Message.State.SENT)
        assert {row.context["make_good_id"] for row in told} >= {offer.pk}

    def test_one_alert_has_an_owner_and_one_is_put_off(self):
        staff = User.objects.get(email=STAFF_EMAIL)

        assert Alert.objects.filter(owner=staff, state=Alert.State.OPEN).count() == 1
        assert Alert.objects.filter(state=Alert.State.SNOOZED, snoozed_until__gt=self.now).count() == 1
        assert not AlertRoute.objects.filter(enabled=True).exists() and AlertRoute.objects.count() == 1

    def test_a_label_was_bought_with_all_its_documents(self):
        label = Label.objects.get(direction=Label.Direction.OUTBOUND)

        assert label.state == Label.State.BOUGHT and label.order.shipments.count() == 1
        assert set(label.documents.values_list("kind", flat=True)) >= {"4x6", "a4", "qr-png"}

    def test_two_rows_of_the_imported_file_were_refused(self):
        job = ImportJob.objects.get()

        assert (job.state, job.rows, job.updated, job.refused) == (ImportJob.State.DONE, 10, 8, 2)
        assert b"LANTREN-2" in b"".join(part.encode() for part in error_file(job))

    def test_the_files_to_try_can_be_imported(self):
        moor = Store.objects.get(slug="moor-licht")
        staff = User.objects.get(email=STAFF_EMAIL)
        for kind, rows in (("orders", 4), ("shipments", 3)):
            with (self.folder / "samples" / f"{kind}.csv").open("rb") as file:
                job = make_job(store=moor, kind=kind, file=file, filename=file.name, at=self.now, user=staff)
            job = import_now(start(job_id=job.pk, dry=False, at=self.now), at=self.now)
            assert (job.state, job.rows, job.refused) == (ImportJob.State.DONE, rows, 0)
        assert Order.objects.get(number="M-501", store=moor).shipments.count() == 1

    def test_nobody_is_told_twice_of_one_trouble(self):
        trouble = ("exception", "held_up", "delayed", "make_good")
        sent = Message.objects.filter(kind__in=trouble, state=Message.State.SENT).order_by("sent_at")
        told = {}
        for message in sent:
            for parcel in message.context["shipments"]:
                told.setdefault(parcel, []).append(message.sent_at)
        gaps = [later - earlier for times in told.values() for earlier, later in pairwise(times)]

        assert told and all(gap > timedelta(hours=12) for gap in gaps)

    def test_a_second_run_changes_nothing_and_says_so(self):
        before = (Order.objects.count(), Scan.objects.count(), Message.objects.count(), User.objects.count())
        out = StringIO()

        call_command("seed_demo", stdout=out)

        assert "nothing changed" in out.getvalue()
        after = (Order.objects.count(), Scan.objects.count(), Message.objects.count(), User.objects.count())
        assert after == before

    def test_everything_in_the_guide_is_there(self):
        found = {sight.code: sight for sight in sights(at=self.now)}

        assert {"live", "late", "split", "delivered", "german", "lookup", "mailbox", "api"} <= set(found)
        assert {"choice", "attention", "incident", "promises", "label", "imports"} <= set(found)
        self.client.login(email=STAFF_EMAIL, password=STAFF_PASSWORD)
        for sight in found.values():
            answer = self.client.get(sight.url, follow=True)
            assert answer.status_code == 200, sight
        key = found["api"].note.removeprefix("key ")
        orders = self.client.get("/api/v1/orders/", headers={"Authorization": f"Bearer {key}"})
        assert orders.status_code == 200 and orders.json()["results"]

    def test_the_log_ins_work(self):
        assert self.client.login(email=STAFF_EMAIL, password=STAFF_PASSWORD)
        assert self.client.get("/admin/").status_code == 200
        self.client.logout()
        pair = {"login": SHOPPER.email, "password": SHOPPER_PASSWORD}
        answer = self.client.post("/account/login/", pair, follow=True)
        newest = Order.objects.filter(email=SHOPPER.email).latest("placed_at")
        assert newest.number.lstrip("#") in answer.content.decode()

    def test_the_story_of_a_parcel_in_the_database_is_the_carriers(self):
        for parcel in Shipment.objects.exclude(tracking_number="")[:40]:
            origin, destination = Place(**parcel.origin), Place(**parcel.destination)
            story = tell(
                parcel.tracking_number, start=parcel.handed_over_at, origin=origin, destination=destination
            )
            lived = [step.code for step in story.steps if step.at <= self.now]
            assert list(parcel.scans.order_by("order_at").values_list("code", flat=True)) == lived


def test_sample_data_is_refused_where_mail_would_leave_the_house(db, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

    with pytest.raises(NotForDemos, match="EMAIL_HOST"):
        seed(at=timezone.now())
    assert not Store.objects.exists()


def test_sample_data_is_refused_where_real_stores_live(db, settings):
    settings.DEMO = False
    StoreFactory(slug="a-real-one")

    with pytest.raises(CommandError, match="a-real-one"):
        call_command("seed_demo")


# --- running it ---


def test_the_demo_needs_a_world_of_its_own(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="make demo"):
        call_command("demo")


def test_a_port_in_use_is_named(settings):
    settings.DEMO = True
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(PortTaken):
            require_free("127.0.0.1", port)
        with pytest.raises(CommandError, match=f"Port {port} is in use.*make demo PORT="):
            call_command("demo", port=port)


PARENT = """
import sys, time
from engagement.demo.runner import Household
with Household() as household:
    household.start("worker", [sys.executable, "-c", {child!r}])
    print(household.children["worker"].pid, flush=True)
    household.tend(0.1, lambda: None)
"""
CHILD = "import time; time.sleep(600)"


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid, seconds=10):
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    "sent", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL], ids=lambda s: s.name
)
def test_nothing_outlives_the_demo(sent):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(child=CHILD)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    child = int(parent.stdout.readline())
    assert alive(child)

    os.kill(parent.pid, sent)
    parent.wait(timeout=20)

    assert gone(child)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_child_that_ends_ends_the_demo_with_a_word():
    script = PARENT.format(child="raise SystemExit(3)")
    parent = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30
    )

    assert parent.returncode == 1
    assert "The worker has ended (with status 3)." in parent.stderr
