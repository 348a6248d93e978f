"""What an evaluation says, as data: scores with intervals, by head, label and slice."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
class LabelReport:
    """The scores of one label.

    Attributes:
        n: Gold rows.
        f1: F1 of the chosen labels.
        auprc: Area under the precision-recall curve of its probability; ``None`` for labels with
            too few rows to rank.
    """

    n: int
    f1: Score
    auprc: Score | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        found: dict[str, Any] = {"n": self.n}
        for name, score in (("f1", self.f1), ("auprc", self.auprc)):
            if score is not None:
                found[name] = round(score.value, 4)
                found[f"{name}_interval"] = [round(score.low, 4), round(score.high, 4)]
        return found


@dataclass(frozen=True, slots=True)
class HeadReport:
    """The scores of one head on the rows whose label is known.

    Attributes:
        n: Number of rows.
        scores: Scores by name.
        labels: For each label with gold rows its scores.
        confusion: Counts, rows gold and columns found, in the order of the head's labels.
    """

    n: int
    scores: Mapping[str, Score]
    labels: Mapping[str, LabelReport]
    confusion: NDArray[np.int64]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "n": self.n,
            "scores": {name: score.to_dict() for name, score in self.scores.items()},
            "labels": {name: label.to_dict() for name, label in self.labels.items()},
            "confusion": self.confusion.tolist(),
        }


@dataclass(frozen=True, slots=True)
class SliceReport:
    """The scores of the rows that share one value of a column.

    Attributes:
        n: Number of rows, labelled or not.
        heads: For each head its number of labelled rows and its scores.
    """

    n: int
    heads: Mapping[str, tuple[int, Mapping[str, Score]]]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        heads = {
            head: {"n": n, "scores": {name: score.to_dict() for name, score in scores.items()}}
            for head, (n, scores) in self.heads.items()
        }
        return {"n": self.n, "heads": heads}


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """The scores of a model on labelled comments.

    Attributes:
        n: Rows with any gold label.
        heads: By head.
        slices: By column, then by value.
    """

    n: int
    heads: Mapping[str, HeadReport]
    slices: Mapping[str, Mapping[str, SliceReport]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        found = {"n": self.n, "heads": {name: head.to_dict() for name, head in self.heads.items()}}
        if self.slices:
            found["slices"] = {
                column: {value: part.to_dict() for value, part in values.items()}
                for column, values in self.slices.items()
            }
        return found

    def table(self) -> str:
        """Return a plain-text table of the scores, slices below."""
        lines = [f"{'head':<10} {'n':>6}  scores (95 % interval)"]
        for name, head in self.heads.items():
            lines.append(f"{name:<10} {head.n:>6}  {_joined(head.scores)}")
        for column, values in self.slices.items():
            lines += ["", f"by {column}"]
            for value, part in values.items():
                for head_name, (n_rows, scores) in part.heads.items():
                    lines.append(f"{value:<24} {head_name:<10} {n_rows:>6}  {_joined(scores)}")
        return "\n".join(lines)


def _joined(scores: Mapping[str, Score]) -> str:
    shown = (f"{key} {score}" for key, score in scores.items() if not math.isnan(score.value))
    return "  ".join(shown)
