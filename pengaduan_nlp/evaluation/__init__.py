"""Score a model on labelled comments: every head, calibration, intervals, slices, comparison.

Works on probabilities, so that a bundle, a cross-validation and a baseline are scored alike.
"""

from .comparison import MARGIN, Comparison, Difference, Verdict, compare_probabilities
from .model import Answers, compare_bundles, evaluate, evaluate_examples
from .page import WorstErrors, render
from .probabilities import evaluate_probabilities
from .report import EvaluationReport, HeadReport, LabelReport, Score, SliceReport
from .scoring import MIN_SUPPORT
from .slices import Slices, slices_of

__all__ = [
    "MARGIN",
    "MIN_SUPPORT",
    "Answers",
    "Comparison",
    "Difference",
    "EvaluationReport",
    "HeadReport",
    "LabelReport",
    "Score",
    "SliceReport",
    "Slices",
    "Verdict",
    "WorstErrors",
    "compare_bundles",
    "compare_probabilities",
    "evaluate",
    "evaluate_examples",
    "evaluate_probabilities",
    "render",
    "slices_of",
]
