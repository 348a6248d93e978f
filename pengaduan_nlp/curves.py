"""Reliability diagrams and risk-coverage curves as numbers; who draws them is not known here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .resampling import wilson_interval

N_BINS = 10
_MAX_POINTS = 200  # of a curve; more cannot be told apart on a page


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence.

    Attributes:
        n: How many.
        confidence: Their mean probability.
        accuracy: How many were right, as a share.
        low: Lower end of its 95 % interval.
        high: Upper end.
    """

    n: int
    confidence: float
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """What is wrong among the answers kept when the least certain are given to a person.

    Attributes:
        coverage: Share of the answers kept, ascending, shape (n_points,).
        risk: Share of those that are wrong, shape (n_points,).
        area: Mean risk over all coverages; 0 is perfect.
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    area: float


def reliability_bins(
    confidence: NDArray[np.float64], correct: NDArray[np.bool_], *, n_bins: int = N_BINS
) -> list[Bin]:
    """Return the bins of equal width on [0, 1] that hold any answer, in order.

    Args:
        confidence: Probability of each chosen label, shape (n_rows,).
        correct: Whether it was right, shape (n_rows,).
        n_bins: Number of bins.

    Raises:
        InputError: If there are no rows or the arrays differ in length.

    Source:
        Guo et al. (2017), https://arxiv.org/abs/1706.04599, section 2.
    """
    _check(confidence, correct)
    places = np.minimum((confidence * n_bins).astype(np.int64), n_bins - 1)
    found = []
    for i in np.unique(places):
        inside = places == i
        n_rows, n_right = int(inside.sum()), int(correct[inside].sum())
        low, high = wilson_interval(n_right, n_rows)
        found.append(Bin(n_rows, float(confidence[inside].mean()), n_right / n_rows, low, high))
    return found


def risk_coverage(confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> RiskCoverage:
    """Return the risk of the most certain answers at every coverage; ties are kept together.

    Raises:
        InputError: If there are no rows or the arrays differ in length.

    Source:
        El-Yaniv and Wiener (2010), Journal of Machine Learning Research 11; Geifman and El-Yaniv
        (2017), https://arxiv.org/abs/1705.08500.

    Example:
        >>> curve = risk_coverage(np.array([0.9, 0.8]), np.array([True, False]))
        >>> curve.coverage.tolist(), curve.risk.tolist(), curve.area
        ([0.5, 1.0], [0.0, 0.5], 0.25)
    """
    _check(confidence, correct)
    order = np.argsort(-confidence, kind="stable")
    last = np.append(np.diff(confidence[order]) != 0, True)
    kept = np.flatnonzero(last) + 1
    wrong = np.cumsum(~correct[order])[last]
    risk, coverage = wrong / kept, kept / len(order)
    area = float(np.sum(risk * np.diff(coverage, prepend=0.0)))
    chosen = np.unique(np.linspace(0, len(risk) - 1, min(len(risk), _MAX_POINTS)).astype(np.int64))
    return RiskCoverage(coverage[chosen], risk[chosen], area)


def _check(confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> None:
    if confidence.shape != correct.shape or confidence.ndim != 1 or not len(correct):
        raise InputError(
            "a curve needs one probability and one truth a row and at least one row; got shapes "
            f"{confidence.shape} and {correct.shape}"
        )
