"""Score a model on labelled comments: every head, calibration, intervals, slices.

Works on probabilities, so that a bundle, a cross-validation and a baseline are scored alike.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import metrics
from .calibration import Calibration, Probabilities
from .errors import InputError
from .examples import gold_positions, read_examples
from .scheme import Head, LabelScheme
from .triage import Triage

MIN_SUPPORT = 10  # gold rows a label needs to count in a macro mean (PRODUCT.md)
RECALL = 0.9  # operating point of the false-alarm figure (PRODUCT.md)
_URGENT = ("tinggi", "darurat")


@dataclass(frozen=True, slots=True)
class Score:
    """A number with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def to_dict(self) -> dict[str, float]:
        """Return plain JSON types, rounded to four digits."""
        return {
            "value": round(self.value, 4), "low": round(self.low, 4), "high": round(self.high, 4)
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeadReport:
    """The scores of one head on the rows whose label is known.

    Attributes:
        n: Number of rows.
        scores: Scores by name.
        labels: For each label its F1 and number of gold rows.
        confusion: Counts, rows gold and columns found, in the order of ``labels``.
    """

    n: int
    scores: Mapping[str, Score]
    labels: Mapping[str, tuple[float, int]]
    confusion: NDArray[np.int64]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "n": self.n,
            "scores": {name: score.to_dict() for name, score in self.scores.items()},
            "labels": {k: {"f1": round(f1, 4), "n": n} for k, (f1, n) in self.labels.items()},
            "confusion": self.confusion.tolist(),
        }


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """The scores of a model on labelled comments, by head."""

    n: int
    heads: Mapping[str, HeadReport]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {"n": self.n, "heads": {name: head.to_dict() for name, head in self.heads.items()}}

    def table(self) -> str:
        """Return a plain-text table of the headline scores."""
        lines = [f"{'head':<10} {'n':>6}  scores (95 % interval)"]
        for name, head in self.heads.items():
            shown = "  ".join(f"{key} {score}" for key, score in head.scores.items())
            lines.append(f"{name:<10} {head.n:>6}  {shown}")
        return "\n".join(lines)


def evaluate_probabilities(
    gold: Mapping[str, NDArray[np.int64]],
    probabilities: Mapping[str, Probabilities],
    scheme: LabelScheme,
    calibration: Calibration,
    *,
    groups: NDArray[np.int64] | None = None,
    n_resamples: int = 1000,
) -> EvaluationReport:
    """Score probabilities against gold labels.

    Args:
        gold: For each head the label positions, shape (n_texts,); -1 where unknown.
        probabilities: For each head, shape (n_texts, n_labels).
        scheme: Heads and labels.
        calibration: How labels are chosen from probabilities.
        groups: Group of each row (source or near-copies), resampled as a whole; rows when absent.
        n_resamples: Bootstrap resamples.

    Raises:
        InputError: If no head has a gold label.
    """
    heads = {}
    n_texts = 0
    for head in scheme.heads:
        if head.name not in gold or head.name not in probabilities:
            continue
        known = np.flatnonzero(gold[head.name] >= 0)
        n_texts = max(n_texts, len(known))
        if len(known):
            found = calibration.choose(head.name, probabilities[head.name])
            rows = _Rows(
                gold[head.name][known],
                found[known],
                probabilities[head.name][known],
                None if groups is None else groups[known],
                n_resamples,
            )
            heads[head.name] = _score_head(head, rows, is_first=head is scheme.heads[0])
    if not heads:
        raise InputError("no head has a gold label; expected at least one labelled column")
    return EvaluationReport(n_texts, heads)


@dataclass(frozen=True, slots=True)
class _Rows:
    gold: NDArray[np.int64]
    found: NDArray[np.int64]
    probabilities: Probabilities
    groups: NDArray[np.int64] | None
    n_resamples: int

    def score(self, of: Callable[[NDArray[np.int64]], float]) -> Score:
        n_rows = len(self.gold)
        low, high = metrics.bootstrap_interval(
            of, n_rows, groups=self.groups, n_resamples=self.n_resamples
        )
        return Score(of(np.arange(n_rows)), low, high)


def _score_head(head: Head, rows: _Rows, *, is_first: bool) -> HeadReport:
    n_labels = len(head.labels)
    gold, found = rows.gold, rows.found
    matrix = metrics.confusion(gold, found, n_labels)
    f1 = metrics.label_f1(matrix)
    support = matrix.sum(1)
    counted = support >= min(MIN_SUPPORT, support.max())
    confidence = rows.probabilities[np.arange(len(gold)), found]

    def macro(at: NDArray[np.int64]) -> float:
        return float(
            metrics.label_f1(metrics.confusion(gold[at], found[at], n_labels))[counted].mean()
        )

    scores = {
        "macro_f1": rows.score(macro),
        "accuracy": rows.score(lambda at: metrics.accuracy(gold[at], found[at])),
        "ece": rows.score(
            lambda at: metrics.expected_calibration_error(confidence[at], gold[at] == found[at])
        ),
    }
    if is_first:
        scores |= _complaint_scores(rows)
    if head.ordinal:
        scores |= _ordinal_scores(head, rows)
    labels = {
        slug: (float(f1[i]), int(support[i])) for i, slug in enumerate(head.slugs) if support[i]
    }
    return HeadReport(len(gold), scores, labels, matrix)


def _complaint_scores(rows: _Rows) -> dict[str, Score]:
    """Score the first label of the first head against all others: complaint or not."""
    gold, found, chance = rows.gold == 0, rows.found == 0, rows.probabilities[:, 0]

    def macro(at: NDArray[np.int64]) -> float:
        return metrics.macro_f1(gold[at].astype(np.int64), found[at].astype(np.int64), 2)

    scores = {"complaint_macro_f1": rows.score(macro)}
    if gold.any() and not gold.all():
        scores["complaint_auprc"] = rows.score(
            lambda at: metrics.average_precision(gold[at], chance[at]) if gold[at].any() else 0.0
        )
        scores["false_alarms_at_90_recall"] = rows.score(
            lambda at: (
                metrics.false_positive_rate_at(gold[at], chance[at], RECALL)
                if gold[at].any() and not gold[at].all()
                else 0.0
            )
        )
    return scores


def _ordinal_scores(head: Head, rows: _Rows) -> dict[str, Score]:
    gold, found = rows.gold, rows.found
    scores = {
        "quadratic_kappa": rows.score(
            lambda at: metrics.quadratic_kappa(gold[at], found[at], len(head.labels))
        )
    }
    floor = min((head.index(slug) for slug in _URGENT if slug in head.slugs), default=None)
    if floor is not None and (gold >= floor).any():
        urgent = gold >= floor
        scores["urgent_recall"] = rows.score(
            lambda at: float((found[at][urgent[at]] >= floor).mean()) if urgent[at].any() else 0.0
        )
    return scores


def evaluate(triage: Triage, gold: str | os.PathLike[str]) -> EvaluationReport:
    """Score a loaded bundle on a JSONL file of examples.

    Args:
        triage: The bundle.
        gold: File with ``text`` and any heads as keys, one object a line.

    Raises:
        InputError: If the file is missing, empty or has no labels.
        RecordError: If a line is invalid.
    """
    examples = read_examples(Path(gold), triage.scheme)
    if not examples:
        raise InputError(f"{gold}: no examples; expected one JSON object a line")
    return evaluate_probabilities(
        gold_positions(examples, triage.scheme),
        triage.probabilities([example.text for example in examples]),
        triage.scheme,
        triage.calibration,
    )
