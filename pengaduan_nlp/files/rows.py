"""The rows of one file: readable ones, bad ones, and what was noticed on the way.

Knows no format's layout; the readers of this package fill the private parts of ``Rows``.
"""

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError, MissingDependency
from ..text import repair_mojibake
from .formats import format_of

_BROKEN = (OSError, EOFError, ValueError, KeyError, zlib.error, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True)
class Row:
    """A readable row: its line from 1, the values as read, and the text (mojibake repaired)."""

    line: int
    values: dict[str, Any]
    text: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used: its line from 1, why, and all that was read of it."""

    line: int
    cause: str
    raw: Any


class Rows:
    """The rows of one open file, in order; one pass, read as it is iterated.

    Attributes:
        path: The file, or ``"-"``.
        columns: Names in the file; of jsonl, the keys seen in the first rows.
        sample: Values of the first rows, at which guesses look.
        text_column: The column of the comments; empty as long as it is not chosen.
        guessed: Whether the text column was guessed.
        delimiter: Of a csv file.
        encoding: Of a text file.
        types: Arrow types by column, of a parquet file.
        total: Number of rows where the file says it.
    """

    def __init__(self, path: str) -> None:
        self.path, self.text_column, self.guessed = path, "", False
        self.delimiter, self.encoding = ",", "utf-8"
        self.columns: tuple[str, ...] = ()
        self.sample: list[dict[str, Any]] = []
        self.types: dict[str, Any] = {}
        self.total: int | None = None
        self._notes: list[str] = []
        self._counts: Counter[str] = Counter()
        self._items: Iterator[Row | BadRow] = iter(())

    @property
    def notes(self) -> list[str]:
        """What was noticed so far: encoding, repairs, renamed columns."""
        return self._notes + [f"{what}: {n}" for what, n in self._counts.items()]

    def __iter__(self) -> Iterator[Row | BadRow]:
        return (self._checked(item) for item in self._items)

    def _checked(self, item: Row | BadRow) -> Row | BadRow:
        if isinstance(item, BadRow) or not self.text_column:
            return item
        text = item.values.get(self.text_column)
        if not isinstance(text, str):
            found = f"is a {type(text).__name__}, expected text"
            found = "is null" if text is None else found
            found = found if self.text_column in item.values else "is missing"
            return BadRow(item.line, f"column {self.text_column!r} {found}", item.values)
        repaired = repair_mojibake(text)
        self._counts.update(["texts with repaired mojibake"] if repaired != text else [])
        return replace(item, text=repaired)

    def _take_header(self, cells: Sequence[Any]) -> None:
        names = ["" if cell is None else str(cell).strip() for cell in cells]
        while names and not names[-1]:
            names.pop()
        if any(len(name) > 100 or re.fullmatch(r"[\d.,:/ -]+", name) for name in names):
            raise InputError(
                f"{self.path}: the first row looks like data, not column names: "
                f"{str(names)[:80]}; add a header row, or use .txt with one comment a line"
            )
        for i, name in enumerate(names):
            unique = name or f"column_{i + 1}"
            while unique in self.columns:
                unique += "_2"
            self.columns += (unique,)
        if list(self.columns) != names:
            self._notes.append(f"empty or repeated column names renamed: {list(self.columns)}")

    def _guarded(self, items: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
        try:
            yield from items
        except (InputError, MissingDependency):
            raise
        except _BROKEN as error:
            raise InputError(
                f"{self.path}: cannot be read as {format_of(self.path)}, damaged or of another "
                f"format ({type(error).__name__}: {error}); save or download it again"
            ) from error
