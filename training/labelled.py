"""The labelled sets of the shipped model, each read with what its labels are good for.

Third-party sets are read where they lie (``../shared/labelled``) and never copied; which may be
trained on, and for which heads, is written in data/README.md.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pengaduan_nlp.errors import InputError
from pengaduan_nlp.examples import Example, read_examples
from pengaduan_nlp.learning.keyword_rules import KeywordRules
from pengaduan_nlp.scheme import LabelScheme
from training import ROOT
from training.read_comments import join_texts, load_labels

MAPS = Path(__file__).parent / "label_maps"
# Non-commercial licence and stemmed text: for evaluation only (../shared/README.md).
EVALUATION_ONLY = frozenset({"tiktok-banjir", "youtube-banjir", "tweet-banjir"})
NOT_A_COMPLAINT = ("aspirasi", "permintaan_informasi", "bukan_laporan")


@dataclass(frozen=True, slots=True)
class Sets:
    """The labelled comments by origin.

    Attributes:
        written: Written for this project, in data/.
        real: Real comments labelled by reading, evaluation-only sources included.
        bandung: Tweets to the mayor of Bandung: complaint or not, topic of complaints.
        surabaya: Reports to Surabaya's media centre: topic only.
        read: Real comments of the corpus and of the two sets above that we labelled by reading.
    """

    written: list[Example]
    real: list[Example]
    bandung: list[Example]
    surabaya: list[Example]
    read: list[Example]


def read_sets(shared: Path, scheme: LabelScheme) -> Sets:
    """Read all labelled sets.

    Args:
        shared: Folder that holds ``labelled/``.
        scheme: Heads and labels.

    Raises:
        InputError: If the shared folder is not there.
    """
    labelled = shared / "labelled"
    if not labelled.is_dir():
        raise InputError(
            f"no folder {labelled}; the shipped model needs the project's shared data. "
            "To train on your own comments run: pengaduan train DATA --out models/mine"
        )
    read = join_texts(load_labels(ROOT / "data" / "read_labels.tsv", scheme), shared)
    taken = {example.text for example in read}
    return Sets(
        written=read_examples(ROOT / "data" / "comments.jsonl", scheme),
        real=read_examples(labelled / "triage_comments.jsonl", scheme),
        bandung=[
            row
            for row in _bandung(labelled / "bandung_tweets.jsonl", scheme)
            if row.text not in taken
        ],
        surabaya=[
            row for row in _surabaya(labelled / "surabaya.jsonl", scheme) if row.text not in taken
        ],
        read=read,
    )


def _bandung(path: Path, scheme: LabelScheme) -> Iterator[Example]:
    topics = _read_map(MAPS / "bandung.tsv", scheme)
    for row in _rows(path):
        is_complaint = row["label"] == "keluhan"
        labels = {"kind": ("pengaduan",) if is_complaint else NOT_A_COMPLAINT}
        if is_complaint:
            labels |= topics.get(row["subtopic"] or "", {})
        yield Example(row["text"], labels, "bandung")


def _surabaya(path: Path, scheme: LabelScheme) -> Iterator[Example]:
    topics = _read_map(MAPS / "surabaya.tsv", scheme)
    for row in _rows(path):
        if row["topik"] in topics:
            yield Example(row["text"], topics[row["topik"]], "surabaya")


def _read_map(path: Path, scheme: LabelScheme) -> dict[str, dict[str, tuple[str, ...]]]:
    """Read ``name<TAB>sector.subtopic`` lines into partial labels, checked against the scheme."""
    found = {}
    with path.open(encoding="utf-8", newline="") as lines:
        kept = (line for line in lines if not line.startswith("#"))
        for name, target in csv.reader(kept, delimiter="\t"):
            sector, _, subtopic = target.partition(".")
            scheme.head("sector").index(sector)
            labels: dict[str, tuple[str, ...]] = {"sector": (sector,)}
            if subtopic:
                scheme.head("subtopic").index(subtopic)
                labels["subtopic"] = (subtopic,)
            found[name] = labels
    return found


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def read_keyword_rules() -> KeywordRules:
    """Return the cue words of the taxonomy as a baseline."""
    taxonomy = yaml.safe_load((ROOT / "data" / "taxonomy.yaml").read_text(encoding="utf-8"))
    return KeywordRules.from_taxonomy(taxonomy)


def read_slang(shared: Path) -> dict[str, list[str]]:
    """Return formal words with their slang spellings, for augmentation only (never shipped)."""
    path = shared / "lexicon" / "kamus-alay.csv"
    found: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            formal, slang = row["formal"].strip(), row["slang"].strip()
            if formal and slang and " " not in formal and formal != slang:
                found.setdefault(formal, []).append(slang)
    return found
