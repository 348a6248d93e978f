"""What the report takes from one comment: labels, agency, region codes, gaps, the day.

Knows how ``pengaduan triage`` writes results; never takes the text of a comment.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..errors import InputError
from ..files import flatten_dict
from ..scheme import LabelScheme

HEADS = ("kind", "sector", "subtopic", "urgency", "oversight", "reason")
_USED = (*HEADS, "agency_1", "places", "place_codes", "missing", "needs_review")
_TELLING = {"kind", "is_complaint", "needs_review"}  # no other table has all of these
_NESTED = re.compile(r"triage(?:_pengaduan)*")
_TRUTH = {"true": True, "1": True, "benar": True, "false": False, "0": False, "salah": False}


@dataclass(frozen=True, slots=True)
class Facts:
    """One comment as it is counted.

    Attributes:
        labels: Label of each head that applies.
        agency: Id of the agency suggested first.
        codes: Official codes of the places named, in the order of the text.
        placed: Whether any place is named, be it without a code.
        missing: Facts that a valid complaint still lacks.
        needs_review: Whether a person should look first.
        day: When it was posted, if known.
    """

    labels: dict[str, str]
    agency: str | None
    codes: tuple[str, ...]
    placed: bool
    missing: tuple[str, ...]
    needs_review: bool
    day: date | None


@dataclass(frozen=True, slots=True)
class ResultColumns:
    """Where a triaged file keeps its results: under one key, or in flat columns.

    Attributes:
        key: Key of the nested result, in jsonl; empty where the columns are flat.
        flat: Column of each result name that the report uses.
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
    path: str, columns: Sequence[str], sample: Sequence[Mapping[str, Any]]
) -> ResultColumns | None:
    """Return where a triaged file keeps its results; ``None`` if it holds raw comments.

    Args:
        path: For messages.
        columns: All columns.
        sample: The first rows.

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
    lost = [name for name in _USED if name not in last]
    if lost:
        raise InputError(
            f"{path}: looks like a result of pengaduan triage without the columns "
            f"{', '.join(lost)}; a report needs them: pass the file as triage wrote it"
        )
    return ResultColumns("", {name: last[name] for name in _USED})


def to_facts(flat: Mapping[str, Any], scheme: LabelScheme, day: date | None) -> Facts:
    """Return a flat result, as read from a file or flattened now, as facts.

    Raises:
        InputError: If a value is not one that triage writes.
        SchemeError: If a label is not in the scheme.
    """
    labels = {name: str(flat[name]).strip() for name in HEADS if flat[name] not in (None, "")}
    for name, label in labels.items():
        scheme.head(name).index(label)
    if "kind" not in labels:
        raise InputError("column 'kind' is empty, expected a label; run pengaduan triage again")
    return Facts(
        labels,
        str(flat["agency_1"]).strip() if flat["agency_1"] else None,
        tuple(_code(part) for part in _parts(flat["place_codes"])),
        bool(_parts(flat["places"])),
        tuple(_parts(flat["missing"])),
        _truth(flat["needs_review"]),
        day,
    )


def _parts(value: Any) -> list[str]:
    text = "" if value is None else str(value)
    return [part for item in text.split(";") if (part := item.strip())]


def _code(text: str) -> str:
    """Return a region's code; a spreadsheet may have taken ``11.10`` for the number 11.1."""
    return f"{text}0" if re.fullmatch(r"\d\d\.\d", text) else text


def _truth(value: Any) -> bool:
    found = _TRUTH.get(str(value).strip().lower())
    if found is None:
        raise InputError(f"column 'needs_review' is {value!r}, expected true or false")
    return found
