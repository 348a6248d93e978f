"""Fit temperatures and thresholds on outputs of held-out comments."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..calibration import Calibration, HeadCalibration, Probabilities, fit_temperature
from ..metrics import quadratic_kappa
from ..scheme import Head, LabelScheme

_MIN_ROWS = 30  # held-out rows under which a head keeps its raw outputs
_STEPS = tuple(
    round(0.05 * i, 2) for i in range(4, 13)
)  # candidates for the thresholds of an ordinal head
TARGET_RECALL = 0.85  # of the upper half of an ordinal head (PRODUCT.md: tinggi and darurat)
_RECALL_BONUS = 0.5  # kappa that full recall is worth
MAX_ABSTAINED = 0.15  # share of a head's answers that may go to a person
SELECTIVE_ACCURACY = 0.95  # accuracy that the answers kept should have


def fit_calibration(
    logits: NDArray[np.float32], gold: Mapping[str, NDArray[np.int64]], scheme: LabelScheme
) -> Calibration:
    """Return temperatures, ordinal steps and abstention thresholds.

    Args:
        logits: Outputs on comments not trained on, shape (n_texts, n_outputs).
        gold: For each head the label positions, -1 where unknown.
        scheme: Heads and labels.
    """
    heads = {
        head.name: HeadCalibration(temperature=_temperature(head, logits, gold[head.name], scheme))
        for head in scheme.heads
    }
    probabilities = Calibration(heads).probabilities(logits, scheme)
    for head in scheme.heads:
        known = gold[head.name] >= 0
        if known.sum() < _MIN_ROWS:
            continue
        shares, labels = probabilities[head.name][known], gold[head.name][known]
        steps = _ordinal_steps(shares, labels) if head.ordinal else ()
        chosen = HeadCalibration(heads[head.name].temperature, 0.0, steps)
        found = Calibration({head.name: chosen}).choose(head.name, shares)
        confidence = shares[np.arange(len(labels)), found]
        threshold = _abstention(confidence, found == labels)
        heads[head.name] = HeadCalibration(chosen.temperature, threshold, steps)
    return Calibration(heads)


def _temperature(
    head: Head, logits: NDArray[np.float32], gold: NDArray[np.int64], scheme: LabelScheme
) -> float:
    known = gold >= 0
    if known.sum() < _MIN_ROWS:
        return 1.0
    scores, labels = logits[known][:, scheme.slices[head.name]], gold[known]
    if head.parent is not None:  # only labels under the gold parent compete
        siblings = np.zeros((len(head.labels), len(head.labels)), dtype=bool)
        for columns in scheme.children(head).values():
            siblings[np.ix_(columns, columns)] = True
        scores = np.where(siblings[labels], scores, -1e4).astype(np.float32)
    return round(fit_temperature(scores, labels), 4)


def _ordinal_steps(shares: Probabilities, gold: NDArray[np.int64]) -> tuple[float, ...]:
    """Return the thresholds on P(label > k) that serve an officer best, one at a time.

    What is maximised is quadratic kappa plus a bonus for finding the upper half of the labels, up
    to ``TARGET_RECALL``: a missed emergency costs more than a false one that a person looks at.
    """
    n_labels = shares.shape[1]
    steps = [0.5] * (n_labels - 1)
    for _ in range(3):
        for k in range(n_labels - 1):
            values = [_worth(shares, gold, [*steps[:k], s, *steps[k + 1 :]]) for s in _STEPS]
            steps[k] = _STEPS[int(np.argmax(values))]
    return tuple(round(float(step), 2) for step in steps)


def _worth(shares: Probabilities, gold: NDArray[np.int64], steps: list[float]) -> float:
    n_labels = shares.shape[1]
    trial = Calibration({"head": HeadCalibration(steps=tuple(steps))})
    found = trial.choose("head", shares)
    kappa = quadratic_kappa(gold, found, n_labels)
    upper = gold >= n_labels // 2
    if not upper.any():
        return kappa
    recall = float((found[upper] >= n_labels // 2).mean())
    return kappa + _RECALL_BONUS * min(recall, TARGET_RECALL)


def _abstention(confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> float:
    """Return the least confidence from which the kept answers reach ``SELECTIVE_ACCURACY``.

    At most ``MAX_ABSTAINED`` of the answers are given up: an officer cannot look at everything, so
    a head that cannot reach the accuracy abstains where it is least sure.
    """
    order = np.argsort(-confidence, kind="stable")
    kept_accuracy = np.cumsum(correct[order]) / np.arange(1, len(order) + 1)
    reached = np.flatnonzero(kept_accuracy >= SELECTIVE_ACCURACY)
    last = int(reached[-1]) if len(reached) else 0
    last = max(last, int((1 - MAX_ABSTAINED) * len(order)) - 1)
    return round(float(confidence[order[last]]), 4)
