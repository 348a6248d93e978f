"""Fine-tune the network on labelled comments."""

import copy
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
from .augment import Augmenter
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
    torch.manual_seed(recipe.seed)
    batches = _Batches(data, tokenizer, scheme, recipe, slang or {})
    steps = recipe.epochs * batches.per_epoch
    optimizer = torch.optim.AdamW(_parameter_groups(network, recipe), betas=(0.9, 0.98), fused=True)
    peaks = [group["lr"] for group in optimizer.param_groups]
    loss_of = TriageLoss(scheme, dict(recipe.head_weights))
    kept = copy.deepcopy(network).eval()
    smooth, step = 0.0, 0
    network.train()
    for _ in range(recipe.epochs):
        for ids, mask, allowed in batches.epoch():
            factor = _schedule(step / steps, recipe.warmup)
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * factor
            loss = loss_of(network(ids, mask), allowed)
            if not math.isfinite(loss.item()):
                raise TrainingError(
                    f"the loss became {loss.item()} at step {step}; lower learning_rate "
                    f"(now {recipe.learning_rate})"
                )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            _average(kept, network, min(recipe.ema, step / (step + 10)) if recipe.ema else 0.0)
            smooth = loss.item() if step == 1 else 0.98 * smooth + 0.02 * loss.item()
            if progress:
                progress(step, steps, smooth)
    return kept


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
        self.per_epoch = max(1, int(data.weights.sum()) // recipe.batch)

    def epoch(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield ids, mask and allowed labels of ``per_epoch`` batches."""
        size = self._recipe.batch
        drawn = np.flatnonzero(self._rng.random(len(self._texts)) < self._weights)
        wanted = self.per_epoch * size
        drawn = np.resize(self._rng.permutation(drawn), wanted)
        for start in range(0, wanted, _POOL * size):
            pool = drawn[start : start + _POOL * size]
            rows = [self._encode(self._texts[i]) for i in pool]
            order = sorted(range(len(pool)), key=lambda i: len(rows[i]))
            chunks = [order[i : i + size] for i in range(0, len(order), size)]
            self._random.shuffle(chunks)
            for chunk in chunks:
                ids, mask = self._tokenizer.pad_batch([rows[i] for i in chunk])
                yield torch.from_numpy(ids), torch.from_numpy(mask), self._allowed[pool[chunk]]

    def _encode(self, text: str) -> list[int]:
        recipe, tokenizer = self._recipe, self._tokenizer
        text = normalize(self._augment(text))
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
