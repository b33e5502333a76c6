"""
Which products come back far more often than others, and for what: counting and testing. Pure functions.

A product (or one size of it) is compared with everything else of its kind for one reason at a time. The test
is the exact upper tail of the binomial distribution at the others' rate; over all comparisons the share of
false alarms is kept at 5 % (Benjamini and Hochberg, 1995).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, lgamma, log

from returns.vocabulary import Reason

FALSE_ALARMS = 0.05
LEAST_SOLD = 20  # fewer say nothing that a person could act on
LEAST_RETURNED = 3
LEAST_LIFT = 1.5  # times the others' rate: significant and small is not worth a task

# What to look at first, by the reason people give.
WORK: Mapping[str, str] = {
    Reason.SIZE_TOO_SMALL: "SIZE",
    Reason.SIZE_TOO_LARGE: "SIZE",
    Reason.COLOR: "PAGE",
    Reason.STYLE: "PAGE",
    Reason.NOT_AS_DESCRIBED: "PAGE",
    Reason.DEFECTIVE: "QUALITY",
    Reason.DAMAGED: "PACKAGING",
    Reason.WRONG_ITEM: "PICKING",
    Reason.MISSING: "PICKING",
}


@dataclass(frozen=True)
class Tally:
    """Units sold, and returned for one reason, of one group: a product, a size of it, a supplier."""

    group: str
    reason: str
    sold: int
    returned: int
    cost_minor: int = 0


@dataclass(frozen=True)
class Finding:
    """
    A tally that stands out. `rate` and `baseline` are shares of units sold; `baseline` is the rate of all
    others. `p`: how likely so many returns are at the baseline; `counts`: it holds after all comparisons.
    """

    tally: Tally
    rate: float
    baseline: float
    p: float
    counts: bool = False

    @property
    def lift(self) -> float:
        """How many times the others' rate."""
        return self.rate / self.baseline if self.baseline else float("inf")

    @property
    def work(self) -> str:
        """What to look at first (ProductTask.Work), '' where the reason names nothing to mend."""
        return WORK.get(self.tally.reason, "")


def upper_tail(k: int, n: int, p: float) -> float:
    """
    Return the probability of at least `k` hits in `n` tries of chance `p`, exact to rounding.

    Raises: ValueError unless 0 <= k <= n and 0 <= p <= 1.
    """
    if not (0 <= k <= n and 0 <= p <= 1):
        raise ValueError("upper_tail needs 0 <= k <= n and a chance from 0 to 1")
    if k == 0 or p == 1:
        return 1.0
    if p == 0:
        return 0.0
    term = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log(1 - p))
    total, i = term, k
    while i < n and term > total * 1e-17:
        term *= (n - i) / (i + 1) * p / (1 - p)
        total += term
        i += 1
    return min(total, 1.0)


def stand_out(tallies: Iterable[Tally]) -> list[Finding]:
    """
    Return the tallies that were tested, the most telling first; `counts` says which stand out.

    Each is compared with the rest of its reason. Pass the groups of one kind together: products, or sizes.
    """
    by_reason: dict[str, list[Tally]] = {}
    for tally in tallies:
        by_reason.setdefault(tally.reason, []).append(tally)
    found = [finding for rows in by_reason.values() for finding in _against_the_rest(rows)]
    return _discoveries(found)


def _against_the_rest(rows: Sequence[Tally]) -> list[Finding]:
    sold, returned = sum(row.sold for row in rows), sum(row.returned for row in rows)
    found = []
    for row in rows:
        others = sold - row.sold
        if row.sold < LEAST_SOLD or row.returned < LEAST_RETURNED or others < LEAST_SOLD:
            continue
        # One return more than was seen: a rate of nought among the others would make any return a wonder.
        baseline = (returned - row.returned + 1) / (others + 2)
        rate = row.returned / row.sold
        found.append(
            Finding(row, rate, baseline, upper_tail(min(row.returned, row.sold), row.sold, baseline))
        )
    return found


def _discoveries(found: Sequence[Finding]) -> list[Finding]:
    """Benjamini and Hochberg's step-up procedure."""
    ranked = sorted(found, key=lambda finding: (finding.p, -finding.tally.returned, finding.tally.group))
    last = 0
    for rank, finding in enumerate(ranked, 1):
        if finding.p <= FALSE_ALARMS * rank / len(ranked):
            last = rank
    return [
        replace(finding, counts=rank <= last and finding.lift >= LEAST_LIFT)
        for rank, finding in enumerate(ranked, 1)
    ]
