"""One question, five answers."""

from datetime import timedelta

import pytest

from customers.models import Case, CaseMessage, Event
from engagement import surveys
from engagement.models import SurveyAnswer
from tests.factories.runs import EnrolmentFactory, SurveyAnswerFactory
from tests.factories.tracking import NOON, OrderFactory

pytestmark = pytest.mark.django_db
DELIVERY = {"kind": "delivery"}


def told():
    return list(Event.objects.filter(kind="engagement.survey.answered").order_by("pk"))


# --- asking ---
def test_asking_makes_one_question_and_asking_again_finds_it():
    run = EnrolmentFactory()

    first = surveys.ask([run], DELIVERY, at=NOON)
    second = surveys.ask([run], DELIVERY, at=NOON + timedelta(hours=1))

    row = SurveyAnswer.objects.get()
    assert first == second == {run.pk: {"survey_id": row.pk}}
    assert (row.key, row.order, row.customer) == (f"delivery:order:{run.order_id}", run.order, run.customer)


def test_nobody_is_asked_twice_in_90_days():
    run = EnrolmentFactory()
    again = EnrolmentFactory(order=OrderFactory(customer=run.customer))
    surveys.ask([run], DELIVERY, at=NOON)

    soon = surveys.ask([again], DELIVERY, at=NOON + timedelta(days=89))
    later = surveys.ask([again], DELIVERY, at=NOON + timedelta(days=90))

    assert soon == {again.pk: {"survey_id": 0}}
    assert later[again.pk]["survey_id"] > 0


def test_two_orders_of_one_person_in_one_batch_are_one_question():
    run = EnrolmentFactory()
    other = EnrolmentFactory(order=OrderFactory(customer=run.customer))

    made = surveys.ask([other, run], DELIVERY, at=NOON)

    assert made[run.pk]["survey_id"] and made[other.pk] == {"survey_id": 0}


def test_a_return_is_asked_about_beside_a_delivery():
    run = EnrolmentFactory(context={"return_id": 7})
    surveys.ask([run], DELIVERY, at=NOON)

    surveys.ask([run], {"kind": "return"}, at=NOON)

    assert set(SurveyAnswer.objects.values_list("key", flat=True)) == {
        f"delivery:order:{run.order_id}",
        "return:return:7",
    }


def test_orders_without_a_person_are_each_asked():
    runs = [EnrolmentFactory(order=OrderFactory(customer=None)) for _ in range(2)]

    made = surveys.ask(runs, DELIVERY, at=NOON)

    assert all(made[run.pk]["survey_id"] for run in runs)


def test_a_kind_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="no survey called nps"):
        surveys.ask([EnrolmentFactory()], {"kind": "nps"}, at=NOON)


# --- answering ---
def test_an_answer_is_kept_and_told():
    row = SurveyAnswerFactory()

    surveys.answer(survey_id=row.pk, score=5, at=NOON)

    row.refresh_from_db()
    assert (row.score, row.answered_at) == (5, NOON)
    [event] = told()
    assert (event.data["score"], event.data["order_id"], event.customer) == (5, row.order_id, row.customer)
    assert not Case.objects.exists()


def test_answering_twice_the_same_is_told_once():
    row = SurveyAnswerFactory()

    for _ in range(2):
        surveys.answer(survey_id=row.pk, score=4, at=NOON)

    assert len(told()) == 1


def test_an_answer_can_be_changed_for_seven_days():
    row = SurveyAnswerFactory()
    surveys.answer(survey_id=row.pk, score=5, at=NOON)

    surveys.answer(survey_id=row.pk, score=3, at=NOON + timedelta(days=7, seconds=-1))

    assert [(event.data["before"], event.data["score"]) for event in told()] == [(None, 5), (5, 3)]
    with pytest.raises(surveys.Closed):
        surveys.answer(survey_id=row.pk, score=5, at=NOON + timedelta(days=7))


@pytest.mark.parametrize("score", [1, 2])
def test_a_low_score_opens_one_case_with_their_words(score):
    row = SurveyAnswerFactory()

    surveys.answer(survey_id=row.pk, score=score, at=NOON)
    surveys.answer(survey_id=row.pk, score=score, words="The glass was broken.", at=NOON)
    surveys.answer(survey_id=row.pk, score=score, words="The glass was broken.", at=NOON)

    case = Case.objects.get()
    assert (case.source, case.customer) == (Case.Source.SCORE, row.customer)
    assert case.subject == f"{score} of 5, after delivery · order {row.order.number}"
    assert [said.body for said in CaseMessage.objects.filter(case=case)] == ["The glass was broken."]


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_out_of_range_is_refused(score):
    row = SurveyAnswerFactory()

    with pytest.raises(ValueError, match="1 to 5"):
        surveys.answer(survey_id=row.pk, score=score, at=NOON)


# --- the link ---
def test_a_token_opens_its_own_question_until_it_is_too_old():
    row, other = SurveyAnswerFactory(), SurveyAnswerFactory()

    text = surveys.token(row)

    assert surveys.open_token(text, at=NOON) == row
    assert surveys.open_token(text, at=NOON + surveys.OPEN_FOR) is None
    assert surveys.token(other) != text


@pytest.mark.parametrize("wrong", ["", "x", "A" * 43, "ä" * 43])
def test_other_texts_open_nothing(wrong):
    SurveyAnswerFactory()

    assert surveys.open_token(wrong, at=NOON) is None
