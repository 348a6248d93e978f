"""Print hit@1 and hit@3 of routing on the hand-written cases, with 95 % intervals.

Run: python -m training.evaluate_routing [--cases FILE]

Hit@1: the first suggestion is the gold agency. Hit@3: one of the first three is acceptable.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from pengaduan_nlp.metrics import bootstrap_interval
from pengaduan_nlp.records import Place
from pengaduan_nlp.routing.router import Router, Routing
from training import ROOT


def route(router: Router, case: dict[str, Any]) -> Routing:
    """Return the routing of a case of tests/data/routing.jsonl."""
    places = [Place(start=0, end=len(item["text"]), **item) for item in case.get("places", [])]
    return router.suggest(
        case["text"],
        case["subtopics"],
        urgency=case["urgency"],
        oversight=case["oversight"],
        places=places,
        account=case.get("account"),
        region=case.get("region"),
    )


def hits(router: Router, case: dict[str, Any]) -> tuple[bool, bool]:
    """Return whether the first, and whether one of the first three, suggestions is right."""
    routing = route(router, case)
    ids = [agency.id for agency in routing.agencies]
    return ids[0] == case["gold"], not set(ids[:3]).isdisjoint(case["accept"])


def main() -> None:
    """Measure and print, by split."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=Path, default=ROOT / "tests/data/routing.jsonl")
    cases = [json.loads(line) for line in parser.parse_args().cases.open(encoding="utf-8")]
    router = Router.load()
    for split in sorted({case["split"] for case in cases}):
        found = np.array([hits(router, case) for case in cases if case["split"] == split])
        for column, name in enumerate(("hit@1", "hit@3")):
            values = found[:, column]
            low, high = bootstrap_interval(lambda at, v=values: float(v[at].mean()), len(values))
            print(
                f"{split:<8} n={len(values):<4} {name} {values.mean():.3f} [{low:.3f}, {high:.3f}]"
            )


if __name__ == "__main__":
    main()
