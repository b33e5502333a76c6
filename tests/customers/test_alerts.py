"""Alerts: raised once, owned, snoozed, ended, told."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest
import responses
import time_machine
from django.contrib.auth.models import Permission
from django.core import mail
from requests.exceptions import ConnectTimeout

from config.lib import claims
from config.lib.guarded import guarded_session
from customers import worker
from customers.admin.alerts import next_morning
from customers.models import Alert, AlertNotice, AlertRoute
from customers.services import alerts, notices
from tests.factories.customers import StaffFactory, StoreFactory, UserFactory
from tests.staff import act, client_of, listing, page, press, queries, said

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
HOOK = "https://hooks.chat.example/services/T0/B0/secret"


def raised(**fields) -> Alert:
    given = {"kind": "tracking.incident", "key": "incident:7", "title": "Parcels held in Leipzig"}
    return alerts.raise_alert(**{"at": FRIDAY, **given, **fields})


def route(**fields) -> AlertRoute:
    given = {"name": "Desk", "channel": AlertRoute.Channel.EMAIL, "address": "desk@harbour-pine.example"}
    return AlertRoute.objects.create(**(given | fields))


def hook(**fields) -> AlertRoute:
    return route(**({"name": "Chat", "channel": AlertRoute.Channel.WEBHOOK, "address": HOOK} | fields))


def test_the_same_trouble_is_one_alert_however_often_it_is_raised():
    route()
    first = raised()

    again = raised(title="Parcels held in Leipzig (14)")

    assert again.pk == first.pk
    assert Alert.objects.get().title == "Parcels held in Leipzig (14)"
    assert AlertNotice.objects.count() == 1


def test_trouble_that_comes_back_after_its_end_is_a_new_alert():
    first = raised()
    assert alerts.end_alert(key="incident:7", at=FRIDAY, why="Scans resumed")

    assert raised().pk != first.pk
    assert not alerts.end_alert(key="incident:8", at=FRIDAY, why="Never was")


def test_an_ended_alert_can_be_neither_taken_nor_snoozed():
    alert = raised()
    alerts.close_alert(alert_id=alert.pk, by=StaffFactory(), at=FRIDAY)

    with pytest.raises(alerts.AlertIsOver):
        alerts.take_alert(alert_id=alert.pk, owner=StaffFactory())
    with pytest.raises(alerts.AlertIsOver):
        alerts.snooze_alert(alert_id=alert.pk, until=FRIDAY)


def test_a_route_hears_only_what_it_asked_for():
    mine, other = StoreFactory(), StoreFactory(slug="north-mill")
    wanted = {
        route(name="all"),
        route(name="this store", store=mine),
        route(name="urgent too", severity=Alert.Severity.URGENT),
        route(name="this kind", kinds=["tracking.incident"]),
    }
    route(name="off", enabled=False)
    route(name="another store", store=other)
    route(name="another kind", kinds=["returns.fraud"])

    alert = raised(store=mine, severity=Alert.Severity.URGENT)

    assert {notice.route for notice in alert.notices.all()} == wanted


def test_a_route_for_urgent_ones_hears_of_it_when_it_gets_urgent():
    urgent = route(severity=Alert.Severity.URGENT)
    alert = raised()
    assert not alert.notices.exists()

    raised(severity=Alert.Severity.URGENT)

    assert [notice.route for notice in alert.notices.all()] == [urgent]


def test_mail_goes_to_staff_with_a_link_and_a_steady_message_id():
    route()
    alert = raised(detail="12 parcels since 9:00.", severity=Alert.Severity.URGENT)

    assert notices.tell_due(at=FRIDAY) == 1
    assert notices.tell_due(at=FRIDAY) == 0

    sent = mail.outbox[0]
    assert sent.subject == "Urgent: Parcels held in Leipzig"
    assert "12 parcels since 9:00." in sent.body
    assert f"/admin/customers/alert/{alert.pk}/change/" in sent.body
    assert sent.extra_headers["Message-ID"].startswith(f"<alert-notice-{alert.notices.get().pk}@")
    assert alert.notices.get().state == AlertNotice.State.SENT


@responses.activate
def test_a_webhook_gets_words_that_slack_shows_as_they_are():
    responses.post(HOOK, body="ok")
    hook()
    raised(title="<!channel> & <https://evil.example|click>")

    notices.tell_due(at=FRIDAY)

    body = json.loads(responses.calls[0].request.body)
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;" in body["text"]
    assert body["alert"]["kind"] == "tracking.incident"


@pytest.mark.parametrize("answer", [{"status": 500}, {"status": 302}, {"body": ConnectTimeout(HOOK)}])
@responses.activate
def test_a_webhook_that_does_not_take_it_is_tried_again_and_keeps_its_address_to_itself(answer):
    responses.post(HOOK, **answer)
    chat = hook()
    alert = raised()

    notices.tell_due(at=FRIDAY)

    notice = alert.notices.get()
    assert notice.state == AlertNotice.State.WAITING
    assert notice.due_at > FRIDAY
    chat.refresh_from_db()
    assert chat.last_error
    assert "secret" not in notice.last_error + chat.last_error


def test_a_webhook_into_our_own_network_is_refused():
    hook(address="https://10.0.0.7/hook")
    alert = raised()

    notices.tell_due(at=FRIDAY)

    assert "refused" in alert.notices.get().last_error


@responses.activate
def test_a_notice_is_given_up_after_eight_tries():
    responses.post(HOOK, status=500)
    hook()
    alert = raised()

    for day in range(12):
        notices.tell_due(at=FRIDAY + timedelta(days=day))

    assert alert.notices.get().state == AlertNotice.State.FAILED
    assert len(responses.calls) == notices.MAX_ATTEMPTS


def test_an_alert_that_ended_before_it_was_told_is_not_told():
    route()
    alert = raised()
    alerts.end_alert(key=alert.key, at=FRIDAY, why="Over")

    notices.tell_due(at=FRIDAY)

    assert mail.outbox == []
    assert alert.notices.get().state == AlertNotice.State.DROPPED


def test_a_snoozed_alert_wakes_and_is_told_again():
    route()
    alert = raised()
    worker.drain(kinds=["alert"])
    alerts.snooze_alert(alert_id=alert.pk, until=FRIDAY + timedelta(hours=4))

    with time_machine.travel(FRIDAY + timedelta(hours=3), tick=False):
        worker.drain(kinds=["alert"])
    still = Alert.objects.get().state
    with time_machine.travel(FRIDAY + timedelta(hours=4, minutes=1), tick=False):
        worker.drain(kinds=["alert"])

    assert still == Alert.State.SNOOZED
    assert Alert.objects.get().state == Alert.State.OPEN
    assert len(mail.outbox) == 2


def test_something_worse_wakes_a_snoozed_alert():
    alert = raised()
    alerts.snooze_alert(alert_id=alert.pk, until=FRIDAY + timedelta(days=3))

    raised()
    asleep = Alert.objects.get().state
    raised(severity=Alert.Severity.URGENT)

    assert asleep == Alert.State.SNOOZED
    assert Alert.objects.get().state == Alert.State.OPEN


def test_friday_evening_is_snoozed_to_the_store_s_monday_morning():
    berlin = StoreFactory(timezone="Europe/Berlin", country="DE")
    alert = raised(store=berlin)

    assert next_morning(alert, FRIDAY) == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


# --- the queue ---
def test_staff_take_snooze_and_end_alerts_in_the_queue():
    staff = StaffFactory()
    client = client_of(staff)
    alert = raised(store=StoreFactory())

    press(client, alert, "take")
    alert.refresh_from_db()
    assert alert.owner == staff

    act(client, Alert, "snooze_monday", [alert])
    alert.refresh_from_db()
    assert alert.state == Alert.State.SNOOZED

    answer = press(client, alert, "end")
    alert.refresh_from_db()
    assert alert.state == Alert.State.ENDED
    assert str(staff) in alert.ended_why
    assert any("ended" in text for text in said(answer))
    assert any("it has ended" in text for text in said(act(client, Alert, "take", [alert])))


def test_staff_who_may_only_look_change_nothing():
    helper = UserFactory(is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="view_alert"))
    alert = raised()

    assert client_of(helper).get(page(alert)).status_code == 200
    assert press(client_of(helper), alert, "end").status_code == 403
    assert Alert.objects.get().state == Alert.State.OPEN


def test_the_first_page_counts_alerts_that_nobody_has_taken():
    raised(severity=Alert.Severity.URGENT)

    home = client_of().get("/admin/").content.decode()

    assert "Urgent alerts" in home
    assert "Alerts nobody has taken" in home


def test_a_list_of_many_alerts_takes_as_many_queries_as_one_of_few():
    client = client_of()
    for n in range(3):
        raised(key=f"a:{n}", store=StoreFactory())
    few = queries(client, listing(Alert))
    for n in range(20):
        raised(key=f"b:{n}", store=StoreFactory())

    assert queries(client, listing(Alert)) == few


@pytest.mark.parametrize(
    ("channel", "address", "words"),
    [
        ("EMAIL", "not an address", "Enter a valid email"),
        ("WEBHOOK", "http://127.0.0.1/x", "cannot be used"),
        ("WEBHOOK", "", "Say where"),
    ],
)
def test_a_route_that_leads_nowhere_is_refused(channel, address, words):
    answer = client_of().post(
        listing(AlertRoute, "add"),
        {"name": "x", "channel": channel, "address": address, "severity": "INFO", "kinds": "[]"},
    )

    assert words in answer.content.decode()
    assert not AlertRoute.objects.exists()


@responses.activate
def test_a_trial_shows_at_once_whether_a_route_works():
    responses.post(HOOK, status=404)
    client = client_of()

    good, bad = press(client, route(), "send_trial"), press(client, hook(), "send_trial")

    assert "tried" in said(good)[0]
    assert "answered 404" in said(bad)[0]
    assert mail.outbox[0].subject.startswith("Note: This is a trial")


@responses.activate
def test_slow_webhooks_do_not_outlast_the_lease_and_cost_the_others_no_attempt(monkeypatch):
    clock = [0.0]

    def slow(request):
        clock[0] += 18
        raise ConnectTimeout(HOOK)

    monkeypatch.setattr(notices.time, "monotonic", lambda: clock[0])
    responses.add_callback(responses.POST, HOOK, slow)
    for _ in range(12):
        hook()
    alert = raised()

    assert notices.tell_due(at=FRIDAY) == 12

    assert clock[0] < claims.LEASE.total_seconds() / 2
    assert sorted(alert.notices.values_list("attempts", flat=True)) == [0] * 10 + [1] * 2
    assert not alert.notices.exclude(claim=None).exists()


def test_a_webhook_that_answers_without_an_end_is_not_listened_to(monkeypatch):
    """The double answers 200 and then drips a body for as long as somebody listens."""
    heard = threading.Event()

    def drip(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\nok")
        heard.set()
        while connection.recv(65536):  # until the other end hangs up
            pass

    ours, theirs = socket.socketpair()
    session = guarded_session(
        resolve=lambda host, port: [(None, None, 6, "", ("8.8.8.8", port))], connect=lambda *_: ours
    )
    monkeypatch.setattr(notices, "guarded_session", lambda: session)
    thread = threading.Thread(target=drip, args=(theirs,), daemon=True)
    thread.start()
    hook(address="http://chat.example:8000/hook")
    alert = raised()

    notices.tell_due(at=FRIDAY)

    thread.join(5)
    assert heard.is_set()
    assert alert.notices.get().state == AlertNotice.State.SENT


@responses.activate
def test_what_a_carrier_calls_a_place_is_neither_a_link_nor_a_mention_in_a_chat():
    responses.post(HOOK, body="ok")
    hook()
    raised(title="Stuck in [here](https://evil.example) @channel")

    notices.tell_due(at=FRIDAY)

    text = json.loads(responses.calls[0].request.body)["text"]
    assert "](" not in text and "@channel" not in text


def test_a_title_with_lines_is_one_line_in_a_subject():
    route()
    raised(title="Stuck\r\nBcc: everybody@evil.example\n\nin Leipzig")

    notices.tell_due(at=FRIDAY)

    sent = mail.outbox[0]
    assert sent.subject == "Warning: Stuck Bcc: everybody@evil.example in Leipzig"
    assert sent.recipients() == ["desk@harbour-pine.example"]
    sent.message()
