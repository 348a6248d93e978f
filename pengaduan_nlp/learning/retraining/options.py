"""What can be chosen of a training run; the defaults fit a laptop and the bundled model.

Knows nothing about data or models.
"""

import os
from dataclasses import asdict, dataclass
from typing import Any

from ...errors import RecipeError

OWN = "own"
NONE = "none"


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """Where to start, what to learn and for how long.

    Attributes:
        start: Bundle to start from and to compare with: a name or a folder.
        encoder: Start from this encoder with fresh heads instead: a folder, or a model of the
            Hugging Face hub.
        scheme: Scheme file with other heads or labels; those of ``start`` if ``None``.
        mapping: TSV of head, foreign label and slug, for a table with another label set.
        text_column: Column of the comments; guessed if ``None``.
        replay: What is mixed in against forgetting: ``"own"`` for the project's comments,
            ``"none"``, or a labelled file.
        minutes: Time to train; epochs and replay are sized for it.
        epochs: Passes over the data; chosen from ``minutes`` if ``None``.
        learning_rate: Peak rate of AdamW; chosen from the width of the encoder if ``None``.
        min_per_label: Rows that every label needs which the start does not know already.
        overwrite: Whether ``out`` may exist, and whether an unfinished other run is dropped.
        seed: Seed of the split, the weights, the order and the noise.
    """

    start: str | os.PathLike[str] = "triage"
    encoder: str | os.PathLike[str] | None = None
    scheme: str | os.PathLike[str] | None = None
    mapping: str | os.PathLike[str] | None = None
    text_column: str | None = None
    replay: str | os.PathLike[str] = OWN
    minutes: float = 15.0
    epochs: int | None = None
    learning_rate: float | None = None
    min_per_label: int = 8
    overwrite: bool = False
    seed: int = 20261124

    def __post_init__(self) -> None:
        if not 0 < self.minutes < 1e5:
            raise RecipeError(f"minutes must be more than 0, got {self.minutes}; usual: 15")
        if self.epochs is not None and self.epochs < 1:
            raise RecipeError(f"epochs must be at least 1, got {self.epochs}; usual: 6")
        if self.learning_rate is not None and not 0 < self.learning_rate < 1:
            raise RecipeError(
                f"learning_rate must be between 0 and 1, got {self.learning_rate}; usual: 3e-4"
            )
        if self.min_per_label < 0 or self.seed < 0:
            raise RecipeError(
                f"min_per_label and seed must be 0 or more, got {self.min_per_label}, {self.seed}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return what determines the result, as plain JSON types."""
        plain = asdict(self)
        del plain["overwrite"]
        return {k: os.fspath(v) if isinstance(v, os.PathLike) else v for k, v in plain.items()}
