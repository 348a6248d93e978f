"""Bootstrap by weights, paired tests and corrections for many tests: numpy in, floats out.

Knows nothing about heads, files or models. Scores that take weights cost one pass over the rows for
a thousand resamples, and two models that share the weights are compared pair by pair.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .errors import InputError

Weights = NDArray[np.float64]  # (n_resamples, n_rows): how often a resample drew each row
Samples = NDArray[np.float64]  # (n_resamples,)
N_RESAMPLES = 1000
_CELLS = 4_000_000  # weights held at once


def draw_weights(
    n_rows: int,
    *,
    groups: NDArray[np.int64] | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Iterator[Weights]:
    """Yield the weights of all resamples in parts that fit into memory.

    Args:
        n_rows: Number of rows.
        groups: Group of every row, shape (n_rows,); whole groups are drawn when given.
        n_resamples: Number of resamples.
        seed: Seed of the draws; the same seed gives the same weights.

    Yields:
        Arrays of shape (n_part, n_rows), whose rows are resamples.
    """
    rng = np.random.default_rng(seed)
    member = np.arange(n_rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    n_groups = int(member.max()) + 1 if n_rows else 0
    size = max(1, min(n_resamples, _CELLS // max(1, n_rows)))
    for start in range(0, n_resamples, size):
        part = min(size, n_resamples - start)
        drawn = rng.integers(0, n_groups, (part, n_groups)) + n_groups * np.arange(part)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=part * n_groups).reshape(part, n_groups)
        yield counts[:, member].astype(np.float64)


def resample(
    scores: Mapping[str, Callable[[Weights], Samples]],
    n_rows: int,
    *,
    groups: NDArray[np.int64] | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> dict[str, Samples]:
    """Return every score under every resample, all under the same draws.

    Args:
        scores: By name, functions of weights of shape (n, n_rows) that return n scores.
        n_rows: Number of rows.
        groups: As in ``draw_weights``.
        n_resamples: As in ``draw_weights``.
        seed: As in ``draw_weights``.
    """
    parts: dict[str, list[Samples]] = {name: [] for name in scores}
    for weights in draw_weights(n_rows, groups=groups, n_resamples=n_resamples, seed=seed):
        for name, score in scores.items():
            parts[name].append(score(weights))
    return {name: np.concatenate(part) for name, part in parts.items()}


def group_sums(weights: Weights, keys: NDArray[np.int64], n_keys: int) -> Weights:
    """Return the weights summed by key, shape (n_resamples, n_keys)."""
    n_part = len(weights)
    cells = keys + n_keys * np.arange(n_part)[:, None]
    sums = np.bincount(cells.ravel(), weights.ravel(), minlength=n_part * n_keys)
    return sums.astype(np.float64).reshape(n_part, n_keys)


def percentile_interval(samples: Samples) -> tuple[float, float]:
    """Return the 95 % percentile interval; resamples without a score (nan) are left out.

    Source:
        Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    """
    known = samples[~np.isnan(samples)]
    if not len(known):
        return math.nan, math.nan
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def difference_p_value(differences: Samples) -> float:
    """Return the two-sided p-value of "no difference" from resampled differences.

    Twice the smaller share of resamples on one side of zero, zero counted on both, so that equal
    models get 1.

    Source:
        Efron and Tibshirani (1993), section 15.4: the achieved significance level of an interval.
    """
    known = differences[~np.isnan(differences)]
    n_known = len(known)
    below = (1 + int((known <= 0).sum())) / (n_known + 1)
    above = (1 + int((known >= 0).sum())) / (n_known + 1)
    return float(min(1.0, 2 * min(below, above)))


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return the exact two-sided p-value of equal accuracy on the same rows.

    Args:
        first: Shape (n_rows,); whether the first model was right.
        second: The same of the second.

    Source:
        McNemar (1947), Psychometrika 12(2); exact: the binomial test on the rows where they differ.

    Example:
        >>> round(mcnemar(np.array([True] * 6), np.array([False] * 6)), 5)
        0.03125
    """
    if first.shape != second.shape:
        raise InputError(f"paired rows differ in number: {first.shape} and {second.shape}")
    wins, losses = int((first & ~second).sum()), int((~first & second).sum())
    n_rows = wins + losses
    logs = [_log_binomial(n_rows, k) - n_rows * math.log(2) for k in range(min(wins, losses) + 1)]
    return min(1.0, 2 * math.fsum(map(math.exp, logs)))


def _log_binomial(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for testing all of them, in the same order.

    Source:
        Holm (1979), Scandinavian Journal of Statistics 6(2).

    Example:
        >>> holm([0.125, 0.5, 0.25])
        [0.375, 0.5, 0.5]
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected = [0.0] * len(p_values)
    worst = 0.0
    for rank, i in enumerate(order):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p_values[i]))
        corrected[i] = worst
    return corrected


def wilson_interval(n_hits: float, n_rows: float) -> tuple[float, float]:
    """Return the 95 % interval of a share; (0, 1) without rows.

    Source:
        Wilson (1927), Journal of the American Statistical Association 22(158).
    """
    if n_rows <= 0:
        return 0.0, 1.0
    z = 1.959964
    share = n_hits / n_rows
    middle = share + z * z / (2 * n_rows)
    half = z * math.sqrt(share * (1 - share) / n_rows + z * z / (4 * n_rows**2))
    whole = 1 + z * z / n_rows
    low, high = (middle - half) / whole, (middle + half) / whole
    return min(share, max(0.0, low)), max(share, min(1.0, high))  # rounding at 0 and 1
