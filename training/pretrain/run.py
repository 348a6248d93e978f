"""Pretrain the encoder: corpus, vocabulary, static embeddings, masked language modelling.

Run: python -m training.pretrain.run [--recipe FILE] [--shared DIR] [--work DIR] [--out DIR]
     [--minutes N]

Every stage leaves files in the work folder and is skipped when they are there; an interrupted
pretraining goes on from its last checkpoint.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from training import ROOT
from training.pretrain.corpus import Selection, documents
from training.pretrain.embeddings import cooccurrence, ppmi_embeddings
from training.pretrain.loop import Mixture, Recipe, build, pretrain
from training.pretrain.tokenizer_export import write_fast_tokenizer
from training.pretrain.vocabulary import load_tokens, pack, train_vocabulary

VOCABULARY = "vocabulary"
_OBJECTIVES = {
    "mlm": "masked language model, {rate:.0%} of the pieces, sampled softmax, started from "
    "PPMI-SVD embeddings of the whole corpus",
    "rtd": "replaced-token detection, {rate:.0%} of the pieces, after a masked language model",
}
_MAX_LINE = 1000  # characters of a document that the vocabulary is trained on


def _selection(name: str, values: dict[str, Any], corpus: Path) -> Selection:
    """Return one part of the recipe's corpus; its file is named after it unless it says another."""
    values = dict(values)
    names = {key: frozenset(values.pop(key, ())) for key in ("only", "skip")}
    return Selection(path=corpus / f"{values.pop('file', name)}.tsv.zst", **values, **names)


def prepare_text(selections: dict[str, Selection], work: Path, *, seed: int) -> None:
    """Write the chosen documents of every register, one a line, normalised."""
    for name, selection in selections.items():
        target = work / f"{name}.txt"
        if target.exists():
            continue
        part = target.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            for text in tqdm(documents(selection, seed=seed), desc=name, unit=" documents"):
                file.write(text.replace("\n", " ") + "\n")
        part.replace(target)


def prepare_tokens(
    selections: dict[str, Selection], work: Path, settings: dict[str, Any], *, seed: int
) -> dict[str, NDArray[np.uint16]]:
    """Train the vocabulary, pack every register, and return the token arrays."""
    model = work / f"{VOCABULARY}.model"
    if not model.exists():
        sample = _vocabulary_sample(selections, work, settings["sentences"], seed=seed)
        train_vocabulary(
            sample, work / VOCABULARY, n_pieces=settings["pieces"],
            n_sentences=settings["sentences"],
        )  # fmt: skip
    for name in selections:
        target = work / f"{name}.bin"
        if not target.exists():
            part = target.with_suffix(".part")
            pack(_lines(work / f"{name}.txt"), model, part)
            part.replace(target)
    return {name: load_tokens(work / f"{name}.bin") for name in selections}


def _vocabulary_sample(
    selections: dict[str, Selection], work: Path, n_sentences: int, *, seed: int
) -> Iterator[str]:
    """Return documents in the proportion of the mixture, shuffled."""
    rng = random.Random(seed)
    total = sum(selection.share for selection in selections.values())
    sample: list[str] = []
    for name, selection in selections.items():
        lines = [line[:_MAX_LINE] for line in _lines(work / f"{name}.txt")]
        rng.shuffle(lines)
        sample += lines[: round(n_sentences * selection.share / total)]
    rng.shuffle(sample)
    return iter(sample)


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n")


def static_embeddings(
    tokens: dict[str, NDArray[np.uint16]], n_pieces: int, width: int, work: Path
) -> torch.Tensor:
    """Return the piece embeddings that the encoder starts from, (n_pieces, width)."""
    file = work / f"ppmi{width}.pt"
    if not file.exists():
        counts = cooccurrence(list(tokens.values()), n_pieces)
        torch.save(ppmi_embeddings(counts, width), file)
    vectors: torch.Tensor = torch.load(file, weights_only=True)
    return vectors


def unigram(
    tokens: dict[str, NDArray[np.uint16]], shares: dict[str, float], n_pieces: int
) -> torch.Tensor:
    """Return the relative frequency of every piece in the mixture, shape (n_pieces,)."""
    mixed = np.full(n_pieces, 1e-7)
    for name, array in tokens.items():
        counts = np.bincount(array, minlength=n_pieces)
        mixed += shares[name] * counts / counts.sum()
    return torch.tensor(mixed / mixed.sum(), dtype=torch.float32)


def write_encoder(work: Path, out: Path, recipe: Recipe, facts: dict[str, Any]) -> None:
    """Write the encoder as a stock ``transformers`` folder with its vocabulary and history."""
    state = torch.load(work / "state.pt", weights_only=False)
    n_pieces = len(state["model"]["encoder.embeddings.word_embeddings.weight"])
    model = build(recipe, torch.full((n_pieces,), 1 / n_pieces), None)
    model.load_state_dict(state["model"])
    out.mkdir(parents=True, exist_ok=True)
    model.encoder.half().save_pretrained(out)
    (out / f"{VOCABULARY}.model").write_bytes((work / f"{VOCABULARY}.model").read_bytes())
    write_fast_tokenizer(out / f"{VOCABULARY}.model", out)
    plot_loss(work / "log.jsonl", out / "loss.png")
    n_parameters = sum(weight.numel() for weight in model.encoder.parameters())
    history = {
        "shape": f"BERT {recipe.layers} x {recipe.width}, {n_pieces} pieces, "
        f"{n_parameters / 1e6:.1f}M parameters",
        "objective": _OBJECTIVES[recipe.objective].format(rate=recipe.rate),
        "tokens seen": f"{(state['before'] + state['n_tokens']) / 1e6:.1f}M, "
        f"{state['n_tokens'] / 1e6:.1f}M of them in the last run",
        "minutes": round(state["used"], 1),
        "machine": f"{os.cpu_count()} CPU cores",
        "date": datetime.now(UTC).date().isoformat(),
        **facts,
    }
    (out / "training.json").write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")


def plot_loss(log: Path, out: Path) -> None:
    """Draw the smoothed loss against tokens seen."""
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    figure, axis = plt.subplots(figsize=(7, 4))
    axis.plot([row["tokens"] / 1e6 for row in rows], [row["loss"] for row in rows])
    axis.set(xlabel="tokens seen (millions)", ylabel="loss (sampled softmax, nats)")
    axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(out, dpi=110)
    plt.close(figure)


def main() -> None:
    """Run all stages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", type=Path, default=ROOT / "training/recipes/pretrain.toml")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--work", type=Path, default=ROOT / "runs/pretrain")
    parser.add_argument("--out", type=Path, default=ROOT / "runs/encoder")
    parser.add_argument("--minutes", type=float, help="time budget in place of the recipe's")
    arguments = parser.parse_args()
    settings = tomllib.loads(arguments.recipe.read_text(encoding="utf-8"))
    recipe = Recipe(**settings["model"])
    if arguments.minutes:
        recipe = replace(recipe, minutes=arguments.minutes)
    work = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    selections = {
        name: _selection(name, values, arguments.shared / "corpus")
        for name, values in settings["corpus"].items()
    }
    if recipe.start:  # the weights know the pieces of their own vocabulary only
        model_file = Path(recipe.start).with_name(f"{VOCABULARY}.model")
        shutil.copyfile(model_file, work / model_file.name)
    prepare_text(selections, work, seed=recipe.seed)
    tokens = prepare_tokens(selections, work, settings["vocabulary"], seed=recipe.seed)
    n_pieces = settings["vocabulary"]["pieces"]
    shares = {name: selection.share for name, selection in selections.items()}
    vectors = None if recipe.start else static_embeddings(tokens, n_pieces, recipe.width, work)
    model = build(recipe, unigram(tokens, shares, n_pieces), vectors)
    mixture = Mixture([(tokens[name], shares[name]) for name in tokens], length=recipe.length)
    pretrain(recipe, mixture, model, work)
    facts = {
        "corpus": "; ".join(f"{name} {len(tokens[name]) / 1e6:.1f}M pieces" for name in tokens),
        "mixture": "; ".join(f"{name} {share:.0%}" for name, share in shares.items()),
        "recipe sha256": hashlib.sha256(arguments.recipe.read_bytes()).hexdigest()[:12],
    }
    write_encoder(work, arguments.out, recipe, facts)


if __name__ == "__main__":
    main()
