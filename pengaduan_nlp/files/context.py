"""Comments made from rows: the text, and the context that other columns tell.

Knows the names of such columns, nothing about models.
"""

from collections.abc import Mapping

from ..records import Comment
from .guess import slug
from .rows import Row, Rows

CONTEXT = ("id", "posted_at", "channel", "account", "region", "parent")  # fields of Comment
_INDONESIAN = {"tanggal": "posted_at", "kanal": "channel", "akun": "account", "wilayah": "region"}


def context_columns(rows: Rows) -> dict[str, list[str]]:
    """Return the columns that hold each field of ``Comment``, the text aside."""
    found: dict[str, list[str]] = {key: [] for key in CONTEXT}
    for name in rows.columns:
        key = _INDONESIAN.get(slug(name), slug(name))
        if key in found and name != rows.text_column:
            found[key].append(name)
    return found


def to_comment(row: Row, fields: Mapping[str, list[str]], context: Mapping[str, str]) -> Comment:
    """Return a row as a comment.

    Args:
        row: A readable row.
        fields: What ``context_columns`` returned.
        context: Values of fields that the row leaves empty.
    """
    found = dict(context)
    for key, names in fields.items():
        values = [v for name in names if isinstance(v := row.values.get(name), str) and v.strip()]
        if values:
            found[key] = values[0]
    return Comment(row.text, **found)
