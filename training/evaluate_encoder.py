"""Fine-tune an encoder on IndoNLU's classification tasks and NusaX; report test macro-F1.

Run: python -m training.evaluate_encoder [--encoder DIR] [--shared DIR] [--tasks ...] [--seeds N]
     [--rates R ...] [--epochs N] [--validation]

The learning rate is chosen on validation with the first seed; the test split is read once, for
the report. Intervals are 95 % bootstraps over test rows, averaged over seeds. Writes
``benchmarks.json`` and ``benchmarks.md`` into the encoder's folder; two processes may do different
tasks of one encoder. ``--validation`` prints validation scores and touches no test split: for
comparing encoders.
"""

import argparse
import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pengaduan_nlp import metrics
from pengaduan_nlp.examples import Example, gold_positions
from pengaduan_nlp.learning.baseline import baseline_probabilities
from pengaduan_nlp.learning.loop import TrainingData, fit, predict_logits
from pengaduan_nlp.learning.model import build_network
from pengaduan_nlp.learning.recipe import Recipe
from pengaduan_nlp.scheme import Head, Label, LabelScheme
from pengaduan_nlp.tokenizer import Tokenizer
from training import ROOT

# Macro-F1 on test, in percent: IndoNLU (Wilie et al. 2020), table 5, as read in
# shared/design/ENCODER.md; NusaX (Winata et al. 2023) for Indonesian.
PUBLISHED = {
    "EmoT": {"IndoBERT-lite base": 73.88, "IndoBERT base": 76.28, "fastText-indo4b": 69.23},
    "SmSA": {"IndoBERT-lite base": 90.85, "IndoBERT base": 87.66, "fastText-indo4b": 82.13},
    "CASA": {"IndoBERT-lite base": 89.68, "IndoBERT base": 93.24, "fastText-indo4b": 82.20},
    "HoASA": {"IndoBERT-lite base": 88.07, "IndoBERT base": 92.70, "fastText-indo4b": 85.88},
    "WReTE": {"IndoBERT-lite base": 82.17, "IndoBERT base": 78.68, "fastText-indo4b": 60.42},
    "NusaX Indonesian": {"IndoBERT base": 90.0},
}
_INDONLU = {
    "EmoT": ("emot_emotion-twitter", "tweet"),
    "SmSA": ("smsa_doc-sentiment-prosa", None),
    "CASA": ("casa_absa-prosa", "sentence"),
    "HoASA": ("hoasa_absa-airy", "review"),
    "WReTE": ("wrete_entailment-ui", None),
}
_NUSAX = ("indonesian", "javanese", "sundanese", "minangkabau")
_RATES = (3e-4, 7e-4)
# Small training sets need more passes.
_EPOCHS = {"SmSA": 2, "EmoT": 7, "HoASA": 5, "CASA": 10, "WReTE": 20, "NusaX": 10}


@dataclass(frozen=True, slots=True)
class Task:
    """A benchmark: its label system and its three splits."""

    name: str
    scheme: LabelScheme
    train: list[Example]
    valid: list[Example]
    test: list[Example]


def read_task(name: str, bench: Path) -> Task:
    """Read a task's splits."""
    rows = {split: list(_rows(name, split, bench)) for split in ("train", "valid", "test")}
    seen: dict[str, set[str]] = {}
    for _, labels in rows["train"]:
        for head, label in labels.items():
            seen.setdefault(head, set()).add(label)
    heads = tuple(
        Head(head, head, tuple(Label(label, label) for label in sorted(labels)))
        for head, labels in seen.items()
    )
    splits = {
        split: [
            Example(text, {head: (label,) for head, label in labels.items()}, name)
            for text, labels in pairs
        ]
        for split, pairs in rows.items()
    }
    return Task(name, LabelScheme("1", heads), **splits)


def _rows(name: str, split: str, bench: Path) -> Iterator[tuple[str, dict[str, str]]]:
    if name.startswith("NusaX "):
        path = bench / "nusax" / name.removeprefix("NusaX ").lower() / f"{split}.csv"
        for row in _csv(path):
            yield row["text"], {"label": row["label"]}
        return
    folder, text_column = _INDONLU[name]
    if name == "SmSA":
        path = bench / "indonlu" / folder / f"{split}_preprocess.tsv"
        for line in path.read_text(encoding="utf-8").splitlines():
            text, _, label = line.rpartition("\t")
            yield text, {"label": label}
        return
    for row in _csv(bench / "indonlu" / folder / f"{split}_preprocess.csv"):
        if name == "WReTE":
            yield f"{row['sent_A']} <url> {row['sent_B']}", {"label": row["label"]}
        else:
            assert text_column is not None
            yield row.pop(text_column), {head: label for head, label in row.items() if head}


def _csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def macro_f1(
    task: Task, examples: list[Example], found: dict[str, NDArray[np.int64]]
) -> tuple[float, tuple[float, float]]:
    """Return macro-F1 averaged over heads, in percent, with its bootstrap interval."""
    gold = gold_positions(examples, task.scheme)

    def score(at: NDArray[np.int64]) -> float:
        values = [
            metrics.macro_f1(gold[head.name][at], found[head.name][at], len(head.labels))
            for head in task.scheme.heads
        ]
        return 100 * float(np.mean(values))

    low, high = metrics.bootstrap_interval(score, len(examples), n_resamples=500)
    return score(np.arange(len(examples))), (low, high)


def run_task(
    task: Task,
    encoder: Path,
    *,
    n_seeds: int,
    rates: Sequence[float],
    epochs: int | None = None,
    validation: bool = False,
) -> dict[str, Any]:
    """Choose the rate on validation, train with every seed, score the test split.

    Args:
        task: The benchmark.
        encoder: Folder of the encoder.
        n_seeds: Trained networks.
        rates: Learning rates to choose from.
        epochs: Passes over the training split; the task's own number where not given.
        validation: Stop after the choice.
    """
    tokenizer = Tokenizer(encoder / "vocabulary.model")
    epochs = epochs or _EPOCHS[task.name.split()[0]]
    recipe = Recipe(encoder=str(encoder), epochs=epochs, augment=0.0, dropout=0.1, ema=0.99)

    def train(recipe: Recipe) -> Any:
        network = build_network(recipe, task.scheme.n_outputs)
        data = TrainingData(task.train, np.ones(len(task.train)))
        return fit(network, data, tokenizer, task.scheme, recipe)

    def answers(network: Any, examples: list[Example]) -> dict[str, NDArray[np.int64]]:
        logits = predict_logits(network, [example.text for example in examples], tokenizer)
        return {
            head.name: logits[:, task.scheme.slices[head.name]].argmax(1)
            for head in task.scheme.heads
        }

    trials = {}
    for rate in rates:
        network = train(replace(recipe, learning_rate=rate))
        trials[rate] = (macro_f1(task, task.valid, answers(network, task.valid))[0], network)
    rate = max(trials, key=lambda value: trials[value][0])
    if validation:
        return {"learning_rate": rate, "epochs": epochs, "valid": round(trials[rate][0], 2)}
    networks = [trials[rate][1]]
    for seed in range(1, n_seeds):
        networks.append(train(replace(recipe, learning_rate=rate, seed=recipe.seed + seed)))
    tests = [macro_f1(task, task.test, answers(network, task.test)) for network in networks]
    return {
        "learning_rate": rate,
        "epochs": epochs,
        "valid": round(trials[rate][0], 2),
        "test": round(float(np.mean([value for value, _ in tests])), 2),
        "low": round(float(np.mean([low for _, (low, _) in tests])), 2),
        "high": round(float(np.mean([high for _, (_, high) in tests])), 2),
        "seeds": [round(value, 2) for value, _ in tests],
        "tfidf": round(_floor(task), 2),
        "published": PUBLISHED.get(task.name, {}),
        "n_test": len(task.test),
    }


def _floor(task: Task) -> float:
    texts = [example.text for example in task.test]
    names = [head.name for head in task.scheme.heads]
    shares = baseline_probabilities(task.train, texts, task.scheme, names)
    return macro_f1(task, task.test, {name: share.argmax(1) for name, share in shares.items()})[0]


def table(report: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    lines = [
        f"Test macro-F1 in percent, {report['seeds']} seeds, {report['date']}; 95 % intervals.",
        "",
        "| task | this encoder | TF-IDF + LR | IndoBERT-lite base | IndoBERT base |",
        "|---|---|---|---|---|",
    ]
    for name, row in report["tasks"].items():
        known = row["published"]
        lines.append(
            f"| {name} | {row['test']} [{row['low']}, {row['high']}] | {row['tfidf']} | "
            f"{known.get('IndoBERT-lite base', '-')} | {known.get('IndoBERT base', '-')} |"
        )
    five = [report["tasks"][name]["test"] for name in _INDONLU if name in report["tasks"]]
    if len(five) == len(_INDONLU):
        lines.append(f"| mean of the five IndoNLU tasks | {np.mean(five):.2f} | | 84.93 | 85.71 |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the tasks and write the report after each of them."""
    tasks = [*_INDONLU, *(f"NusaX {language.capitalize()}" for language in _NUSAX)]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", type=Path, default=ROOT / "runs/encoder")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--tasks", nargs="+", choices=tasks, default=tasks)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rates", type=float, nargs="+", default=_RATES)
    parser.add_argument("--epochs", type=int, help="in place of each task's own number")
    parser.add_argument("--validation", action="store_true", help="no test split is read")
    arguments = parser.parse_args()
    for name in tqdm(arguments.tasks, desc="tasks"):
        found = run_task(
            read_task(name, arguments.shared / "bench"), arguments.encoder,
            n_seeds=arguments.seeds, rates=arguments.rates, epochs=arguments.epochs,
            validation=arguments.validation,
        )  # fmt: skip
        tqdm.write(f"{name}: {found}")
        if not arguments.validation:
            _add(found, name, arguments.seeds, tasks, arguments.encoder / "benchmarks.json")


def _add(found: dict[str, Any], name: str, seeds: int, tasks: list[str], out: Path) -> None:
    """Put a task's scores into the report, beside those that are there already."""
    report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    done = report.get("tasks", {}) | {name: found}
    report = {
        "seeds": seeds,
        "date": datetime.now(UTC).date().isoformat(),
        "tasks": {task: done[task] for task in tasks if task in done},
    }
    out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    out.with_suffix(".md").write_text(table(report), encoding="utf-8")


if __name__ == "__main__":
    main()
