"""A comparison of two profiles as one HTML page that opens offline; it holds no text."""

from datetime import date
from html import escape

from ..webpage import Pair, data_table, document, paired_bars, section
from .comparison import DriftReport, Shift

_TITLE = "Have the comments changed?"
_MAX_BARS = 30


def render(
    report: DriftReport, *, names: tuple[str, str] = ("reference", "new"), today: date | None = None
) -> str:
    """Return the page.

    Args:
        report: What the comparison found.
        names: What the reference and the new comments are called.
        today: Day of the page; the current one if ``None``.
    """
    entries = {
        "Reference": f"{names[0]} ({report.n_reference:,} comments)",
        "New": f"{names[1]} ({report.n_new:,} comments)",
        "Made": (today or date.today()).isoformat(),
    }
    meta = "".join(f"<div><dt>{k}</dt><dd>{escape(v)}</dd></div>" for k, v in entries.items())
    notes = "".join(f"<li>{escape(note)}</li>" for note in report.notes)
    rows = [
        (s.feature, s.level, f"{s.psi:.3f}", f"{s.low:.3f} to {s.high:.3f}", f"{s.p:.3f}")
        for s in report.shifts
    ]
    columns = ("feature", "change", "PSI", "95 % interval", "p")
    table = data_table("Features", columns, rows, n_names=2)
    told = "The index less what sampling alone gives; p corrected for the number of features."
    charts = "".join(_chart(i, shift, names) for i, shift in enumerate(report.shifts))
    body = f"""<header><h1>{_TITLE}</h1>
<dl class="meta">{meta}</dl></header>
<aside class="note" aria-label="Advice"><h2>What to do</h2>{_advice(report.advice)}
{f"<ul>{notes}</ul>" if notes else ""}</aside>
<div class="row">{section("features", "Features", told, table)}</div>
<div class="row">{charts}</div>
<footer><h2>Notes</h2><ul><li>Shares of labels also change because the world did: a flood brings
reports of floods. Confidence, review and unknown pieces tell more about the model.</li>
<li>Copies of a comment are counted once. The page holds no text and no personal data.</li></ul>
</footer>"""
    return document(_TITLE, body, language="en")


def _advice(advice: str) -> str:
    """Return the advice; its command stands on its own and is not broken at hyphens."""
    told, _, command = advice.partition(": pengaduan ")
    if not command:
        return f"<p>{escape(told)}</p>"
    words = (f"<span>{escape(word)}</span>" for word in ("pengaduan", *command.split()))
    return f'<p>{escape(told)}:</p><p class="command"><code>{" ".join(words)}</code></p>'


def _chart(i: int, shift: Shift, names: tuple[str, str]) -> str:
    moved = sorted(shift.before, key=lambda bin_: -abs(shift.after[bin_] - shift.before[bin_]))
    shown = moved[:_MAX_BARS]
    bins = [bin_ for bin_ in shift.before if bin_ in shown]
    pairs = [Pair(bin_, shift.before[bin_], shift.after[bin_]) for bin_ in bins]
    chart = paired_bars(pairs, name=f"shift{i}", title=shift.feature, names=names)
    left_out = len(moved) - len(shown)
    more = f"; the {_MAX_BARS} that moved most" if left_out else ""
    return section(f"feature{i}", shift.feature, f"Change: {shift.level}{more}", chart)
