"""Write tests/data/tiny, the small random bundle of the tests: 2 layers, 32 wide, few labels.

Run: python -m training.make_tiny
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig

from pengaduan_nlp.calibration import Calibration, HeadCalibration
from pengaduan_nlp.examples import Example
from pengaduan_nlp.learning.card import write_card
from pengaduan_nlp.learning.export import write_bundle
from pengaduan_nlp.learning.linear import fit_wide
from pengaduan_nlp.learning.loop import TrainingData, fit
from pengaduan_nlp.learning.recipe import Recipe
from pengaduan_nlp.runtime.torch_model import TriageNetwork, from_config
from pengaduan_nlp.scheme import LabelScheme
from pengaduan_nlp.text import normalize
from pengaduan_nlp.tokenizer import Tokenizer
from training import ROOT
from training.labelled import read_examples
from training.pretrain.vocabulary import train_vocabulary

N_PIECES = 600


def main() -> None:
    """Train a vocabulary and a few steps on the project's own comments, and export."""
    scheme = LabelScheme.load(ROOT / "data" / "scheme.json")
    examples = read_examples(ROOT / "data" / "comments.jsonl", scheme)[:600]
    work = ROOT / "runs" / "tiny"
    work.mkdir(parents=True, exist_ok=True)
    vocabulary = train_vocabulary(
        (normalize(example.text) for example in examples),
        work / "vocabulary",
        n_pieces=N_PIECES,
        n_sentences=len(examples),
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=N_PIECES,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        type_vocab_size=1,
        pad_token_id=0,
        attn_implementation="eager",
    )
    network = from_config(config, scheme.n_outputs)
    recipe = Recipe(encoder="none", epochs=2, learning_rate=2e-3, ema=0.0)
    network = fit(network, _all(examples), Tokenizer(vocabulary), scheme, recipe)
    write(network, scheme, vocabulary, recipe, examples)


def _all(examples: list[Example]) -> TrainingData:
    return TrainingData(examples, np.ones(len(examples)))


def write(
    network: TriageNetwork,
    scheme: LabelScheme,
    vocabulary: Path,
    recipe: Recipe,
    examples: list[Example],
) -> None:
    """Export the network as the tests' bundle."""
    out = ROOT / "tests" / "data" / "tiny"
    calibration = Calibration({"urgency": HeadCalibration(1.1, 0.3, (0.5, 0.5, 0.4))})
    empty = {"date": "2026-11-24", "data": "none", "protocol": "none", "model": {"heads": {}}}
    entries = {
        "name": "tiny",
        "version": "0.0.1",
        "created": "2026-11-24",
        "licence": "Apache-2.0",
        "seed": 0,
        "recipe": recipe.to_dict(),
        "data": [],
        "scores": {},
    }
    write_bundle(
        network,
        out,
        scheme=scheme,
        tokenizer_file=vocabulary,
        calibration=calibration,
        wide=fit_wide(examples[:200], scheme, ["kind"]),
        metrics=empty,
        entries=entries,
        check=[replace(e, labels={"kind": e.labels["kind"]}) for e in examples],
    )
    write_card(out)


if __name__ == "__main__":
    main()
