"""Fine-tune the network on labelled comments."""

import copy
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import TrainingError
from ..examples import Example
from ..runtime.torch_model import TriageNetwork
from ..scheme import LabelScheme
from ..text import normalize
from ..tokenizer import MAX_TOKENS, Tokenizer
from .augment import Augmenter, as_random_state
from .data import targets
from .loss import TriageLoss
from .recipe import Recipe

_POOL = 50  # batches sorted by length together, so that padding stays small

Progress = Callable[[int, int, float], None]  # step, steps in all, smoothed loss


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a run learns from.

    Attributes:
        examples: Labelled comments.
        weights: Relative chance of each to be drawn in an epoch, in (0, 1]; 1 is always.
    """

    examples: Sequence[Example]
    weights: NDArray[np.float64]


def fit(
    network: TriageNetwork,
    data: TrainingData,
    tokenizer: Tokenizer,
    scheme: LabelScheme,
    recipe: Recipe,
    *,
    slang: Mapping[str, Sequence[str]] | None = None,
    progress: Progress | None = None,
) -> TriageNetwork:
    """Train ``network`` in place and return the version to keep (averaged weights).

    Args:
        network: The network; its encoder may be pretrained.
        data: Comments with labels and draw weights.
        tokenizer: The encoder's vocabulary.
        scheme: Heads and labels.
        recipe: Settings.
        slang: Formal word to slang spellings, for augmentation.
        progress: Called after every step.

    Raises:
        TrainingError: If the loss stops being a number.
    """
    trainer = Trainer(network, data, tokenizer, scheme, recipe, slang=slang)
    for _ in range(recipe.epochs):
        trainer.run_epoch(progress)
    return trainer.kept


class Trainer:
    """A run that goes epoch by epoch, and can be put aside and taken up again.

    Args:
        network: The network, trained in place.
        data: Comments with labels and draw weights.
        tokenizer: The encoder's vocabulary.
        scheme: Heads and labels.
        recipe: Settings.
        slang: Formal word to slang spellings, for augmentation.

    Attributes:
        kept: The averaged network, the one to keep.
        epoch: Epochs done.
        step: Steps done.
        n_steps: Steps of all epochs.
    """

    def __init__(
        self,
        network: TriageNetwork,
        data: TrainingData,
        tokenizer: Tokenizer,
        scheme: LabelScheme,
        recipe: Recipe,
        *,
        slang: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        torch.manual_seed(recipe.seed)
        self._network, self._recipe = network, recipe
        self._batches = _Batches(data, tokenizer, scheme, recipe, slang or {})
        self.n_steps = recipe.epochs * self._batches.per_epoch
        self._optimizer = torch.optim.AdamW(
            _parameter_groups(network, recipe), betas=(0.9, 0.98), fused=True
        )
        self._peaks = [group["lr"] for group in self._optimizer.param_groups]
        self._loss_of = TriageLoss(scheme, dict(recipe.head_weights))
        self._smooth, self.step = 0.0, 0
        self.kept = copy.deepcopy(network).eval()
        self.epoch = 0

    def run_epoch(self, progress: Progress | None = None) -> None:
        """Go once over the data.

        Raises:
            TrainingError: If the loss stops being a number.
        """
        self._network.train()
        for ids, mask, allowed in self._batches.epoch():
            loss = self._learn(ids, mask, allowed)
            self._smooth = loss if self.step == 1 else 0.98 * self._smooth + 0.02 * loss
            if progress:
                progress(self.step, self.n_steps, self._smooth)
        self.epoch += 1

    def _learn(self, ids: Tensor, mask: Tensor, allowed: Tensor) -> float:
        recipe = self._recipe
        factor = _schedule(self.step / self.n_steps, recipe.warmup)
        for group, peak in zip(self._optimizer.param_groups, self._peaks, strict=True):
            group["lr"] = peak * factor
        logits = self._network(ids, mask)
        loss = self._loss_of(logits, allowed)
        if n := self._batches.n_twice:  # the last n are the first n, rewritten
            loss = loss + recipe.consistency * self._loss_of.disagreement(logits[:n], logits[-n:])
        value = float(loss.item())
        if not math.isfinite(value):
            raise TrainingError(
                f"the loss became {value} at step {self.step}; lower learning_rate "
                f"(now {recipe.learning_rate})"
            )
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimizer.step()
        self.step += 1
        decay = min(recipe.ema, self.step / (self.step + 10)) if recipe.ema else 0.0
        _average(self.kept, self._network, decay)
        return value

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return all that the next epoch depends on: tensors, and the rest as plain JSON types."""
        tensors = {"torch_rng": torch.get_rng_state()}
        for name, module in (("network", self._network), ("kept", self.kept)):
            tensors |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
        for number, entries in self._optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{key}": value for key, value in entries.items()}
        plain = {
            "epoch": self.epoch,
            "step": self.step,
            "smooth": self._smooth,
            "batches": self._batches.state(),
        }
        return tensors, plain

    def restore(self, tensors: Mapping[str, Tensor], plain: Mapping[str, Any]) -> None:
        """Go back to what ``state`` returned, in a trainer made from the same arguments."""
        for name, module in (("network", self._network), ("kept", self.kept)):
            prefix = f"{name}."
            module.load_state_dict(
                {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            )
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("optimizer."):
                _, number, entry = key.split(".")
                moments.setdefault(int(number), {})[entry] = value
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.epoch, self.step = int(plain["epoch"]), int(plain["step"])
        self._smooth = float(plain["smooth"])
        self._batches.restore(plain["batches"])
        torch.set_rng_state(tensors["torch_rng"])


class _Batches:
    """Draws, rewrites, tokenises and pads the comments of an epoch."""

    def __init__(
        self,
        data: TrainingData,
        tokenizer: Tokenizer,
        scheme: LabelScheme,
        recipe: Recipe,
        slang: Mapping[str, Sequence[str]],
    ) -> None:
        self._texts = [example.text for example in data.examples]
        self._allowed = torch.from_numpy(targets(data.examples, scheme))
        self._weights = data.weights
        self._tokenizer = tokenizer
        self._recipe = recipe
        self._augment = Augmenter(slang, rate=recipe.augment, seed=recipe.seed)
        self._rng = np.random.default_rng(recipe.seed)
        self._random = random.Random(recipe.seed)
        self.n_twice = recipe.batch // 4 if recipe.consistency else 0  # comments seen twice
        self._n_comments = recipe.batch - self.n_twice  # different ones in a batch
        self.per_epoch = max(1, int(data.weights.sum()) // self._n_comments)

    def state(self) -> dict[str, Any]:
        """Return the states of the random generators as plain JSON types."""
        return {
            "order": self._rng.bit_generator.state,
            "pieces": self._random.getstate(),
            "noise": self._augment.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to what ``state`` returned."""
        self._rng.bit_generator.state = state["order"]
        self._random.setstate(as_random_state(state["pieces"]))
        self._augment.restore(state["noise"])

    def epoch(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield ids, mask and allowed labels of ``per_epoch`` batches."""
        size = self._n_comments
        drawn = np.flatnonzero(self._rng.random(len(self._texts)) < self._weights)
        wanted = self.per_epoch * size
        drawn = np.resize(self._rng.permutation(drawn), wanted)
        for start in range(0, wanted, _POOL * size):
            pool = drawn[start : start + _POOL * size]
            rows = [self._encode(self._augment(self._texts[i])) for i in pool]
            order = sorted(range(len(pool)), key=lambda i: len(rows[i]))
            chunks = [order[i : i + size] for i in range(0, len(order), size)]
            self._random.shuffle(chunks)
            for chunk in chunks:
                twice = self._random.sample(chunk, self.n_twice)
                once = [i for i in chunk if i not in twice]
                again = [self._augment(self._texts[pool[i]], always=True) for i in twice]
                views = [rows[i] for i in twice + once] + [self._encode(text) for text in again]
                ids, mask = self._tokenizer.pad_batch(views)
                allowed = self._allowed[pool[twice + once + twice]]
                yield torch.from_numpy(ids), torch.from_numpy(mask), allowed

    def _encode(self, text: str) -> list[int]:
        recipe, tokenizer = self._recipe, self._tokenizer
        text = normalize(text)
        if self._random.random() < recipe.subword_sampling:
            ids = self._random.choice(tokenizer.likely(text))
        else:
            ids = tokenizer.encode([text])[0]
        ids = ids[: MAX_TOKENS - 2]
        hidden = self._rng.random(len(ids)) < recipe.piece_dropout
        ids = [tokenizer.unknown if hide else id_ for id_, hide in zip(ids, hidden, strict=True)]
        return [tokenizer.begin, *ids, tokenizer.end]


def predict_logits(
    network: TriageNetwork, texts: Sequence[str], tokenizer: Tokenizer, *, batch: int = 64
) -> NDArray[np.float32]:
    """Return raw outputs of the first window of every text, shape (n_texts, n_outputs)."""
    rows = [
        [tokenizer.begin, *ids[: MAX_TOKENS - 2], tokenizer.end]
        for ids in tokenizer.encode([normalize(text) for text in texts])
    ]
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    found: NDArray[np.float32] | None = None
    network.eval()
    with torch.inference_mode():
        for start in range(0, len(order), batch):
            chunk = order[start : start + batch]
            ids, mask = tokenizer.pad_batch([rows[i] for i in chunk])
            logits = network(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
            if found is None:
                found = np.zeros((len(rows), logits.shape[1]), dtype=np.float32)
            found[chunk] = logits
    return found if found is not None else np.zeros((0, 0), dtype=np.float32)


def _parameter_groups(network: TriageNetwork, recipe: Recipe) -> list[dict[str, object]]:
    """Return parameter groups: lower layers learn slower, vectors do not decay."""
    n_layers = network.encoder.config.num_hidden_layers
    groups: dict[tuple[int, bool], list[Tensor]] = {}
    for name, weight in network.named_parameters():
        depth = _depth(name, n_layers)
        groups.setdefault((depth, weight.ndim > 1), []).append(weight)
    return [
        {
            "params": weights,
            "lr": recipe.learning_rate * recipe.layer_decay ** (n_layers + 1 - depth),
            "weight_decay": recipe.weight_decay if is_matrix else 0.0,
        }
        for (depth, is_matrix), weights in groups.items()
    ]


def _depth(name: str, n_layers: int) -> int:
    """Return 0 for embeddings, 1 to n for layers, n + 1 for the heads."""
    if not name.startswith("encoder."):
        return n_layers + 1
    for part in name.split("."):
        if part.isdigit():
            return int(part) + 1
    return 0


def _schedule(progress: float, warmup: float) -> float:
    if progress < warmup:
        return progress / warmup
    return (1.0 - progress) / (1.0 - warmup)


@torch.no_grad()
def _average(kept: torch.nn.Module, network: torch.nn.Module, decay: float) -> None:
    torch._foreach_lerp_(list(kept.parameters()), list(network.parameters()), 1.0 - decay)
