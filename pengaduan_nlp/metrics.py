"""Scores of classifiers, with bootstrap intervals: numpy in, floats out.

Knows nothing about heads, files or models.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .errors import InputError

Labels = NDArray[np.int64]


def confusion(gold: Labels, found: Labels, n_labels: int) -> NDArray[np.int64]:
    """Return counts of shape (n_labels, n_labels): rows are gold, columns are found.

    Raises:
        InputError: If the arrays are empty or differ in length.
    """
    _check_pair(gold, found)
    return np.bincount(gold * n_labels + found, minlength=n_labels**2).reshape(n_labels, n_labels)


def label_f1(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the F1 of every label, shape (n_labels,); 0 where it was neither gold nor found."""
    hits = np.diag(matrix).astype(np.float64)
    total = matrix.sum(0) + matrix.sum(1)
    f1: NDArray[np.float64] = np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
    return f1


def macro_f1(gold: Labels, found: Labels, n_labels: int, *, min_support: int = 1) -> float:
    """Return the mean F1 over labels with at least ``min_support`` gold rows.

    Raises:
        InputError: If the arrays are empty or differ in length, or no label has the support.
    """
    matrix = confusion(gold, found, n_labels)
    supported = matrix.sum(1) >= min_support
    if not supported.any():
        raise InputError(f"no label has {min_support} gold rows; lower min_support")
    return float(label_f1(matrix)[supported].mean())


def accuracy(gold: Labels, found: Labels) -> float:
    """Return the share of equal labels."""
    _check_pair(gold, found)
    return float((gold == found).mean())


def quadratic_kappa(gold: Labels, found: Labels, n_labels: int) -> float:
    """Return Cohen's kappa with quadratic weights; 0 when chance explains everything.

    Source:
        Cohen (1968), Psychological Bulletin 70(4).
    """
    observed = confusion(gold, found, n_labels).astype(np.float64)
    expected = np.outer(observed.sum(1), observed.sum(0)) / observed.sum()
    ranks = np.arange(n_labels)
    weights = (ranks[:, None] - ranks[None, :]) ** 2.0
    chance = float((weights * expected).sum())
    return 1.0 - float((weights * observed).sum()) / chance if chance else 0.0


def expected_calibration_error(
    probabilities: NDArray[np.float64], correct: NDArray[np.bool_], *, n_bins: int = 15
) -> float:
    """Return the expected calibration error of top-label probabilities.

    Args:
        probabilities: Shape (n_texts,), each in [0, 1].
        correct: Shape (n_texts,); whether the top label was right.
        n_bins: Number of equal-width bins on [0, 1].

    Returns:
        The error in [0, 1]; 0 is perfectly calibrated.

    Raises:
        InputError: If the arrays are empty or differ in length.

    Source:
        Guo et al. (2017), https://arxiv.org/abs/1706.04599, section 2.

    Example:
        >>> expected_calibration_error(np.array([1.0, 1.0]), np.array([True, True]))
        0.0
    """
    _check_pair(probabilities, correct)
    bins = np.minimum((probabilities * n_bins).astype(np.int64), n_bins - 1)
    gap = np.bincount(bins, correct - probabilities, minlength=n_bins)
    return float(np.abs(gap).sum() / len(probabilities))


def average_precision(gold: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the area under the precision-recall curve; ties share one threshold.

    Raises:
        InputError: If the arrays are empty, differ in length or hold no positive.
    """
    _check_pair(gold, scores)
    if not gold.any():
        raise InputError("average precision needs at least one positive row")
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(gold[order])
    last = np.append(np.diff(scores[order]) != 0, True)
    precision = hits[last] / (np.flatnonzero(last) + 1)
    recall = hits[last] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def false_positive_rate_at(
    gold: NDArray[np.bool_], scores: NDArray[np.float64], recall: float
) -> float:
    """Return the share of negatives at or above the threshold that finds ``recall`` positives."""
    _check_pair(gold, scores)
    positives = np.sort(scores[gold])[::-1]
    threshold = positives[max(0, int(np.ceil(recall * len(positives))) - 1)]
    return float((scores[~gold] >= threshold).mean())


def bootstrap_interval(
    score: Callable[[NDArray[np.int64]], float],
    n_rows: int,
    *,
    groups: NDArray[np.int64] | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95 % percentile interval of a score under resampling of rows or groups.

    Args:
        score: Takes row positions, shape (n,), and returns the score of those rows.
        n_rows: Number of rows.
        groups: Group of every row, shape (n_rows,); whole groups are drawn when given.
        n_resamples: Number of resamples.
        seed: Seed of the draws.

    Source:
        Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    """
    rng = np.random.default_rng(seed)
    members = None
    if groups is not None:
        members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    values = []
    for _ in range(n_resamples):
        if members is None:
            rows = rng.integers(0, n_rows, n_rows)
        else:
            drawn = rng.integers(0, len(members), len(members))
            rows = np.concatenate([members[i] for i in drawn])
        values.append(score(rows))
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _check_pair(left: NDArray[np.generic], right: NDArray[np.generic]) -> None:
    if left.shape != right.shape or left.ndim != 1 or not len(left):
        raise InputError(
            f"scores need two 1-d arrays of equal length with at least one row; "
            f"got shapes {left.shape} and {right.shape}"
        )
