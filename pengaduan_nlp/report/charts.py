"""Charts of tables as inline SVG that keeps its letter size at any width.

Positions are percentages, so that nothing needs a script; colours are the page's classes. Knows
nothing about where counts come from.
"""

import textwrap
from collections.abc import Sequence
from html import escape

from ..webpage import svg
from .tables import Line, Table
from .wording import figure, number, share

_NAME_WIDTH = 44  # characters of a name on one line of a phone of 360 px
_LONGEST = 62  # % of the width; the rest is for the number behind the bar
_LEFT, _RIGHT = 12.0, 98.0  # % of the width; the plot of the weekly line
_TOP, _BOTTOM = 14, 150  # px


def bars(table: Table, *, name: str, title: str, limit: int = 0, strong: str = "") -> str:
    """Return a chart of horizontal bars.

    Args:
        table: What to draw.
        name: Prefix of ids on the page.
        title: What it shows, for readers who hear it.
        limit: Bars at most, of shown counts only; 0 draws every line, hidden ones without length.
        strong: Name of a line that stands out.
    """
    lines = drawn(table, limit)
    longest = max((line.cell.value for line in lines if line.cell.shown), default=0)
    parts, y = [], 0
    for line in lines:
        rows = textwrap.wrap(line.name, _NAME_WIDTH) or [""]
        for i, row in enumerate(rows):
            parts.append(f'<text class="name" x="0" y="{y + 13 + 15 * i}">{escape(row)}</text>')
        y += 15 * len(rows)
        parts.append(_bar(line, table, y + 4, longest, line.name == strong))
        y += 27
    best = next((line for line in lines if line.cell.shown and line.cell.value == longest), None)
    told = f"Terbanyak: {best.name}, {figure(best.cell)}. " if best and longest else ""
    return svg(name, title, f"{told}Semua angka ada di tabel di bawah bagan.", y, parts)


def drawn(table: Table, limit: int) -> Sequence[Line]:
    """Return the lines that ``bars`` draws."""
    if not limit:
        return table.visible
    return [line for line in table.visible if line.cell.shown and not line.aside][:limit]


def _bar(line: Line, table: Table, y: int, longest: int, strong: bool) -> str:
    part = share(line.cell, table.whole)
    text = escape(figure(line.cell) + (f" ({part})" if part else ""))
    if not line.cell.shown:
        stub = f'<rect class="stub" x="1" y="{y + 0.5}" width="10" height="11" rx="2"/>'
        return f'{stub}<text class="value" x="17" y="{y + 10}">{text}</text>'
    width = _LONGEST * line.cell.value / longest if longest else 0
    kind = "bar strong" if strong else "bar"
    return (
        f'<rect class="{kind}" x="0" y="{y}" width="{width:.2f}%" height="12" rx="2"/>'
        f'<text class="value" x="{width:.2f}%" dx="6" y="{y + 10}">{text}</text>'
    )


def weekly(table: Table, *, name: str, title: str) -> str:
    """Return a line of the weeks; hidden weeks are hollow points on the axis, not joined."""
    weeks = [line for line in table.visible if not line.aside]
    top = _rounded(max((line.cell.value for line in weeks if line.cell.shown), default=0))
    step = (_RIGHT - _LEFT - 3) / max(len(weeks) - 1, 1)
    first = _LEFT + 1.5 if len(weeks) > 1 else (_LEFT + _RIGHT) / 2
    xs = [first + step * i for i in range(len(weeks))]
    ys = [_BOTTOM - (_BOTTOM - _TOP) * w.cell.value / top if w.cell.shown else None for w in weeks]
    parts = [_grid(value, top) for value in (0, top // 2, top)]
    for i in range(1, len(weeks)):
        before, after = ys[i - 1], ys[i]
        if before is not None and after is not None:
            parts.append(
                f'<line class="line" x1="{xs[i - 1]:.2f}%" y1="{before:.1f}" '
                f'x2="{xs[i]:.2f}%" y2="{after:.1f}"/>'
            )
    for line, x, y in zip(weeks, xs, ys, strict=True):
        told = escape(f"{line.name}: {figure(line.cell)}")
        kind, at = ("point", y) if y is not None else ("point hollow", _BOTTOM)
        parts.append(
            f'<circle class="{kind}" cx="{x:.2f}%" cy="{at:.1f}" r="3.5"><title>{told}</title>'
            "</circle>"
        )
    parts += _week_names(weeks, xs)
    description = f"{len(weeks)} minggu; nilai tertinggi di bawah {number(top + 1)}."
    return svg(name, title, f"{description} Semua angka ada di tabel.", _BOTTOM + 26, parts)


def _grid(value: int, top: int) -> str:
    y = _BOTTOM - (_BOTTOM - _TOP) * value / top
    return (
        f'<line class="grid" x1="{_LEFT}%" y1="{y:.1f}" x2="{_RIGHT}%" y2="{y:.1f}"/>'
        f'<text class="axis" x="{_LEFT - 2}%" y="{y + 4:.1f}" text-anchor="end">'
        f"{number(value)}</text>"
    )


def _week_names(weeks: Sequence[Line], xs: Sequence[float]) -> list[str]:
    last = len(weeks) - 1
    chosen = {0: "start", last: "end"} if last > 0 else {0: "middle"}
    if last >= 6:
        chosen[last // 2] = "middle"
    return [
        f'<text class="axis" x="{xs[i]:.2f}%" y="{_BOTTOM + 19}" text-anchor="{anchor}">'
        f"{escape(weeks[i].name)}</text>"
        for i, anchor in chosen.items()
    ]


def _rounded(value: int) -> int:
    """Return a round even number that is at least ``value``, the top of an axis.

    Example:
        >>> _rounded(7), _rounded(130), _rounded(4100)
        (10, 200, 5000)
    """
    size = 10
    while size * 10 < value:
        size *= 10
    steps = (size * 10 * part // 10 for part in (1, 2, 3, 4, 5, 6, 8, 10))
    return next(step for step in steps if step >= value and step % 2 == 0)
