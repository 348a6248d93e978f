"""Guess which column holds the comments, from the columns' names and their values.

Knows no formats; it sees columns and the first rows.
"""

import re
from typing import Any

from ..errors import InputError
from .rows import Rows

_NAMES = (  # the text column's usual names, most telling tier first; compared as slugs
    "komentar comment comments full_text aduan pengaduan laporan keluhan ulasan review".split(),
    "text teks isi pesan message tweet".split(),
    "content body caption deskripsi description uraian".split(),
)
_TEXT_NAME = re.compile(r"(?:isi|teks|text)_.+|.+_(?:text|teks)")  # "Isi Aduan", "comment_text"


def slug(name: str) -> str:
    """Return a column's name as compared: ``"Isi Aduan"`` is ``isi_aduan``."""
    return re.sub(r"\W+", "_", name.casefold()).strip("_")


def guess_text_column(rows: Rows, sample: list[dict[str, Any]]) -> str:
    """Return the column of the comments.

    Raises:
        InputError: If several columns could hold them, or none.
    """
    if len(rows.columns) == 1:
        return rows.columns[0]
    scores = {name: _wordiness([row.get(name) for row in sample]) for name in rows.columns}
    slugs = {name: slug(name) for name in rows.columns if scores[name] or not sample}
    first = [n for n, s in slugs.items() if s in _NAMES[0] or _TEXT_NAME.fullmatch(s)]
    tiers = [first, *([n for n, s in slugs.items() if s in tier] for tier in _NAMES[1:])]
    found = next((tier for tier in tiers if tier), [])
    if not found and any(scores.values()):
        longest = max(scores.values())
        found = [name for name, score in scores.items() if score >= 0.8 * longest]
    if len(found) == 1:
        return found[0]
    raise InputError(
        f"{rows.path}: which column holds the comments? {', '.join(found or rows.columns)} "
        f"{'all could' if found else 'do not look like text'}; choose one with --text-column "
        f"(columns: {', '.join(rows.columns)})"
    )


def _wordiness(values: list[Any]) -> float:
    """Return the mean number of letters, where links and codes (one word) count one."""
    texts = [v.strip() for v in values if isinstance(v, str) and re.search(r"[^\W\d_]", v)]
    letters = (sum(map(str.isalpha, text)) if " " in text else 1 for text in texts)
    return sum(letters) / max(len(values), 1)
