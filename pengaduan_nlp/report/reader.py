"""Read a file, triaged or not, as a stream of facts; bad rows are counted and never stop it.

Knows files and the model's stream; knows nothing about counts.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from .. import files
from ..errors import InputError, SchemeError
from ..files import ResultColumns, Row, Rows, find_results
from ..records import Comment
from .dates import DateColumn, find_date_column
from .facts import USED, Facts, to_facts
from .model import ReportsWith

_SHOWN = 3  # causes of bad rows that are kept to be told


@dataclass
class Source:
    """An opened input.

    Attributes:
        rows: Its rows.
        results: Where its results are; ``None`` if it holds raw comments.
        dates: Its column of dates, if any.
        today: Later dates are not believed.
        read: Rows read so far, bad ones included.
        errors: Bad rows so far, and those that triage had put aside.
        causes: Where and why, of the first bad rows.
    """

    rows: Rows
    results: ResultColumns | None
    dates: DateColumn | None
    today: date
    read: int = 0
    errors: int = 0
    causes: list[str] = field(default_factory=list)

    def day(self, row: Row) -> date | None:
        """Return the day of a row."""
        return self.dates.day(row.values, self.today) if self.dates else None

    def refuse(self, line: int, cause: object) -> None:
        """Count a bad row."""
        self.errors += 1
        if len(self.causes) < _SHOWN:
            self.causes.append(f"{self.rows.path}:{line}: {cause}")


def open_source(
    path: str, *, text_column: str | None, date_column: str | None, today: date
) -> Source:
    """Open an input and find out what it is.

    Args:
        path: The file, or ``-``.
        text_column: Column of raw comments; guessed if ``None``.
        date_column: Column of the dates; guessed if ``None``.
        today: Later dates are not believed.

    Raises:
        InputError: If the file cannot be read or its columns are not clear.
        MissingDependency: If its format needs a package that is not installed.
    """
    rows = files.open_table(path, text_column=text_column)
    results = find_results(path, rows.columns, rows.sample, USED)
    taken = set(results.flat.values()) | {results.key} if results else set()
    if results is None:
        files.choose_text_column(rows, text_column)
        taken = {rows.text_column}
    try:
        dates = find_date_column(rows.columns, rows.sample, date_column, skip=taken)
    except InputError as error:
        raise InputError(f"{path}: {error}; choose one with --date-column") from error
    source = Source(rows, results, dates, today)
    earlier = Path(f"{path}.errors.jsonl")
    if results is not None and earlier.is_file():
        with earlier.open("rb") as lines:
            source.errors = sum(1 for line in lines if line.strip())
    return source


def read_facts(
    source: Source, model: ReportsWith, *, batch_size: int = 64, context: Mapping[str, str]
) -> Iterator[Facts]:
    """Yield the facts of every readable row; raw comments are triaged on the way.

    Args:
        source: The opened input, whose counts go up.
        model: Names the labels; answers raw comments.
        batch_size: Windows a model call.
        context: Fields of ``Comment`` for raw rows that do not have them.
    """
    if source.results is not None:
        yield from _stored(source, source.results, model)
        return
    fields = files.context_columns(source.rows)
    days: deque[date | None] = deque()

    def comments() -> Iterator[Comment]:
        for row in _good(source):
            days.append(source.day(row))
            yield files.to_comment(row, fields, context)

    for _, result in model.stream(comments(), batch_size=batch_size):
        yield to_facts(files.flatten(result), model.scheme, days.popleft())


def _stored(source: Source, results: ResultColumns, model: ReportsWith) -> Iterator[Facts]:
    for row in _good(source):
        try:
            yield to_facts(results.take(row.values), model.scheme, source.day(row))
        except SchemeError as error:
            source.refuse(row.line, f"{error}; if another bundle triaged it, pass --bundle")
        except InputError as error:
            source.refuse(row.line, error)


def _good(source: Source) -> Iterator[Row]:
    for item in source.rows:
        source.read += 1
        if isinstance(item, Row):
            yield item
        else:
            source.refuse(item.line, item.cause)
