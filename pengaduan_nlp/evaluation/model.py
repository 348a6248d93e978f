"""A loaded model's answers to a gold set, and what follows from them.

Knows ``Triage`` and examples; the scores are made elsewhere.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..calibration import Calibration, Probabilities
from ..errors import InputError
from ..examples import Example, gold_positions, read_examples
from ..resampling import N_RESAMPLES
from ..scheme import LabelScheme
from ..text import normalize
from ..triage import Triage
from .comparison import MARGIN, Comparison, compare_probabilities
from .probabilities import evaluate_probabilities, labelled_heads
from .report import EvaluationReport
from .scoring import HeadRows
from .slices import Slices, slices_of


@dataclass(frozen=True)
class Answers:
    """What a model says of the comments of a gold set.

    Attributes:
        name: Name and version of the model.
        scheme: Its heads and labels.
        calibration: How it chooses.
        gold: Label positions by head, -1 where unknown.
        probabilities: For each head, shape (n_texts, n_labels).
        groups: The same number for copies of a text, which are resampled together.
    """

    name: str
    scheme: LabelScheme
    calibration: Calibration
    gold: Mapping[str, NDArray[np.int64]]
    probabilities: Mapping[str, Probabilities]
    groups: NDArray[np.int64]

    @classmethod
    def of(cls, triage: Triage, examples: Sequence[Example]) -> "Answers":
        """Run a model on a gold set.

        Raises:
            InputError: If there are no examples.
        """
        if not examples:
            raise InputError("no examples; expected labelled comments")
        texts = [example.text for example in examples]
        copies: dict[str, int] = {}
        groups = [copies.setdefault(normalize(text), len(copies)) for text in texts]
        return cls(
            f"{triage.bundle.name} {triage.bundle.version}",
            triage.scheme,
            triage.calibration,
            gold_positions([_known(e, triage.scheme) for e in examples], triage.scheme),
            triage.probabilities(texts),
            np.array(groups),
        )

    def report(
        self, *, slices: Slices | None = None, n_resamples: int = N_RESAMPLES
    ) -> EvaluationReport:
        """Score the answers.

        Raises:
            InputError: If no head has a gold label.
        """
        return evaluate_probabilities(
            self.gold, self.probabilities, self.scheme, self.calibration,
            groups=self.groups, n_resamples=n_resamples, slices=slices,
        )  # fmt: skip

    def heads(self) -> list[tuple[HeadRows, NDArray[np.int64]]]:
        """Return the labelled rows of every head, with their positions."""
        return labelled_heads(self.gold, self.probabilities, self.scheme, self.calibration)

    def compare(
        self,
        other: "Answers",
        *,
        margin: float = MARGIN,
        slices: Slices | None = None,
        n_resamples: int = N_RESAMPLES,
    ) -> Comparison:
        """Compare with another model's answers to the same gold set, comment by comment.

        Args:
            other: The model that may replace this one.
            margin: Loss of a head's deciding score that is still no loss.
            slices: Parts that are compared on their own too.
            n_resamples: Bootstrap resamples.

        Raises:
            InputError: If the two share no labelled head, or differ in comments.
        """
        return compare_probabilities(
            self.heads(), other.heads(), names=(self.name, other.name), groups=self.groups,
            margin=margin, slices=slices, n_resamples=n_resamples,
        )  # fmt: skip


def _known(example: Example, scheme: LabelScheme) -> Example:
    """Leave out labels that a scheme does not have: the gold set may be of a newer model."""
    labels = {
        name: slugs
        for name, slugs in example.labels.items()
        if scheme.has(name) and set(slugs) <= set(scheme.head(name).slugs)
    }
    return replace(example, labels=labels)


def evaluate(triage: Triage, gold: str | os.PathLike[str]) -> EvaluationReport:
    """Score a loaded bundle on a JSONL file of examples.

    Tables in other formats are read by ``learning.labels.read_labelled_table``; its examples go to
    ``evaluate_examples``.

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
    return evaluate_examples(triage, examples)


def evaluate_examples(
    triage: Triage, examples: Sequence[Example], *, columns: Sequence[Mapping[str, Any]] = ()
) -> EvaluationReport:
    """Score a loaded bundle on examples, as a whole and in slices.

    Args:
        triage: The bundle.
        examples: Comments with gold labels.
        columns: For each example the other values of its row; see ``slices_of``.

    Raises:
        InputError: If there are no examples or none has a label.
    """
    answers = Answers.of(triage, examples)
    return answers.report(slices=slices_of(examples, triage.scheme, columns))


def compare_bundles(
    first: Triage,
    second: Triage,
    examples: Sequence[Example],
    *,
    columns: Sequence[Mapping[str, Any]] = (),
    margin: float = MARGIN,
) -> Comparison:
    """Compare two loaded bundles on the same comments: may the second replace the first?

    Args:
        first: The model in use.
        second: The model that may replace it.
        examples: Comments with gold labels.
        columns: As in ``evaluate_examples``.
        margin: Loss of a head's deciding score that is still no loss.

    Raises:
        InputError: If there are no examples, or the two share no labelled head.
    """
    slices = slices_of(examples, first.scheme, columns)
    return Answers.of(first, examples).compare(
        Answers.of(second, examples), margin=margin, slices=slices
    )
