"""The network: one encoder, one linear layer for all heads.

Letters: N windows, T pieces, D width, K output columns.
"""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig


class TriageNetwork(nn.Module):
    """An encoder whose mean- and max-pooled states feed every head.

    Args:
        encoder: A ``transformers`` encoder that returns ``last_hidden_state``.
        n_outputs: K, labels of all heads together.
        dropout: Dropout before the heads, while training.
    """

    def __init__(self, encoder: Any, n_outputs: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Linear(2 * encoder.config.hidden_size, n_outputs)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return raw outputs (N, K) of piece ids and attention mask (N, T)."""
        logits: Tensor = self.heads(self.dropout(self.pool(ids, mask)))  # (N, K)
        return logits

    def pool(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return mean- and max-pooled states, (N, 2D)."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state  # (N, T, D)
        weights = mask.unsqueeze(-1).to(states.dtype)  # (N, T, 1)
        mean = (states * weights).sum(1) / weights.sum(1)  # (N, D)
        peak = (states - (1.0 - weights) * 1e4).amax(1)  # (N, D); padding never wins
        return torch.cat([mean, peak], dim=-1)  # (N, 2D)


def from_config(config: PretrainedConfig, n_outputs: int) -> TriageNetwork:
    """Build an untrained network of a given shape."""
    return TriageNetwork(_encoder(config), n_outputs)


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
