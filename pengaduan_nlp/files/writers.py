"""Write rows to csv, tsv, xlsx, jsonl and parquet; the same rows give the same bytes.

Knows nothing about what the rows say.
"""

import csv
import gzip
import io
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from ..errors import InputError
from .flat import column_types, to_json
from .formats import check_writable, load_package

XLSX_ROWS = 1_048_576  # rows of a sheet with its header; the format's own limit


class Writer(Protocol):
    """Takes rows as dicts; a key that is no column is left out, except in jsonl."""

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append rows."""

    def close(self) -> None:
        """Finish the file."""


def open_writer(
    path: str, columns: Sequence[str], *, types: Mapping[str, Any] | None = None
) -> Writer:
    """Open a csv, tsv, xlsx, jsonl or parquet file for writing, or ``-`` (stdout jsonl).

    Args:
        path: The file; replaced if it exists.
        columns: Names in order; jsonl rows keep their own keys.
        types: Python or Arrow type by column, for parquet; taken from the first rows if ``None``.

    Raises:
        InputError: If the format cannot be written.
        MissingDependency: If the format needs a package that is not installed.
    """
    kind = check_writable(path)
    if kind == "xlsx":
        return _XlsxWriter(path, columns)
    if kind == "parquet":
        return _ParquetWriter(path, columns, types)
    if path == "-":
        return TextWriter(sys.stdout.buffer, kind, columns)
    raw = open(path, "wb")  # the writer closes it
    stream = _packed(raw) if path.lower().endswith(".gz") else raw
    return TextWriter(stream, kind, columns)


def write_all(writer: Writer, rows: Iterator[Mapping[str, Any]]) -> None:
    """Write rows a thousand at a time and close the writer."""
    while batch := list(islice(rows, 1024)):
        writer.write(batch)
    writer.close()


def pack(plain: Path, target: Path) -> None:
    """Write the gzip of a file."""
    with plain.open("rb") as source, _packed(target.open("wb")) as stream:
        shutil.copyfileobj(source, stream)


def _packed(raw: BinaryIO) -> BinaryIO:
    """Return a gzip stream into ``raw`` that writes the same bytes on every day."""
    stream = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)
    stream.myfileobj = raw  # type: ignore[assignment]  # closed with it, as gzip.open does
    return cast(BinaryIO, stream)


class TextWriter:
    """Writes csv, tsv or jsonl rows to a binary stream, flushed at every call.

    Args:
        stream: Where to; stdout stays open at ``close``.
        kind: ``csv``, ``tsv`` or ``jsonl``.
        columns: Names in order.
        delimiter: Between the fields of csv.
        header: Whether to begin with the names.
    """

    def __init__(
        self,
        stream: BinaryIO,
        kind: str,
        columns: Sequence[str],
        *,
        delimiter: str = ",",
        header: bool = True,
    ) -> None:
        self._stream = stream
        self._columns = columns
        self._buffer = io.StringIO(newline="")
        delimiter = "\t" if kind == "tsv" else delimiter
        self._csv = None if kind == "jsonl" else csv.writer(self._buffer, delimiter=delimiter)
        if self._csv and header:
            self._csv.writerow(columns)
            self._flush()

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append rows and flush."""
        if self._csv:
            self._csv.writerows([_cell(row.get(name)) for name in self._columns] for row in rows)
        else:
            self._buffer.writelines(f"{to_json(row)}\n" for row in rows)
        self._flush()

    def _flush(self) -> None:
        # Lone surrogates: in csv names the bytes that were read, in jsonl an escape.
        errors = "surrogateescape" if self._csv else "backslashreplace"
        self._stream.write(self._buffer.getvalue().encode("utf-8", errors))
        self._stream.flush()
        self._buffer.seek(0)
        self._buffer.truncate()

    def close(self) -> None:
        """Close the stream unless it is stdout."""
        if self._stream is not sys.stdout.buffer:
            self._stream.close()


class _XlsxWriter:
    def __init__(self, path: str, columns: Sequence[str]) -> None:
        self._path = path
        self._columns = columns
        self._book = load_package("openpyxl", "xlsx").Workbook(write_only=True)
        self._sheet = self._book.create_sheet("pengaduan")
        self._illegal = load_package("openpyxl.cell.cell", "xlsx").ILLEGAL_CHARACTERS_RE
        self._text_cell = load_package("openpyxl.cell", "xlsx").WriteOnlyCell
        self._n_rows = 0
        self._append(columns)

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        for row in rows:
            self._append([row.get(name) for name in self._columns])

    def _append(self, values: Sequence[Any]) -> None:
        self._n_rows += 1
        if self._n_rows > XLSX_ROWS:
            raise InputError(xlsx_overflow(self._path, self._n_rows - 1))
        self._sheet.append([self._value(value) for value in values])

    def _value(self, value: Any) -> Any:
        if isinstance(value, datetime | time) and value.tzinfo is None:
            return value
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, bool | float) and value == value and abs(value) != float("inf"):
            return value
        if isinstance(value, int) and abs(value) < 10**15:  # a sheet keeps 15 digits; a NIK has 16
            return value
        if value is None:
            return None
        text = self._illegal.sub("", str(_cell(value)))
        if len(text) > 32_767:
            raise InputError(
                f"{self._path}: row {self._n_rows}: a value has {len(text)} characters, a cell of "
                "xlsx holds 32,767; write .csv, .jsonl or .parquet"
            )
        cell = self._text_cell(self._sheet, value=text)
        cell.data_type = "s"  # a comment that starts with "=" stays text
        return cell

    def close(self) -> None:
        self._book.save(self._path)
        _settle(Path(self._path))


def _settle(path: Path) -> None:
    """Take the times out of a saved xlsx, so that the same rows give the same bytes."""
    saved = path.rename(path.with_name(f"{path.name}.saved"))
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name)  # dated 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            with source.open(name) as old, target.open(entry, "w", force_zip64=True) as new:
                if name == "docProps/core.xml":
                    new.write(
                        re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+", b"1980-01-01T00:00:00", old.read())
                    )
                else:
                    shutil.copyfileobj(old, new)
    saved.unlink()


def xlsx_overflow(path: str, n_rows: int) -> str:
    """Return the message for more rows than a sheet holds."""
    return (
        f"{path}: {n_rows:,} rows or more, a sheet of xlsx holds {XLSX_ROWS - 1:,} under its "
        "header; write .csv, .jsonl or .parquet"
    )


class _ParquetWriter:
    def __init__(self, path: str, columns: Sequence[str], types: Mapping[str, Any] | None) -> None:
        self._path = path
        self._columns = columns
        self._types = types
        self._arrow = load_package("pyarrow", "parquet")
        self._writer: Any = None

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        if self._writer is None:
            self._open(rows)
        arrays = [
            self._array(field, [row.get(field.name) for row in rows]) for field in self._schema
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))

    def _open(self, rows: Sequence[Mapping[str, Any]]) -> None:
        types = column_types(rows) if self._types is None else self._types
        known = {
            bool: self._arrow.bool_(),
            int: self._arrow.int64(),
            float: self._arrow.float64(),
            datetime: self._arrow.timestamp("us"),
            date: self._arrow.date32(),
        }
        named = {name: types.get(name, str) for name in self._columns}
        self._schema = self._arrow.schema(
            [
                (name, known.get(kind, self._arrow.string()) if isinstance(kind, type) else kind)
                for name, kind in named.items()
            ]
        )
        parquet = load_package("pyarrow.parquet", "parquet")
        self._writer = parquet.ParquetWriter(self._path, self._schema)

    def _array(self, field: Any, values: list[Any]) -> Any:
        if field.type == self._arrow.string():
            values = [None if value is None else str(_cell(value)) for value in values]
        try:
            return self._arrow.array(values, type=field.type)
        except (ValueError, TypeError, OverflowError) as error:
            raise InputError(
                f"{self._path}: column {field.name!r} is {field.type} in the first rows and "
                f"something else later ({error}); write .csv or .jsonl"
            ) from error

    def close(self) -> None:
        if self._writer is None:
            self._open([])
        self._writer.close()


def _cell(value: Any) -> Any:
    """Return a value as csv holds it: nested ones and truth values as JSON."""
    return to_json(value) if isinstance(value, bool | list | dict | tuple) else value
