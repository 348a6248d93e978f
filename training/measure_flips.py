"""Measure how often a change that says nothing new changes an answer of a bundle.

Run: python -m training.measure_flips [--bundle NAME_OR_FOLDER] [--json]

Reads ``tests/data/metamorphic.jsonl``: comments with hand-written versions that are polite, rude
and misspelled. A flip is another label of a head that both answers have; a change of ``complaint``
is a change of the decision itself. Intervals are 95 % bootstraps over comments.
"""

import argparse
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pengaduan_nlp import Triage, TriageResult
from pengaduan_nlp.metrics import bootstrap_interval
from training import ROOT

HEADS = ("complaint", "sector", "urgency")
_PLEA = " VIRALKAN!!! 😭😭"


def changes(rows: Sequence[dict[str, Any]]) -> dict[str, list[str | None]]:
    """Return for each kind of change the changed text of every row, ``None`` where it has none."""
    places = sorted({row["place"] for row in rows if row.get("place")})
    rng = random.Random(0)

    def swapped(row: dict[str, Any]) -> str | None:
        if not row.get("place"):
            return None
        other = rng.choice([name for name in places if name != row["place"]])
        return str(row["text"].replace(row["place"], other))

    make: dict[str, Callable[[dict[str, Any]], str | None]] = {
        "plea for virality": lambda row: row["text"] + _PLEA,
        "capitals": lambda row: row["text"].upper(),
        "elongation": lambda row: row["text"].replace("a", "aaaa", 1),
        "exclamation marks": lambda row: row["text"] + "!!!!",
        "another place": swapped,
        "polite frame": lambda row: row.get("polite"),
        "rude frame": lambda row: row.get("rude"),
        "heavy misspelling": lambda row: row.get("misspelled"),
    }
    return {name: [change(row) for row in rows] for name, change in make.items()}


def flips(
    before: Sequence[TriageResult], after: Sequence[TriageResult], head: str
) -> dict[str, float]:
    """Return the share of changed answers with its interval."""
    pairs = [(_answer(a, head), _answer(b, head)) for a, b in zip(before, after, strict=True)]
    changed = np.array([a != b for a, b in pairs if a is not None and b is not None], dtype=float)
    low, high = bootstrap_interval(lambda at: float(changed[at].mean()), len(changed))
    return {"flips": float(changed.mean()), "low": low, "high": high, "n": len(changed)}


def _answer(result: TriageResult, head: str) -> str | bool | None:
    if head == "complaint":
        return result.is_complaint
    decision = getattr(result, head)
    return None if decision is None else str(decision.label)


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", default="triage")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    path = ROOT / "tests" / "data" / "metamorphic.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    triage = Triage.load(arguments.bundle)
    before = triage.predict_many([row["text"] for row in rows])
    report = {}
    for name, texts in changes(rows).items():
        kept = [i for i, text in enumerate(texts) if text is not None]
        after = triage.predict_many([str(texts[i]) for i in kept])
        report[name] = {head: flips([before[i] for i in kept], after, head) for head in HEADS}
    if arguments.json:
        print(json.dumps({"bundle": triage.bundle.version, "changes": report}))
        return
    print(f"bundle {triage.bundle.name} {triage.bundle.version}, {len(rows)} comments")
    for name, heads in report.items():
        cells = (
            f"{head} {row['flips']:.1%} [{row['low']:.1%}, {row['high']:.1%}]"
            for head, row in heads.items()
        )
        print(f"{name:18s} " + "  ".join(cells))


if __name__ == "__main__":
    main()
