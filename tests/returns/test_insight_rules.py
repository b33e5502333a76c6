"""Which products stand out: the test itself, against what can be worked out by hand."""

import random
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns.insight import Tally, stand_out, upper_tail
from returns.vocabulary import Reason


@given(n=st.integers(1, 60), p=st.floats(0.001, 0.999), data=st.data())
def test_the_tail_is_the_sum_of_the_binomial_terms(n, p, data):
    k = data.draw(st.integers(0, n))

    by_hand = sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))

    assert upper_tail(k, n, p) == pytest.approx(min(by_hand, 1.0), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(("k", "n", "p"), [(3, 2, 0.5), (-1, 2, 0.5), (1, 2, 1.5)])
def test_what_cannot_be_counted_is_refused(k, n, p):
    with pytest.raises(ValueError, match="upper_tail"):
        upper_tail(k, n, p)


def shelf(*rows, reason=Reason.SIZE_TOO_SMALL):
    return [Tally(name, reason, sold, returned) for name, sold, returned in rows]


def test_a_shoe_that_runs_small_stands_out_and_the_others_do_not():
    found = stand_out(shelf(("boot", 200, 40), ("coat", 200, 6), ("hat", 400, 10), ("scarf", 300, 8)))

    assert [(each.tally.group, each.work) for each in found if each.counts] == [("boot", "SIZE")]
    assert 0.19 < found[0].rate < 0.21
    assert found[0].baseline == pytest.approx(25 / 902)


def test_three_returns_of_four_sold_say_nothing_yet():
    assert stand_out(shelf(("boot", 4, 3), ("coat", 2000, 20))) == []


def test_a_small_difference_is_no_task_however_many_were_sold():
    found = stand_out(shelf(("boot", 100_000, 5_600), ("coat", 100_000, 5_000)))

    assert found[0].p < 1e-6
    assert not found[0].counts


def test_each_reason_is_compared_with_itself():
    small = shelf(("boot", 200, 4), ("coat", 200, 5), ("hat", 200, 4))
    broken = shelf(("boot", 200, 30), ("coat", 200, 3), ("hat", 200, 3), reason=Reason.DEFECTIVE)

    found = [each for each in stand_out([*small, *broken]) if each.counts]

    assert [(each.tally.group, each.tally.reason, each.work) for each in found] == [
        ("boot", Reason.DEFECTIVE, "QUALITY")
    ]


def test_among_equal_products_hardly_any_stands_out():
    alarms = 0
    for seed in range(50):
        chance = random.Random(seed)
        rows = [(str(n), 200, sum(chance.random() < 0.05 for _ in range(200))) for n in range(20)]
        alarms += sum(each.counts for each in stand_out(shelf(*rows)))

    assert alarms <= 5  # of 1,000 products that differ by chance alone
