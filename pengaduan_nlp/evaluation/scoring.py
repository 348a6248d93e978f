"""The scores of one head as functions of weights, so that resamples cost one pass.

Knows arrays and heads; nothing about files or reports.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import metrics
from ..calibration import Calibration, Probabilities
from ..resampling import Samples, Weights, group_sums
from ..scheme import Head

MIN_SUPPORT = 10  # gold rows a label needs to count in a macro mean (PRODUCT.md)
RECALL = 0.9  # operating point of the false-alarm figure (PRODUCT.md)
URGENT = ("tinggi", "darurat")
_ECE_BINS = 15  # as metrics.expected_calibration_error
ScoreFunction = Callable[[Weights], Samples]


@dataclass(frozen=True)
class HeadRows:
    """The labelled rows of one head with a model's answers.

    Attributes:
        head: The head.
        gold: Label positions, shape (n_rows,).
        found: Chosen labels, shape (n_rows,).
        probabilities: Shape (n_rows, n_labels).
        is_first: Whether its first label is the complaint.
        counted: Labels that count in macro means, shape (n_labels,).
    """

    head: Head
    gold: NDArray[np.int64]
    found: NDArray[np.int64]
    probabilities: Probabilities
    is_first: bool
    counted: NDArray[np.bool_]

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of each chosen label, shape (n_rows,)."""
        return self.probabilities[np.arange(len(self.gold)), self.found]

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether each chosen label is right, shape (n_rows,)."""
        right: NDArray[np.bool_] = self.gold == self.found
        return right

    def take(self, rows: NDArray[np.int64]) -> "HeadRows":
        """Return some of the rows, with the labels that count among them."""
        gold = self.gold[rows]
        return HeadRows(
            self.head, gold, self.found[rows], self.probabilities[rows], self.is_first,
            _counted(gold, len(self.head.labels)),
        )  # fmt: skip


def head_rows(
    head: Head,
    gold: NDArray[np.int64],
    probabilities: Probabilities,
    calibration: Calibration,
    *,
    is_first: bool,
) -> HeadRows:
    """Return the rows of a head whose label is known, -1 being unknown."""
    known = np.flatnonzero(gold >= 0)
    found = calibration.choose(head.name, probabilities[known])
    counted = _counted(gold[known], len(head.labels))
    return HeadRows(head, gold[known], found, probabilities[known], is_first, counted)


def _counted(gold: NDArray[np.int64], n_labels: int) -> NDArray[np.bool_]:
    support = np.bincount(gold, minlength=n_labels)
    counted: NDArray[np.bool_] = support >= max(1, min(MIN_SUPPORT, int(support.max(initial=1))))
    return counted


def head_scores(rows: HeadRows) -> dict[str, ScoreFunction]:
    """Return all scores of a head, in the order in which they are shown."""
    scores: dict[str, ScoreFunction] = {
        "macro_f1": lambda w: _label_f1(rows, w)[:, rows.counted].mean(1),
        "accuracy": lambda w: _total(w, rows.correct) / w.sum(1),
        "ece": lambda w: _calibration_error(rows, w),
        "aurc": lambda w: _risk_area(rows, w),
    }
    if rows.is_first:
        scores |= _complaint_scores(rows)
    if rows.head.ordinal:
        scores["quadratic_kappa"] = lambda w: _kappa(rows, w, quadratic=True)
        urgent = _urgent(rows)
        if urgent is not None:
            scores["urgent_recall"] = lambda w: _share(w, rows.found >= urgent, rows.gold >= urgent)
    else:
        scores["kappa"] = lambda w: _kappa(rows, w, quadratic=False)
    return scores


def slice_scores(rows: HeadRows) -> dict[str, ScoreFunction]:
    """Return the scores of a head that make sense for a part of the rows, however one-sided."""
    scores: dict[str, ScoreFunction] = {"accuracy": lambda w: _total(w, rows.correct) / w.sum(1)}
    if rows.counted.sum() > 1:
        scores["macro_f1"] = lambda w: _label_f1(rows, w)[:, rows.counted].mean(1)
    if rows.is_first:
        gold, found = rows.gold == 0, rows.found == 0
        if gold.any() and not gold.all():
            scores["complaint_macro_f1"] = lambda w: _two_class_f1(gold, found, w)
        if gold.any():
            scores["complaint_recall"] = lambda w: _share(w, found, gold)
        if not gold.all():
            scores["false_alarms"] = lambda w: _share(w, found, ~gold)
    urgent = _urgent(rows)
    if urgent is not None:
        scores["urgent_recall"] = lambda w: _share(w, rows.found >= urgent, rows.gold >= urgent)
    return scores


def label_scores(rows: HeadRows, label: int) -> dict[str, ScoreFunction]:
    """Return the F1 of one label and, where it has rows enough, the area under its curve."""
    one, other = rows.gold == label, rows.found == label

    def f1(weights: Weights) -> Samples:
        total = _total(weights, one) + _total(weights, other)
        hits = 2 * _total(weights, one & other)
        return _ratio(hits, total)

    scores: dict[str, ScoreFunction] = {"f1": f1}
    if rows.counted[label]:
        scores["auprc"] = lambda w: _average_precision(w, one, rows.probabilities[:, label])
    return scores


def _urgent(rows: HeadRows) -> int | None:
    """Return the lowest position of an urgent label, if the head has one and gold rows of it."""
    if not rows.head.ordinal:
        return None
    places = [rows.head.index(slug) for slug in URGENT if slug in rows.head.slugs]
    return min(places) if places and (rows.gold >= min(places)).any() else None


def _share(weights: Weights, hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> Samples:
    """Return the share of ``hits`` among the rows ``among``; nan where a resample has none."""
    return _ratio(_total(weights, hits & among), _total(weights, among), empty=np.nan)


def _total(weights: Weights, mask: NDArray[np.bool_]) -> Samples:
    """Return the weight of the rows in ``mask``, shape (n_resamples,)."""
    total: Samples = np.take(weights, np.flatnonzero(mask), axis=1).sum(1)
    return total


def _ratio(part: Samples, whole: Samples, *, empty: float = 0.0) -> Samples:
    ratios: Samples = np.divide(part, whole, out=np.full(whole.shape, empty), where=whole > 0)
    return ratios


def _label_f1(rows: HeadRows, weights: Weights) -> Weights:
    n_labels = len(rows.head.labels)
    hits = group_sums(weights * rows.correct, rows.gold, n_labels)
    total = group_sums(weights, rows.gold, n_labels) + group_sums(weights, rows.found, n_labels)
    return _ratio(2 * hits, total)


def _two_class_f1(gold: NDArray[np.bool_], found: NDArray[np.bool_], weights: Weights) -> Samples:
    parts = []
    for one, other in ((gold, found), (~gold, ~found)):
        total = _total(weights, one) + _total(weights, other)
        hits = 2 * _total(weights, one & other)
        parts.append(_ratio(hits, total))
    mean: Samples = (parts[0] + parts[1]) / 2
    return mean


def _calibration_error(rows: HeadRows, weights: Weights) -> Samples:
    confidence = rows.confidence
    bins = np.minimum((confidence * _ECE_BINS).astype(np.int64), _ECE_BINS - 1)
    gaps = group_sums(weights * (confidence - rows.correct), bins, _ECE_BINS)
    error: Samples = np.abs(gaps).sum(1) / weights.sum(1)
    return error


def _risk_area(rows: HeadRows, weights: Weights) -> Samples:
    """Return the mean share of wrong answers over all coverages, as curves.risk_coverage."""
    order = np.argsort(-rows.confidence, kind="stable")
    last = np.append(np.diff(rows.confidence[order]) != 0, True)
    drawn = weights[:, order]
    kept = np.cumsum(drawn, axis=1)[:, last]
    wrong = np.cumsum(drawn * ~rows.correct[order], axis=1)[:, last]
    risk = _ratio(wrong, kept)
    area: Samples = (risk * np.diff(kept, axis=1, prepend=0.0)).sum(1) / kept[:, -1]
    return area


def _kappa(rows: HeadRows, weights: Weights, *, quadratic: bool) -> Samples:
    n_labels = len(rows.head.labels)
    ranks = np.arange(n_labels)
    power = 2 if quadratic else 0
    penalty = np.abs(ranks[:, None] - ranks[None, :]).astype(np.float64) ** power
    penalty *= ranks[:, None] != ranks[None, :]
    gold = group_sums(weights, rows.gold, n_labels)
    found = group_sums(weights, rows.found, n_labels)
    chance = ((gold @ penalty) * found).sum(1) / weights.sum(1)
    seen = weights @ penalty[rows.gold, rows.found]
    return 1.0 - _ratio(seen, chance, empty=1.0)


def _average_precision(
    weights: Weights, gold: NDArray[np.bool_], chance: NDArray[np.float64]
) -> Samples:
    """Return metrics.average_precision under weights; only ranks of positives are looked at."""
    order = np.argsort(-chance, kind="stable")
    tie = np.cumsum(np.append(False, np.diff(chance[order]) != 0))  # of every rank
    positives = np.flatnonzero(gold[order])
    ties, first = np.unique(tie[positives], return_index=True)
    if not len(ties):
        return np.zeros(len(weights))
    ends = np.searchsorted(tie, ties, side="right")  # rank after each tie that holds a positive
    starts = np.append(0, ends[:-1])
    drawn = np.take(weights, order[: ends[-1]], axis=1)
    total = np.cumsum(np.add.reduceat(drawn, starts, axis=1), axis=1)
    gains = np.add.reduceat(drawn[:, positives], first, axis=1)
    hits = np.cumsum(gains, axis=1)
    return _ratio((gains * _ratio(hits, total)).sum(1), hits[:, -1])


def _complaint_scores(rows: HeadRows) -> dict[str, ScoreFunction]:
    """Score the first label of the first head against all others: complaint or not."""
    gold, found, chance = rows.gold == 0, rows.found == 0, rows.probabilities[:, 0]
    scores: dict[str, ScoreFunction] = {
        "complaint_macro_f1": lambda w: _two_class_f1(gold, found, w)
    }
    if gold.any() and not gold.all():
        scores["complaint_auprc"] = lambda w: _average_precision(w, gold, chance)
        scores["false_alarms_at_90_recall"] = lambda w: _false_alarms(w, gold, chance)
    return scores


def _false_alarms(
    weights: Weights, gold: NDArray[np.bool_], chance: NDArray[np.float64]
) -> Samples:
    """Return the share of negatives that come with ``RECALL`` of the positives."""
    order = np.argsort(-chance, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(chance[order]) != 0, True))
    drawn = weights[:, order]
    positives = np.cumsum(drawn * gold[order], axis=1)[:, ends]
    negatives = np.cumsum(drawn * ~gold[order], axis=1)[:, ends]
    needed = np.ceil(RECALL * positives[:, -1] - 1e-9)
    first = (positives >= np.maximum(needed, 1)[:, None]).argmax(1)
    whole = negatives[:, -1]
    alarms = np.take_along_axis(negatives, first[:, None], axis=1)[:, 0]
    return _ratio(alarms, np.where(positives[:, -1] > 0, whole, 0.0))


def confusion(rows: HeadRows) -> NDArray[np.int64]:
    """Return counts, rows gold and columns found."""
    return metrics.confusion(rows.gold, rows.found, len(rows.head.labels))
