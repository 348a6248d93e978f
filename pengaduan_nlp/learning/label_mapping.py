"""Mapping files: which label of another label set stands for which of ours.

Knows the scheme and one small TSV format; nothing about labelled tables.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

from ..errors import InputError, RecordError, SchemeError
from ..scheme import LabelScheme
from .spellings import LabelSpellings, match_columns, spelling_key


def read_mapping(path: Path, scheme: LabelScheme) -> dict[str, dict[str, str]]:
    """Read a TSV of head, foreign label and slug; return slugs by head and spelling key.

    Raises:
        InputError: If there is no such file.
        RecordError: If a line has no three fields, an unknown head or slug, or repeats a label.
    """
    if not path.is_file():
        raise InputError(f"no such file: {path}; expected a TSV of head, foreign label and slug")
    plain = {head.name: LabelSpellings(head) for head in scheme.heads}
    found: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#") or (number == 1 and cells[0] == "head"):
                continue
            try:
                head, label, slug = _mapping_row(cells, scheme, plain)
                if found.setdefault(head, {}).setdefault(spelling_key(label), slug) != slug:
                    raise SchemeError(f"label {label!r} of head {head!r} is mapped twice")
            except SchemeError as error:
                raise RecordError(str(error), path=path, line=number) from error
    return found


def _mapping_row(
    cells: list[str], scheme: LabelScheme, plain: Mapping[str, LabelSpellings]
) -> tuple[str, str, str]:
    if len(cells) == 2:
        cells = [*cells, ""]  # editors strip the tab before an empty slug
    if len(cells) != 3:
        raise SchemeError(f"{len(cells)} fields; expected head, foreign label and slug, tab-parted")
    match = match_columns([cells[0]], scheme, where="mapping")
    head = next(iter(match.heads), None) or scheme.head(cells[0]).name
    return head, cells[1], plain[head].find(cells[2]) if cells[2] else ""
