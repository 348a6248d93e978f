"""Find the results of ``pengaduan triage`` in a table, nested or flat, and read them row by row.

Knows how triage writes results; nothing about what is done with them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .flat import flatten_dict

_TELLING = {"kind", "is_complaint", "needs_review"}  # no other table has all of these
_NESTED = re.compile(r"triage(?:_pengaduan)*")


@dataclass(frozen=True, slots=True)
class ResultColumns:
    """Where a triaged file keeps its results: under one key, or in flat columns.

    Attributes:
        key: Key of the nested result, in jsonl; empty where the columns are flat.
        flat: Column of each result name that is used.
    """

    key: str
    flat: Mapping[str, str]

    def take(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the flat result of a row.

        Raises:
            InputError: If the row has no result or a broken one; says what, not where.
        """
        if not self.key:
            return {name: values.get(column) for name, column in self.flat.items()}
        result = values.get(self.key)
        if not isinstance(result, Mapping):
            found = type(result).__name__ if self.key in values else "nothing"
            raise InputError(f"key {self.key!r} holds {found}, expected a result of triage")
        try:
            return flatten_dict(result)
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"key {self.key!r} is no whole result of triage ({type(error).__name__}: {error}); "
                "run pengaduan triage again"
            ) from error


def find_results(
    path: str, columns: Sequence[str], sample: Sequence[Mapping[str, Any]], used: Sequence[str]
) -> ResultColumns | None:
    """Return where a triaged file keeps its results; ``None`` if it holds raw comments.

    Args:
        path: For messages.
        columns: All columns.
        sample: The first rows.
        used: Names of the results that are to be read.

    Raises:
        InputError: If some of the result columns were taken out of the file.
    """
    for row in sample:
        for key in reversed(list(row)):  # triage writes it last
            value = row[key]
            if _NESTED.fullmatch(key) and isinstance(value, Mapping) and value.keys() >= _TELLING:
                return ResultColumns(key, {})
    last = {re.sub(r"(?:_pengaduan)+$", "", name): name for name in columns}
    if not last.keys() >= _TELLING:
        return None
    lost = [name for name in used if name not in last]
    if lost:
        raise InputError(
            f"{path}: looks like a result of pengaduan triage without the columns "
            f"{', '.join(lost)}; pass the file as triage wrote it"
        )
    return ResultColumns("", {name: last[name] for name in used})
