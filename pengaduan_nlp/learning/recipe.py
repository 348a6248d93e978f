"""The settings of a fine-tuning run, read from one TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ..errors import RecipeError
from ..scheme import did_you_mean


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that determines a fine-tuning run, apart from the data.

    Attributes:
        encoder: Folder or Hugging Face name of the encoder; relative to the recipe's folder.
        epochs: Passes over the data.
        batch: Comments a step.
        learning_rate: Peak of AdamW for the top layer and the heads.
        layer_decay: Factor on the rate for each layer further down.
        warmup: Share of the steps before the peak.
        weight_decay: Decoupled weight decay of matrices.
        dropout: Dropout before the heads.
        piece_dropout: Share of pieces that are hidden while training.
        subword_sampling: Share of comments whose segmentation is sampled, not the best one.
        augment: Share of comments rewritten with noise.
        consistency: Weight of the disagreement between a comment and a rewritten version of it;
            above 0 a quarter of every batch are second versions of others in it.
        ema: Decay of the averaged weights that are kept; 0 keeps the last weights.
        head_weights: Weight of each head's loss; 1 where not named.
        seed: Seed of weights, order and noise.
    """

    encoder: str
    epochs: int = 8
    batch: int = 32
    learning_rate: float = 5e-4
    layer_decay: float = 0.9
    warmup: float = 0.06
    weight_decay: float = 0.01
    dropout: float = 0.2
    piece_dropout: float = 0.05
    subword_sampling: float = 0.3
    augment: float = 0.5
    consistency: float = 0.0
    ema: float = 0.998
    head_weights: Mapping[str, float] = field(default_factory=dict)
    seed: int = 20261124

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1:
            raise RecipeError(
                f"epochs and batch must be at least 1, got {self.epochs}, {self.batch}"
            )
        if self.consistency and self.batch < 4:
            raise RecipeError(f"batch must be at least 4 with consistency, got {self.batch}")
        for name in ("warmup", "dropout", "piece_dropout", "subword_sampling", "augment", "ema"):
            value = getattr(self, name)
            if not 0.0 <= value < 1.0 + (name in ("subword_sampling", "augment")):
                raise RecipeError(f"{name} must be a share between 0 and 1, got {value}")

    @classmethod
    def load(cls, path: Path) -> "Recipe":
        """Read a recipe's ``[train]`` table.

        Raises:
            RecipeError: If the file is missing, is not TOML or has an unknown setting.
        """
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise RecipeError(f"{path}: cannot be read as a recipe: {error}") from error
        table = data.get("train")
        if not isinstance(table, dict):
            raise RecipeError(f"{path}: no [train] table; it holds the settings of the run")
        return cls.from_dict(table, where=str(path))

    @classmethod
    def from_dict(cls, table: Mapping[str, Any], *, where: str = "recipe") -> "Recipe":
        """Build a recipe from plain values; refuses names it does not know."""
        known = [item.name for item in fields(cls)]
        for name in table:
            if name not in known:
                raise RecipeError(
                    f"{where}: unknown setting {name!r}{did_you_mean(name, known)}; "
                    f"known: {', '.join(known)}"
                )
        if "encoder" not in table:
            raise RecipeError(f"{where}: setting 'encoder' is missing; name a folder or a model")
        return cls(**table)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)
