"""A typo in the table of plug-ins, or mail that reaches nobody, is said at start."""

from customers.checks import check_wiring
from engagement.checks import check_mail


def test_the_table_of_plug_ins_is_in_order():
    assert check_wiring(None) == []


def test_a_path_that_leads_nowhere_is_an_error(settings):
    settings.CARRIERS = {"x": "tracking.carriers.nowhere.Nobody"}

    (found,) = check_wiring(None)

    assert found.id == "customers.E001"
    assert "tracking.carriers.nowhere" in found.msg


def test_an_event_nobody_tells_is_an_error(settings):
    settings.EVENT_HANDLERS = {"x": ("engagement.handlers.queue_access", ("tracking.shipment.teleported",))}

    (found,) = check_wiring(None)

    assert found.id == "customers.E002"


def test_mail_that_reaches_nobody_is_a_warning_before_going_live(settings):
    settings.EMAIL_BACKEND = "engagement.channels.mailbox.MailboxBackend"
    settings.DEMO = False
    assert [found.id for found in check_mail(None)] == ["engagement.W001"]

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert check_mail(None) == []
