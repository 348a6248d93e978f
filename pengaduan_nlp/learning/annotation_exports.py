"""Rows of a Label Studio or Argilla export: one a task, its answers in columns of their own.

Knows the layouts of the exports, nothing about the scheme; ``labels`` matches the answers.

Source:
    https://labelstud.io/guide/export (JSON and JSON-MIN); Argilla 2, ``Dataset.records.to_json``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError

_EXPECTED = "a JSON export of Label Studio (JSON or JSON-MIN) or of Argilla"


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One task.

    Attributes:
        line: Number of the task in the file, from 1.
        values: Its data, and each question's answer; a question of several answers has a list.
        conflicts: Questions to which annotators gave different answers, with these.
    """

    line: int
    values: dict[str, Any]
    conflicts: dict[str, str]


def read_export(path: Path) -> list[ExportRow]:
    """Read an export.

    Raises:
        InputError: If the file is not one.
    """
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be read as JSON ({error}); expected {_EXPECTED}"
        ) from None
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise InputError(f"{path}: not a list of tasks; expected {_EXPECTED}")
    return [_row(number, task) for number, task in enumerate(tasks, 1)]


def _row(number: int, task: Mapping[str, Any]) -> ExportRow:
    if isinstance(task.get("data"), dict):
        data = dict(task["data"])
        answers = list(_label_studio(task))
    elif isinstance(task.get("fields"), dict):
        data = dict(task["fields"])
        answers = list(_argilla(task))
    else:  # JSON-MIN is flat; several answers come as {"choices": [...]}
        flat = {key: value for key, value in task.items() if key not in _BOOK_KEEPING}
        return ExportRow(number, {key: _choices(value) for key, value in flat.items()}, {})
    data.setdefault("id", task.get("id"))
    given: dict[str, list[Any]] = {}
    for question, answer in answers:
        if answer not in given.setdefault(question, []):
            given[question].append(answer)
    agreed = {question: found[0] for question, found in given.items() if len(found) == 1}
    conflicts = {q: ", ".join(map(str, found)) for q, found in given.items() if len(found) > 1}
    return ExportRow(number, {**data, **dict.fromkeys(conflicts), **agreed}, conflicts)


_BOOK_KEEPING = frozenset(
    ("annotator", "annotation_id", "created_at", "updated_at", "lead_time", "predictions")
)


def _label_studio(task: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield question and answer of every annotation that was not skipped."""
    for annotation in task.get("annotations") or task.get("completions") or ():
        if annotation.get("was_cancelled"):
            continue
        for part in annotation.get("result") or ():
            chosen = _choices(part.get("value") or {})
            if chosen is not None and part.get("type") == "choices":
                yield str(part.get("from_name")), chosen


def _argilla(task: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for question, responses in (task.get("responses") or {}).items():
        for response in responses:
            yield question, response.get("value")


def _choices(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    chosen = value.get("choices")
    return chosen[0] if isinstance(chosen, list) and len(chosen) == 1 else chosen
