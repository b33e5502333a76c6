"""The sample store's returns: one in each state worth a look, and the guide leads to them."""

import shutil
import tempfile
from pathlib import Path

import pytest
from django.test import TestCase, override_settings
from django.utils import timezone

from customers.models import Delivery
from engagement.demo.guide import sights
from engagement.demo.sample import seed
from engagement.models import Message
from returns.models import PaymentRequest, Refund, Return, StoreCredit


@pytest.mark.once
class SampleReturns(TestCase):
    """Seeded once for all tests here; each runs in a transaction of its own."""

    @classmethod
    def setUpTestData(cls):
        cls.folder = tempfile.mkdtemp()
        cls.enterClassContext(
            override_settings(
                DEMO=True,
                DATA_DIR=Path(cls.folder),
                MAILBOX_DIR=Path(cls.folder) / "mail",
                EMAIL_BACKEND="engagement.channels.mailbox.MailboxBackend",
                BASE_URL="http://testserver",
            )
        )
        cls.now = timezone.now()
        seed(at=cls.now)

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def test_there_is_a_return_in_every_state_worth_a_look(self):
        states = sorted(Return.objects.values_list("kind", "state"))

        assert states == [
            ("CLAIM", "REVIEW"),
            ("RETURN", "IN_TRANSIT"),
            ("RETURN", "LABEL_READY"),
            ("RETURN", "LABEL_READY"),
            ("RETURN", "RECEIVED"),
            ("RETURN", "REVIEW"),
            ("RETURN", "SETTLED"),
            ("RETURN", "SETTLED"),
        ]
        worn = Return.objects.get(units__deduction_minor__gt=0)
        assert worn.refunds.get().state == Refund.State.SUCCEEDED
        assert StoreCredit.objects.get().entries.filter(kind="BONUS").exists()
        assert PaymentRequest.objects.get().state == PaymentRequest.State.OPEN
        assert not Delivery.objects.filter(event__kind__startswith="returns.").exclude(state="DONE").exists()

    def test_each_step_was_told_once_when_it_happened(self):
        about = Message.objects.filter(context__has_key="return_id")
        told = about.filter(state=Message.State.SENT)

        assert not about.exclude(state__in=(Message.State.SENT, Message.State.HELD)).exists()
        assert set(told.values_list("kind", flat=True)) >= {
            "return_requested",
            "return_label",
            "return_in_transit",
            "return_received",
            "return_inspected",
            "return_refunded",
            "credit_issued",
            "claim_received",
        }
        pairs = list(told.values_list("context__return_id", "kind"))
        assert len(pairs) == len(set(pairs))
        assert not told.filter(sent_at__gt=timezone.now()).exists()

    def test_the_guide_leads_to_them(self):
        found = {sight.code: sight for sight in sights(at=self.now)}

        for code in ("return", "clock", "pay"):
            page = self.client.get(found[code].url.removeprefix("http://testserver"))
            assert page.status_code == 200, code
        waiting = Return.objects.get(state=Return.State.RECEIVED)
        assert found["inspect"].url.endswith(f"/warehouse/{waiting.number}/")
