"""What a model does on raw political streams: false alarms per thousand comments.

The streams are origins of read comments named in ``label_maps/streams.tsv``. Their rows were drawn
in strata from random samples of each stream; the weight ``stands_for`` makes up for that.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pengaduan_nlp.metrics import bootstrap_interval
from training.read_comments import ReadLabel

RECALL = 0.9


def stream_origins(path: Path) -> frozenset[str]:
    """Return the origins that are political streams."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def stream_report(
    labels: list[ReadLabel],
    scores: NDArray[np.float64],
    decided: NDArray[np.bool_],
    origins: frozenset[str],
) -> dict[str, Any]:
    """Return shares per thousand comments of the streams, each with a 95 % interval.

    Args:
        labels: Labels of the read comments.
        scores: Chance that each is a complaint, by a model that never saw its origin, (n,).
        decided: Whether the model's decision is "complaint", (n,).
        origins: The streams.

    Returns:
        ``complaints``, ``false_alarms`` at the model's decision, ``found`` (recall there), and
        ``false_alarms_at_90_recall``: the threshold finds 90 % of the weighted complaints.
    """
    rows = [i for i, row in enumerate(labels) if row.stands_for and row.origin in origins]
    weight = np.array([labels[i].stands_for for i in rows], dtype=np.float64)
    gold = np.array([labels[i].labels["kind"] == "pengaduan" for i in rows])
    score, found = scores[rows], decided[rows]

    def share(part: NDArray[np.bool_], whole: NDArray[np.bool_], at: NDArray[np.int64]) -> float:
        below = float((weight[at] * whole[at]).sum())
        return float((weight[at] * (part & whole)[at]).sum()) / below if below else 0.0

    def alarms_at_recall(at: NDArray[np.int64]) -> float:
        order = at[np.argsort(-score[at], kind="stable")]
        hits = np.cumsum(weight[order] * gold[order])
        if not hits[-1]:
            return 0.0
        last = int(np.searchsorted(hits, RECALL * hits[-1]))
        threshold = score[order[last]]
        return share(score >= threshold, ~gold, at)

    everything = np.ones(len(rows), dtype=bool)
    measures = {
        "complaints": lambda at: share(gold, everything, at),
        "false_alarms": lambda at: share(found, ~gold, at),
        "found": lambda at: share(found, gold, at),
        "false_alarms_at_90_recall": alarms_at_recall,
    }
    report: dict[str, Any] = {
        "comments": len(rows),
        "streams": len({labels[i].origin for i in rows}),
        "complaints_read": int(gold.sum()),
    }
    for name, measure in measures.items():
        low, high = bootstrap_interval(measure, len(rows), n_resamples=500)
        value = measure(np.arange(len(rows)))
        report[name] = {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4)}
    return report
