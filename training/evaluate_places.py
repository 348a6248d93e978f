"""Measure the place finder: exact and overlapping spans, and the codes they are linked to.

Usage:
    python -m training.evaluate_places                      # tests/data/places.jsonl
    python -m training.evaluate_places ROWS.jsonl           # rows with "text" and "place"

The first prints precision, recall and F1 of spans (offsets and level), of overlapping spans and of
linked codes. The second knows one gold span a row, the longest stretch that says where: a row is
exact where the union of adjacent found spans is that stretch, a hit where one overlaps it. Rows
with ``kind`` = ``bukan_laporan`` are left out, since their places were not labelled for use.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pengaduan_nlp.places.finder import PlaceFinder
from pengaduan_nlp.records import Place

OWN = Path(__file__).resolve().parent.parent / "tests" / "data" / "places.jsonl"
_BRIDGE = 12  # characters between spans of one stretch: "jl Melati no 4, dekat SDN 3"

Span = tuple[int, int]


class Counts:
    """True positives, found and gold of one comparison."""

    def __init__(self) -> None:
        self.right = self.right_gold = self.found = self.gold = 0

    def add(self, right: int, found: int, gold: int, right_gold: int | None = None) -> None:
        """Add one text; ``right_gold`` differs where two found spans meet one gold span."""
        self.right += right
        self.right_gold += right if right_gold is None else right_gold
        self.found += found
        self.gold += gold

    def __str__(self) -> str:
        precision = self.right / max(self.found, 1)
        recall = self.right_gold / max(self.gold, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        return (
            f"precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}  "
            f"({self.found} found, {self.gold} gold)"
        )


def gold_spans(row: dict[str, Any]) -> list[tuple[int, int, str, str | None]]:
    """Return (start, end, level, code) of a row of ``places.jsonl``; substrings in text order."""
    spans, position = [], 0
    for place in row["places"]:
        start = row["text"].index(place["text"], position)
        position = start + len(place["text"])
        spans.append((start, position, place["level"], place["code"]))
    return spans


def overlaps(left: Span, right: Span) -> bool:
    """Return whether two spans share a character."""
    return left[0] < right[1] and right[0] < left[1]


def evaluate_own(rows: Iterable[dict[str, Any]], finder: PlaceFinder) -> dict[str, Counts]:
    """Compare ``find`` with hand-made gold: span and level, overlap, code."""
    counts = {name: Counts() for name in ("exact span + level", "overlap", "linked code")}
    for row in rows:
        gold = gold_spans(row)
        found = finder.find(row["text"], region=row.get("region"))
        triples = {(p.start, p.end, p.level) for p in found}
        exact = len(triples & {(start, end, level) for start, end, level, _ in gold})
        counts["exact span + level"].add(exact, len(found), len(gold))
        hit = sum(any(overlaps((p.start, p.end), g[:2]) for g in gold) for p in found)
        met = sum(any(overlaps((p.start, p.end), g[:2]) for p in found) for g in gold)
        counts["overlap"].add(hit, len(found), len(gold), met)
        linked = [p for p in found if p.code]
        right = sum(
            any(p.code == g[3] and overlaps((p.start, p.end), g[:2]) for g in gold) for p in linked
        )
        counts["linked code"].add(right, len(linked), sum(g[3] is not None for g in gold))
    return counts


def unions(places: Sequence[Place]) -> list[Span]:
    """Return the stretches that adjacent places cover together."""
    joined: list[Span] = []
    for place in places:
        if joined and place.start - joined[-1][1] <= _BRIDGE:
            joined[-1] = (joined[-1][0], place.end)
        else:
            joined.append((place.start, place.end))
    return joined


def evaluate_rows(rows: Iterable[dict[str, Any]], finder: PlaceFinder) -> dict[str, Counts]:
    """Compare ``find`` with one gold stretch a row, or none."""
    counts = {name: Counts() for name in ("exact stretch", "overlap", "row has a place")}
    for row in rows:
        text, place = row["text"], row["place"]
        start = text.find(place) if place else -1
        gold = (start, start + len(place)) if start >= 0 else None
        found = unions(finder.find(text))
        exact = int(gold in found)
        met = [span for span in found if gold and overlaps(span, gold)]
        counts["exact stretch"].add(exact, len(found), int(gold is not None))
        counts["overlap"].add(len(met), len(found), int(gold is not None), int(bool(met)))
        said = int(bool(found))
        counts["row has a place"].add(int(said and gold is not None), said, int(gold is not None))
    return counts


def read(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a jsonl file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=Path, help="jsonl with 'text' and 'place'")
    arguments = parser.parse_args()
    finder = PlaceFinder.load()
    if arguments.rows is None:
        counts = evaluate_own(read(OWN), finder)
    else:
        rows = [row for row in read(arguments.rows) if row.get("kind") != "bukan_laporan"]
        counts = evaluate_rows(rows, finder)
    for name, value in counts.items():
        print(f"{name:20} {value}")


if __name__ == "__main__":
    main()
