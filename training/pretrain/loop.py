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
from training.pretrain.objective import MaskedLanguageModel, ReplacedTokenDetection, corrupt

Model = MaskedLanguageModel | ReplacedTokenDetection


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every setting of a pretraining run; read from one TOML file.

    Attributes:
        minutes: Time budget of the whole run, resumes included.
        steps: Budget in steps in place of minutes; 0 counts time.
        layers, width, heads, inner: Shape of the encoder.
        length: Pieces a sequence.
        batch: Sequences a step.
        rate, keep: Share of pieces predicted, and share of those left unmasked.
        n_sampled: Negatives of the sampled softmax; 0 for the full one.
        peak_lr: Largest learning rate of AdamW; ``muon_lr`` that of the hidden matrices.
        warmup: Share of the budget before the peak.
        seed: Seed of weights, data order and masks.
        start: Checkpoint of an earlier run whose weights this one goes on from, with a fresh
            schedule; empty for new weights.
        objective: ``mlm`` (masked language model) or ``rtd`` (replaced-token detection; the model
            of ``start`` is also the frozen generator).
        device: ``cpu`` or ``cuda``.
        bf16: Matrix products in bfloat16; for CUDA and CPUs with AMX. Others crawl with it.
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
    steps: int = 0
    start: str = ""
    objective: str = "mlm"
    device: str = "cpu"
    bf16: bool = False


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


def build(recipe: Recipe, unigram: Tensor, embeddings: Tensor | None) -> Model:
    """Build the encoder and its head; ``embeddings`` (V, width) start the input table."""
    torch.manual_seed(recipe.seed)
    model = MaskedLanguageModel(
        _encoder(recipe, len(unigram), embeddings), unigram, n_sampled=recipe.n_sampled
    )
    if recipe.objective == "mlm":
        return model
    model.load_state_dict(torch.load(recipe.start, weights_only=False, map_location="cpu")["model"])
    return ReplacedTokenDetection(_encoder(recipe, len(unigram), embeddings), model)


def _encoder(recipe: Recipe, n_pieces: int, embeddings: Tensor | None) -> BertModel:
    config = BertConfig(
        vocab_size=n_pieces,
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
    return encoder


def optimizers(model: Model, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Return AdamW for tables, norms and biases, and Muon for the hidden matrices."""
    hidden = [
        weight
        for name, weight in model.named_parameters()
        if weight.ndim == 2 and "embeddings" not in name and "score" not in name
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


class _State:
    """What a checkpoint holds and a resumed run continues from."""

    def __init__(self, recipe: Recipe, model: Model) -> None:
        self.recipe = recipe
        self.model = model
        self.rules = optimizers(model, recipe)
        self.rng = np.random.default_rng(recipe.seed)
        self.masks = torch.Generator().manual_seed(recipe.seed)
        self.used, self.step, self.n_tokens, self.loss = 0.0, 0, 0, float("nan")
        self.before = 0  # tokens of the runs that this one goes on from

    @property
    def progress(self) -> float:
        """Share of the budget that is used."""
        if self.recipe.steps:
            return self.step / self.recipe.steps
        return self.used / self.recipe.minutes

    def save(self, path: Path) -> None:
        """Write the checkpoint, replacing an older one only when it is complete."""
        state = {
            "model": self.model.state_dict(),
            "rules": [rule.state_dict() for rule in self.rules],
            "rng": self.rng.bit_generator.state,
            "masks": self.masks.get_state(),
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all(),  # empty without a GPU
            "used": self.used,
            "step": self.step,
            "n_tokens": self.n_tokens,
            "before": self.before,
            "loss": self.loss,
            "recipe": asdict(self.recipe),
        }
        part = path.with_suffix(".tmp")
        torch.save(state, part)
        part.replace(path)

    def load(self, path: Path) -> None:
        """Continue from a checkpoint: weights, optimizers, and every source of randomness."""
        state = torch.load(path, weights_only=False, map_location="cpu")
        self.model.load_state_dict(state["model"])
        for rule, saved in zip(self.rules, state["rules"], strict=True):
            rule.load_state_dict(saved)
        self.rng.bit_generator.state = state["rng"]
        self.masks.set_state(state["masks"])
        torch.set_rng_state(state["torch"])
        torch.cuda.set_rng_state_all(state.get("cuda", []))
        self.used, self.step = state["used"], state["step"]
        self.n_tokens, self.loss = state["n_tokens"], state["loss"]
        self.before = state.get("before", 0)


def pretrain(
    recipe: Recipe,
    mixture: Mixture,
    model: Model,
    out: Path,
    *,
    save_every: float = 5,
    stop_after: int | None = None,
) -> None:
    """Train ``model`` within the budget; write ``state.pt`` and ``log.jsonl`` into ``out``.

    Args:
        recipe: Settings; must equal those of an interrupted run that is resumed.
        mixture: Where sequences come from.
        model: Fresh model; replaced by the checkpoint in ``out`` when there is one.
        out: Folder of the run.
        save_every: Minutes between checkpoints.
        stop_after: Stop, with a checkpoint, after this many steps of the run.
    """
    out.mkdir(parents=True, exist_ok=True)
    model.to(recipe.device)
    state = _State(recipe, model)
    peaks = [rule.param_groups[0]["lr"] for rule in state.rules]
    checkpoint = out / "state.pt"
    if checkpoint.exists():
        state.load(checkpoint)
    elif recipe.start:
        earlier = torch.load(recipe.start, weights_only=False, map_location="cpu")
        model.load_state_dict(earlier["model"], strict=False)
        state.before = earlier.get("before", 0) + earlier["n_tokens"]
    model.train()
    saved_at = state.used
    started = time.monotonic() - 60 * state.used
    with tqdm(total=100, unit="%", desc="pretraining", mininterval=10) as bar:
        while state.progress < 1 and state.step != stop_after:
            factor = schedule(state.progress, recipe.warmup)
            for rule, peak in zip(state.rules, peaks, strict=True):
                rule.param_groups[0]["lr"] = peak * factor
            _step(state, mixture)
            state.used = (time.monotonic() - started) / 60
            bar.n = min(100, round(100 * state.progress))
            bar.set_postfix(
                step=state.step,
                loss=f"{state.loss:.3f}",
                tokens_per_second=round(state.n_tokens / (60 * state.used)),
                minutes=f"{state.used:.1f}",
            )
            if state.step % 20 == 0:
                _log(state, out / "log.jsonl")
            if state.used - saved_at > save_every:
                saved_at = state.used
                state.save(checkpoint)
        state.save(checkpoint)


def _step(state: _State, mixture: Mixture) -> None:
    recipe, model = state.recipe, state.model
    ids = mixture.batch(recipe.batch, state.rng)
    corrupted, labels = corrupt(ids, rate=recipe.rate, keep=recipe.keep, generator=state.masks)
    with torch.autocast(recipe.device, torch.bfloat16, enabled=recipe.bf16):
        loss = model(corrupted.to(recipe.device), labels.to(recipe.device))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for rule in state.rules:
        rule.step()
        rule.zero_grad(set_to_none=True)
    state.loss = loss.item() if state.step == 0 else 0.98 * state.loss + 0.02 * loss.item()
    state.step += 1
    state.n_tokens += ids.numel()


def _log(state: _State, path: Path) -> None:
    row = {
        "step": state.step,
        "minutes": round(state.used, 3),
        "tokens": state.n_tokens,
        "loss": round(state.loss, 4),
    }
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps(row) + "\n")
