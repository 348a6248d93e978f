"""Score probabilities against gold labels: the one place where reports are made."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..calibration import Calibration, Probabilities
from ..errors import InputError
from ..resampling import N_RESAMPLES, percentile_interval, resample
from ..scheme import LabelScheme
from .report import EvaluationReport, HeadReport, LabelReport, Score, SliceReport
from .scoring import (
    HeadRows,
    ScoreFunction,
    confusion,
    head_rows,
    head_scores,
    label_scores,
    slice_scores,
)
from .slices import MIN_ROWS, Slices

_SLICE_RESAMPLES = 300
_RANKED = " auprc"  # ends the names of labels' areas


def evaluate_probabilities(
    gold: Mapping[str, NDArray[np.int64]],
    probabilities: Mapping[str, Probabilities],
    scheme: LabelScheme,
    calibration: Calibration,
    *,
    groups: NDArray[np.int64] | None = None,
    n_resamples: int = N_RESAMPLES,
    slices: Slices | None = None,
) -> EvaluationReport:
    """Score probabilities against gold labels.

    Args:
        gold: For each head the label positions, shape (n_texts,); -1 where unknown.
        probabilities: For each head, shape (n_texts, n_labels).
        scheme: Heads and labels.
        calibration: How labels are chosen from probabilities.
        groups: Group of each row (source or near-copies), resampled as a whole; rows when absent.
        n_resamples: Bootstrap resamples.
        slices: Parts that are scored on their own too, as ``slices_of`` returns them.

    Raises:
        InputError: If no head has a gold label.
    """
    heads = {}
    n_texts = 0
    for rows, at in labelled_heads(gold, probabilities, scheme, calibration):
        n_texts = max(n_texts, len(at))
        own = None if groups is None else groups[at]
        heads[rows.head.name] = _report(rows, own, n_resamples)
    if not heads:
        raise InputError("no head has a gold label; expected at least one labelled column")
    parts = {}
    for column, values in (slices or {}).items():
        parts[column] = {
            value: _slice(rows, gold, probabilities, scheme, calibration, groups)
            for value, rows in values.items()
        }
    return EvaluationReport(n_texts, heads, parts)


def labelled_heads(
    gold: Mapping[str, NDArray[np.int64]],
    probabilities: Mapping[str, Probabilities],
    scheme: LabelScheme,
    calibration: Calibration,
) -> list[tuple[HeadRows, NDArray[np.int64]]]:
    """Return the rows of every head that has gold labels, with their positions."""
    found = []
    for head in scheme.heads:
        if head.name in gold and head.name in probabilities and (gold[head.name] >= 0).any():
            rows = head_rows(
                head, gold[head.name], probabilities[head.name], calibration,
                is_first=head is scheme.heads[0],
            )  # fmt: skip
            found.append((rows, np.flatnonzero(gold[head.name] >= 0)))
    return found


def score_all(
    functions: Mapping[str, ScoreFunction],
    n_rows: int,
    *,
    groups: NDArray[np.int64] | None,
    n_resamples: int,
) -> dict[str, Score]:
    """Return every score with its interval, and the mean of those of labels that are ranked."""
    whole = np.ones((1, n_rows))
    samples = resample(functions, n_rows, groups=groups, n_resamples=n_resamples)
    for name, function in functions.items():  # the value itself goes before its resamples
        samples[name] = np.append(function(whole), samples[name])
    means = {name: samples[name] for name in functions if name.endswith(_RANKED)}
    if means:
        samples["macro_auprc"] = np.mean(list(means.values()), axis=0)
    return {
        name: Score(float(found[0]), *percentile_interval(found[1:]))
        for name, found in samples.items()
    }


def _report(rows: HeadRows, groups: NDArray[np.int64] | None, n_resamples: int) -> HeadReport:
    n_rows = len(rows.gold)
    matrix = confusion(rows)
    functions = dict(head_scores(rows))
    support = matrix.sum(1)
    for label in np.flatnonzero(support):
        for name, function in label_scores(rows, int(label)).items():
            functions[f"{label} {name}"] = function
    scores = score_all(functions, n_rows, groups=groups, n_resamples=n_resamples)
    labels = {
        rows.head.slugs[label]: LabelReport(
            int(support[label]), scores[f"{label} f1"], scores.get(f"{label} auprc")
        )
        for label in np.flatnonzero(support)
    }
    shown = {name: score for name, score in scores.items() if " " not in name}
    return HeadReport(n_rows, shown, labels, matrix)


def _slice(
    rows: NDArray[np.int64],
    gold: Mapping[str, NDArray[np.int64]],
    probabilities: Mapping[str, Probabilities],
    scheme: LabelScheme,
    calibration: Calibration,
    groups: NDArray[np.int64] | None,
) -> SliceReport:
    heads = {}
    part = {name: labels[rows] for name, labels in gold.items()}
    shares = {name: found[rows] for name, found in probabilities.items()}
    for found, at in labelled_heads(part, shares, scheme, calibration):
        if len(at) >= MIN_ROWS:
            own = None if groups is None else groups[rows][at]
            heads[found.head.name] = (
                len(at),
                score_all(slice_scores(found), len(at), groups=own, n_resamples=_SLICE_RESAMPLES),
            )
    return SliceReport(len(rows), heads)
