"""Where labelled rows come from: tables, exports of labelling tools, Hugging Face datasets.

Knows columns and cells as read; nothing about the scheme.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import files
from ..errors import InputError
from ..scheme import did_you_mean
from ..text import repair_mojibake
from .annotation_exports import read_export
from .spellings import spelling_key

_TEXT_NAMES = ("text", "teks", "komentar", "comment")  # of a column of comments, as keys


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A row as read: its values, or why there are none.

    Attributes:
        line: Its number, from 1.
        values: Cell by column.
        cause: Why it has no values; empty if it has.
        conflicts: Columns on which annotators disagree, with their answers.
    """

    line: int
    values: Mapping[str, Any]
    cause: str = ""
    conflicts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabelSource:
    """A table, opened and read.

    Attributes:
        name: What messages call it: its path.
        columns: Names of all columns.
        text_column: Column of the comments.
        rows: Every row, in order.
        notes: What was noticed.
    """

    name: str
    columns: tuple[str, ...]
    text_column: str
    rows: Sequence[LabelRow]
    notes: Sequence[str] = ()


def open_file(path: str | os.PathLike[str], text_column: str | None) -> LabelSource:
    """Read a csv, tsv, xlsx, jsonl or parquet file.

    Raises:
        InputError: If it cannot be read, or has no such column.
        MissingDependency: If the format needs a package that is not installed.
    """
    rows = files.open_rows(os.fspath(path), text_column=text_column)
    found = []
    names = dict.fromkeys(rows.columns)
    for item in rows:
        if isinstance(item, files.Row):
            found.append(LabelRow(item.line, {**item.values, rows.text_column: item.text}))
        elif isinstance(item.raw, dict):  # all that is wrong is the text
            found.append(LabelRow(item.line, item.raw))
        else:
            found.append(LabelRow(item.line, {}, item.cause))
        names.update(dict.fromkeys(found[-1].values))
    return LabelSource(os.fspath(path), tuple(names), rows.text_column, found, list(rows.notes))


def open_export(path: Path, text_column: str | None) -> LabelSource:
    """Read a JSON export of Label Studio or Argilla.

    Raises:
        InputError: If it is none, or has no column of comments.
    """
    rows = read_export(path)
    names = tuple(dict.fromkeys(name for row in rows for name in row.values))
    text = _text_column(names, text_column, where=str(path))
    items = [LabelRow(row.line, row.values, conflicts=row.conflicts) for row in rows]
    return LabelSource(str(path), names, text, items)


def open_dataset(dataset: Any, text_column: str | None, *, name: str) -> LabelSource:
    """Read one split of a Hugging Face dataset; the package itself is not imported.

    Raises:
        InputError: If it is no split, or has no column of comments.
    """
    if isinstance(dataset, Mapping):
        splits = ", ".join(map(repr, dataset))
        raise InputError(f"{name}: several splits ({splits}); choose one: dataset[...]")
    columns = getattr(dataset, "column_names", None)
    if not isinstance(columns, list):
        raise InputError(
            f"{name}: expected a datasets.Dataset, got {type(dataset).__name__}; files are read by "
            "read_labelled_table"
        )
    text = _text_column(columns, text_column, where=name)
    features = getattr(dataset, "features", None) or {}
    names = {c: f.names for c, f in features.items() if hasattr(f, "int2str")}
    rows = list(_dataset_rows(dataset, text, names))
    return LabelSource(name, tuple(columns), text, rows)


def _dataset_rows(
    dataset: Any, text_column: str, names: Mapping[str, Sequence[str]]
) -> Iterator[LabelRow]:
    plain = dataset.with_format(None)  # no tensors or arrays in place of values
    for line, row in enumerate(plain, 1):
        values = dict(row)
        for column, labels in names.items():
            code = values[column]
            if isinstance(code, int):
                values[column] = labels[code] if 0 <= code < len(labels) else None
        if isinstance(text := values[text_column], str):
            values[text_column] = repair_mojibake(text)
        yield LabelRow(line, values)


def _text_column(columns: Sequence[str], given: str | None, *, where: str) -> str:
    known = {spelling_key(name): name for name in reversed(columns)}
    found = given or next((known[key] for key in _TEXT_NAMES if key in known), "")
    if found not in columns:
        shown = f"{found!r}{did_you_mean(found, columns)}" if found else "of the comments"
        raise InputError(f"{where}: no column {shown} (columns: {', '.join(columns) or 'none'})")
    return found
