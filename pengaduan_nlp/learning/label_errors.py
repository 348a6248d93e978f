"""Likely label errors: confident learning on a model's probabilities.

Knows arrays only; nothing about files, text or the scheme.

Source:
    Northcutt, Jiang and Chuang (2021), Confident Learning, JAIR 70,
    https://arxiv.org/abs/1911.00068, sections 3.1 (thresholds, confident joint) and 3.2 (ranking).
"""

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from ..calibration import Probabilities

MIN_EXAMPLES = 5  # of a label, for its threshold to mean something
_SLACK = 1e-6  # as in cleanlab, so that equal probabilities pass a threshold that is their mean


@dataclass(frozen=True, slots=True)
class LabelError:
    """A label that is probably wrong.

    Attributes:
        row: Position of the example.
        given: Position of its label.
        likely: Position of the label that the model is confident of.
        self_confidence: Probability of the given label, in [0, 1]; the ranking, lowest first.
        confidence: Probability of the likely label, in [0, 1].
    """

    row: int
    given: int
    likely: int
    self_confidence: float
    confidence: float


def find_label_errors(
    probabilities: Probabilities, gold: NDArray[np.int64], *, use_cleanlab: bool | None = None
) -> list[LabelError]:
    """Return examples whose label is probably wrong, most certain first.

    An example is one when some other label is the most probable of those that reach their
    threshold, the mean probability of a label among the examples that carry it. Labels of fewer
    than ``MIN_EXAMPLES`` examples are neither judged nor proposed.

    Args:
        probabilities: Shape (n_examples, n_labels), rows sum to at most one; best when the
            examples were not trained on.
        gold: Positions of the labels, shape (n_examples,); -1 where there is none.
        use_cleanlab: Ask the cleanlab package; if it is installed, when ``None``.
    """
    labels = np.flatnonzero(np.bincount(gold[gold >= 0], minlength=1) >= MIN_EXAMPLES)
    rows = np.flatnonzero(np.isin(gold, labels))
    if len(labels) < 2:
        return []
    columns = np.asarray(probabilities, dtype=np.float64)[np.ix_(rows, labels)]
    given = np.searchsorted(labels, gold[rows])
    confident = columns >= class_thresholds(columns, given) - _SLACK
    likely = np.where(confident, columns, -1.0).argmax(1)
    asked = has_cleanlab() if use_cleanlab is None else use_cleanlab
    wrong = _cleanlab(columns, given) if asked else _own(columns, given, confident, likely)
    wrong &= likely != given
    found = [
        LabelError(
            int(rows[i]),
            int(labels[given[i]]),
            int(labels[likely[i]]),
            float(columns[i, given[i]]),
            float(columns[i, likely[i]]),
        )
        for i in np.flatnonzero(wrong)
    ]
    return sorted(found, key=lambda error: (error.self_confidence, error.row))


def class_thresholds(probabilities: Probabilities, gold: NDArray[np.int64]) -> Probabilities:
    """Return the mean probability of each label among its examples, shape (n_labels,)."""
    n_labels = probabilities.shape[1]
    own = probabilities[np.arange(len(gold)), gold]
    sums = np.bincount(gold, weights=own, minlength=n_labels)
    means: Probabilities = sums / np.bincount(gold, minlength=n_labels)
    return means


def has_cleanlab() -> bool:
    """Tell whether the optional package cleanlab is installed."""
    return find_spec("cleanlab") is not None


def _own(
    probabilities: Probabilities,
    given: NDArray[np.int64],
    confident: NDArray[np.bool_],
    likely: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return which examples are off the diagonal of the confident joint, shape (n_examples,)."""
    agrees = probabilities.argmax(1) == given  # the model has no better label to offer
    wrong: NDArray[np.bool_] = confident.any(1) & (likely != given) & ~agrees
    return wrong


def _cleanlab(probabilities: Probabilities, given: NDArray[np.int64]) -> NDArray[np.bool_]:
    from cleanlab.filter import find_label_issues

    wrong: NDArray[np.bool_] = find_label_issues(
        given, probabilities, filter_by="confident_learning", n_jobs=1
    )
    return wrong
