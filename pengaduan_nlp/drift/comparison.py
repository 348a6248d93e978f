"""Compare two profiles feature by feature and say whether to label more, and how much.

Knows counts; nothing about files, models or text.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..resampling import holm
from .profile import Profile

SIGNIFICANT = 0.05  # after Holm's correction for the number of features
MODERATE, LARGE = 0.1, 0.25  # usual bounds of the index (Siddiqi 2006, Credit Risk Scorecards)
MIN_COMMENTS = 100  # of each side; below it nothing but the crudest change can be seen
N_RESAMPLES = 2000
_RARE = 10  # comments of both sides together under which bins are joined
_JOINED = "(rare ones together)"
_SMOOTHING = 0.5  # added to each count, so that an empty bin does not make the index infinite
_ERROR = 0.05  # half width of the 95 % interval that the labelled sample is to give
_MAX_SUGGESTED = 2000  # as many as one sheet of pengaduan suggest holds
Level = Literal["none", "slight", "moderate", "large"]


@dataclass(frozen=True, slots=True)
class Shift:
    """How one feature changed.

    Attributes:
        feature: Its name.
        psi: Population stability index, less what sampling alone gives; 0 is no change.
        low: Lower end of its 95 % bootstrap interval.
        high: Upper end.
        p: p-value of no change, corrected for the number of features.
        level: ``none`` where it is not significant, else by the size of the index.
        before: Share of each bin in the reference.
        after: Share of each bin in the new comments.
    """

    feature: str
    psi: float
    low: float
    high: float
    p: float
    level: Level
    before: Mapping[str, float]
    after: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, rounded to four digits."""
        return {
            "feature": self.feature,
            "psi": round(self.psi, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "p": round(self.p, 4),
            "level": self.level,
            "before": {name: round(share, 4) for name, share in self.before.items()},
            "after": {name: round(share, 4) for name, share in self.after.items()},
        }


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What a comparison found.

    Attributes:
        n_reference: Different comments of the reference.
        n_new: Different new comments.
        shifts: Every feature, the most changed first.
        n_label: Comments to label now; 0 for none.
        random_share: Share of these that is to be drawn at random.
        advice: What to do, in one or two sentences.
        notes: What limits the comparison.
    """

    n_reference: int
    n_new: int
    shifts: tuple[Shift, ...]
    n_label: int
    random_share: float
    advice: str
    notes: tuple[str, ...]

    @property
    def drifted(self) -> tuple[Shift, ...]:
        """The features that changed enough to matter."""
        return tuple(shift for shift in self.shifts if shift.level in ("moderate", "large"))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "n_reference": self.n_reference,
            "n_new": self.n_new,
            "shifts": [shift.to_dict() for shift in self.shifts],
            "n_label": self.n_label,
            "random_share": self.random_share,
            "advice": self.advice,
            "notes": list(self.notes),
        }

    def table(self) -> str:
        """Return the advice and a plain-text table of the features."""
        lines = [self.advice, *self.notes, ""]
        lines.append(f"reference {self.n_reference:,} comments, new {self.n_new:,}")
        lines.append(f"{'feature':<24} {'change':<9} PSI [95 %]             p      largest move")
        for shift in self.shifts:
            index = f"{shift.psi:.3f} [{shift.low:.3f}, {shift.high:.3f}]"
            lines.append(
                f"{shift.feature:<24} {shift.level:<9} {index:<22} {shift.p:.3f}  {_move(shift)}"
            )
        return "\n".join(lines)


def _move(shift: Shift) -> str:
    name = max(shift.before, key=lambda bin_: abs(shift.after[bin_] - shift.before[bin_]))
    return f"{name}: {shift.before[name]:.1%} -> {shift.after[name]:.1%}"


def compare_profiles(
    reference: Profile, new: Profile, *, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> DriftReport:
    """Compare new comments with a reference.

    Each feature is tested by drawing both sides from their pooled shares: the p-value is the share
    of draws whose index is as large as the one seen.

    Args:
        reference: Comments that the model was measured on, or an earlier month.
        new: New comments.
        n_resamples: Draws a feature.
        seed: Seed of the draws.

    Raises:
        InputError: If the two have no feature in common.

    Source:
        The index: Siddiqi (2006), Credit Risk Scorecards. That sampling alone makes it positive:
        Yurdakul (2018), Statistical Properties of Population Stability Index.
    """
    shared = [name for name in reference.features if name in new.features]
    shared = [n for n in shared if any(reference.features[n].values())]
    if not shared:
        raise InputError("the two profiles have no feature in common; make both with one version")
    rng = np.random.default_rng(seed)
    found = []
    for name in shared:
        bins, before, after = _aligned(reference.features[name], new.features[name])
        found.append((name, bins, before, after, _test(before, after, n_resamples, rng)))
    corrected = holm([test[3] for *_, test in found])
    shifts = []
    for (name, bins, before, after, test), p in zip(found, corrected, strict=True):
        psi, low, high, _ = test
        shares = [dict(zip(bins, (c / c.sum()).tolist(), strict=True)) for c in (before, after)]
        shifts.append(Shift(name, psi, low, high, p, _level(psi, p), shares[0], shares[1]))
    shifts.sort(key=lambda shift: (-shift.psi, shift.feature))
    return _report(reference, new, tuple(shifts))


def _aligned(
    before: Mapping[str, int], after: Mapping[str, int]
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Return the bins of both sides with their counts, rare ones joined."""
    bins = list(dict.fromkeys((*before, *after)))
    counts = {bin_: (before.get(bin_, 0), after.get(bin_, 0)) for bin_ in bins}
    rare = [bin_ for bin_ in bins if sum(counts[bin_]) < _RARE]
    if len(rare) > 1:
        joined = [counts.pop(bin_) for bin_ in rare]
        counts[_JOINED] = (sum(c[0] for c in joined), sum(c[1] for c in joined))
    table = np.array(list(counts.values()), dtype=np.int64).reshape(-1, 2)
    return list(counts), table[:, 0], table[:, 1]


def _test(
    before: NDArray[np.int64], after: NDArray[np.int64], n_resamples: int, rng: np.random.Generator
) -> tuple[float, float, float, float]:
    """Return the index less its noise, its interval, and the p-value of no change."""
    n_before, n_after = int(before.sum()), int(after.sum())
    if len(before) < 2 or not n_before or not n_after:
        return 0.0, 0.0, 0.0, 1.0
    seen = float(_index(before[None], after[None])[0])
    pooled = (before + after) / (n_before + n_after)
    null = _index(
        rng.multinomial(n_before, pooled, n_resamples),
        rng.multinomial(n_after, pooled, n_resamples),
    )
    p = (1 + int((null >= seen).sum())) / (n_resamples + 1)
    drawn = _index(
        rng.multinomial(n_before, before / n_before, n_resamples),
        rng.multinomial(n_after, after / n_after, n_resamples),
    )
    psi = max(0.0, seen - float(null.mean()))
    # Resamples of samples carry the noise once more, so that their middle is moved back.
    low, high = np.percentile(drawn - drawn.mean() + psi, [2.5, 97.5])
    return psi, max(0.0, float(low)), max(0.0, float(high)), p


def _index(before: NDArray[np.int64], after: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the population stability index of each row of counts."""
    left, right = before + _SMOOTHING, after + _SMOOTHING
    left, right = left / left.sum(1, keepdims=True), right / right.sum(1, keepdims=True)
    index: NDArray[np.float64] = ((right - left) * np.log(right / left)).sum(1)
    return index


def _level(psi: float, p: float) -> Level:
    if p >= SIGNIFICANT:
        return "none"
    if psi < MODERATE:
        return "slight"
    return "moderate" if psi < LARGE else "large"


def _report(reference: Profile, new: Profile, shifts: tuple[Shift, ...]) -> DriftReport:
    notes = []
    if reference.model and new.model and reference.model != new.model:
        notes.append(
            f"the reference was answered by {reference.model}, the new comments by {new.model}: "
            "labels and confidence may differ for that reason alone"
        )
    if min(reference.n, new.n) < MIN_COMMENTS:
        notes.append(f"fewer than {MIN_COMMENTS} comments on one side: small changes cannot show")
    drifted = [shift for shift in shifts if shift.level in ("moderate", "large")]
    if not drifted:
        advice = "No drift that matters: nothing more to label for now."
        return DriftReport(reference.n, new.n, shifts, 0, 0.0, advice, tuple(notes))
    sample = _sample_size(new.n)
    is_large = any(shift.level == "large" for shift in drifted)
    n_label = min(new.n, _MAX_SUGGESTED, 2 * sample if is_large else sample)
    random_share = round(sample / n_label, 2) if n_label else 0.0
    names = ", ".join(shift.feature for shift in drifted)
    why = (
        "half at random to measure the model on them, half where it is unsure to retrain it"
        if is_large
        else "all at random, to see whether the model is still as good"
    )
    advice = (
        f"Drift in {names}. Label {n_label:,} of the new comments ({why}): pengaduan suggest NEW "
        f"-n {n_label} --random {min(1.0, random_share):g} -o sheet.csv"
    )
    return DriftReport(
        reference.n, new.n, shifts, n_label, min(1.0, random_share), advice, tuple(notes)
    )


def _sample_size(n_comments: int) -> int:
    """Return how many random comments give an accuracy within 5 points, 95 times in 100.

    Source:
        Cochran (1977), Sampling Techniques, section 4.4, with the correction for small populations
        and the least favourable accuracy of one half.
    """
    needed = 1.959964**2 * 0.25 / _ERROR**2
    return math.ceil(needed / (1 + (needed - 1) / max(1, n_comments)))
