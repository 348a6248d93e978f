"""Parts of a gold set that are looked at on their own: by source, length, tag and the like.

Knows columns of a table and gold labels; nothing about scores.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..examples import Example
from ..scheme import LabelScheme

Slices = Mapping[str, Mapping[str, NDArray[np.int64]]]  # column -> value -> rows
MIN_ROWS = 20  # of a slice; fewer say nothing
MAX_VALUES = 40  # of a column, the largest; a column of more is no grouping
REASON = "reason"  # head that says why a comment is no report
LENGTHS = ((5, "1-5 words"), (15, "6-15 words"), (40, "16-40 words"))
_LONGEST = "over 40 words"
_COLUMNS = {  # slice -> names of its column
    "source": ("source", "sumber"),
    "lect": ("lect", "language", "bahasa"),
    "tag": ("tags", "tag", "tanda"),
    "sarcasm": ("sarcasm", "sarcastic", "sarkas", "sarkasme"),
    "province": ("province", "provinsi"),
    "channel": ("channel", "kanal", "platform"),
}
_PARTS = re.compile(r"[|;,]")
_YES = frozenset(("true", "1", "1.0", "ya", "yes", "y"))


def slices_of(
    examples: Sequence[Example],
    scheme: LabelScheme,
    columns: Sequence[Mapping[str, Any]] = (),
) -> dict[str, dict[str, NDArray[np.int64]]]:
    """Return the rows of every slice that is large enough.

    Args:
        examples: The gold set.
        scheme: Heads and labels.
        columns: For each example the other values of its row; ``lect``, ``tags``, ``sarcasm`` and
            ``province`` are used where they are.

    Returns:
        By column and value the row positions, values in order of size, lengths ascending.
    """
    values = {
        "source": [[example.source] for example in examples],
        "length": [[length_name(example.text)] for example in examples],
    }
    if scheme.has(REASON):
        values[REASON] = [list(example.labels.get(REASON, ())) for example in examples]
    for name, names in _COLUMNS.items() if columns else ():
        given = next((n for n in names if any(n in row for row in columns)), None)
        if given is not None and name != "source":
            read = _yes_no if name == "sarcasm" else _values
            values[name] = [read(row.get(given)) for row in columns]
    found = {column: _grouped(column, rows) for column, rows in values.items()}
    # A column with one value repeats the whole.
    return {column: rows for column, rows in found.items() if rows and _splits(rows, len(examples))}


def length_name(text: str) -> str:
    """Return the class of a text's length.

    Example:
        >>> length_name("jalan rusak"), length_name("rusak " * 41)
        ('1-5 words', 'over 40 words')
    """
    n_words = len(text.split())
    return next((name for limit, name in LENGTHS if n_words <= limit), _LONGEST)


def _splits(rows: Mapping[str, NDArray[np.int64]], n_rows: int) -> bool:
    return len(rows) > 1 or len(next(iter(rows.values()))) < n_rows


def _grouped(column: str, values: Sequence[Sequence[str]]) -> dict[str, NDArray[np.int64]]:
    rows: dict[str, list[int]] = {}
    for i, names in enumerate(values):
        for name in dict.fromkeys(names):
            rows.setdefault(name, []).append(i)
    kept = {name: np.array(at) for name, at in rows.items() if len(at) >= MIN_ROWS}
    order = sorted(kept, key=lambda name: -len(kept[name]))[:MAX_VALUES]
    if column == "length":
        order = [name for _, name in (*LENGTHS, (0, _LONGEST)) if name in kept]
    return {name: kept[name] for name in order}


def _values(cell: Any) -> list[str]:
    """Return the values of a cell: a list, its text in a csv file, or ``a; b``."""
    if isinstance(cell, str) and cell.startswith("["):
        try:
            cell = ast.literal_eval(cell)
        except (ValueError, SyntaxError):
            cell = cell.strip("[]")
    parts = (
        cell if isinstance(cell, list | tuple) else _PARTS.split("" if cell is None else f"{cell}")
    )
    return [name for part in parts if (name := str(part).strip())]


def _yes_no(cell: Any) -> list[str]:
    text = "" if cell is None else str(cell).strip().lower()
    return ([] if not text else ["yes"]) if text in _YES else ["no"] * bool(text)
