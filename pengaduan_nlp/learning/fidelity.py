"""Hold a bundle's eight-bit graph against the fp32 graph that it was made from.

Knows two graphs of one bundle and labelled comments; knows nothing about training.
"""

from collections.abc import Sequence
from pathlib import Path

from .. import bundle as layout
from .. import metrics
from ..bundle import Bundle
from ..examples import Example, gold_positions
from ..runtime import default_threads
from ..runtime.onnx_runtime import OnnxRuntime
from ..triage import Triage

LARGEST_GAP = 0.5  # points of macro-F1, of any head
_MIN_SUPPORT = 10  # gold rows a label needs to count (PRODUCT.md)


def score_gaps(bundle: Bundle, full: Path, examples: Sequence[Example]) -> dict[str, float]:
    """Return for each head how far the eight-bit graph's score is from the fp32 graph's.

    Both are asked as the bundle is used: windows, linear model and calibration included.

    Args:
        bundle: The finished folder, with its eight-bit graph.
        full: The fp32 graph.
        examples: Labelled comments; heads of which none is labelled are left out.

    Returns:
        Differences of macro-F1 in points (hundredths), zero or more.
    """
    left, right = (
        _scores(Triage(bundle, OnnxRuntime(path, threads=default_threads())), examples)
        for path in (full, bundle.file(layout.ONNX))
    )
    return {name: round(100 * abs(left[name] - right[name]), 3) for name in left}


def _scores(triage: Triage, examples: Sequence[Example]) -> dict[str, float]:
    gold = gold_positions(examples, triage.scheme)
    probabilities = triage.probabilities([example.text for example in examples])
    found = {}
    for head in triage.scheme.heads:
        known = gold[head.name] >= 0
        if known.any():
            chosen = triage.calibration.choose(head.name, probabilities[head.name])
            matrix = metrics.confusion(gold[head.name][known], chosen[known], len(head.labels))
            support = matrix.sum(1)
            counted = support >= min(_MIN_SUPPORT, support.max())
            found[head.name] = float(metrics.label_f1(matrix)[counted].mean())
    return found
