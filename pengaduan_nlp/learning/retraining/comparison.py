"""Score two models on the same comments, with a paired bootstrap.

Knows arrays of labels; nothing about models.

Source:
    Berg-Kirkpatrick, Burkett and Klein (2012), EMNLP: paired bootstrap of two systems.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ... import metrics
from ...scheme import Head, LabelScheme
from .report import Comparison, Estimate

MIN_SUPPORT = 5  # held-out rows that a label needs to count in a macro mean
MIN_ROWS = 20  # labels that a head needs to count in the mean over heads, if any has as many

Labels = NDArray[np.int64]
Scorer = Callable[[Labels, Labels], float]  # gold and found labels to a score


@dataclass(frozen=True)
class Answers:
    """What both models say of the same comments, by head.

    Attributes:
        gold: Label positions, shape (n_texts,); -1 where unknown.
        new: Labels that the new model chose.
        old: Those of the old one, in the new scheme's positions; -1 for a label that is gone.
            Only the heads that it answers.
        groups: Group of each comment that is resampled as a whole, shape (n_texts,).
    """

    gold: Mapping[str, Labels]
    new: Mapping[str, Labels]
    old: Mapping[str, Labels]
    groups: Labels


def translate(labels: Labels, old: Head, new: Head) -> Labels:
    """Return positions in one head's labels as those in another's; -1 where the label is gone."""
    position = {slug: i for i, slug in enumerate(new.slugs)}
    table = np.array([position.get(slug, -1) for slug in old.slugs], dtype=np.int64)
    found: Labels = table[labels]
    return found


def compare(answers: Answers, scheme: LabelScheme) -> tuple[list[Comparison], Comparison | None]:
    """Return the scores of every head, and the mean of one main score a head.

    Args:
        answers: What both models say.
        scheme: The new model's heads and labels.
    """
    rows: list[Comparison] = []
    main: dict[str, Scorer] = {}
    for head in scheme.heads:
        known = np.flatnonzero(answers.gold[head.name] >= 0)
        if not len(known):
            continue
        scorers = _scorers(head, answers.gold[head.name][known], is_first=head is scheme.heads[0])
        if head.name in answers.old:
            main[head.name] = next(iter(scorers.values()))
        rows += [_compare_head(answers, head, known, name, of) for name, of in scorers.items()]
    return rows, _mean(answers, main)


def _scorers(head: Head, gold: Labels, *, is_first: bool) -> dict[str, Scorer]:
    """Return the scores of a head, the main one first."""
    n_labels = len(head.labels)
    support = np.bincount(gold, minlength=n_labels)
    counted = np.flatnonzero(support >= min(MIN_SUPPORT, support.max()))

    def macro(gold: Labels, found: Labels) -> float:
        found = np.where(found < 0, n_labels, found)
        f1 = metrics.label_f1(metrics.confusion(gold, found, n_labels + 1))
        return float(f1[counted].mean())

    def complaint(gold: Labels, found: Labels) -> float:
        is_complaint = (gold == 0).astype(np.int64), (found == 0).astype(np.int64)
        return metrics.macro_f1(*is_complaint, 2)

    def kappa(gold: Labels, found: Labels) -> float:
        return metrics.quadratic_kappa(gold, np.maximum(found, 0), n_labels)

    if head.ordinal:
        return {"quadratic_kappa": kappa}
    return {"complaint_macro_f1": complaint, "macro_f1": macro} if is_first else {"macro_f1": macro}


def _compare_head(answers: Answers, head: Head, known: Labels, name: str, of: Scorer) -> Comparison:
    gold, new = answers.gold[head.name][known], answers.new[head.name][known]
    groups = answers.groups[known]
    mine = _estimate(lambda at: of(gold[at], new[at]), groups)
    if head.name not in answers.old:
        return Comparison(head.name, name, len(known), None, mine, None)
    old = answers.old[head.name][known]
    return Comparison(
        head.name,
        name,
        len(known),
        _estimate(lambda at: of(gold[at], old[at]), groups),
        mine,
        _estimate(lambda at: of(gold[at], new[at]) - of(gold[at], old[at]), groups),
    )


def _mean(answers: Answers, main: Mapping[str, Scorer]) -> Comparison | None:
    n_known = {name: int((answers.gold[name] >= 0).sum()) for name in main}
    main = {name: of for name, of in main.items() if n_known[name] >= MIN_ROWS} or main
    if not main:
        return None

    def mean(found: Mapping[str, Labels], at: Labels) -> float:
        values = []
        for name, of in main.items():
            gold = answers.gold[name][at]
            known = gold >= 0
            if known.any():
                values.append(of(gold[known], found[name][at][known]))
        return float(np.mean(values)) if values else 0.0

    def of(found: Mapping[str, Labels]) -> Estimate:
        return _estimate(lambda at: mean(found, at), answers.groups)

    difference = _estimate(lambda at: mean(answers.new, at) - mean(answers.old, at), answers.groups)
    n_texts = len(answers.groups)
    return Comparison("mean", "main scores", n_texts, of(answers.old), of(answers.new), difference)


def _estimate(score: Callable[[Labels], float], groups: Labels) -> Estimate:
    n_rows = len(groups)
    low, high = metrics.bootstrap_interval(score, n_rows, groups=groups)
    return Estimate(score(np.arange(n_rows)), low, high)
