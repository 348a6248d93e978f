"""Print what each stage of a prediction costs, and its share of the model's time.

Run: python -m training.measure_stages [--rows N] [--data FILE]

Times are best of three, in microseconds a comment, on one thread; only their ratios mean anything.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pengaduan_nlp import Comment, Triage
from pengaduan_nlp.places.finder import PlaceFinder
from pengaduan_nlp.privacy import find_pii
from pengaduan_nlp.text import normalize
from training import ROOT


def best(work: Callable[[], object], n_comments: int) -> float:
    """Return the fastest of three runs, in microseconds a comment."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times) / n_comments * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "comments.jsonl")
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in arguments.data.open(encoding="utf-8")]
    step = max(1, len(rows) // arguments.rows)
    texts = [row["text"] for row in rows[::step]][: arguments.rows]
    n_texts = len(texts)
    triage = Triage.load(threads=1)
    finder = PlaceFinder.load()
    normal = [normalize(text) for text in texts]

    def read() -> dict[str, Any]:
        return triage.calibration.probabilities(triage._read(normal, 64), triage.scheme)

    shares = read()
    interpreter = triage._interpreter
    choices = interpreter.choices(shares)
    comments = [Comment(text) for text in texts]
    reports = sum(decision.label != "bukan_laporan" for decision in choices.decisions["kind"])

    def interpret() -> None:
        for i, (comment, text) in enumerate(zip(comments, normal, strict=True)):
            interpreter.result(comment, text, i, choices)

    stages = {
        "normalise": best(lambda: [normalize(text) for text in texts], n_texts),
        "tokenise": best(lambda: triage._tokenizer.windows(normal), n_texts),
        "encode, heads, calibration": best(read, n_texts),
        "decisions": best(lambda: interpreter.choices(shares), n_texts),
        "routing, places, gaps, privacy": best(interpret, n_texts),
        "  of which personal data": best(lambda: [find_pii(text) for text in texts], n_texts),
        "  of which places (every text)": best(
            lambda: [finder.find(text) for text in texts], n_texts
        ),
    }
    model = stages["encode, heads, calibration"]
    print(f"{n_texts} comments of {arguments.data.name}, {reports} of them reports")
    for name, value in stages.items():
        print(f"{name:<32} {value:8.1f} us  {value / model:6.1%} of the model's time")


if __name__ == "__main__":
    main()
