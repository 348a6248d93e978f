"""Examples: comments with gold labels, read from JSONL.

Knows the scheme and nothing about models.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InputError, RecordError, SchemeError
from .records import describe_non_text
from .scheme import Head, LabelScheme


@dataclass(frozen=True, slots=True)
class Example:
    """A comment with what is known of its labels.

    Attributes:
        text: The comment as received.
        labels: For each head the label, or several of which one holds; heads not named are
            unknown.
        source: Where it comes from; the unit that is held out.
        id: Key within the source.
    """

    text: str
    labels: Mapping[str, tuple[str, ...]]
    source: str
    id: str = ""


def read_examples(path: Path, scheme: LabelScheme) -> list[Example]:
    """Read a JSONL file of examples: ``text`` and any of the heads' names as keys.

    Args:
        path: The file; ``null`` or a missing key leaves a head unknown, and of a list of labels one
            holds.
        scheme: Heads and labels.

    Raises:
        InputError: If there is no such file.
        RecordError: If a line is not JSON, has no text or has an unknown label.
    """
    if not path.is_file():
        raise InputError(f"no such file: {path}; expected a JSONL file of labelled comments")
    found = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                found.append(_parse(line, number, path, scheme))
    return found


def _parse(line: str, number: int, path: Path, scheme: LabelScheme) -> Example:
    try:
        row = json.loads(line)
        text = row["text"]
        if not isinstance(text, str):
            raise InputError(describe_non_text(text))
        labels = {
            head.name: _slugs(row[head.name], head)
            for head in scheme.heads
            if row.get(head.name) is not None
        }
    except ValueError as error:
        ours = isinstance(error, SchemeError | InputError)
        message = error if ours else f"not a JSON object ({error})"
        raise RecordError(str(message), path=path, line=number) from error
    except (KeyError, TypeError) as error:
        raise RecordError(
            f"field {error} is missing; each line needs 'text' and at least one head",
            path=path,
            line=number,
        ) from error
    return Example(text, labels, str(row.get("source", path.stem)), str(row.get("id", "")))


def _slugs(value: Any, head: Head) -> tuple[str, ...]:
    found = value if isinstance(value, list) else [value]
    return tuple(head.slugs[head.index(str(slug))] for slug in found)


def gold_positions(
    examples: Sequence[Example], scheme: LabelScheme
) -> dict[str, NDArray[np.int64]]:
    """Return label positions of every head, shape (n_texts,); -1 where unknown or not certain."""
    return {
        head.name: np.array(
            [
                head.index(example.labels[head.name][0])
                if len(example.labels.get(head.name, ())) == 1
                else -1
                for example in examples
            ],
            dtype=np.int64,
        )
        for head in scheme.heads
    }
