"""Build a network from a pretrained encoder: ours, a local folder or a Hugging Face name."""

import json
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel

from ..errors import RecipeError
from ..runtime.torch_model import TriageNetwork
from .recipe import Recipe


def load_encoder(where: str | Path) -> Any:
    """Load a pretrained encoder without its pooler.

    Args:
        where: Folder with ``config.json`` and weights, or a name on the Hugging Face hub.

    Raises:
        RecipeError: If it cannot be loaded.
    """
    options = {"attn_implementation": "eager", "dtype": torch.float32}
    try:
        try:
            return AutoModel.from_pretrained(where, add_pooling_layer=False, **options)
        except TypeError:  # architectures that have no pooler to leave out
            return AutoModel.from_pretrained(where, **options)
    except (OSError, ValueError) as error:
        raise RecipeError(
            f"encoder {str(where)!r} cannot be loaded ({error}); name a folder with config.json "
            "and weights, or a model of the Hugging Face hub"
        ) from error


def build_network(recipe: Recipe, n_outputs: int) -> TriageNetwork:
    """Return a network with the recipe's pretrained encoder and new heads."""
    torch.manual_seed(recipe.seed)
    network = TriageNetwork(
        load_encoder(recipe.encoder),
        n_outputs,
        dropout=recipe.dropout,
    )
    _reset_heads(network)
    return network


def with_new_heads(network: TriageNetwork, n_outputs: int, recipe: Recipe) -> TriageNetwork:
    """Return the network with untrained heads for another label system."""
    torch.manual_seed(recipe.seed)
    network.heads = torch.nn.Linear(network.heads.in_features, n_outputs)
    network.dropout = torch.nn.Dropout(recipe.dropout)
    _reset_heads(network)
    return network


def _reset_heads(network: TriageNetwork) -> None:
    torch.nn.init.normal_(network.heads.weight, std=0.02)
    torch.nn.init.zeros_(network.heads.bias)


def describe_encoder(where: Path) -> dict[str, Any]:
    """Return what the encoder's folder says of itself (``training.json``), or nothing."""
    file = where / "training.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}
