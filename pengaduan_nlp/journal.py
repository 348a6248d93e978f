"""The growing output of a run over a file, and the journal from which the run goes on.

Knows files; knows nothing about models, only what they answered.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Self

from . import files
from .errors import InputError
from .files import BadRow, Row, Rows, writers
from .records import TriageResult

_CONVERTED = ("xlsx", "parquet")  # cannot be appended to: kept as jsonl until the end


@dataclass
class Done:
    """What is safely on disk; one entry of the journal."""

    read: int = 0
    rows: int = 0
    complaints: int = 0
    urgency: dict[str, int] = field(default_factory=dict)
    errors: int = 0
    bytes: int = 0
    error_bytes: int = 0

    def add(self, results: list[TriageResult], n_errors: int) -> None:
        self.read += len(results) + n_errors
        self.rows += len(results)
        self.errors += n_errors
        self.complaints += sum(result.is_complaint for result in results)
        labels = [result.urgency.label for result in results if result.urgency]
        self.urgency = dict(Counter(self.urgency) + Counter(labels))


class Output:
    """The growing target, its errors file and the journal."""

    def __init__(self, rows: Rows, target: str, identity: dict[str, Any], resume: bool) -> None:
        self._rows, self._target, self._identity = rows, target, identity
        self._kind = files.format_of(target)
        self._flat = self._kind in ("csv", "tsv")
        self._columns = files.all_columns(rows) if self._flat else rows.columns
        self._names = {name: files.free_name(name, self._columns) for name in files.RESULT_TYPES}
        self._partial = Path(f"{target}.partial")
        self._errors = Path(f"{target}.errors.jsonl")
        self._journal = Path(f"{target}.progress.json")
        self.done = self._resumed() if resume and target != "-" else Done()

    def _resumed(self) -> Done:
        try:
            journal = json.loads(self._journal.read_text(encoding="utf-8"))
            before, done = dict(journal["identity"]), Done(**journal["done"])
            whole = self._partial.stat().st_size >= done.bytes
            whole &= self._errors.stat().st_size >= done.error_bytes
        except FileNotFoundError:
            return Done()
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{self._journal}: not a journal ({error}); pass --no-resume to start again"
            ) from error
        changed = [
            f"{key} was {before.get(key)!r}, now {value!r}"
            for key, value in self._identity.items()
            if before.get(key) != value
        ]
        if changed:
            raise InputError(
                f"{self._partial}: belongs to an interrupted run of other work "
                f"({'; '.join(changed)}); pass --no-resume to discard it, or another -o"
            )
        return done if whole else Done()

    def __enter__(self) -> Self:
        if self._target == "-":
            self._stream: BinaryIO = sys.stdout.buffer
        else:
            if not self.done.read:
                self._journal.unlink(missing_ok=True)
            self._stream = _cut(self._partial, self.done.bytes)
            self._error_stream = _cut(self._errors, self.done.error_bytes)
        self._writer = files.TextWriter(
            self._stream,
            self._kind if self._flat else "jsonl",
            [*self._columns, *self._names.values()],
            delimiter=self._rows.delimiter if files.format_of(self._rows.path) == "csv" else ",",
            header=not self.done.bytes,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._target != "-":
            self._stream.close()
            self._error_stream.close()

    def add(self, chunk: list[Row | BadRow], results: list[TriageResult]) -> None:
        """Write a chunk and its entry in the journal; after that it is safe."""
        good = [item for item in chunk if isinstance(item, Row)]
        bad = [item for item in chunk if isinstance(item, BadRow)]
        merged = [self._merged(row, result) for row, result in zip(good, results, strict=True)]
        if self._target == "-":
            answers = iter(merged)
            self._writer.write(
                [{"error": asdict(i)} if isinstance(i, BadRow) else next(answers) for i in chunk]
            )
        else:
            self._writer.write(merged)
            for item in (*bad, *self._late_columns(good)):
                # Bytes that could not be decoded are lone surrogates: written as JSON escapes.
                line = files.to_json(asdict(item)).encode("utf-8", "backslashreplace")
                self._error_stream.write(line + b"\n")
        self.done.add(results, len(bad))
        if self._target != "-" and self._rows.path != "-":
            self._commit()

    def _merged(self, row: Row, result: TriageResult) -> dict[str, Any]:
        if self._flat:
            flat = files.flatten(result)
            return {**row.values, **{self._names[name]: flat[name] for name in flat}}
        key = files.free_name("triage", {*self._columns, *row.values})
        return {**row.values, key: result.to_dict()}  # always the last key

    def _late_columns(self, good: list[Row]) -> list[BadRow]:
        """Return the rows of a pipe with keys that the header, already written, lacks."""
        late = ((row, sorted(row.values.keys() - set(self._columns))) for row in good if self._flat)
        cause = "has a result, but the target has no columns for"
        return [BadRow(row.line, f"{cause} {names}", row.values) for row, names in late if names]

    def _commit(self) -> None:
        self.done.bytes, self.done.error_bytes = map(_synced, (self._stream, self._error_stream))
        fresh = self._journal.with_name(f"{self._journal.name}.new")
        with fresh.open("wb") as file:
            file.write(json.dumps({"identity": self._identity, "done": asdict(self.done)}).encode())
            _synced(file)
        fresh.replace(self._journal)

    def finish(self) -> None:
        """Turn the finished partial into the target and clear away what is no longer needed."""
        final = Path(self._target)
        ready = final.with_name(f"converting-{final.name}")
        if self._kind in _CONVERTED:
            self._convert(ready)
        elif self._target.lower().endswith(".gz"):
            files.pack(self._partial, ready)
        else:
            ready = self._partial
        ready.replace(final)
        self._partial.unlink(missing_ok=True)
        self._journal.unlink(missing_ok=True)
        if not self._errors.stat().st_size:
            self._errors.unlink()

    def _convert(self, ready: Path) -> None:
        if self._kind == "xlsx" and self.done.rows >= writers.XLSX_ROWS:
            why = files.xlsx_overflow(self._target, self.done.rows)
            raise InputError(f"{why}; the results are kept as jsonl in {self._partial}")
        found = files.column_types(values for values, _ in self._stored())
        columns = list(dict.fromkeys([*self._columns, *found]))
        names = {name: files.free_name(name, columns) for name in files.RESULT_TYPES}
        added = {names[name]: kind for name, kind in files.RESULT_TYPES.items()}
        types = {**found, **self._rows.types, **added}
        writer = files.open_writer(str(ready), [*columns, *added], types=types)
        rows = ({**v, **{names[n]: flat[n] for n in names}} for v, flat in self._stored())
        files.write_all(writer, rows)

    def _stored(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield input values and flat results; the values with their types from the source."""
        path, column = self._rows.path, self._rows.text_column
        typed = files.format_of(path) in _CONVERTED
        source = iter(files.open_rows(path, text_column=column) if typed else ())
        good = (item.values for item in source if isinstance(item, Row))
        with self._partial.open(encoding="utf-8") as lines:
            for line in lines:
                stored = json.loads(line)
                _, result = stored.popitem()
                yield (next(good) if typed else stored), files.flatten_dict(result)


def _cut(path: Path, size: int) -> BinaryIO:
    stream = path.open("r+b" if path.exists() else "w+b")
    stream.truncate(size)
    stream.seek(size)
    return stream


def _synced(stream: BinaryIO) -> int:
    """Return the offset of a stream, once all before it is on the disk."""
    stream.flush()
    os.fsync(stream.fileno())
    return stream.tell()
