"""Renew the parts of README.md that commands print: example output and scores.

Run: python -m training.readme [--check]
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from pengaduan_nlp.learning.card import STREAM_SCORES, interval
from training import ROOT

README = ROOT / "README.md"
_HEADLINES = (
    ("kind", "complaint_macro_f1", "complaint or not, macro-F1"),
    ("kind", "false_alarms_at_90_recall", "false alarms among non-complaints at 90 % recall"),
    ("kind", "macro_f1", "four kinds, macro-F1"),
    ("sector", "macro_f1", "sector, macro-F1 (labels with 10 rows or more)"),
    ("urgency", "quadratic_kappa", "urgency, quadratic kappa"),
    ("urgency", "urgent_recall", "recall of tinggi and darurat"),
    ("kind", "ece", "calibration error of the kind"),
)


def scores() -> str:
    """Return the table of headline scores of the bundled model."""
    metrics = json.loads((ROOT / "models/triage/metrics.json").read_text(encoding="utf-8"))
    model = metrics["model"]["heads"]
    floor = metrics["tfidf_logistic_regression"]["heads"]
    lines = [
        f"Measured {metrics['date']} on real comments from accounts not trained on "
        f"({metrics['protocol']}); n = {model['kind']['n']}; 95 % bootstrap intervals.",
        "",
        "| | this model | TF-IDF + logistic regression, same rows |",
        "|---|---|---|",
    ]
    for head, name, title in _HEADLINES:
        mine, other = (report[head]["scores"][name] for report in (model, floor))
        lines.append(f"| {title} | {interval(mine)} | {interval(other)} |")
    streams = metrics["read_comments"]["streams"]
    lines += [
        "",
        f"On {streams['comments']} comments drawn from {streams['streams']} raw streams under "
        "political videos, read and labelled by the project, held out in the same way: "
        + "; ".join(f"{title} {interval(streams[key])}" for key, title in STREAM_SCORES.items())
        + ".",
    ]
    return "\n".join(lines)


def triage_output() -> str:
    """Return what the first command prints."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "hasil.csv"
        shown = _run(
            "-m", "pengaduan_nlp", "triage", "data/contoh_komentar.csv", "-o", str(target),
            "--show", "12",
        )  # fmt: skip
    return _block(shown.replace(str(target), "hasil.csv"))


def python_output() -> str:
    """Return what the Python example prints."""
    return _block(_run("-c", python_example()))


def python_example() -> str:
    """Return the Python block of the README."""
    found = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    if found is None:
        raise SystemExit("README.md has no python block")
    return found[1]


def _run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        cwd=ROOT,
    )
    # The rate is that of the machine at hand and says nothing.
    return re.sub(r" in [\d.,]+ s \([\d,]+/s\)", "", done.stdout)


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"


def renewed() -> str:
    """Return the README with all its parts made anew."""
    text = README.read_text(encoding="utf-8")
    for name, make in (("triage", triage_output), ("python", python_output), ("scores", scores)):
        pattern = re.compile(f"(<!-- begin: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
        part = make()
        text = pattern.sub(lambda match, part=part: f"{match[1]}{part}\n{match[2]}", text)
    return text


def main() -> None:
    """Write the README, or with ``--check`` fail if it is stale."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    text = renewed()
    if not parser.parse_args().check:
        README.write_text(text, encoding="utf-8")
    elif text != README.read_text(encoding="utf-8"):
        raise SystemExit("README.md is stale; run: python -m training.readme")


if __name__ == "__main__":
    main()
