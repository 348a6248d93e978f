"""Pretraining objectives: masked language modelling and replaced-token detection.

Letters: B sequences a batch, L pieces a sequence, M masked pieces, C candidates, D width.
"""

from collections.abc import Callable
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedModel

from training.pretrain.vocabulary import MASK, PAD


class MaskedLanguageModel(nn.Module):
    """An encoder with a masked-piece head; the output table is the input table.

    Args:
        encoder: A stock ``transformers`` encoder.
        unigram: Relative frequency of every piece, shape (V,).
        n_sampled: Pieces drawn from ``unigram`` as negatives a step; 0 scores the full vocabulary.
    """

    def __init__(self, encoder: PreTrainedModel, unigram: Tensor, *, n_sampled: int) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.transform = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(encoder.config.vocab_size))
        self.n_sampled = n_sampled
        self.register_buffer("unigram", unigram, persistent=False)

    def forward(self, ids: Tensor, labels: Tensor) -> Tensor:
        """Return the mean cross-entropy of the masked pieces, a scalar.

        Args:
            ids: Corrupted pieces, (B, L).
            labels: Original pieces where masked, -100 elsewhere, (B, L).
        """
        masked = labels >= 0
        hidden = self._states(ids, masked)
        targets = labels[masked]  # (M,)
        table = self.encoder.get_input_embeddings().weight  # (V, D)
        if not self.n_sampled or not self.training:
            return F.cross_entropy(hidden @ table.T + self.bias, targets)
        sampled = torch.multinomial(self.unigram, self.n_sampled, replacement=True)  # (n_sampled,)
        candidates, position = torch.cat([targets, sampled]).unique(return_inverse=True)  # (C,)
        logits = hidden @ table[candidates].T + self.bias[candidates]  # (M, C)
        # A piece enters the candidates with probability 1 - (1 - p)^n; the log of it corrects the
        # softmax (Bengio and Senecal 2008). Targets and negatives share one distribution.
        drawn = len(targets) + self.n_sampled
        inclusion = -torch.expm1(drawn * torch.log1p(-self.unigram[candidates].clamp_max(0.999)))
        return F.cross_entropy(logits - inclusion.clamp_min(1e-12).log(), position[: len(targets)])

    def fill(self, ids: Tensor, masked: Tensor) -> Tensor:
        """Return a score for every piece of the vocabulary at the masked places, (M, V)."""
        table = self.encoder.get_input_embeddings().weight  # (V, D)
        return self._states(ids, masked) @ table.T + self.bias

    def _states(self, ids: Tensor, masked: Tensor) -> Tensor:
        hidden = self.encoder(input_ids=ids).last_hidden_state  # (B, L, D)
        states: Tensor = self.norm(F.gelu(self.transform(hidden[masked])))  # (M, D)
        return states


class ReplacedTokenDetection(nn.Module):
    """An encoder that tells which pieces a frozen masked language model filled in.

    The generator is an earlier run's model, not one trained beside: its replacements are hard from
    the first step, and its forward pass is all that it costs.

    Args:
        encoder: A stock ``transformers`` encoder.
        generator: A trained ``MaskedLanguageModel`` over the same vocabulary.

    Source:
        Clark et al. (2020), ELECTRA; Dong et al. (2023), Fast-ELECTRA, for the frozen generator.
    """

    def __init__(self, encoder: PreTrainedModel, generator: MaskedLanguageModel) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.transform = nn.Linear(width, width)
        self.score = nn.Linear(width, 1)
        # In a tuple, so that the frozen weights stay out of the state and of the optimizers.
        self._generator = (generator.eval().requires_grad_(False),)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        self._generator[0]._apply(fn, recurse)  # ``to(device)`` must reach the frozen weights too
        return super()._apply(fn, recurse)

    def forward(self, ids: Tensor, labels: Tensor) -> Tensor:
        """Return the mean binary cross-entropy over all pieces that are no padding, a scalar.

        Args:
            ids: Corrupted pieces, (B, L).
            labels: Original pieces where masked, -100 elsewhere, (B, L).
        """
        masked = labels >= 0
        filled = ids.clone()
        with torch.no_grad():
            chances = self._generator[0].fill(ids, masked).softmax(dim=-1)  # (M, V)
            filled[masked] = torch.multinomial(chances, 1).squeeze(-1)
        original = torch.where(masked, labels, ids)
        hidden = self.encoder(input_ids=filled).last_hidden_state  # (B, L, D)
        scores = self.score(F.gelu(self.transform(hidden))).squeeze(-1)  # (B, L)
        real = original != PAD
        return F.binary_cross_entropy_with_logits(
            scores[real].float(), (filled != original)[real].float()
        )


def corrupt(
    ids: Tensor, *, rate: float, keep: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Mask pieces at random.

    Args:
        ids: Pieces, (B, L).
        rate: Share of the pieces to predict.
        keep: Share of those that stay as they are, so that real pieces are modelled too.
        generator: Source of randomness.

    Returns:
        Corrupted pieces and labels (-100 where nothing is predicted), both (B, L).
    """
    chosen = (torch.rand(ids.shape, generator=generator) < rate) & (ids > MASK)
    labels = torch.where(chosen, ids, torch.full_like(ids, -100))
    hide = chosen & (torch.rand(ids.shape, generator=generator) >= keep)
    return torch.where(hide, torch.full_like(ids, MASK), ids), labels
