"""/survey/<token>/: one question, answered without a log-in."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Case, CaseMessage
from engagement import surveys
from engagement.models import SurveyAnswer
from tests.factories.runs import SurveyAnswerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    return SurveyAnswerFactory(asked_at=timezone.now() - timedelta(hours=1))


def page(row):
    return reverse("survey", args=[surveys.token(row)])


def test_the_page_offers_five_answers(client, row):
    response = client.get(page(row))

    html = response.content.decode()
    assert html.count('name="score"') == 5
    assert row.order.number.lstrip("#") in html
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("query", ["", "?score=1", "?score=5", "?thanks", "?change"])
def test_looking_changes_nothing(client, row, query):
    before = SurveyAnswer.objects.values().get()

    client.get(page(row) + query)

    assert SurveyAnswer.objects.values().get() == before
    assert not Case.objects.exists()


def test_one_tap_in_the_message_is_ready_to_confirm(client, row):
    html = client.get(page(row) + "?score=4").content.decode()

    assert 'name="score" value="4"' in html
    assert "Yes: Good" in html


def test_an_answer_is_kept_and_thanked_for(client, row):
    response = client.post(page(row), {"score": "4"}, follow=True)

    row.refresh_from_db()
    assert row.score == 4
    assert "You answered: Good" in response.content.decode()


def test_a_low_score_opens_a_case_and_asks_what_went_wrong(client, row):
    response = client.post(page(row), {"score": "1"}, follow=True)
    client.post(page(row), {"score": "1", "words": "Broken <b>glass</b>"})

    assert "What went wrong?" in response.content.decode()
    assert Case.objects.get().customer == row.customer
    assert CaseMessage.objects.get().body == "Broken <b>glass</b>"


def test_an_answer_can_be_changed_and_after_a_week_not(client, row):
    client.post(page(row), {"score": "5"})
    assert "Change your answer" in client.get(page(row) + "?change").content.decode()

    client.post(page(row), {"score": "3"})
    row.refresh_from_db()
    assert row.score == 3

    SurveyAnswer.objects.update(answered_at=timezone.now() - timedelta(days=8))
    client.post(page(row), {"score": "1"})
    html = client.get(page(row) + "?change").content.decode()
    row.refresh_from_db()
    assert row.score == 3
    assert "<form" not in html.split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize("score", ["", "0", "6", "x", "４", "1 ", "-1"])
def test_what_is_no_score_is_not_kept(client, row, score):
    client.post(page(row), {"score": score})

    row.refresh_from_db()
    assert row.score is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_wrong_and_old_tokens_open_nothing(client, row, method):
    wrong = reverse("survey", args=["A" * 43])
    assert getattr(client, method)(wrong, {"score": "5"}).status_code == 404

    SurveyAnswer.objects.update(asked_at=timezone.now() - surveys.OPEN_FOR)
    assert getattr(client, method)(page(row), {"score": "5"}).status_code == 404
    assert SurveyAnswer.objects.get().score is None


def test_other_methods_are_refused(client, row):
    assert client.put(page(row)).status_code == 405


def test_another_site_cannot_answer_for_them(row):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(page(row), {"score": "1"}).status_code == 403


def test_the_page_speaks_the_orders_language(client, row):
    row.order.language = "de"
    row.order.save()

    assert "Wie gefällt es Ihnen?" in client.get(page(row)).content.decode()


def test_answering_over_and_over_is_slowed_down(client, row):
    codes = {client.post(page(row), {"score": "3"}).status_code for _ in range(31)}

    assert codes == {302, 429}
