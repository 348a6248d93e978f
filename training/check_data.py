"""Check the comments written for the project, and print what they cover.

Run: python -m training.check_data [--shared DIR]

Fails on an unknown label, labels that contradict each other, a place that is not in the text,
personal data, a repeated id or text, and near-copies of the examples that the README shows or the
tests ask; with the shared folder at hand also near-copies of the real comments. Checks the labels
of read comments likewise and, with the shared folder, how far they agree with those of
``triage_comments.jsonl`` on control rows.
"""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score

from pengaduan_nlp.examples import gold_positions, read_examples
from pengaduan_nlp.learning.data import near_copy_groups
from pengaduan_nlp.metrics import bootstrap_interval
from pengaduan_nlp.privacy import find_pii
from pengaduan_nlp.scheme import LabelScheme
from training import ROOT
from training.read_comments import load_labels, text_hash

FIELDS = (
    "id", "text", "kind", "sector", "subtopic", "second", "urgency", "oversight", "reason",
    "place", "lect", "province", "tags",
)  # fmt: skip
_PRIVATE = frozenset({"nik", "kk", "telepon", "rekening", "email"})
_SHORT = 4  # words; shorter texts coincide by chance


def problems(row: dict[str, Any], scheme: LabelScheme) -> Iterator[str]:
    """Yield what is wrong with one row."""
    if tuple(row) != FIELDS:
        yield f"fields are {list(row)}, expected {list(FIELDS)}"
        return
    kind = row["kind"]
    for head in scheme.heads:
        value = row[head.name]
        applies = head is scheme.heads[0] or kind in head.applies_to
        if applies != (value is not None):
            yield f"{head.name} is {value!r} although kind is {kind!r}"
        elif value is not None and value not in head.slugs:
            yield f"unknown {head.name} {value!r}"
    subtopics = {label.slug: label.parent for label in scheme.head("subtopic").labels}
    if row["subtopic"] and subtopics.get(row["subtopic"]) != row["sector"]:
        yield f"sub-topic {row['subtopic']!r} is not under sector {row['sector']!r}"
    if row["place"] and row["place"] not in row["text"]:
        yield f"place {row['place']!r} is not in the text"
    private = [span.kind for span in find_pii(row["text"]) if span.kind in _PRIVATE]
    if private:
        yield f"personal data in the text: {', '.join(private)}"


def other_texts(shared: Path) -> list[str]:
    """Return the texts that no written comment may copy."""
    found = []
    with (ROOT / "data" / "contoh_komentar.csv").open(encoding="utf-8", newline="") as file:
        found += [row["komentar"] for row in csv.DictReader(file)]
    for name, key in (
        ("data/worked_examples.jsonl", "teks"),
        ("tests/data/behaviour.jsonl", "text"),
    ):
        path = ROOT / name
        if path.exists():
            found += [json.loads(line)[key] for line in path.open(encoding="utf-8")]
    real = shared / "labelled" / "triage_comments.jsonl"
    if real.exists():
        found += [json.loads(line)["text"] for line in real.open(encoding="utf-8")]
    return found


def copies(texts: list[str], others: list[str]) -> Iterator[tuple[int, str]]:
    """Yield positions of texts that are near-copies of another text, with its beginning."""
    groups = near_copy_groups([*others, *texts])
    first: dict[int, str] = {}
    for position, (text, group) in enumerate(zip([*others, *texts], groups.tolist(), strict=True)):
        own = position - len(others)
        if own >= 0 and group in first and len(text.split()) >= _SHORT:
            yield own, first[group][:50]
        first.setdefault(group, text)


def agreement(scheme: LabelScheme, shared: Path) -> Iterator[str]:
    """Yield the kappa of our readers with the labels of the shared set, a head a line."""
    path = shared / "labelled" / "triage_comments.jsonl"
    if not path.exists():
        return
    control = {
        label.text_hash: label.labels
        for label in load_labels(ROOT / "data" / "read_control.tsv", scheme)
    }
    pairs = [
        (row, replace(row, labels={head: (slug,) for head, slug in control[key].items()}))
        for row in read_examples(path, scheme)
        if (key := text_hash(row.text)) in control
    ]
    theirs = gold_positions([row for row, _ in pairs], scheme)
    ours = gold_positions([row for _, row in pairs], scheme)
    yield f"{len(pairs)} control rows, kappa with the shared labels (urgency quadratic):"
    for name in ("kind", "sector", "subtopic", "urgency", "reason"):
        head = scheme.head(name)
        both = (theirs[head.name] >= 0) & (ours[head.name] >= 0)
        left, right = theirs[head.name][both], ours[head.name][both]
        weights = "quadratic" if head.ordinal else None

        def score(
            at: NDArray[np.int64], left: Any = left, right: Any = right, weights: Any = weights
        ) -> float:
            return float(cohen_kappa_score(left[at], right[at], weights=weights))

        low, high = bootstrap_interval(score, len(left), n_resamples=500)
        value = score(np.arange(len(left)))
        yield f"  {head.name}: {value:.3f} [{low:.3f}, {high:.3f}], n={len(left)}"


def main() -> None:
    """Check, print counts, and exit with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    arguments = parser.parse_args()
    path = ROOT / "data" / "comments.jsonl"
    scheme = LabelScheme.load(ROOT / "data" / "scheme.json")
    rows = [json.loads(line) for line in path.open(encoding="utf-8")]
    wrong = [
        f"{path.name}:{line}: {problem}"
        for line, row in enumerate(rows, 1)
        for problem in problems(row, scheme)
    ]
    repeated = [key for key, n in Counter(row["id"] for row in rows).items() if n > 1]
    wrong += [f"{path.name}: id {key} is used twice" for key in repeated]
    texts = [row["text"] for row in rows]
    wrong += [
        f"{path.name}:{position + 1}: near-copy of {other!r}"
        for position, other in copies(texts, other_texts(arguments.shared))
    ]
    for line in summary(rows):
        print(line)
    read = load_labels(ROOT / "data" / "read_labels.tsv", scheme)
    kinds = Counter(label.labels["kind"] for label in read)
    counts = ", ".join(f"{kind} {n}" for kind, n in kinds.most_common())
    print(f"{len(read)} read comments of {len({label.origin for label in read})} origins: {counts}")
    for line in agreement(scheme, arguments.shared):
        print(line)
    if wrong:
        raise SystemExit("\n".join([*wrong[:50], f"{len(wrong)} problems"]))


def summary(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield lines that say what the comments cover."""
    yield f"{len(rows)} comments"
    for name in ("kind", "sector", "urgency", "oversight", "reason", "lect"):
        counts = Counter(row[name] for row in rows if row[name])
        yield f"{name}: " + ", ".join(f"{key} {n}" for key, n in counts.most_common())
    subtopics = Counter(row["subtopic"] for row in rows if row["kind"] == "pengaduan")
    least = ", ".join(f"{key} {n}" for key, n in subtopics.most_common()[-5:])
    yield f"complaints of {len(subtopics)} sub-topics; fewest: {least}"
    lengths = sorted(len(row["text"].split()) for row in rows)
    yield "words: " + ", ".join(
        f"{share} % up to {lengths[len(rows) * share // 100 - 1]}" for share in (10, 50, 90, 100)
    )
    yield f"provinces: {len({row['province'] for row in rows if row['province']})}"
    regional = sum(row["lect"] != "id" for row in rows)
    hard = sum("hardneg" in row["tags"] for row in rows if row["kind"] == "bukan_laporan")
    others = sum(row["kind"] == "bukan_laporan" for row in rows)
    yield f"regional or mixed: {regional}; non-reports with sector words: {hard} of {others}"


if __name__ == "__main__":
    main()
