"""The outcome of a training run: scores of old and new, and whether new may replace old.

Knows numbers and wording; nothing about how they were made.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Verdict = Literal["better", "undecided", "worse", "nothing to compare"]
# Difference of the mean score on replayed comments from which knowledge counts as lost. The old
# model may have learned those very comments: a small fall is memory, not knowledge.
FORGOTTEN = -0.1
_NAMES = {
    "complaint_macro_f1": "complaint or not, macro-F1",
    "macro_f1": "macro-F1",
    "quadratic_kappa": "quadratic kappa",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def signed(self) -> str:
        """Return it as a difference, with its sign."""
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"

    def to_dict(self) -> dict[str, float]:
        """Return plain JSON types, rounded to four digits."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One score of both models on the same comments.

    Attributes:
        head: The head, or ``"mean"`` over all heads that both answer.
        score: Name of the score.
        n: Comments whose label is known.
        old: Score of the bundle compared with; ``None`` if it does not answer the head.
        new: Score of the new bundle.
        difference: New less old, from a paired bootstrap.
    """

    head: str
    score: str
    n: int
    old: Estimate | None
    new: Estimate
    difference: Estimate | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "head": self.head,
            "score": self.score,
            "n": self.n,
            "old": self.old.to_dict() if self.old else None,
            "new": self.new.to_dict(),
            "difference": self.difference.to_dict() if self.difference else None,
        }


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What a training run did and what it is worth.

    Attributes:
        path: Folder of the new bundle.
        old: Name and version of the bundle compared with; empty if there was none.
        n_train: Own comments learned from.
        n_validation: Own comments held out, on which both are scored.
        n_replay: Different replayed comments that were learned from, as expected of the draws.
        heads: Scores by head.
        mean: Mean of one main score a head, over the heads that both answer and that have enough
            labels.
        kept: The same mean on replayed comments held out of this run; tells forgetting.
        notes: What was noticed and chosen.
        seconds: Time of the last call.
    """

    path: Path
    old: str
    n_train: int
    n_validation: int
    n_replay: int
    heads: Sequence[Comparison]
    mean: Comparison | None
    kept: Comparison | None
    notes: Sequence[str]
    seconds: float

    @property
    def verdict(self) -> Verdict:
        """Whether the new bundle is better, by the interval of the mean difference."""
        if self.mean is None or self.mean.difference is None:
            return "nothing to compare"
        difference = self.mean.difference
        if difference.high < 0:
            return "worse"
        if difference.low <= 0 or self._worse_heads() or self._forgot():
            return "undecided"
        return "better"

    @property
    def may_replace(self) -> bool:
        """Whether the new bundle may take the place of the old one."""
        return self.verdict == "better"

    def _worse_heads(self) -> list[str]:
        return list(
            dict.fromkeys(c.head for c in self.heads if c.difference and c.difference.high < 0)
        )

    def _forgot(self) -> bool:
        lost = self.kept.difference if self.kept else None
        return lost is not None and lost.value < FORGOTTEN and lost.high < 0

    def sentence(self) -> str:
        """Return the verdict as a sentence."""
        if self.mean is None or self.mean.difference is None:
            return "There is no old model that answers the same questions: judge by the scores."
        difference = self.mean.difference
        shown = f"mean score {difference.signed()} on {self.n_validation:,} comments held out"
        if self.verdict == "better":
            return f"The new model may replace {self.old}: {shown}, and no head is clearly worse."
        if self.verdict == "worse":
            return f"Keep {self.old}: the new model is worse ({shown})."
        if difference.low > 0:
            why = "it has forgotten what the replayed comments teach; replay more of them"
            if heads := self._worse_heads():
                why = f"it is clearly worse on {', '.join(heads)}; look at those labels"
            whole = f"Keep {self.old} for now: the new model is better on the whole"
            return f"{whole} ({shown}), but {why}."
        return f"Keep {self.old} for now: no difference is shown ({shown}).{self._needed()}"

    def _needed(self) -> str:
        """Return how many labelled comments would show a difference of this size."""
        difference = self.mean.difference if self.mean else None
        if difference is None or difference.value <= 0.005:
            return " Correct more comments, of the kinds that it gets wrong, and train again."
        ratio = max(1.2, (difference.value - difference.low) / difference.value)
        n = 100 * math.ceil((self.n_train + self.n_validation) * ratio**2 / 100)
        return f" If it is real, about {n:,.0f} labelled comments in all would show it."

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; holds no comment."""
        return {
            "path": str(self.path),
            "old": self.old,
            "n_train": self.n_train,
            "n_validation": self.n_validation,
            "n_replay": self.n_replay,
            "heads": [item.to_dict() for item in self.heads],
            "mean": self.mean.to_dict() if self.mean else None,
            "kept": self.kept.to_dict() if self.kept else None,
            "verdict": self.verdict,
            "may_replace": self.may_replace,
            "sentence": self.sentence(),
            "notes": list(self.notes),
            "seconds": round(self.seconds, 1),
        }

    def __str__(self) -> str:
        lines = [
            f"{self.path}: learned from {self.n_train:,} of your comments and {self.n_replay:,} "
            f"replayed ones in {self.seconds / 60:.1f} minutes",
            "",
            f"{'head':<10} {'score':<27} {'n':>5}  {'old':<21} {'new':<21} new - old",
        ]
        lines += [_row(item) for item in (*self.heads, *([self.mean] if self.mean else []))]
        lines.append("95 % bootstrap intervals; the difference is paired.")
        if self.kept and self.kept.old and self.kept.difference:
            lines.append(
                f"Kept: on {self.kept.n:,} replayed comments that this run did not learn from "
                "(the old model may have, and remember) the mean score went from "
                f"{self.kept.old.value:.3f} to {self.kept.new.value:.3f}."
            )
        return "\n".join([*lines, "", self.sentence()])


def _row(item: Comparison) -> str:
    old = str(item.old) if item.old else "-"
    difference = item.difference.signed() if item.difference else "-"
    name = _NAMES.get(item.score, item.score)
    return f"{item.head:<10} {name:<27} {item.n:>5,}  {old:<21} {item.new!s:<21} {difference}"
