"""Compare two models on the same comments: differences with intervals, tests, a verdict.

Knows rows of answers; nothing about files or models.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..resampling import (
    N_RESAMPLES,
    difference_p_value,
    holm,
    mcnemar,
    percentile_interval,
    resample,
)
from .scoring import HeadRows, ScoreFunction, head_scores, slice_scores
from .slices import MIN_ROWS, Slices

MARGIN = 0.02  # of a deciding score; about half an interval of the smaller heads' scores
SIGNIFICANT = 0.05
_SLICE_RESAMPLES = 300
_SAFETY = "urgent_recall"
Labelled = Sequence[tuple[HeadRows, NDArray[np.int64]]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A score of both models and how far the second is above the first.

    Attributes:
        first: Score of the first model.
        second: Score of the second.
        value: The second less the first.
        low: Lower end of the difference's 95 % bootstrap interval.
        high: Upper end.
        p: Two-sided p-value of no difference, from the same resamples.
    """

    first: float
    second: float
    value: float
    low: float
    high: float
    p: float

    def __str__(self) -> str:
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"

    def to_dict(self) -> dict[str, float | None]:
        """Return plain JSON types, rounded to four digits."""
        names = ("first", "second", "value", "low", "high", "p")
        values = {name: getattr(self, name) for name in names}
        return {n: None if math.isnan(v) else round(v, 4) for n, v in values.items()}


@dataclass(frozen=True, slots=True)
class HeadComparison:
    """Two models on the labelled rows of one head.

    Attributes:
        n: Number of rows.
        scores: Differences by score.
        deciding: Name of the score that the verdict looks at.
        only_first: Rows that only the first model has right, copies counted once.
        only_second: Rows that only the second has right.
        mcnemar: p-value of equal accuracy on these rows.
    """

    n: int
    scores: Mapping[str, Difference]
    deciding: str
    only_first: int
    only_second: int
    mcnemar: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "n": self.n,
            "scores": {name: score.to_dict() for name, score in self.scores.items()},
            "deciding": self.deciding,
            "only_first_right": self.only_first,
            "only_second_right": self.only_second,
            "mcnemar_p": round(self.mcnemar, 4),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the second model may replace the first, in one sentence."""

    answer: Literal["yes", "no", "undecided"]
    sentence: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on one gold set.

    Attributes:
        names: Name and version of the first and the second model.
        margin: Loss of a deciding score that is still no loss.
        heads: By head.
        slices: By column, value and head.
        verdict: May the second replace the first?
        notes: Heads that could not be compared.
    """

    names: tuple[str, str]
    margin: float
    heads: Mapping[str, HeadComparison]
    slices: Mapping[str, Mapping[str, Mapping[str, HeadComparison]]]
    verdict: Verdict
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "first": self.names[0],
            "second": self.names[1],
            "margin": self.margin,
            "verdict": {"answer": self.verdict.answer, "sentence": self.verdict.sentence},
            "heads": {name: head.to_dict() for name, head in self.heads.items()},
            "slices": {
                column: {
                    value: {name: head.to_dict() for name, head in heads.items()}
                    for value, heads in values.items()
                }
                for column, values in self.slices.items()
            },
            "notes": list(self.notes),
        }

    def table(self) -> str:
        """Return the verdict and a plain-text table of the differences."""
        first, second = self.names
        lines = [self.verdict.sentence, *self.notes, "", f"first: {first}; second: {second}"]
        lines.append(f"{'head':<10} {'n':>6}  {'score':<26} first  second difference  p")
        for name, head in self.heads.items():
            for key, d in head.scores.items():
                mark = "*" if key == head.deciding else " "
                lines.append(
                    f"{name:<10} {head.n:>6} {mark}{key:<26} {d.first:.3f}  {d.second:.3f}  {d}"
                    f"  {d.p:.3f}"
                )
            lines.append(
                f"{name:<10} {head.n:>6}  only first right {head.only_first}, only second right "
                f"{head.only_second}, McNemar p {head.mcnemar:.3f}"
            )
        for column, values in self.slices.items():
            lines += ["", f"by {column} (accuracy)"]
            for value, heads in values.items():
                for name, head in heads.items():
                    d = head.scores["accuracy"]
                    lines.append(f"{value:<24} {name:<10} {head.n:>6}  {d}  p {d.p:.3f}")
        return "\n".join(
            [*lines, "", "* decides; p-values here are not corrected for their number"]
        )


def compare_probabilities(
    first: Labelled,
    second: Labelled,
    *,
    names: tuple[str, str],
    groups: NDArray[np.int64] | None = None,
    margin: float = MARGIN,
    slices: Slices | None = None,
    n_resamples: int = N_RESAMPLES,
) -> Comparison:
    """Compare the answers of two models to the same comments.

    Args:
        first: Labelled rows by head of the model in use, as ``Answers.heads`` returns them.
        second: Those of the model that may replace it.
        names: Names of the two.
        groups: Group of each comment, resampled as a whole.
        margin: Loss of a deciding score that is still no loss, 0 or more.
        slices: Parts that are compared on their own too.
        n_resamples: Bootstrap resamples.

    Raises:
        InputError: If the two share no labelled head, or differ in comments.
    """
    if margin < 0:
        raise InputError(f"margin must be 0 or more, got {margin}")
    pairs, notes = _paired(first, second)
    if not pairs:
        raise InputError(
            f"{names[0]} and {names[1]} share no labelled head with the same labels; "
            "label one of their heads, or compare bundles of one scheme"
        )
    heads = {
        one.head.name: _compare(
            (one, other), groups=None if groups is None else groups[at], functions=head_scores,
            n_resamples=n_resamples,
        )
        for one, other, at in pairs
    }  # fmt: skip
    parts = {
        column: {
            value: compared
            for value, rows in values.items()
            if (compared := _compare_slice(pairs, rows, groups))
        }
        for column, values in (slices or {}).items()
    }
    return Comparison(names, margin, heads, parts, _judge(names, heads, margin), tuple(notes))


_Pair = tuple[HeadRows, HeadRows, NDArray[np.int64]]


def _paired(first: Labelled, second: Labelled) -> tuple[list[_Pair], list[str]]:
    others = {rows.head.name: (rows, at) for rows, at in second}
    pairs, notes = [], []
    for rows, at in first:
        name = rows.head.name
        other, places = others.get(name, (None, at))
        if other is None or other.head.slugs != rows.head.slugs:
            notes.append(f"head {name!r} is not compared: the two models have other labels for it")
        elif not np.array_equal(at, places) or not np.array_equal(rows.gold, other.gold):
            raise InputError(f"head {name!r}: the two models were asked about different comments")
        else:
            pairs.append((rows, other, at))
    return pairs, notes


def _compare(
    pair: tuple[HeadRows, HeadRows],
    *,
    groups: NDArray[np.int64] | None,
    functions: Any,
    n_resamples: int,
) -> HeadComparison:
    one, other = pair
    n_rows = len(one.gold)
    left: dict[str, ScoreFunction] = functions(one)
    right: dict[str, ScoreFunction] = functions(other)
    shared = [name for name in left if name in right]
    both = {f"1 {name}": left[name] for name in shared} | {f"2 {n}": right[n] for n in shared}
    samples = resample(both, n_rows, groups=groups, n_resamples=n_resamples)
    whole = np.ones((1, n_rows))
    scores = {}
    for name in shared:
        before, after = float(left[name](whole)[0]), float(right[name](whole)[0])
        gaps = samples[f"2 {name}"] - samples[f"1 {name}"]
        low, high = percentile_interval(gaps)
        p = difference_p_value(gaps)
        scores[name] = Difference(before, after, after - before, low, high, p)
    # Copies of a text are one observation, not many.
    at = np.arange(n_rows) if groups is None else np.unique(groups, return_index=True)[1]
    ours, theirs = one.correct[at], other.correct[at]
    return HeadComparison(
        n_rows, scores, _deciding(one, scores),
        int((ours & ~theirs).sum()), int((~ours & theirs).sum()), mcnemar(ours, theirs),
    )  # fmt: skip


def _deciding(rows: HeadRows, scores: Mapping[str, Difference]) -> str:
    for name in ("complaint_macro_f1", "quadratic_kappa", "macro_f1"):
        if name in scores and (name != "complaint_macro_f1" or rows.is_first):
            return name
    return "accuracy"


def _compare_slice(
    pairs: Sequence[_Pair], rows: NDArray[np.int64], groups: NDArray[np.int64] | None
) -> dict[str, HeadComparison]:
    found = {}
    for one, other, at in pairs:
        inside = np.flatnonzero(np.isin(at, rows))
        if len(inside) >= MIN_ROWS:
            found[one.head.name] = _compare(
                (one.take(inside), other.take(inside)),
                groups=None if groups is None else groups[at[inside]],
                functions=slice_scores,
                n_resamples=_SLICE_RESAMPLES,
            )
    return found


def _judge(names: tuple[str, str], heads: Mapping[str, HeadComparison], margin: float) -> Verdict:
    """Apply the rule: no loss beyond the margin, a gain somewhere, no fall of urgent recall.

    A loss is excluded when the whole interval lies above it, a gain is one whose p-value holds
    against the number of heads (Holm). Where rows are too few to exclude a loss, nothing is said.
    """
    first, second = names
    deciding = {name: head.scores[head.deciding] for name, head in heads.items()}
    safety = [d for head in heads.values() if (d := head.scores.get(_SAFETY))]
    fallen = next((d for d in safety if d.value < 0), None)
    if fallen is not None:
        return Verdict(
            "no",
            f"{second} must not replace {first}: the recall of urgent reports (tinggi and darurat) "
            f"fell from {fallen.first:.3f} to {fallen.second:.3f}.",
        )
    worse = {n: d for n, d in deciding.items() if d.high < 0 and d.low <= -margin}
    if worse:
        told = ", ".join(f"{n} ({heads[n].deciding} {d})" for n, d in worse.items())
        return Verdict("no", f"{second} must not replace {first}: it is worse on {told}.")
    corrected = dict(zip(deciding, holm([d.p for d in deciding.values()]), strict=True))
    better = {n: d for n, d in deciding.items() if d.value > 0 and corrected[n] < SIGNIFICANT}
    doubtful = [n for n, d in deciding.items() if d.low <= -margin]
    if not better:
        return Verdict("no", f"{second} need not replace {first}: it is shown better on no head.")
    told = ", ".join(f"{n} ({heads[n].deciding} {d})" for n, d in better.items())
    if not safety:
        return Verdict(
            "undecided",
            f"{second} is better on {told}, but the gold set has no urgent report (tinggi or "
            f"darurat), so whether it may replace {first} cannot be told; label some.",
        )
    if doubtful:
        few = ", ".join(f"{n} ({heads[n].n:,} rows, {deciding[n]})" for n in doubtful)
        return Verdict(
            "undecided",
            f"{second} is better on {told}, but a loss of more than {margin:g} cannot be excluded "
            f"on {few}; label more of these before it replaces {first}.",
        )
    return Verdict(
        "yes",
        f"{second} may replace {first}: it is better on {told}, on no head worse by more than "
        f"{margin:g}, and the recall of urgent reports did not fall.",
    )
