"""What senders' words mean, worked out once: remembering changes nothing but the time it takes."""

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.tracking import NOON
from tracking import reading
from tracking.carriers.base import ANY_TIME, BadPayload, Place, ScanData
from tracking.vocabulary import Reason, Status


@pytest.fixture
def asked():
    """A function that reads two words, and the list of what it was asked."""
    calls = []

    def read(code, words):
        calls.append((code, words))
        return reading.text(code, "code"), reading.text(words, "words")

    return reading.remembered(read), calls


def test_the_same_words_are_read_once(asked):
    read, calls = asked

    assert [read("X1", "Left the depot"), read("X1", None), read("X1", "Left the depot")] == [
        ("X1", "Left the depot"),
        ("X1", ""),
        ("X1", "Left the depot"),
    ]
    assert len(calls) == 2


def test_numbers_are_not_taken_for_the_words_that_look_like_them(asked):
    read, _ = asked

    assert [read(1, "a"), read("1", "a")] == [("1", "a"), ("1", "a")]
    for _ in range(2):
        with pytest.raises(BadPayload, match="code is not text"):
            read(True, "a")


@pytest.mark.parametrize("odd", [[], ["a"], {}, {"a": 1}, 1.5])
def test_what_is_no_word_is_refused_by_who_reads_it_every_time(asked, odd):
    read, _ = asked

    for _ in range(2):
        with pytest.raises(BadPayload, match="words is not text"):
            read("X1", odd)


def test_long_words_are_read_but_not_kept(asked):
    read, calls = asked

    for _ in range(2):
        assert read("X1", "a" * 5000) == ("X1", "a" * 200)

    assert len(calls) == 2


WORDS = st.text(alphabet="aÄß \t\x1f,", max_size=4)
SCANS = st.builds(
    ScanData,
    status=st.sampled_from(Status),
    at=st.just(ANY_TIME),
    reason=st.sampled_from(["", *Reason]),
    action_required=st.booleans(),
    place=st.builds(Place, WORDS, WORDS, WORDS, WORDS),
    code=WORDS,
    message=WORDS | st.just("long " * 120),
)
TIMES = st.datetimes(ANY_TIME.replace(tzinfo=None), NOON.replace(tzinfo=None))


@given(SCANS, TIMES, st.booleans())
def test_a_scan_told_at_another_time_is_the_scan_told_then(scan, when, offset):
    when = when.replace(tzinfo=UTC) if offset else when
    anew = replace(scan, at=when if offset else None, local=None if offset else when)

    made = scan.at_time(when)

    assert made == anew
    assert repr(made) == repr(anew)
    assert (made.fingerprint, made.kept, made.is_kept_whole) == (
        anew.fingerprint,
        anew.kept,
        anew.is_kept_whole,
    )
    assert scan.at == ANY_TIME
    assert replace(made, code="other").words != made.words


def test_a_scan_told_at_another_time_cannot_be_changed_either():
    made = ScanData(Status.DELIVERED, at=ANY_TIME).at_time(NOON)

    with pytest.raises(AttributeError):
        made.status = Status.RETURNED
