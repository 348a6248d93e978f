"""Copy a pretrained encoder and its scores into one folder, and write its card.

Run: python -m training.pretrain.publish [--encoder runs/encoder] [--out models/encoder]

The card's numbers come from ``training.json`` (training.pretrain.run) and ``benchmarks.json``
(training.evaluate_encoder); what was tried and dropped comes from ``trials.md`` beside this file.
"""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from training import ROOT
from training.evaluate_encoder import table

FILES = (
    "config.json", "model.safetensors", "vocabulary.model", "tokenizer.json",
    "tokenizer_config.json", "training.json", "benchmarks.json", "loss.png",
)  # fmt: skip
LARGEST = 45_000_000  # bytes; what the repository takes in one file
TRIALS = Path(__file__).with_name("trials.md")


def publish(encoder: Path, out: Path) -> None:
    """Copy the files and write ``README.md``.

    Raises:
        FileNotFoundError: If one is missing: the encoder was not evaluated.
        ValueError: If a file is too large for the repository.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        source = encoder / name
        if not source.is_file():
            raise FileNotFoundError(
                f"{source} is missing; run training.pretrain.run and training.evaluate_encoder"
            )
        if source.stat().st_size > LARGEST:
            raise ValueError(f"{source} has more than {LARGEST / 1e6:.0f} MB; split the weights")
        shutil.copyfile(source, out / name)
    training, benchmarks = (
        json.loads((out / name).read_text(encoding="utf-8"))
        for name in ("training.json", "benchmarks.json")
    )
    (out / "README.md").write_text(card(training, benchmarks), encoding="utf-8")


def card(training: dict[str, Any], benchmarks: dict[str, Any]) -> str:
    """Return the card as Markdown."""
    facts = "\n".join(f"| {name} | {value} |" for name, value in training.items())
    return f"""# Encoder

A small encoder for informal Indonesian, pretrained for this project; the triage model starts from
it. {training["shape"]}; uncased; positions for 128 pieces; sentencepiece with byte fallback. Text
goes through `pengaduan_nlp.text.normalize` first. Licence Apache-2.0.

```python
from transformers import AutoModel, AutoTokenizer
encoder = AutoModel.from_pretrained("models/encoder", add_pooling_layer=False)
tokenizer = AutoTokenizer.from_pretrained("models/encoder")  # ids equal to sentencepiece's
```

## Training

| | |
|---|---|
{facts}

The corpus is public Indonesian text: comments, tweets and reviews from public repositories, most of
which state no licence; Wikipedia (CC BY-SA); news and abstracts; laws and regulations. Sources with
non-commercial terms were left out; handles, links and long numbers were masked before training, and
texts of the benchmarks below were removed. No text of it is in this repository.

![loss](loss.png)

## Scores

{table(benchmarks)}
IndoBERT's numbers are those of its authors (IndoNLU, table 5); the others were measured by
`python -m training.evaluate_encoder`. The intervals are those of small test sets.

{TRIALS.read_text(encoding="utf-8").strip()}

## Limits

- It read a few tens of millions of pieces; IndoBERT read billions, and where that matters it falls
  behind, as the table shows. `training/recipes/pretrain_gpu.toml` is the recipe for a GPU.
- Javanese, Sundanese, Minangkabau and other languages are a small part of the corpus.
- It repeats what its corpus says of people and parties. It is meant for classifying, under the
  limits of the triage model's card.
"""


def main() -> None:
    """Publish one encoder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", type=Path, default=ROOT / "runs/encoder")
    parser.add_argument("--out", type=Path, default=ROOT / "models/encoder")
    arguments = parser.parse_args()
    publish(arguments.encoder, arguments.out)


if __name__ == "__main__":
    main()
