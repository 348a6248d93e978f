"""Draw quality against speed for the encoder's depth.

Run: python -m training.measure_depth [--rows 10000] [--epochs 1] [--out training/depth]

For 1, 2, ... layers: fine-tune the encoder cut to so many layers on a sample of one fold's training
comments, score the fold's held-out real comments, export in eight bits and time the graph, all
depths in turn. The width cannot be varied without pretraining each, so it is not. Fewer comments
and epochs than ``training.run`` uses, so scores are lower than the shipped model's and comparable
among themselves only. Writes ``OUT.json`` and ``OUT.png``.
"""

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

from pengaduan_nlp import metrics
from pengaduan_nlp.examples import gold_positions
from pengaduan_nlp.learning.export import export_graph, measured_batches
from pengaduan_nlp.learning.loop import TrainingData, fit, predict_logits
from pengaduan_nlp.learning.model import build_network
from pengaduan_nlp.learning.quantization import quantize
from pengaduan_nlp.learning.recipe import Recipe
from pengaduan_nlp.runtime import default_threads
from pengaduan_nlp.runtime.onnx_runtime import OnnxRuntime
from training import ROOT
from training.run import Run

_TURNS = 5
_TIMED = 512  # comments


def main() -> None:
    """Measure every depth and draw the curve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", type=Path, default=ROOT / "training/recipes/triage.toml")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "training/depth")
    arguments = parser.parse_args()
    recipe = replace(Recipe.load(arguments.recipe), epochs=arguments.epochs)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(recipe, arguments.shared, Path(folder) / "run", limit=None)
        rows, graphs = _train_all(run, recipe, arguments.rows, Path(folder))
        for row, speed in zip(rows, _speeds(run, graphs), strict=True):
            row["comments_per_second"] = speed
    report = {"training_comments": arguments.rows, "epochs": arguments.epochs, "depths": rows}
    arguments.out.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
    draw(rows, arguments.out.with_suffix(".png"))
    for row in rows:
        print(json.dumps(row))


def _train_all(
    run: Run, recipe: Recipe, n_rows: int, folder: Path
) -> tuple[list[dict[str, Any]], list[Path]]:
    train, tested = run.folds()[0]
    rng = np.random.default_rng(recipe.seed)
    chosen = np.sort(rng.choice(train, size=min(n_rows, len(train)), replace=False))
    examples = [run.comments[i] for i in chosen]
    held = [run.comments[i] for i in np.intersect1d(tested, run.real)]
    gold = gold_positions(held, run.scheme)
    deepest = build_network(recipe, run.scheme.n_outputs).encoder.config.num_hidden_layers
    rows, graphs = [], []
    for depth in range(1, deepest + 1):
        network = build_network(recipe, run.scheme.n_outputs)
        encoder: Any = network.encoder
        encoder.encoder.layer = encoder.encoder.layer[:depth]
        encoder.config.num_hidden_layers = depth
        data = TrainingData(examples, run.draw[chosen])
        with tqdm(desc=f"{depth} layers", unit=" steps", mininterval=10) as bar:
            network = fit(
                network, data, run.tokenizer, run.scheme, recipe, slang=run.slang,
                progress=lambda step, steps, loss, bar=bar: bar.update(1),  # type: ignore[misc]
            )  # fmt: skip
        logits = predict_logits(network, [row.text for row in held], run.tokenizer)
        found = {name: logits[:, part].argmax(1) for name, part in run.scheme.slices.items()}
        rows.append({"layers": depth, "held_out": len(held)} | _scores(run, gold, found))
        full, graph = folder / "full.onnx", folder / f"{depth}.onnx"
        export_graph(network, full)
        quantize(full, graph, measured_batches(examples, run.tokenizer))
        graphs.append(graph)
    return rows, graphs


def _scores(run: Run, gold: Any, found: Any) -> dict[str, Any]:
    complaint, answer = gold["kind"] == 0, found["kind"] == 0
    known = gold["sector"] >= 0
    sector, named = gold["sector"][known], found["sector"][known]
    n_sectors = len(run.scheme.head("sector").labels)

    def kinds(at: Any) -> float:
        return metrics.macro_f1(complaint[at].astype(int), answer[at].astype(int), 2)

    def sectors(at: Any) -> float:
        return metrics.macro_f1(sector[at], named[at], n_sectors, min_support=10)

    report = {}
    for name, score, n in (
        ("complaint_macro_f1", kinds, len(complaint)),
        ("sector_macro_f1", sectors, len(sector)),
    ):
        low, high = metrics.bootstrap_interval(score, n, n_resamples=300)
        report[name] = [round(value, 4) for value in (score(np.arange(n)), low, high)]
    return report


def _speeds(run: Run, graphs: list[Path]) -> list[float]:
    """Return comments a second of every graph, best of turns that alternate."""
    texts = [run.comments[i].text for i in run.real[:_TIMED]]
    rows, _ = run.tokenizer.windows(texts)
    rows.sort(key=len)
    batches = [run.tokenizer.pad_batch(rows[at : at + 16]) for at in range(0, len(rows), 16)]
    runtimes = [OnnxRuntime(graph, threads=default_threads()) for graph in graphs]
    best = [np.inf] * len(graphs)
    for _ in range(_TURNS):
        for i, runtime in enumerate(runtimes):
            started = time.perf_counter()
            list(runtime.run_all(batches))
            best[i] = min(best[i], time.perf_counter() - started)
    return [round(len(texts) / seconds, 1) for seconds in best]


def draw(rows: list[dict[str, Any]], out: Path) -> None:
    """Draw both scores against the speed of the graph relative to the deepest one."""
    figure, axis = plt.subplots(figsize=(7, 4))
    speeds = [row["comments_per_second"] / rows[-1]["comments_per_second"] for row in rows]
    for name, title in (("complaint_macro_f1", "complaint"), ("sector_macro_f1", "sector")):
        values = np.array([row[name] for row in rows])
        spread = np.abs(values[:, 1:] - values[:, :1]).T
        axis.errorbar(speeds, values[:, 0], yerr=spread, marker="o", capsize=3, label=title)
    for row, speed in zip(rows, speeds, strict=True):
        axis.annotate(f"{row['layers']} layers", (speed, row["complaint_macro_f1"][0] + 0.01))
    axis.set(xlabel="speed, deepest = 1", ylabel="macro-F1, held-out sources")
    axis.legend()
    axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(out, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
