"""
Distributions as tables of quantiles: made of deliveries, shrunk to wider groups, asked for windows.

A group's distribution is the mean of a Dirichlet process whose base is the next wider group's (Ferguson, "A
Bayesian analysis of some nonparametric problems", Annals of Statistics 1973):

    F = (n · F_own + k · F_wider) / (n + k)

with F_own the group's own weighted distribution, n the effective number of its deliveries (Kish: the square
of the sum of weights over the sum of their squares) and k how many deliveries the wider group counts for.
Parcels that are still on their way count until now (Kaplan and Meier, 1958): without them the slow ones of
the last days would be missing, and every table too quick.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tracking.eta.days import Floats

LEVELS: Floats = np.array(
    [0.005, 0.01, *(round(0.025 * step, 3) for step in range(1, 40)), 0.99, 0.995], dtype=np.float64
)
_EPS = 1e-9
_KNOTS = 240


@dataclass(frozen=True)
class Table:
    """
    A distribution of positions (tracking.eta.days) or other numbers. `key`: the group it was learned in; `n`:
    deliveries in it; `weight`: their effective number; `values`: the quantiles at LEVELS.
    """

    key: str
    n: int
    weight: float
    values: tuple[float, ...]

    @cached_property
    def _values(self) -> Floats:
        found = np.maximum.accumulate(np.array(self.values, dtype=np.float64))
        return np.asarray(found + np.arange(found.size) * _EPS, dtype=np.float64)

    def quantile(self, level: float) -> float:
        """Return the value that the part `level` (0 to 1) lies below; flat beyond the outermost levels."""
        return float(np.interp(level, LEVELS, self._values))

    def cdf(self, value: float) -> float:
        """Return the part that lies below `value`: 0 and 1 beyond the outermost quantiles."""
        return float(np.interp(value, self._values, LEVELS, left=0.0, right=1.0))

    def cdfs(self, values: Floats) -> Floats:
        """Return `cdf` of many values."""
        return np.asarray(np.interp(values, self._values, LEVELS, left=0.0, right=1.0), dtype=np.float64)

    def beyond(self, passed: float, level: float) -> float:
        """
        Return the quantile of what is left when `passed` has gone by: F(t | T > passed) = level. Past the
        table's end, where nothing was seen, the excess is drawn from what its last tenth lasts.
        """
        below = self.cdf(passed)
        if below <= LEVELS[-1] - 0.02:
            return max(self.quantile(below + (1 - below) * level), passed)
        tail = max(self.quantile(0.99) - self.quantile(0.9), 1.0)
        return passed - tail / 2 * float(np.log(max(1 - level, 0.01)))


def own_distribution(values: Floats, weights: Floats, done: Floats) -> tuple[Floats, Floats]:
    """
    Return the steps (value, part below it) of a weighted Kaplan-Meier distribution. `done`: 1 where `values`
    was reached, 0 where it has only been passed so far. Both are empty when nothing was reached.
    """
    order = np.argsort(values, kind="stable")
    values, weights, done = values[order], weights[order], done[order]
    at_risk = np.cumsum(weights[::-1])[::-1]
    stay = 1 - np.where(done > 0, weights / at_risk, 0.0)
    left = np.cumprod(np.clip(stay, 0.0, 1.0))
    reached = done > 0
    below = 1 - left[reached]
    before = np.concatenate(([0.0], below[:-1])) if below.size else below
    return values[reached], (below + before) / 2


def effective(weights: Floats) -> float:
    """Return how many deliveries of weight 1 these are worth (Kish)."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if weights.size else 0.0


def shrunk(
    key: str, values: Floats, weights: Floats, done: Floats, wider: Table | None, k: float
) -> Table | None:
    """
    Return the table of a group from its own deliveries and the next `wider` group's table, which counts for
    `k` of them; None when there is nothing at all to go by.
    """
    n, count = effective(weights), int(done.sum())
    steps, below = own_distribution(values, weights, done)
    if not steps.size:
        return wider
    if steps.size > _KNOTS:
        wanted = np.linspace(below[0], below[-1], _KNOTS)
        steps, below = np.interp(wanted, below, steps), wanted
    steps = steps + np.arange(steps.size) * _EPS  # equal values are a step, not a slope from the one before
    base = wider or Table(key, 0, 0.0, tuple(np.interp(LEVELS, below, steps)))
    knots = np.unique(np.concatenate((steps, base._values)))
    lent = base.cdfs(knots)
    own = np.interp(knots, steps, below, left=0.0)
    last, end = below[-1], steps[-1]
    if wider is not None and last < 1:  # beyond the group's own last delivery the wider group speaks
        after = base.cdf(float(end))
        rest = np.clip((lent - after) / max(1 - after, _EPS), 0.0, 1.0)
        own = np.where(knots > end, last + (1 - last) * rest, own)
    k = k if wider is not None else 0.0
    mixed = np.maximum.accumulate((n * own + k * lent) / (n + k)) + np.arange(knots.size) * _EPS
    return Table(key, count, n, tuple(float(v) for v in np.interp(LEVELS, mixed, knots)))
