"""The tables of an evaluation's page: scores, labels, confusions, slices, differences."""

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from ..webpage import breakable, data_table, section
from .comparison import Comparison, HeadComparison
from .report import EvaluationReport, HeadReport, Score

_MATRIX = 12  # labels up to which a whole matrix can be read
_PAIRS = 15  # confusions of larger heads


def score_section(report: EvaluationReport) -> str:
    """Return all scores of all heads."""
    rows = [
        (head, name, f"{found.n:,}", f"{score.value:.3f}", f"{score.low:.3f} to {score.high:.3f}")
        for head, found in report.heads.items()
        for name, score in found.scores.items()
    ]
    columns = ("head", "score", "n", "value", "95 % interval")
    table = data_table("Scores", columns, rows, n_names=2)
    return f'<div class="row">{section("scores", "Scores", "Every head.", table)}</div>'


def label_part(found: HeadReport) -> str:
    """Return the scores of every label of a head, folded."""
    rows = []
    for slug, label in sorted(found.labels.items(), key=lambda item: -item[1].n):
        rows.append((slug, f"{label.n:,}", str(label.f1), str(label.auprc) if label.auprc else "-"))
    table = data_table("Labels", ("label", "n", "F1", "area under precision-recall"), rows)
    return f"<details><summary>Table: labels</summary>{table}</details>"


def confusion_part(name: str, found: HeadReport, slugs: Sequence[str]) -> str:
    """Return the confusion matrix of a small head, or the commonest confusions of a large one."""
    used = [i for i in range(len(slugs)) if found.confusion[i].sum() or found.confusion[:, i].sum()]
    if len(used) > _MATRIX:
        return "<h3>Commonest confusions</h3>" + _confusions(found, slugs)
    head = "".join(f'<th scope="col">{breakable(slugs[i])}</th>' for i in used)
    rows = []
    for i in used:
        total = max(1, int(found.confusion[i].sum()))
        cells = "".join(_cell(int(found.confusion[i, j]), total, i == j) for j in used)
        rows.append(f'<tr><th scope="row">{breakable(slugs[i])}</th>{cells}</tr>')
    caption = f"Confusion matrix of {escape(name)}: rows gold, columns found"
    return (
        f'<h3>Confusion matrix</h3><p class="of">Rows gold, columns found.</p>'
        f'<div class="wide" tabindex="0" role="group" aria-label="{caption}">'
        f'<table class="cells"><caption>{caption}</caption><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(count: int, total: int, is_right: bool) -> str:
    percent = round(60 * count / total)
    colour = "bar" if is_right else "strong"
    shade = f"background: color-mix(in srgb, var(--{colour}) {percent}%, transparent)"
    kind = ' class="right"' if is_right else ""
    return f'<td{kind} style="{shade}">{count}</td>'


def _confusions(found: HeadReport, slugs: Sequence[str]) -> str:
    wrong = found.confusion.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:_PAIRS]
    pairs = [divmod(int(i), len(slugs)) for i in order]
    rows = [
        (slugs[i], slugs[j], f"{wrong[i, j]:,}", f"{wrong[i, j] / found.confusion[i].sum():.0%}")
        for i, j in pairs
        if wrong[i, j]
    ]
    return data_table(
        "Commonest confusions", ("gold", "found", "rows", "of the gold rows"), rows, n_names=2
    )


def slice_sections(report: EvaluationReport) -> str:
    """Return one card a column, each row a value and a head."""
    cards = []
    for column, values in report.slices.items():
        names = _score_names([scores for v in values.values() for _, scores in v.heads.values()])
        rows = []
        for value, part in values.items():
            for head, (n_rows, scores) in part.heads.items():
                cells = [_shown(scores.get(name)) for name in names]
                rows.append((value, head, f"{n_rows:,}", *cells))
        if rows:
            table = data_table(f"By {column}", (column, "head", "n", *names), rows, n_names=2)
            told = "Values with 20 labelled rows or more."
            cards.append(section(f"slice-{column}", f"By {column}", told, table))
    return "".join(f'<div class="row">{card}</div>' for card in cards)


def _score_names(found: Sequence[Mapping[str, Score]]) -> list[str]:
    return list(dict.fromkeys(name for scores in found for name in scores))


def _shown(score: Score | None) -> str:
    return "-" if score is None or math.isnan(score.value) else str(score)


def comparison_sections(comparison: Comparison) -> list[str]:
    """Return the differences of every head, then of every slice."""
    columns = ("head", "score", "n", "first", "second", "difference", "p")
    rows = [row for name, head in comparison.heads.items() for row in _differences(name, head)]
    first, second = comparison.names
    told = (
        f"First: {first}; second: {second}. Differences are the second less the first; scores "
        "with * decide; p-values are not corrected for their number."
    )
    table = data_table("Differences", columns, rows, n_names=2)
    cards = [section("differences", "Differences", told, table)]
    for column, values in comparison.slices.items():
        rows = [
            (value, name, f"{head.n:,}", str(head.scores["accuracy"]), f"{head.mcnemar:.3f}")
            for value, heads in values.items()
            for name, head in heads.items()
        ]
        if rows:
            names = (column, "head", "n", "difference of accuracy", "McNemar p")
            table = data_table(f"Differences by {column}", names, rows, n_names=2)
            title = f"Differences by {column}"
            cards.append(section(f"differences-{column}", title, "Accuracy.", table))
    return [f'<div class="row">{card}</div>' for card in cards]


def _differences(name: str, head: HeadComparison) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for key, d in head.scores.items():
        mark = "*" if key == head.deciding else ""
        values = (f"{d.first:.3f}", f"{d.second:.3f}", str(d), f"{d.p:.3f}")
        rows.append((name, f"{key}{mark}", f"{head.n:,}", *values))
    counts = f"{head.only_second - head.only_first:+d} rows"
    rows.append(
        (
            name, "right alone (McNemar)", f"{head.n:,}", str(head.only_first),
            str(head.only_second), counts, f"{head.mcnemar:.3f}",
        )
    )  # fmt: skip
    return rows
