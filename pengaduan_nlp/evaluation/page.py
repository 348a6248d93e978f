"""An evaluation as one HTML page that opens offline; texts are masked, or left out.

Knows how the page reads; every number comes from a report, a comparison or the answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

import numpy as np

from ..curves import reliability_bins, risk_coverage
from ..examples import Example
from ..privacy import find_pii, mask
from ..webpage import Curve, data_table, document, plot, round_top, section
from .comparison import Comparison
from .model import Answers
from .page_tables import (
    comparison_sections,
    confusion_part,
    label_part,
    score_section,
    slice_sections,
)
from .report import EvaluationReport
from .scoring import HeadRows

_LONGEST = 240  # characters of a shown text
_TITLE = "Evaluation on labelled comments"


@dataclass(frozen=True, slots=True)
class WorstErrors:
    """Which errors a page shows.

    Attributes:
        per_head: The most confident errors of each head.
        with_text: Whether the comments are shown, personal data masked.
    """

    per_head: int = 8
    with_text: bool = True


def render(
    report: EvaluationReport,
    answers: Answers,
    examples: Sequence[Example],
    *,
    source: str = "",
    comparison: tuple[Comparison, Answers] | None = None,
    errors: WorstErrors | None = None,
    today: date | None = None,
) -> str:
    """Return the page.

    Args:
        report: Scores of the model.
        answers: Its answers, from which the curves are drawn.
        examples: The gold set.
        source: Name of the gold file.
        comparison: With another model, and that model's answers.
        errors: Which errors are shown; texts masked by default.
        today: Day of the page; the current one if ``None``.
    """
    shown = errors or WorstErrors()
    other = comparison[1] if comparison else None
    parts = [_header(report, answers, source, comparison, today or date.today())]
    if comparison:
        parts += comparison_sections(comparison[0])
    parts += [score_section(report), _heads(report, answers, other), slice_sections(report)]
    parts += [_errors(answers, examples, shown), _footer(shown)]
    return document(f"{_TITLE}: {answers.name}", "\n".join(parts), language="en")


def _header(
    report: EvaluationReport,
    answers: Answers,
    source: str,
    comparison: tuple[Comparison, Answers] | None,
    today: date,
) -> str:
    entries = {"Model": answers.name, "Gold set": source or "-", "Comments": f"{report.n:,}"}
    if comparison:
        entries["Compared with"] = comparison[1].name
    entries["Made"] = today.isoformat()
    meta = "".join(f"<div><dt>{k}</dt><dd>{escape(v)}</dd></div>" for k, v in entries.items())
    verdict = ""
    if comparison:
        found = comparison[0].verdict
        verdict = (
            '<aside class="note" aria-label="Verdict">'
            f"<h2>May the second replace the first? {found.answer}</h2>"
            f"<p>{escape(found.sentence)}</p></aside>"
        )
    return (
        f'<header><h1>{_TITLE}</h1><p class="lead">In brackets: 95 % bootstrap intervals; copies '
        f'of a comment are drawn together.</p><dl class="meta">{meta}</dl></header>{verdict}'
    )


def _heads(report: EvaluationReport, answers: Answers, other: Answers | None) -> str:
    others = {rows.head.name: rows for rows, _ in other.heads()} if other and other.heads() else {}
    cards = []
    for rows, _ in answers.heads():
        name = rows.head.name
        found = report.heads[name]
        both = [(answers.name, rows)]
        if other and name in others:
            both.append((other.name, others[name]))
        body = _reliability(name, both) + _coverage(name, both)
        body += confusion_part(name, found, rows.head.slugs) + label_part(found)
        title = f"{name} ({rows.head.title})"
        cards.append(section(f"head-{name}", title, f"{found.n:,} labelled comments", body))
    return f'<div class="row">{"".join(cards)}</div>'


def _reliability(name: str, both: Sequence[tuple[str, HeadRows]]) -> str:
    curves = []
    for model, rows in both:
        bins = reliability_bins(rows.confidence, rows.correct)
        notes = [
            f"{b.n} answers at {b.confidence:.2f}: {b.accuracy:.2f} right "
            f"[{b.low:.2f}, {b.high:.2f}]"
            for b in bins
        ]
        xs, ys = [b.confidence for b in bins], [b.accuracy for b in bins]
        curves.append(Curve(model, xs, ys, points=True, notes=notes))
    chart = plot(
        curves, name=f"reliability-{name}", title=f"Reliability of {name}",
        axes=("probability of the answer", "share that is right"), diagonal=True,
    )  # fmt: skip
    bins = reliability_bins(both[0][1].confidence, both[0][1].correct)
    table = data_table(
        f"Reliability of {name}",
        ("probability", "answers", "right", "95 % interval"),
        [
            (f"{b.confidence:.2f}", f"{b.n:,}", f"{b.accuracy:.2f}", f"{b.low:.2f} to {b.high:.2f}")
            for b in bins
        ],
    )
    folded = f"<details><summary>Table: reliability</summary>{table}</details>"
    return f"<h3>Reliability</h3>{chart}{folded}"


def _coverage(name: str, both: Sequence[tuple[str, HeadRows]]) -> str:
    curves, told = [], []
    for model, rows in both:
        curve = risk_coverage(rows.confidence, rows.correct)
        curves.append(Curve(model, curve.coverage.tolist(), curve.risk.tolist()))
        told.append(f"{model}: mean risk {curve.area:.3f}")
    top = round_top(max(max(curve.ys) for curve in curves))
    chart = plot(
        curves, name=f"coverage-{name}", title=f"Risk and coverage of {name}", top=top,
        axes=("share of answers kept, surest first", "share of these that is wrong"),
    )  # fmt: skip
    return f'<h3>Risk and coverage</h3>{chart}<p class="of">{escape("; ".join(told))}</p>'


def _errors(answers: Answers, examples: Sequence[Example], shown: WorstErrors) -> str:
    if not shown.per_head:
        return ""
    rows = []
    for found, at in answers.heads():
        wrong = np.flatnonzero(~found.correct)
        order = wrong[np.argsort(-found.confidence[wrong], kind="stable")][: shown.per_head]
        for i in order.tolist():
            example = examples[int(at[i])]
            row = [
                found.head.name,
                f"{found.confidence[i]:.2f}",
                found.head.slugs[int(found.gold[i])],
                found.head.slugs[int(found.found[i])],
            ]
            rows.append([*row, masked(example.text)] if shown.with_text else row)
    columns = ["head", "probability", "gold", "found"]
    columns += ["comment, personal data masked"] if shown.with_text else []
    table = data_table("Most confident errors", columns, rows, n_names=len(columns))
    told = "The gold label may be the one that is wrong: read before you count them."
    return section("errors", "Most confident errors", told, table)


def masked(text: str) -> str:
    """Return a comment with personal data masked, on one line and not too long."""
    line = " ".join(mask(text, find_pii(text)).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _footer(shown: WorstErrors) -> str:
    texts = (
        "Comments are shown with personal data masked by rules; masking can miss some, so keep the "
        "page among those who may read the comments."
        if shown.with_text and shown.per_head
        else "The page holds no text of comments."
    )
    return (
        "<footer><h2>Notes</h2><ul>"
        "<li>macro means count labels with 10 gold rows or more; aurc is the mean share of wrong "
        "answers over all coverages.</li>"
        "<li>Rows of a slice are few: read its interval, not its number.</li>"
        f"<li>{texts}</li></ul></footer>"
    )
