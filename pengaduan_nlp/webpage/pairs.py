"""Two shares of each thing as bars under each other, as inline SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from .parts import svg

_LONGEST = 70  # % of the width; the rest is for the number behind the bar


@dataclass(frozen=True, slots=True)
class Pair:
    """A thing with two shares in [0, 1]."""

    name: str
    first: float
    second: float


def paired_bars(pairs: Sequence[Pair], *, name: str, title: str, names: tuple[str, str]) -> str:
    """Return a chart with two bars a thing.

    Args:
        pairs: What is drawn.
        name: Prefix of ids on the page.
        title: What it shows, for readers who hear it.
        names: What the first and the second share are of.
    """
    longest = max((max(pair.first, pair.second) for pair in pairs), default=0.0) or 1.0
    parts, y = [], 0
    for pair in pairs:
        parts.append(f'<text class="name" x="0" y="{y + 13}">{escape(pair.name)}</text>')
        for i, (share, kind) in enumerate(((pair.first, "bar"), (pair.second, "bar strong"))):
            top, width = y + 18 + 12 * i, _LONGEST * share / longest
            parts.append(
                f'<rect class="{kind}" x="0" y="{top}" width="{width:.2f}%" height="10" rx="2"/>'
                f'<text class="axis" x="{width:.2f}%" dx="6" y="{top + 9}">{share:.1%}</text>'
            )
        y += 48
    legend = (
        f'<p class="of legend"><span class="mark">{escape(names[0])}</span> '
        f'<span class="mark strong">{escape(names[1])}</span></p>'
    )
    told = "; ".join(f"{pair.name}: {pair.first:.1%} and {pair.second:.1%}" for pair in pairs)
    return legend + svg(name, title, told, y, parts)
