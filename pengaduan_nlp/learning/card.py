"""Write a bundle's model card from its manifest and metrics; nothing in it is typed by hand."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import bundle as layout
from .plots import RELIABILITY, RISK_COVERAGE

_SCORE_NAMES = {
    "complaint_macro_f1": "complaint or not, macro-F1",
    "complaint_auprc": "complaint, area under precision-recall",
    "false_alarms_at_90_recall": "false alarms among non-complaints at 90 % recall",
    "macro_f1": "macro-F1 (labels with 10 rows or more)",
    "accuracy": "accuracy",
    "ece": "expected calibration error",
    "quadratic_kappa": "quadratic kappa",
    "urgent_recall": "recall of tinggi and darurat",
    "kappa": "kappa",
    "aurc": "mean risk over all coverages",
    "macro_auprc": "mean area under precision-recall (labels with 10 rows or more)",
    "complaint_recall": "complaints found",
    "false_alarms": "non-complaints taken for one",
}
_BESIDE = {  # key of metrics.json -> name, unless the entry has one
    "before": "the model before",
    "tfidf_logistic_regression": "TF-IDF + logistic regression",
    "keyword_rules": "keyword rules",
}
# Rules give no probability, only an order, so nothing that reads it as one is shown of them.
_NOT_OF_RULES = ("ece", "aurc")
_SLICE_SCORES = ("complaint_macro_f1", "complaint_recall", "false_alarms", "accuracy")
_READ_SCORES = ("complaint_macro_f1", "macro_f1", "quadratic_kappa", "urgent_recall", "ece")
STREAM_SCORES = {
    "complaints": "share of complaints",
    "false_alarms": "false alarms among non-complaints, as the model decides",
    "found": "complaints found, as the model decides",
    "false_alarms_at_90_recall": "false alarms among non-complaints at 90 % recall",
}
_PICTURES = {
    RELIABILITY: "Reliability: how often answers of a probability are right",
    RISK_COVERAGE: "Risk and coverage: what is wrong among the answers kept, surest first",
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
        _pictures(path),
        _slices(metrics),
        _read_comments(metrics),
        _training(manifest),
        _limits(metrics),
    ]
    card = path / layout.CARD
    card.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")
    return card


def score_table(metrics: Mapping[str, Any]) -> str:
    """Return the headline scores beside those of what was measured on the same rows."""
    model = metrics["model"]["heads"]
    beside = {key: metrics[key] for key in _BESIDE if key in metrics}
    titles = "".join(f" {found.get('name', _BESIDE[key])} |" for key, found in beside.items())
    lines = [
        "## Scores",
        "",
        f"Measured {metrics['date']} on `{metrics['data']}`; {metrics['protocol']}. "
        "In brackets: 95 % bootstrap intervals.",
        "",
        f"| head | score | n | this model |{titles}",
        f"|---|---|---|---|{'---|' * len(beside)}",
    ]
    for head, report in model.items():
        for name, score in report["scores"].items():
            others = "".join(f" {_other(key, o, head, name)} |" for key, o in beside.items())
            lines.append(
                f"| {head} | {_SCORE_NAMES.get(name, name)} | {report['n']} | {interval(score)} "
                f"|{others}"
            )
    if "verdict" in metrics:
        lines += ["", metrics["verdict"]]
    return "\n".join(lines)


def _other(key: str, found: Mapping[str, Any], head: str, name: str) -> str:
    score = found["heads"].get(head, {}).get("scores", {}).get(name)
    hidden = key == "keyword_rules" and name in _NOT_OF_RULES
    return "-" if score is None or hidden else interval(score)


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


def _pictures(path: Path) -> str:
    """Link the pictures that lie beside the card."""
    shown = [f"![{title}]({name})" for name, title in _PICTURES.items() if (path / name).is_file()]
    return "\n\n".join(["## Calibration", *shown]) if shown else ""


def _slices(metrics: Mapping[str, Any]) -> str:
    """Return the first head's scores by source, length and kind of non-report."""
    first = next(iter(metrics["model"]["heads"]), "")
    parts = []
    for column, values in metrics["model"].get("slices", {}).items():
        rows = {v: part["heads"][first] for v, part in values.items() if first in part["heads"]}
        names = [n for n in _SLICE_SCORES if any(n in row["scores"] for row in rows.values())]
        if not rows:
            continue
        titles = " | ".join(_SCORE_NAMES[name] for name in names)
        lines = [f"## By {column}", "", f"| {column} | n | {titles} |"]
        lines.append(f"|---|---|{'---|' * len(names)}")
        for value, row in rows.items():
            cells = [interval(row["scores"][n]) if n in row["scores"] else "-" for n in names]
            lines.append(f"| {value} | {row['n']} | {' | '.join(cells)} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _read_comments(metrics: Mapping[str, Any]) -> str:
    """Return the scores on comments labelled by the project, and on raw streams among them."""
    if "read_comments" not in metrics:
        return ""
    found = metrics["read_comments"]
    lines = [
        "## Comments that the project read and labelled itself",
        "",
        "Same models and folds, more accounts; chosen among what an earlier model took for a "
        "report or was unsure of, so harder than a stream. `data/README.md` says who labelled.",
        "",
        "| head | score | this model |",
        "|---|---|---|",
    ]
    for head, scores in found["heads"].items():
        for name in (n for n in _READ_SCORES if n in scores):
            lines.append(f"| {head} | {_SCORE_NAMES.get(name, name)} | {interval(scores[name])} |")
    stream = found["streams"]
    lines += [
        "",
        f"Raw streams: {stream['comments']} comments, {stream['complaints_read']} complaints among "
        f"them, drawn from {stream['streams']} streams under political videos and posts, weighted "
        "to the share of each stratum:",
        "",
    ]
    lines += [f"- {title}: {interval(stream[key])}" for key, title in STREAM_SCORES.items()]
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


def _limits(metrics: Mapping[str, Any]) -> str:
    scores = (
        "comments held out of the same table as was trained on; expect less on accounts, regions "
        "and times that it does not cover"
        if "before" in metrics
        else "comments from accounts not trained on, but collected by the same people in the same "
        "years; expect less on a platform or region that none of them covers"
    )
    return (
        f"## Limits\n\n- Scores are those of {scores}.\n"
        "- Labels come from one annotator a comment; urgency is the least certain of them.\n"
        "- Regional languages are covered by comments written for the project that no native "
        "speaker of each has checked yet.\n"
        "- It must not be used to answer, rank or silence people: it sorts a queue that a person "
        "reads."
    )
