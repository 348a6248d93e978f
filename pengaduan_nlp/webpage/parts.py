"""Parts of a page as HTML: sections, tables, the frame of a chart."""

from collections.abc import Iterable, Sequence
from html import escape

_LONG = 60  # characters from which a column holds texts that need room
_STACKED = 4  # columns from which a row is written under itself on a phone


def svg(name: str, title: str, description: str, height: int, parts: Sequence[str]) -> str:
    """Return a chart as wide as its place; its parts give x in percent.

    Args:
        name: Prefix of ids on the page.
        title: What it shows, for readers who hear it.
        description: What it tells.
        height: Height in pixels.
        parts: SVG elements.
    """
    return (
        f'<svg role="img" aria-labelledby="{name}-t {name}-d" width="100%" height="{height}">'
        f'<title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(description)}</desc>{"".join(parts)}</svg>'
    )


def section(name: str, title: str, of: str, body: str) -> str:
    """Return a card with a heading and a line on what it is about.

    Args:
        name: Prefix of ids on the page.
        title: Plain text.
        of: Plain text.
        body: HTML.
    """
    return (
        f'<section aria-labelledby="{name}-h"><h2 id="{name}-h">{escape(title)}</h2>'
        f'<p class="of">{escape(of)}</p>{body}</section>\n'
    )


def data_table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, n_names: int = 1
) -> str:
    """Return a table; on a phone a row of many columns becomes lines, with the names of columns.

    Args:
        caption: Plain text, for readers who hear it.
        columns: Headings, plain text.
        rows: Cells, plain text; the first is the row's name.
        n_names: Leading columns of text; those after them hold numbers.
    """
    cells = [list(row) for row in rows]
    texts = {i for row in cells for i, cell in enumerate(row) if len(cell) > _LONG}
    stacked = len(columns) >= _STACKED

    def attributes(i: int) -> str:
        kind = "long" if i in texts else "n" if i >= n_names else ""
        name = f' data-of="{escape(columns[i])}"' if stacked and i not in texts else ""
        return _class(kind) + name

    head = "".join(
        f'<th scope="col"{_class("n" * (i >= n_names))}>{breakable(column)}</th>'
        for i, column in enumerate(columns)
    )
    body = []
    for row in cells:
        parts = [f'<th scope="row"{attributes(0)}>{breakable(row[0])}</th>']
        parts += [f"<td{attributes(i)}>{breakable(row[i])}</td>" for i in range(1, len(row))]
        body.append(f"<tr>{''.join(parts)}</tr>")
    return (
        f'<div class="wide" tabindex="0" role="group" aria-label="{escape(caption)}">'
        f"<table{_class('stack' * stacked)}><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def breakable(text: str) -> str:
    """Return a text as HTML that may be broken after the underscores of a name.

    Example:
        >>> breakable("air_mati & keruh")
        'air_<wbr>mati &amp; keruh'
    """
    return escape(text).replace("_", "_<wbr>")


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
