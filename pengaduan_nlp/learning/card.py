"""Write a bundle's model card from its manifest and metrics; nothing in it is typed by hand."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import bundle as layout

_SCORE_NAMES = {
    "complaint_macro_f1": "complaint or not, macro-F1",
    "complaint_auprc": "complaint, area under precision-recall",
    "false_alarms_at_90_recall": "false alarms among non-complaints at 90 % recall",
    "macro_f1": "macro-F1 (labels with 10 rows or more)",
    "accuracy": "accuracy",
    "ece": "expected calibration error",
    "quadratic_kappa": "quadratic kappa",
    "urgent_recall": "recall of tinggi and darurat",
}


def write_card(path: Path) -> Path:
    """Write ``README.md`` into a bundle and return its path.

    Args:
        path: Folder with ``manifest.json`` and ``metrics.json``.
    """
    manifest = json.loads((path / layout.MANIFEST).read_text(encoding="utf-8"))
    metrics = json.loads((path / layout.METRICS).read_text(encoding="utf-8"))
    parts = [
        _introduction(manifest),
        score_table(metrics),
        _slices(metrics),
        _training(manifest),
        _limits(),
    ]
    card = path / layout.CARD
    card.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")
    return card


def score_table(metrics: Mapping[str, Any]) -> str:
    """Return the headline scores beside the baseline's as Markdown."""
    model = metrics["model"]["heads"]
    floor = metrics.get("tfidf_logistic_regression", {}).get("heads", {})
    lines = [
        "## Scores",
        "",
        f"Measured {metrics['date']} on `{metrics['data']}`; {metrics['protocol']}. "
        "In brackets: 95 % bootstrap intervals.",
        "",
        "| head | score | n | this model | TF-IDF + logistic regression |",
        "|---|---|---|---|---|",
    ]
    for head, report in model.items():
        for name, score in report["scores"].items():
            other = floor.get(head, {}).get("scores", {}).get(name)
            lines.append(
                f"| {head} | {_SCORE_NAMES.get(name, name)} | {report['n']} | {interval(score)} "
                f"| {interval(other) if other else '-'} |"
            )
    return "\n".join(lines)


def interval(score: Mapping[str, float]) -> str:
    """Return a score with its interval as text."""
    return f"{score['value']:.3f} [{score['low']:.3f}, {score['high']:.3f}]"


def _introduction(manifest: Mapping[str, Any]) -> str:
    encoder = manifest.get("encoder") or {}
    shape = encoder.get("shape", "")
    return (
        f"# {manifest['name']} {manifest['version']}\n\n"
        "Reads an Indonesian comment and says whether it is a complaint, a wish, a question or no "
        "report; about which sector and sub-topic; how urgent; whether misconduct is alleged. "
        f"A transformer encoder{f' ({shape})' if shape else ''} with one linear layer for all "
        f"heads. Made {manifest['created']}, licence {manifest['licence']}. "
        "It suggests; an officer decides."
    )


def _slices(metrics: Mapping[str, Any]) -> str:
    rows = metrics.get("by_source", {})
    if not rows:
        return ""
    lines = [
        "## By source (complaint or not, macro-F1)",
        "",
        "| source | n | score |",
        "|---|---|---|",
    ]
    for name, score in sorted(rows.items(), key=lambda item: item[1]["value"]):
        lines.append(f"| {name} | {score['n']} | {interval(score)} |")
    return "\n".join(lines)


def _training(manifest: Mapping[str, Any]) -> str:
    lines = ["## What it was trained on", "", "| data | rows | sha256 |", "|---|---|---|"]
    for entry in manifest["data"]:
        lines.append(f"| {entry['source']} | {entry['rows']} | `{entry['sha256'][:12]}` |")
    encoder = manifest.get("encoder") or {}
    for key, value in encoder.items():
        lines.append(f"\n- encoder, {key}: {value}")
    recipe = ", ".join(f"{key} = {value}" for key, value in manifest["recipe"].items())
    return "\n".join([*lines, "", f"Recipe: {recipe}."])


def _limits() -> str:
    return (
        "## Limits\n\n"
        "- Scores are those of comments from accounts not trained on, but collected by the same "
        "people in the same years; expect less on a platform or region that none of them covers.\n"
        "- Labels come from one annotator a comment; urgency is the least certain of them.\n"
        "- Regional languages are covered by comments written for the project that no native "
        "speaker of each has checked yet.\n"
        "- It must not be used to answer, rank or silence people: it sorts a queue that a person "
        "reads."
    )
