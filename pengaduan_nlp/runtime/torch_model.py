"""The network: one encoder, one linear layer for all heads.

Letters: N windows, T pieces, D width, K output columns.
"""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig

NGRAM_WIDTH = 64  # of the hashed n-gram vectors
_MULTIPLIERS = (1_000_003, 8_191)  # of the rolling hash: the first piece's, the next ones'


class HashedNgrams(nn.Module):
    """The mean vector of a window's piece bigrams and trigrams, hashed into one table.

    Fixed phrases ("belum juga", "ga ada yang") decide many comments and are rare in the few
    tokens that a small encoder was pretrained on; a table learns them from the labels alone.

    Args:
        n_buckets: Rows of the table.
    """

    def __init__(self, n_buckets: int) -> None:
        super().__init__()
        self.table = nn.Embedding(n_buckets, NGRAM_WIDTH)
        nn.init.normal_(self.table.weight, std=0.02)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return vectors (N, NGRAM_WIDTH) of piece ids and attention mask (N, T)."""
        first, step = _MULTIPLIERS
        pairs = ids[:, :-1] * first + ids[:, 1:] * step  # (N, T - 1)
        triples = pairs[:, :-1] * step + ids[:, 2:]  # (N, T - 2)
        keys = torch.cat([pairs, triples], dim=1) % self.table.num_embeddings
        known = torch.cat([mask[:, 1:], mask[:, 2:]], dim=1).unsqueeze(-1)  # (N, 2T - 3, 1)
        vectors = self.table(keys) * known.to(self.table.weight.dtype)
        mean: Tensor = vectors.sum(1) / known.sum(1).clamp_min(1).sqrt()  # (N, NGRAM_WIDTH)
        return mean


class TriageNetwork(nn.Module):
    """An encoder whose mean- and max-pooled states feed every head.

    Args:
        encoder: A ``transformers`` encoder that returns ``last_hidden_state``.
        n_outputs: K, labels of all heads together.
        dropout: Dropout before the heads, while training.
        n_buckets: Rows of the hashed n-gram table beside the encoder; 0 leaves it out.
    """

    def __init__(
        self, encoder: Any, n_outputs: int, *, dropout: float = 0.1, n_buckets: int = 0
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.ngrams = HashedNgrams(n_buckets) if n_buckets else None
        self.dropout = nn.Dropout(dropout)
        width = 2 * encoder.config.hidden_size + (NGRAM_WIDTH if n_buckets else 0)
        self.heads = nn.Linear(width, n_outputs)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return raw outputs (N, K) of piece ids and attention mask (N, T)."""
        logits: Tensor = self.heads(self.dropout(self.pool(ids, mask)))  # (N, K)
        return logits

    def pool(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return pooled states, (N, 2D), and n-gram vectors beside them where there are any."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state  # (N, T, D)
        weights = mask.unsqueeze(-1).to(states.dtype)  # (N, T, 1)
        mean = (states * weights).sum(1) / weights.sum(1)  # (N, D)
        peak = (states - (1.0 - weights) * 1e4).amax(1)  # (N, D); padding never wins
        pooled = [mean, peak]
        if self.ngrams is not None:
            pooled.append(self.ngrams(ids, mask))
        return torch.cat(pooled, dim=-1)  # (N, 2D) or (N, 2D + NGRAM_WIDTH)


def from_config(config: PretrainedConfig, n_outputs: int, *, n_buckets: int = 0) -> TriageNetwork:
    """Build an untrained network of a given shape."""
    return TriageNetwork(_encoder(config), n_outputs, n_buckets=n_buckets)


def _encoder(config: PretrainedConfig) -> Any:
    build: Any = AutoModel.from_config
    try:
        return build(config, add_pooling_layer=False)
    except TypeError:  # architectures that have no pooler to leave out
        return build(config)


def read_config(path: str) -> PretrainedConfig:
    """Read a ``config.json`` from disk; never asks the network."""
    config: PretrainedConfig = AutoConfig.from_pretrained(path, local_files_only=True)
    return config
