"""What the report takes from one comment: labels, agency, region codes, gaps, the day.

Knows how ``pengaduan triage`` writes results; never takes the text of a comment.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..errors import InputError
from ..scheme import LabelScheme

HEADS = ("kind", "sector", "subtopic", "urgency", "oversight", "reason")
USED = (*HEADS, "agency_1", "places", "place_codes", "missing", "needs_review")
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
