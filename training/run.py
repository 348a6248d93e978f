"""Make the shipped triage model: cross-validate by source, calibrate, train on all, export.

Run: python -m training.run [--recipe FILE] [--shared DIR] [--work DIR] [--out DIR]

Every stage leaves a file in the work folder and is skipped when the file is there, so that an
interrupted run goes on where it was.
"""

import argparse
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from pengaduan_nlp.bundle import Bundle
from pengaduan_nlp.calibration import Calibration
from pengaduan_nlp.drift import profile_of_probabilities, write_profile
from pengaduan_nlp.evaluation import evaluate_probabilities, slices_of
from pengaduan_nlp.examples import Example, gold_positions
from pengaduan_nlp.learning.baseline import baseline_probabilities
from pengaduan_nlp.learning.calibrate import fit_calibration
from pengaduan_nlp.learning.card import write_card
from pengaduan_nlp.learning.data import group_folds, near_copy_groups
from pengaduan_nlp.learning.export import write_bundle
from pengaduan_nlp.learning.linear import choose_shares, fit_wide
from pengaduan_nlp.learning.loop import TrainingData, fit, predict_logits
from pengaduan_nlp.learning.model import build_network, describe_encoder
from pengaduan_nlp.learning.plots import write_plots
from pengaduan_nlp.learning.recipe import Recipe
from pengaduan_nlp.runtime.torch_model import TriageNetwork
from pengaduan_nlp.scheme import LabelScheme
from pengaduan_nlp.text import normalize
from pengaduan_nlp.tokenizer import Tokenizer
from pengaduan_nlp.wide import WideModel, mix
from training import ROOT
from training.labelled import (
    EVALUATION_ONLY,
    MAPS,
    Sets,
    read_keyword_rules,
    read_sets,
    read_slang,
)
from training.read_comments import canonical_source, load_labels, same_source
from training.streams import stream_origins, stream_report

N_FOLDS = 3
VOCABULARY = "vocabulary.model"
# Chance that a row is drawn in an epoch: partial labels of one city must not drown the rest.
DRAW = {"written": 1.0, "real": 1.0, "bandung": 0.5, "surabaya": 0.25, "read": 1.0}
BASELINE_HEADS = ("kind", "sector", "urgency")
WIDE_HEADS = ("kind", "sector", "urgency", "reason")
VERSION = "0.2.0"


class Run:
    """The state that the stages share."""

    def __init__(self, recipe: Recipe, shared: Path, work: Path, *, limit: int | None) -> None:
        self.recipe = recipe
        self.work = work
        self.work.mkdir(parents=True, exist_ok=True)
        self.scheme = LabelScheme.load(ROOT / "data" / "scheme.json")
        self.encoder = Path(recipe.encoder)
        self.tokenizer = Tokenizer(self.encoder / VOCABULARY)
        self.slang = read_slang(shared)
        sets = read_sets(shared, self.scheme)
        if limit:
            sets = Sets(*(part[:limit] for part in _parts(sets)))
        self.sets = sets
        self.comments = [comment for part in _parts(sets) for comment in part]
        sizes = [len(part) for part in _parts(sets)]
        self.draw = np.repeat(list(DRAW.values()), sizes)
        starts = np.cumsum([0, *sizes])
        self.real = np.arange(starts[1], starts[2])
        self.read = np.arange(starts[4], starts[5])
        # Read streams are three quarters non-reports; half of them an epoch teach as much.
        idle = [c.labels.get("kind") == ("bukan_laporan",) for c in self.comments]
        self.draw[np.array(idle) & (np.arange(len(idle)) >= self.read[0])] *= 0.5
        self.read_labels = load_labels(ROOT / "data" / "read_labels.tsv", self.scheme)
        self.tested = np.concatenate([self.real, self.read])
        self.place = np.full(len(self.comments), -1)  # position among the tested comments
        self.place[self.tested] = np.arange(len(self.tested))
        self.groups = near_copy_groups([comment.text for comment in self.comments])
        self.gold = gold_positions([self.comments[i] for i in self.real], self.scheme)
        self.usable = np.array([c.source not in EVALUATION_ONLY for c in self.comments])

    def folds(self) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Return (train rows, held-out rows of the tested comments) of every fold."""
        same = same_source(MAPS / "sources.tsv")
        every = np.array([canonical_source(c.source, same) for c in self.comments])
        sources = every[self.tested].tolist()
        pairs = group_folds(self.groups[self.tested], sources, N_FOLDS, seed=self.recipe.seed)
        folds = []
        for _, held in pairs:
            held_rows = self.tested[held]
            copies = np.isin(self.groups, self.groups[held_rows])
            related = np.isin(every, every[held_rows])
            folds.append((np.flatnonzero(~related & ~copies & self.usable), held_rows))
        return folds

    def train(self, rows: NDArray[np.int64], label: str) -> TriageNetwork:
        """Fine-tune a new network on ``rows``."""
        network = build_network(self.recipe, self.scheme.n_outputs)
        data = TrainingData([self.comments[i] for i in rows], self.draw[rows])
        with tqdm(desc=label, unit=" steps", mininterval=10) as bar:

            def show(step: int, steps: int, loss: float) -> None:
                bar.total = steps
                bar.set_postfix(loss=f"{loss:.3f}")
                bar.update(1)

            return fit(
                network, data, self.tokenizer, self.scheme, self.recipe,
                slang=self.slang, progress=show,
            )  # fmt: skip

    def held_out_logits(self) -> NDArray[np.float32]:
        """Return outputs for the tested comments, each by a network that never saw its source."""
        logits = np.zeros((len(self.tested), self.scheme.n_outputs), dtype=np.float32)
        for number, (train, held) in enumerate(self.folds(), 1):
            file = self.work / f"fold{number}.npy"
            if not file.exists():
                network = self.train(train, f"fold {number}/{N_FOLDS}")
                found = predict_logits(
                    network, [self.comments[i].text for i in held], self.tokenizer
                )
                _save_array(file, found)
            logits[self.place[held]] = np.load(file)
        return logits

    def held_out_wide(self) -> tuple[NDArray[np.float32], WideModel]:
        """Return outputs of the linear model for the tested comments, and one model's layout."""
        outputs: NDArray[np.float32] | None = None
        model: WideModel | None = None
        for number, (train, held) in enumerate(self.folds(), 1):
            file = self.work / f"wide{number}.npz"
            if not file.exists():
                fit_wide([self.comments[i] for i in train], self.scheme, WIDE_HEADS).save(file)
            model = WideModel.load(file)
            found = model.logits([normalize(self.comments[i].text) for i in held])
            if outputs is None:
                outputs = np.zeros((len(self.tested), found.shape[1]), dtype=np.float32)
            outputs[self.place[held]] = found
        assert outputs is not None
        assert model is not None
        return outputs, model

    def final_wide(self, shares: dict[str, float]) -> WideModel:
        """Fit the linear model on everything that may be trained on."""
        file = self.work / "wide_final.npz"
        if not file.exists():
            rows = np.flatnonzero(self.usable)
            fit_wide([self.comments[i] for i in rows], self.scheme, WIDE_HEADS).save(file)
        return replace(WideModel.load(file), shares=shares)

    def held_out_baseline(self) -> dict[str, NDArray[np.float64]]:
        """Return what TF-IDF with logistic regression says of the real comments, same folds."""
        found = {
            name: np.zeros((len(self.real), len(self.scheme.head(name).labels)))
            for name in BASELINE_HEADS
        }
        for number, (train, tested) in enumerate(self.folds(), 1):
            held = np.intersect1d(tested, self.real)
            file = self.work / f"baseline{number}.npz"
            if not file.exists():
                shares = baseline_probabilities(
                    [self.comments[i] for i in train],
                    [self.comments[i].text for i in held],
                    self.scheme,
                    BASELINE_HEADS,
                )
                np.savez(file, **shares)  # type: ignore[arg-type]
            with np.load(file) as shares:
                for name in BASELINE_HEADS:
                    found[name][self.place[held]] = shares[name]
        return found

    def final_network(self) -> TriageNetwork:
        """Train on everything that may be trained on, or load what an earlier run saved."""
        file = self.work / "final.pt"
        if file.exists():
            network = build_network(self.recipe, self.scheme.n_outputs)
            network.load_state_dict(torch.load(file, weights_only=True))
            return network
        network = self.train(np.flatnonzero(self.usable), "all data")
        torch.save(network.state_dict(), file)
        return network


def _parts(sets: Sets) -> tuple[list[Example], ...]:
    return sets.written, sets.real, sets.bandung, sets.surabaya, sets.read


def _save_array(path: Path, array: NDArray[Any]) -> None:
    part = path.with_suffix(".part.npy")
    np.save(part, array)
    part.replace(path)


def scores(run: Run, logits: NDArray[np.float32], calibration: Calibration) -> dict[str, Any]:
    """Return the cross-validated report of the model and of the baselines."""
    real = [run.comments[i] for i in run.real]
    groups = run.groups[run.real]
    model = evaluate_probabilities(
        run.gold, calibration.probabilities(logits, run.scheme), run.scheme, calibration,
        groups=groups, slices=slices_of(real, run.scheme),
    )  # fmt: skip
    floor = evaluate_probabilities(
        run.gold, run.held_out_baseline(), run.scheme, Calibration(), groups=groups
    )
    rules = evaluate_probabilities(
        run.gold, read_keyword_rules().probabilities([c.text for c in real], run.scheme),
        run.scheme, Calibration(), groups=groups,
    )  # fmt: skip
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "data": "../shared/labelled/triage_comments.jsonl",
        "protocol": f"{N_FOLDS}-fold cross-validation that holds out whole sources; "
        "near-copies of held-out comments are left out of training; calibration, thresholds and "
        "the weights of the two models are fitted on the same held-out outputs",
        "model": model.to_dict(),
        "tfidf_logistic_regression": floor.to_dict(),
        "keyword_rules": rules.to_dict(),
    }


def score_read(run: Run, logits: NDArray[np.float32], calibration: Calibration) -> dict[str, Any]:
    """Return the held-out report on the comments that we labelled by reading."""
    comments = [run.comments[i] for i in run.read]
    shares = calibration.probabilities(logits, run.scheme)
    found = evaluate_probabilities(
        gold_positions(comments, run.scheme), shares, run.scheme, calibration,
        groups=run.groups[run.read], n_resamples=300,
    )  # fmt: skip
    labels = {label.text_hash: label for label in run.read_labels}
    first = run.scheme.heads[0].name
    return {
        "heads": {name: head["scores"] for name, head in found.to_dict()["heads"].items()},
        "streams": stream_report(
            [labels[comment.id] for comment in comments],
            shares[first][:, 0],
            calibration.choose(first, shares[first]) == 0,
            stream_origins(MAPS / "streams.tsv"),
        ),
    }


def provenance(shared: Path) -> list[dict[str, Any]]:
    """Return source, hash and size of every file the model learns from."""
    labelled = shared / "labelled"
    files = {
        "data/comments.jsonl (written for this project, Apache-2.0)": ROOT / "data/comments.jsonl",
        "triage_comments.jsonl (real comments labelled by reading)": labelled
        / "triage_comments.jsonl",
        "bandung_tweets.jsonl (complaint or not, topic)": labelled / "bandung_tweets.jsonl",
        "surabaya.jsonl (topic only)": labelled / "surabaya.jsonl",
        "data/read_labels.tsv (our labels of corpus texts)": ROOT / "data/read_labels.tsv",
    }
    return [
        {
            "source": name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "rows": sum(1 for _ in path.open(encoding="utf-8")),
        }
        for name, path in files.items()
    ]


def main() -> None:
    """Run all stages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", type=Path, default=ROOT / "training/recipes/triage.toml")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--work", type=Path, default=ROOT / "runs/triage")
    parser.add_argument("--out", type=Path, default=ROOT / "models/triage")
    parser.add_argument("--limit", type=int, help="rows of each set, to try the script")
    arguments = parser.parse_args()
    recipe = Recipe.load(arguments.recipe)
    run = Run(recipe, arguments.shared, arguments.work, limit=arguments.limit)
    logits = run.held_out_logits()
    wide, layout = run.held_out_wide()
    n_real = len(run.real)  # the shared labels alone decide; ours of read comments only report
    shares = choose_shares(logits[:n_real], wide[:n_real], layout, run.gold, run.scheme)
    logits = mix(logits, wide, replace(layout, shares=shares), run.scheme.slices)
    logits, read_logits = logits[:n_real], logits[n_real:]
    calibration = fit_calibration(logits, run.gold, run.scheme)
    report = scores(run, logits, calibration)
    report["read_comments"] = score_read(run, read_logits, calibration)
    network = run.final_network()
    entries = {
        "name": arguments.out.name,
        "version": VERSION,
        "created": datetime.now(UTC).date().isoformat(),
        "licence": "Apache-2.0",
        "seed": recipe.seed,
        "recipe": recipe.to_dict() | {"wide_shares": shares},
        "encoder": describe_encoder(run.encoder),
        "data": provenance(arguments.shared),
        "scores": {name: head["scores"] for name, head in report["model"]["heads"].items()},
    }
    write_bundle(
        network, arguments.out, scheme=run.scheme, tokenizer_file=run.encoder / VOCABULARY,
        calibration=calibration, wide=run.final_wide(shares), metrics=report, entries=entries,
        check=[run.comments[i] for i in run.tested],
    )  # fmt: skip
    shares_of_labels = calibration.probabilities(logits, run.scheme)
    profile = profile_of_probabilities(
        Bundle.open(arguments.out), [run.comments[i].text for i in run.real], shares_of_labels
    )
    write_profile(arguments.out, profile)
    write_plots(arguments.out, run.gold, shares_of_labels, run.scheme, calibration)
    write_card(arguments.out)
    tqdm.write(json.dumps(entries["scores"], indent=1))


if __name__ == "__main__":
    main()
