"""A plot of curves over the unit interval, as inline SVG that keeps its letter size."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from .parts import svg

_LEFT, _RIGHT = 12.0, 98.0  # % of the width
_TOP, _BOTTOM = 12, 190  # px
_TOPS = (0.04, 0.08, 0.12, 0.2, 0.4, 0.6, 0.8, 1.0)  # whose quarters are short numbers


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve of a plot.

    Attributes:
        name: What it is, for the legend.
        xs: In [0, 1], ascending.
        ys: From 0 to the plot's top.
        points: Whether its points are drawn too, each with ``notes`` to hover over.
        notes: One a point, or empty.
    """

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    points: bool = False
    notes: Sequence[str] = ()


def plot(
    curves: Sequence[Curve], *, name: str, title: str, axes: tuple[str, str], top: float = 1.0,
    diagonal: bool = False,
) -> str:  # fmt: skip
    """Return a plot of up to two curves.

    Args:
        curves: The first is drawn in the page's colour, the second as the strong one.
        name: Prefix of ids on the page.
        title: What it shows, for readers who hear it.
        axes: What x and y are.
        top: Value at the upper edge.
        diagonal: Whether y = x is drawn.
    """
    parts = [_grid(part / 4, top) for part in range(5)]
    if diagonal:
        parts.append(_line((0.0, 0.0), (1.0, min(1.0, top)), top, "diagonal"))
    for curve, kind in zip(curves, ("", " strong"), strict=False):
        places = list(zip(curve.xs, curve.ys, strict=True))
        for before, after in pairwise(places):
            parts.append(_line(before, after, top, f"line{kind}"))
        notes = curve.notes or [""] * len(places)
        for (x, y), note in zip(places, notes, strict=True) if curve.points else ():
            parts.append(
                f'<circle class="point{kind}" cx="{_x(x):.2f}%" cy="{_y(y, top):.1f}" r="3.5">'
                f"<title>{escape(note)}</title></circle>"
            )
    told = "; ".join(_told(curve) for curve in curves if len(curve.xs))
    legend = ""
    if len(curves) > 1:
        marks = (
            f'<span class="mark{kind}">{escape(curve.name)}</span>'
            for curve, kind in zip(curves, ("", " strong"), strict=False)
        )
        legend = f'<p class="of legend">{" ".join(marks)}</p>'
    named = f'<p class="of">{escape(f"across: {axes[0]}; upwards: {axes[1]}")}</p>'
    return svg(name, title, told, _BOTTOM + 24, parts) + legend + named


def round_top(value: float) -> float:
    """Return the least round top of an axis that a share in [0, 1] stays under.

    Example:
        >>> round_top(0.0), round_top(0.154), round_top(0.9)
        (0.04, 0.2, 1.0)
    """
    return next((top for top in _TOPS if top >= value), 1.0)


def _told(curve: Curve) -> str:
    return f"{curve.name}: from {curve.ys[0]:.2f} at {curve.xs[0]:.2f} to {curve.ys[-1]:.2f}"


def _x(value: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * value


def _y(value: float, top: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * min(value, top) / top


def _line(before: tuple[float, float], after: tuple[float, float], top: float, kind: str) -> str:
    (x1, y1), (x2, y2) = before, after
    return (
        f'<line class="{kind}" x1="{_x(x1):.2f}%" y1="{_y(y1, top):.1f}" '
        f'x2="{_x(x2):.2f}%" y2="{_y(y2, top):.1f}"/>'
    )


def _grid(part: float, top: float) -> str:
    y, anchor = _y(part * top, top), {0: "start", 1: "end"}.get(int(part) if part % 1 == 0 else -1)
    return (
        f'<line class="grid" x1="{_LEFT}%" y1="{y:.1f}" x2="{_RIGHT}%" y2="{y:.1f}"/>'
        f'<text class="axis" x="{_LEFT - 2}%" y="{y + 4:.1f}" text-anchor="end">'
        f"{part * top:.2g}</text>"
        f'<text class="axis" x="{_x(part):.2f}%" y="{_BOTTOM + 18}" '
        f'text-anchor="{anchor or "middle"}">{part:.2g}</text>'
    )
