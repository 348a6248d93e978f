"""The pretraining loop: time-budgeted schedule, checkpoints, exact resume, a loss curve.

The learning rate follows the share of the time budget that is used, so a run of ``minutes`` always
anneals to zero inside them, whatever the machine's speed.
"""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm
from transformers import BertConfig, BertModel

from training.pretrain.muon import Muon
from training.pretrain.objective import MaskedLanguageModel, corrupt


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every setting of a pretraining run; read from one TOML file.

    Attributes:
        minutes: Time budget of the whole run, resumes included.
        layers, width, heads, inner: Shape of the encoder.
        length: Pieces a sequence.
        batch: Sequences a step.
        rate, keep: Share of pieces predicted, and share of those left unmasked.
        n_sampled: Negatives of the sampled softmax; 0 for the full one.
        peak_lr: Largest learning rate of AdamW; ``muon_lr`` that of the hidden matrices.
        warmup: Share of the budget before the peak.
        seed: Seed of weights, data order and masks.
    """

    minutes: float
    layers: int = 4
    width: int = 256
    heads: int = 4
    inner: int = 1024
    length: int = 128
    batch: int = 32
    rate: float = 0.3
    keep: float = 0.1
    n_sampled: int = 2000
    peak_lr: float = 1e-3
    muon_lr: float = 0.02
    muon: bool = True
    warmup: float = 0.02
    weight_decay: float = 0.01
    seed: int = 20261124


class Mixture:
    """Draw sequences at random from token files, each file with its share."""

    def __init__(self, files: list[tuple[NDArray[np.uint16], float]], *, length: int) -> None:
        self.files = [tokens for tokens, _ in files]
        shares = np.array([share for _, share in files])
        self.shares = shares / shares.sum()
        self.length = length

    def batch(self, size: int, rng: np.random.Generator) -> Tensor:
        """Return ``size`` sequences, int64 of shape (size, length)."""
        which = rng.choice(len(self.files), size=size, p=self.shares)
        rows = np.empty((size, self.length), dtype=np.int64)
        for row, index in enumerate(which):
            tokens = self.files[index]
            start = rng.integers(0, len(tokens) - self.length)
            rows[row] = tokens[start : start + self.length]
        return torch.from_numpy(rows)


def build(recipe: Recipe, unigram: Tensor, embeddings: Tensor | None) -> MaskedLanguageModel:
    """Build the encoder and its head; ``embeddings`` (V, width) start the input table."""
    torch.manual_seed(recipe.seed)
    config = BertConfig(
        vocab_size=len(unigram),
        hidden_size=recipe.width,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        intermediate_size=recipe.inner,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        max_position_embeddings=max(128, recipe.length),
        type_vocab_size=1,
        pad_token_id=0,
        attn_implementation="eager",
    )
    encoder = BertModel(config, add_pooling_layer=False)
    if embeddings is not None:
        with torch.no_grad():
            encoder.embeddings.word_embeddings.weight.copy_(0.04 * embeddings)
    return MaskedLanguageModel(encoder, unigram, n_sampled=recipe.n_sampled)


def optimizers(model: MaskedLanguageModel, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Return AdamW for tables, norms and biases, and Muon for the hidden matrices."""
    hidden = [
        weight
        for name, weight in model.named_parameters()
        if weight.ndim == 2 and "embeddings" not in name
    ]
    chosen = set(map(id, hidden)) if recipe.muon else set()
    rest = [weight for weight in model.parameters() if id(weight) not in chosen]
    adam = torch.optim.AdamW(
        rest, lr=recipe.peak_lr, betas=(0.9, 0.98), weight_decay=recipe.weight_decay, fused=True
    )
    if not recipe.muon:
        return [adam]
    return [adam, Muon(hidden, lr=recipe.muon_lr, weight_decay=recipe.weight_decay)]


def schedule(progress: float, warmup: float) -> float:
    """Return the share of the peak rate at ``progress`` in [0, 1]: linear up, linear to zero."""
    if progress < warmup:
        return progress / warmup
    return max(0.0, (1.0 - progress) / (1.0 - warmup))


def pretrain(
    recipe: Recipe,
    mixture: Mixture,
    model: MaskedLanguageModel,
    out: Path,
    *,
    save_every: float = 5,
) -> None:
    """Train ``model`` within the budget; write ``state.pt`` and ``log.jsonl`` into ``out``.

    Args:
        recipe: Settings; must equal those of an interrupted run that is resumed.
        mixture: Where sequences come from.
        model: Fresh model; replaced by the checkpoint in ``out`` when there is one.
        out: Folder of the run.
        save_every: Minutes between checkpoints.
    """
    out.mkdir(parents=True, exist_ok=True)
    rules = optimizers(model, recipe)
    peaks = [rule.param_groups[0]["lr"] for rule in rules]
    rng = np.random.default_rng(recipe.seed)
    masks = torch.Generator().manual_seed(recipe.seed)
    used, step, n_tokens = 0.0, 0, 0
    state_path = out / "state.pt"
    if state_path.exists():
        state = torch.load(state_path, weights_only=False)
        model.load_state_dict(state["model"])
        for rule, saved in zip(rules, state["rules"], strict=True):
            rule.load_state_dict(saved)
        rng.bit_generator.state = state["rng"]
        masks.set_state(state["masks"])
        torch.set_rng_state(state["torch"])
        used, step, n_tokens = state["used"], state["step"], state["n_tokens"]
    model.train()
    last_save = used
    started = time.monotonic() - 60 * used
    smooth: float | None = None
    with tqdm(
        total=round(60 * recipe.minutes), unit="s", desc="pretraining", mininterval=10
    ) as bar:
        while used < recipe.minutes:
            factor = schedule(used / recipe.minutes, recipe.warmup)
            for rule, peak in zip(rules, peaks, strict=True):
                rule.param_groups[0]["lr"] = peak * factor
            ids = mixture.batch(recipe.batch, rng)
            corrupted, labels = corrupt(ids, rate=recipe.rate, keep=recipe.keep, generator=masks)
            loss = model(corrupted, labels)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for rule in rules:
                rule.step()
                rule.zero_grad(set_to_none=True)
            step, n_tokens = step + 1, n_tokens + ids.numel()
            smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
            used = (time.monotonic() - started) / 60
            bar.n = round(60 * used)
            bar.set_postfix(step=step, loss=f"{smooth:.3f}", tps=round(n_tokens / (60 * used)))
            if step % 20 == 0:
                row = {"step": step, "minutes": round(used, 3), "tokens": n_tokens, "loss": smooth}
                with (out / "log.jsonl").open("a") as log:
                    log.write(json.dumps(row) + "\n")
            if used - last_save > save_every or used >= recipe.minutes:
                last_save = used
                state = {
                    "model": model.state_dict(),
                    "rules": [rule.state_dict() for rule in rules],
                    "rng": rng.bit_generator.state,
                    "masks": masks.get_state(),
                    "torch": torch.get_rng_state(),
                    "used": used,
                    "step": step,
                    "n_tokens": n_tokens,
                    "recipe": asdict(recipe),
                }
                torch.save(state, out / "state.tmp")
                (out / "state.tmp").replace(state_path)
