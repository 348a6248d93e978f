"""How many epochs and replayed comments fit into the time.

Measures a few steps of the very network; knows nothing about files.
"""

import copy
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...examples import Example
from ...runtime.torch_model import TriageNetwork
from ...scheme import LabelScheme
from ...tokenizer import Tokenizer
from ..loop import Trainer, TrainingData
from ..recipe import Recipe
from .options import TrainOptions

EPOCHS = 6
_FEWEST_EPOCHS = 3
REPLAY_RATIO = 3  # replayed comments for each own one in an epoch
MIN_REPLAY = 1000  # replayed comments an epoch, however few the own ones are
_TRAINING_SHARE = 0.6  # of the time; the rest is for choosing, scoring and export
_TIMED_STEPS = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a run.

    Attributes:
        epochs: Passes over the own comments.
        n_replay: Replayed comments drawn in each.
        seconds: Expected time of all steps.
    """

    epochs: int
    n_replay: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)


def make_plan(
    options: TrainOptions, seconds_a_step: float, *, batch: int, n_own: int, n_replay: int
) -> Plan:
    """Return as many epochs and replayed comments as the time allows.

    Args:
        options: Time, and epochs if they are given.
        seconds_a_step: Measured time of a step.
        batch: Comments a step.
        n_own: Own comments to learn from.
        n_replay: Comments that can be replayed.

    Example:
        >>> make_plan(TrainOptions(minutes=1), 0.1, batch=32, n_own=800, n_replay=9000).epochs
        6
    """
    wanted = min(n_replay, max(REPLAY_RATIO * n_own, MIN_REPLAY))
    budget = options.minutes * 60 * _TRAINING_SHARE / seconds_a_step * batch  # comments in all
    epochs = options.epochs or EPOCHS
    if options.epochs is None:
        while epochs > _FEWEST_EPOCHS and budget / epochs < n_own + wanted:
            epochs -= 1
    room = int(budget / epochs) - n_own
    replayed = max(min(wanted, room), min(wanted, n_own // 2))
    steps = epochs * math.ceil((n_own + replayed) / batch)
    return Plan(epochs, replayed, steps * seconds_a_step)


def time_step(
    network: TriageNetwork,
    examples: Sequence[Example],
    tokenizer: Tokenizer,
    scheme: LabelScheme,
    recipe: Recipe,
) -> float:
    """Return the seconds of one training step, tried on a copy of the network."""
    n_rows = (_TIMED_STEPS + 1) * recipe.batch
    rows = [examples[i % len(examples)] for i in range(n_rows)]
    data = TrainingData(rows, np.ones(n_rows))
    trainer = Trainer(copy.deepcopy(network), data, tokenizer, scheme, recipe)
    moments: list[float] = []
    trainer.run_epoch(lambda step, steps, loss: moments.append(time.perf_counter()))
    return max(1e-4, (moments[-1] - moments[0]) / (len(moments) - 1))
