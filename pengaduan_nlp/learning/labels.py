"""Labelled tables as officers make them: any subset of heads, in their own spellings.

Knows files and the scheme; nothing about models. A cell that is not understood is a problem with
its row and column, never a label that is quietly missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, SchemeError
from ..examples import Example
from ..records import describe_non_text
from ..scheme import LabelScheme
from .label_mapping import read_mapping
from .label_sources import LabelRow, LabelSource, open_dataset, open_export, open_file
from .spellings import (
    ALTERNATIVES,
    ColumnMatch,
    LabelSpellings,
    match_columns,
    says_nothing,
    spelling_key,
)

_FORMULA = ("'=", "'+", "'-", "'@")  # how a text is written that a spreadsheet must not run


@dataclass(frozen=True, slots=True)
class LabelProblem:
    """Something in a table that could not be read.

    Attributes:
        line: Row in the file from 1, its header included; 0 for the table as a whole.
        column: The column, or an empty string for the whole row.
        message: What is wrong, and what was probably meant.
        head: The head that is left unlabelled, if any.
        suggested: Slug that was probably meant, if any.
    """

    line: int
    column: str
    message: str
    head: str = ""
    suggested: str = ""


@dataclass(frozen=True)
class LabelledTable:
    """What was read of a table.

    Attributes:
        path: The file.
        text_column: Column of the comments.
        columns: Column of each head that has one.
        examples: Every row that has a text, in order; a label that was not understood is left out
            of its example and stands in ``problems``.
        lines: Row in the file of each example.
        splits: Value of the ``split`` column of each example; empty strings without one.
        values: All values of each example's row as read, labels and other columns.
        problems: What could not be read.
        notes: What was noticed: guessed columns, columns not read, rows without labels.
    """

    path: str
    text_column: str
    columns: Mapping[str, str]
    examples: list[Example] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    values: list[Mapping[str, Any]] = field(default_factory=list)
    problems: list[LabelProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def raise_for_problems(self) -> None:
        """Refuse a table that was not read completely.

        Raises:
            InputError: If there is any problem; names the first.
        """
        if self.problems:
            first = self.problems[0]
            where = f"line {first.line}: " * (first.line > 0)
            where += f"column {first.column!r}: " * bool(first.column)
            raise InputError(
                f"{self.path}: {where}{first.message} ({len(self.problems)} problems; see all "
                f"with: pengaduan label-check {self.path})"
            )


def read_labelled_table(
    path: str | Path,
    scheme: LabelScheme,
    *,
    text_column: str | None = None,
    mapping: str | Path | None = None,
) -> LabelledTable:
    """Read a csv, tsv, xlsx, jsonl or parquet table, or a JSON export of Label Studio or Argilla.

    Columns are matched to heads by name (``sector``), official title (``sektor``) and common
    variants (``Kategori``), labels by slug and official name, whatever the case, spaces and
    underscores. ``a | b`` in a cell says that one of the two holds.

    Args:
        path: The table.
        scheme: Heads and labels.
        text_column: Column of the comments; guessed if ``None``.
        mapping: TSV of head, foreign label and slug, for tables with another label set; an empty
            slug leaves a label out on purpose.

    Raises:
        InputError: If the file cannot be read at all, no column is a head's, or two are the same.
        RecordError: If a line of ``mapping`` is wrong.
        MissingDependency: If the format needs a package that is not installed.
    """
    is_export = str(path).lower().endswith(".json")
    source = open_export(Path(path), text_column) if is_export else open_file(path, text_column)
    return _read(source, scheme, mapping)


def read_labelled_dataset(
    dataset: Any,
    scheme: LabelScheme,
    *,
    text_column: str | None = None,
    mapping: str | Path | None = None,
    name: str = "dataset",
) -> LabelledTable:
    """Read a split of a Hugging Face ``datasets.Dataset``, as ``read_labelled_table`` a file.

    Columns and labels are matched in the same way; a ``ClassLabel`` counts by its name, and -1 in
    it as no label. Lines of the result are positions in the split from 1.

    Args:
        dataset: The split; a ``DatasetDict`` has several, of which one is to be chosen.
        scheme: Heads and labels.
        text_column: Column of the comments; guessed by its name if ``None``.
        mapping: As of ``read_labelled_table``.
        name: What messages call it.

    Raises:
        InputError: If it is no split, has no column of comments, or none is a head's.
        RecordError: If a line of ``mapping`` is wrong.

    Example::

        table = read_labelled_dataset(load_dataset("csv", data_files="a.csv")["train"], scheme)
        table.raise_for_problems()
    """
    return _read(open_dataset(dataset, text_column, name=name), scheme, mapping)


def _read(source: LabelSource, scheme: LabelScheme, mapping: str | Path | None) -> LabelledTable:
    foreign = {} if mapping is None else read_mapping(Path(mapping), scheme)
    spellings = {
        head.name: LabelSpellings(head, foreign.get(head.name, {})) for head in scheme.heads
    }
    labels = [name for name in source.columns if name != source.text_column]
    match = match_columns(labels, scheme, where=source.name)
    table = LabelledTable(source.name, source.text_column, match.heads, notes=list(source.notes))
    if not match.heads:
        raise InputError(_no_heads(table, source.columns, match, scheme))
    _report_columns(table, match)
    reader = _Reader(table, match, spellings)
    for item in source.rows:
        reader.take(item)
    table.notes.extend(reader.notes())
    return table


def _no_heads(
    table: LabelledTable, columns: tuple[str, ...], match: ColumnMatch, scheme: LabelScheme
) -> str:
    near = "".join(f"; is {column!r} {head!r}?" for column, head in match.misspelled.items())
    heads = ", ".join(f"{head.name} ({head.title})" for head in scheme.heads)
    return (
        f"{table.path}: no column holds labels{near} (columns: {', '.join(columns)}); "
        f"name at least one after a head: {heads}"
    )


def _report_columns(table: LabelledTable, match: ColumnMatch) -> None:
    for column, head in match.misspelled.items():
        table.problems.append(
            LabelProblem(0, column, f"not read; did you mean head {head!r}? rename the column")
        )
    for column, head in match.unused.items():
        table.notes.append(
            f"column {column!r} is not read: {table.columns[head]!r} gives {head!r} already"
        )
    named = ", ".join(f"{head} from {column!r}" for head, column in table.columns.items())
    table.notes.append(f"labels read: {named}")


def _is_blank(value: Any) -> bool:
    return value is None or value != value or (isinstance(value, str) and not value.strip())


class _Reader:
    """Adds rows to a table one by one."""

    def __init__(
        self, table: LabelledTable, match: ColumnMatch, spellings: Mapping[str, LabelSpellings]
    ) -> None:
        self._table = table
        self._match = match
        self._spellings = spellings
        self._n_blank = 0

    def notes(self) -> Iterator[str]:
        """Yield what the rows as a whole showed."""
        unlabelled = sum(not example.labels for example in self._table.examples)
        if self._n_blank:
            yield f"blank rows passed over: {self._n_blank}"
        if unlabelled:
            yield f"rows without any label: {unlabelled}"

    def take(self, item: LabelRow) -> None:
        """Add a row, or say why it cannot be used."""
        table = self._table
        if item.cause:
            table.problems.append(LabelProblem(item.line, "", f"row not read: {item.cause}"))
            return
        if all(_is_blank(value) for value in item.values.values()):
            self._n_blank += 1
            return
        text = item.values.get(table.text_column)
        if not isinstance(text, str) or not text.strip():
            empty = text is None or isinstance(text, str)
            cause = "text is empty" if empty else describe_non_text(text)
            table.problems.append(LabelProblem(item.line, table.text_column, cause))
            return
        text = text[1:] if text.startswith(_FORMULA) else text
        others = {name: item.values.get(column) for name, column in self._match.others.items()}
        plain = {name: "" if says_nothing(v) else str(v).strip() for name, v in others.items()}
        source = plain.get("source") or Path(table.path).stem
        table.examples.append(Example(text, self._labels(item), source, plain.get("id", "")))
        table.lines.append(item.line)
        table.splits.append(plain.get("split", ""))
        table.values.append(item.values)

    def _labels(self, item: LabelRow) -> dict[str, tuple[str, ...]]:
        found = {}
        for head, column in self._match.heads.items():
            if column in item.conflicts:
                message = f"annotators disagree ({item.conflicts[column]}); left unlabelled"
                self._table.problems.append(LabelProblem(item.line, column, message, head))
            elif slugs := self._read(item, head, column):
                found[head] = slugs
        return found

    def _read(self, item: LabelRow, head: str, column: str) -> tuple[str, ...]:
        """Return the labels of a cell; none of them if one is not understood."""
        cell = item.values.get(column)
        spellings = self._spellings[head]
        parts: Sequence[Any] = cell if isinstance(cell, list | tuple) else [cell]
        if isinstance(cell, str) and spelling_key(cell) not in spellings.foreign:
            parts = ALTERNATIVES.split(cell)
        slugs = []
        for part in parts:
            if says_nothing(part):
                continue
            try:
                slugs.append(spellings.find(part))
            except SchemeError as error:
                near = spellings.nearest(part)
                problem = LabelProblem(item.line, column, str(error), head, near)
                self._table.problems.append(problem)
                return ()
        return tuple(dict.fromkeys(slug for slug in slugs if slug))
