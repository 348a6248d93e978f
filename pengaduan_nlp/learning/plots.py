"""Reliability diagram and risk-coverage curve of every head as pictures beside a model card."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..calibration import Calibration, Probabilities
from ..curves import reliability_bins, risk_coverage
from ..errors import InputError, MissingDependency
from ..scheme import LabelScheme

RELIABILITY = "reliability.png"
RISK_COVERAGE = "risk_coverage.png"
_COLUMNS = 3
_COLOUR = "#2a6f97"  # as the pages
_DPI = 110


def write_plots(
    folder: Path,
    gold: Mapping[str, NDArray[np.int64]],
    probabilities: Mapping[str, Probabilities],
    scheme: LabelScheme,
    calibration: Calibration,
) -> list[Path]:
    """Write ``reliability.png`` and ``risk_coverage.png`` into a bundle and return their paths.

    Args:
        folder: The bundle.
        gold: For each head the label positions of held-out comments; -1 where unknown.
        probabilities: For each head calibrated probabilities of these comments, shape
            (n_texts, n_labels).
        scheme: Heads and labels.
        calibration: How labels are chosen.

    Raises:
        InputError: If no head has a gold label.
        MissingDependency: If matplotlib is not installed.
    """
    answers = []
    for head in scheme.heads:
        known = np.flatnonzero(gold[head.name] >= 0) if head.name in gold else np.empty(0, int)
        if head.name in probabilities and len(known):
            shares = probabilities[head.name][known]
            found = calibration.choose(head.name, shares)
            confidence = shares[np.arange(len(known)), found]
            answers.append((head.name, confidence, found == gold[head.name][known]))
    if not answers:
        raise InputError("no head has a gold label, so there is nothing to draw")
    paths = [folder / RELIABILITY, folder / RISK_COVERAGE]
    for path, draw in zip(paths, (_reliability, _coverage), strict=True):
        _save(path, answers, draw)
    return paths


def _save(path: Path, answers: Sequence[tuple[str, Any, Any]], draw: Any) -> None:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependency(
            "plots need matplotlib; install it with: pip install 'pengaduan-nlp[train]'"
        ) from error
    n_rows = -(-len(answers) // _COLUMNS)
    figure = Figure(figsize=(3.2 * _COLUMNS, 3.0 * n_rows), layout="constrained")
    grid = figure.subplots(n_rows, _COLUMNS, squeeze=False)
    for axes in grid.ravel()[len(answers) :]:
        axes.set_visible(False)
    for axes, (name, confidence, correct) in zip(grid.ravel(), answers, strict=False):
        draw(axes, confidence, correct)
        axes.set_title(f"{name} (n = {len(correct):,})", fontsize=10)
        axes.grid(visible=True, alpha=0.3)
    # The software's version in the file would change its bytes without changing the picture.
    figure.savefig(path, dpi=_DPI, metadata={"Software": None})


def _reliability(axes: Any, confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> None:
    bins = reliability_bins(confidence, correct)
    middle = [b.confidence for b in bins]
    share = [b.accuracy for b in bins]
    below = [b.accuracy - b.low for b in bins]
    above = [b.high - b.accuracy for b in bins]
    axes.plot([0, 1], [0, 1], linestyle="--", color="grey", linewidth=1)
    axes.errorbar(middle, share, yerr=[below, above], marker="o", markersize=4, color=_COLOUR)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability", ylabel="share that is right")


def _coverage(axes: Any, confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> None:
    curve = risk_coverage(confidence, correct)
    axes.plot(curve.coverage, curve.risk, color=_COLOUR)
    axes.set(xlim=(0, 1), xlabel="share of answers kept", ylabel="share that is wrong")
    axes.set_ylim(bottom=0)
