"""Labels that we gave to real comments by reading them, joined with texts that stay outside.

``data/read_labels.tsv`` holds a hash of each text and its labels, never the text. The text is found
again in the shared corpus and label files; a row whose text is gone is left out.
"""

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pengaduan_nlp.errors import InputError
from pengaduan_nlp.examples import Example
from pengaduan_nlp.scheme import LabelScheme
from training.pretrain.corpus import HISTORY, read_lines

HEADS = ("kind", "sector", "subtopic", "urgency", "oversight", "reason")
COLUMNS = ("text_hash", "origin", "stands_for", *HEADS)
_ABSENT = "-"


class ReadLabel(NamedTuple):
    """Labels of one text; the columns of the file.

    Attributes:
        text_hash: Key of the text.
        origin: Repository of the corpus, or name of the label file.
        stands_for: Comments of a random sample of the origin that the row represents, where it was
            drawn from one in strata; ``None`` for rows chosen for other reasons.
        labels: Head to slug.
    """

    text_hash: str
    origin: str
    stands_for: float | None
    labels: dict[str, str]


def text_hash(text: str) -> str:
    """Return the key of a text: 16 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def load_labels(path: Path, scheme: LabelScheme) -> list[ReadLabel]:
    """Read the label file and check every row against the scheme.

    Raises:
        InputError: If a column is missing, a key repeats, a label is unknown, or the heads of a row
            do not fit its kind; with file and line.
    """
    found: dict[str, ReadLabel] = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise InputError(f"{path}: columns are {reader.fieldnames}, expected {list(COLUMNS)}")
        for row in reader:
            where = f"{path}:{reader.line_num}"
            labels = {head: row[head] for head in HEADS if row[head] != _ABSENT}
            if row["text_hash"] in found:
                raise InputError(f"{where}: {row['text_hash']} is labelled twice; keep one row")
            for head in scheme.heads:
                expected = head is scheme.heads[0] or labels["kind"] in head.applies_to
                if expected != (head.name in labels):
                    raise InputError(f"{where}: {head.name} does not fit kind {labels['kind']}")
                if expected and labels[head.name] not in head.slugs:
                    raise InputError(f"{where}: {head.name} has no label {labels[head.name]!r}")
            weight = None if row["stands_for"] == _ABSENT else float(row["stands_for"])
            found[row["text_hash"]] = ReadLabel(row["text_hash"], row["origin"], weight, labels)
    return list(found.values())


def join_texts(labels: list[ReadLabel], shared: Path) -> list[Example]:
    """Return the labelled comments with their texts, in the order of ``labels``.

    Args:
        labels: What ``load_labels`` returned.
        shared: Folder that holds ``corpus/`` and ``labelled/``.
    """
    wanted = {label.text_hash for label in labels}
    texts = {}
    for text in _texts(shared):
        key = text_hash(text)
        if key in wanted:
            texts[key] = text
    return [
        Example(texts[key], {head: (slug,) for head, slug in found.items()}, origin, id=key)
        for key, origin, _, found in labels
        if key in texts
    ]


def _texts(shared: Path) -> Iterator[str]:
    for name in ("surabaya", "bandung_tweets"):
        with (shared / "labelled" / f"{name}.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)["text"]
    for _, text in read_lines(shared / "corpus" / "informal.tsv.zst"):
        yield text


def same_source(path: Path) -> dict[str, str]:
    """Return for a repository the source of ``triage_comments.jsonl`` that it is a part of."""
    found = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader((line for line in file if not line.startswith("#")), delimiter="\t")
        for source, repository in rows:
            found[repository] = source
    return found


def canonical_source(name: str, same: dict[str, str]) -> str:
    """Return the unit that is held out: a source, or a repository of the corpus."""
    repository = name.removeprefix("korpus:").removesuffix(HISTORY)
    return same.get(repository, repository)
