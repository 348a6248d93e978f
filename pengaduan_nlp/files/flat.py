"""Results as flat rows of a table, with the names and types of their columns.

Knows what a ``TriageResult`` holds, nothing about files.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any

from ..records import TriageResult

_FORMULA = tuple("=+-@\t\r")  # a cell that starts so is run by spreadsheets
RESULT_TYPES: dict[str, type] = {  # the flat result columns, in order; the rest is text
    **dict.fromkeys(
        "is_complaint kind kind_probability sector sector_probability subtopic urgency "
        "urgency_probability oversight reason agency_1 agency_1_name agency_2 agency_3 level_known "
        "places place_codes missing questions confidentiality pii needs_review".split(),
        str,
    ),
    **dict.fromkeys(("is_complaint", "level_known", "needs_review"), bool),
    **dict.fromkeys(("kind_probability", "sector_probability", "urgency_probability"), float),
}


def flatten(result: TriageResult) -> dict[str, Any]:
    """Return a result as one flat row: the keys of ``RESULT_TYPES``, text safe in spreadsheets."""
    return flatten_dict(result.to_dict())


def flatten_dict(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``TriageResult.to_dict`` gave as the flat row of ``flatten``."""
    flat: dict[str, Any] = {}
    for head in ("kind", "sector", "subtopic", "urgency", "oversight", "reason"):
        decision = result[head] or {}
        flat[head] = decision.get("label")
        if f"{head}_probability" in RESULT_TYPES and decision:
            flat[f"{head}_probability"] = round(decision["probability"], 4)
    for i, agency in enumerate(result["agencies"][:3], 1):
        flat[f"agency_{i}"] = agency["id"]
        flat[f"agency_{i}_name"] = agency["name"]
    flat["places"] = "; ".join(place["name"] for place in result["places"])
    flat["place_codes"] = "; ".join(place["code"] for place in result["places"] if place["code"])
    flat["missing"] = "; ".join(result["missing"])
    flat["questions"] = "; ".join(result["questions"])
    flat["pii"] = "; ".join(dict.fromkeys(span["kind"] for span in result["pii"]))
    return {name: _harmless(flat.get(name, result.get(name))) for name in RESULT_TYPES}


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return ``name``, with ``_pengaduan`` at its end while a column of the input has it."""
    columns = set(taken)
    while name in columns:
        name += "_pengaduan"
    return name


def column_types(rows: Iterable[Mapping[str, Any]]) -> dict[str, type]:
    """Return the one Python type that holds all values of each column; text where they differ."""
    seen: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            too_big = isinstance(value, int) and abs(value) >= 2**63
            kinds = seen.setdefault(name, set())
            if value is not None:
                kinds.add(str if too_big else type(value))
    return {name: _one_type(kinds) for name, kinds in seen.items()}


def _one_type(kinds: set[type]) -> type:
    if kinds == {int, float}:
        return float
    return next(iter(kinds)) if len(kinds) == 1 else str


def to_json(value: Any) -> str:
    """Return one line of JSON; dates in ISO 8601, other types as Python writes them."""
    return json.dumps(value, ensure_ascii=False, default=_json_default)


def _json_default(value: Any) -> str:
    return str(value.isoformat() if isinstance(value, date | time) else value)
