"""Open a table and read its rows lazily: one reader a format.

Knows how each format lays out its rows; one bad row never stops a file.
"""

import csv
import json
import re
from collections import deque
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import chain, islice
from pathlib import Path

from ..errors import InputError
from .decoding import SURROGATE, read_lines, undecodable
from .formats import format_of, load_package
from .guess import guess_text_column
from .rows import BadRow, Row, Rows

SAMPLE = 50  # rows that the guess of the text column looks at


def open_rows(path: str, *, text_column: str | None = None) -> Rows:
    """Open a csv, tsv, xlsx, jsonl, parquet or txt file, ``.gz`` of text, or ``-`` (stdin jsonl).

    Args:
        path: The file; its suffix tells the format.
        text_column: Column of the comments; guessed from names, then from lengths, if ``None``.

    Returns:
        The rows, read lazily; a row that cannot be used comes as a ``BadRow``.

    Raises:
        InputError: If the file cannot be read at all or the text column is not clear.
        MissingDependency: If the format needs a package that is not installed.
    """
    rows = open_table(path, text_column=text_column)
    choose_text_column(rows, text_column)
    return rows


def open_table(path: str, *, text_column: str | None = None) -> Rows:
    """Open a file as ``open_rows`` does, before it is known which column holds the comments.

    Until ``choose_text_column`` is called, rows are not asked for text; their ``text`` is empty.

    Args:
        path: The file; its suffix tells the format.
        text_column: Name that the bare strings of a jsonl file get.

    Raises:
        InputError: If the file cannot be read at all.
        MissingDependency: If the format needs a package that is not installed.
    """
    kind = format_of(path)
    if path != "-" and not Path(path).is_file():
        what = "is a folder" if Path(path).is_dir() else "does not exist"
        raise InputError(f"{path}: {what}; pass a file of comments, for example comments.csv")
    rows, head = Rows(path), []
    rows.text_column = text_column or ""
    items = rows._guarded(_READERS[kind](rows, kind))
    for item in items:
        head.append(item)
        if len(head) == SAMPLE or (path == "-" and isinstance(item, Row)):  # a pipe must not wait
            break
    rows.text_column = ""
    rows.sample = [item.values for item in head if isinstance(item, Row)]
    rows._items = chain(head, items)
    rows.columns = rows.columns or tuple(dict.fromkeys(key for row in rows.sample for key in row))
    if not rows.columns:
        first = head[0] if head else None
        cause = f"line {first.line}: {first.cause}" if isinstance(first, BadRow) else "is empty"
        raise InputError(f"{path}: {cause}; expected comments with column names, as {kind}")
    return rows


def choose_text_column(rows: Rows, text_column: str | None) -> None:
    """Set the column of the comments: the given one, or a guess, which the rows' notes say.

    Raises:
        InputError: If there is no such column, or several could be meant.
    """
    rows.guessed = text_column is None and len(rows.columns) > 1
    rows.text_column = guess_text_column(rows, rows.sample) if text_column is None else text_column
    if rows.text_column not in rows.columns:
        close = get_close_matches(rows.text_column, rows.columns, n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise InputError(
            f"{rows.path}: no column {rows.text_column!r}{hint} "
            f"(columns: {', '.join(rows.columns)})"
        )
    if rows.guessed:
        rows._notes.append(f"text column guessed: {rows.text_column!r}")


def all_columns(rows: Rows) -> tuple[str, ...]:
    """Return the columns of a whole file; in jsonl a key may appear late, so that it is read."""
    if rows.path == "-" or format_of(rows.path) != "jsonl":
        return rows.columns
    found = dict.fromkeys(rows.columns)
    for item in open_rows(rows.path, text_column=rows.text_column):
        found.update(dict.fromkeys(item.values if isinstance(item, Row) else ()))
    return tuple(found)


def _read_txt(rows: Rows, kind: str) -> Iterator[Row | BadRow]:
    rows.columns = ("text",)
    for number, line in enumerate(read_lines(rows), 1):
        text = line.rstrip("\r\n")
        if SURROGATE.search(text):
            yield BadRow(number, undecodable(rows), text)
        elif text.strip():
            yield Row(number, {"text": text}, text)


def _read_jsonl(rows: Rows, kind: str) -> Iterator[Row | BadRow]:
    for number, line in enumerate(read_lines(rows), 1):
        if line.strip():
            yield _json_row(rows, number, line.strip())


def _json_row(rows: Rows, number: int, line: str) -> Row | BadRow:
    if SURROGATE.search(line):
        return BadRow(number, undecodable(rows), line)
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return BadRow(number, f"not valid JSON: {error}", line)
    if "\\ud" in line.lower():  # half an emoji, where an exporter cut a text by UTF-16 units
        whole = json.dumps(value, ensure_ascii=False)
        if SURROGATE.search(whole):
            rows._counts["rows with half a character replaced"] += 1
            value = json.loads(SURROGATE.sub("\ufffd", whole))
    if isinstance(value, str):
        value = {rows.text_column or "text": value}
    if isinstance(value, dict):
        return Row(number, value, "")
    return BadRow(number, f"a {type(value).__name__}; expected an object or a string", line)


class _Csv:
    """Rows of a csv text; after a broken one it steps back to the next line, losing nothing."""

    def __init__(self, lines: Iterator[str], delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._ahead: deque[str] = deque()
        self._taken: list[str] = []
        self._reader = csv.reader(self, delimiter=delimiter, strict=True)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self._taken.append(line)
        return line

    def rows(self) -> Iterator[tuple[int, list[str], str, str]]:
        """Yield line, fields, raw text and what is wrong, of each row that is not blank."""
        line = 1
        while True:
            self._taken, cause = [], ""
            try:
                fields = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                fields, cause = self._recover(error)
            if fields or cause:
                yield line, fields, "".join(self._taken), cause
            line += len(self._taken)

    def _recover(self, error: csv.Error) -> tuple[list[str], str]:
        one_line = len(self._taken) == 1
        self._ahead.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]
        tabs = self._delimiter == "\t"  # such files often hold quotes that quote nothing
        if tabs or (one_line and self._taken[0].count('"') % 2 == 0):
            try:
                lenient = csv.reader(
                    self._taken,
                    delimiter=self._delimiter,
                    quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL,
                )
                return next(lenient), ""
            except csv.Error:
                pass
        return [], f"broken quotes: {error}"


def _read_csv(rows: Rows, kind: str) -> Iterator[Row | BadRow]:
    lines = read_lines(rows)
    head = list(islice(lines, SAMPLE))
    skipped = 0
    if head and re.fullmatch(r"sep=.\s*", head[0]):  # a first line that Excel writes
        skipped, rows.delimiter = 1, head.pop(0)[4]
    elif head:
        rows.delimiter = "\t" if kind == "tsv" else _sniff(head)
    single = rows.delimiter not in (head[0] if head else "")  # then no mark parts the fields
    for line, fields, raw, cause in _Csv(
        chain(head, lines), "\x1f" if single else rows.delimiter
    ).rows():
        if not rows.columns:
            rows._take_header(fields)
            continue
        n = len(rows.columns)
        if not cause and (len(fields) < n or any(fields[n:])):
            cause = f"too {'few' if len(fields) < n else 'many'} fields: {len(fields)} for {n}"
        if SURROGATE.search(raw):
            cause = undecodable(rows)
        if cause:
            yield BadRow(line + skipped, cause, raw.rstrip("\r\n"))
        else:
            yield Row(line + skipped, dict(zip(rows.columns, fields, strict=False)), "")


def _sniff(head: list[str]) -> str:
    def fit(mark: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(head, delimiter=mark) if row] or [0]
        return (widths.count(widths[0]) if widths[0] > 1 else 0), widths[0]

    return max(",;\t|", key=fit)


def _read_xlsx(rows: Rows, kind: str) -> Iterator[Row | BadRow]:
    book = load_package("openpyxl", kind).load_workbook(rows.path, read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        if len(book.worksheets) > 1:
            rows._notes.append(f"of {len(book.worksheets)} sheets only {sheet.title!r} is read")
        sheet.reset_dimensions()  # some programs write a wrong size
        for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            n = len(rows.columns)
            if all(cell is None for cell in cells):
                continue
            if not rows.columns:
                rows._take_header(cells)
            elif any(cell is not None for cell in cells[n:]):
                yield BadRow(line, f"too many fields: {len(cells)} for {n}", list(cells))
            else:
                filled = (*cells, *[None] * (n - len(cells)))
                yield Row(line, dict(zip(rows.columns, filled, strict=False)), "")
    finally:
        book.close()


def _read_parquet(rows: Rows, kind: str) -> Iterator[Row | BadRow]:
    arrow, parquet = load_package("pyarrow", kind), load_package("pyarrow.parquet", kind)
    with parquet.ParquetFile(rows.path) as file:
        rows.total = file.metadata.num_rows
        rows._take_header(file.schema_arrow.names)
        rows.types = dict(zip(rows.columns, file.schema_arrow.types, strict=True))
        number = 0
        for batch in file.iter_batches(batch_size=1024):
            for values in arrow.RecordBatch.from_arrays(batch.columns, rows.columns).to_pylist():
                number += 1
                yield Row(number, values, "")


_READERS = {
    "csv": _read_csv,
    "tsv": _read_csv,
    "xlsx": _read_xlsx,
    "jsonl": _read_jsonl,
    "parquet": _read_parquet,
    "txt": _read_txt,
}
