"""Raw model outputs to calibrated probabilities, and the thresholds of decisions.

Knows the scheme's heads and nothing about models or text.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import BundleCorrupt
from .scheme import LabelScheme

Probabilities = NDArray[np.float64]


@dataclass(frozen=True)
class HeadCalibration:
    """How one head's outputs are read.

    Attributes:
        temperature: Divisor of the logits; above 1 softens.
        abstain_below: Probability of the chosen label under which a person should decide.
        steps: Ordinal heads only: the label is the number of entries k for which
            P(label > k) exceeds ``steps[k]``; empty for the most probable label.
    """

    temperature: float = 1.0
    abstain_below: float = 0.0
    steps: tuple[float, ...] = ()


@dataclass(frozen=True)
class Calibration:
    """The calibration of every head; heads that are not named read their outputs as they are."""

    heads: Mapping[str, HeadCalibration] = field(default_factory=dict)

    def of(self, head: str) -> HeadCalibration:
        """Return the calibration of a head."""
        return self.heads.get(head, HeadCalibration())

    def probabilities(
        self, logits: NDArray[np.float32], scheme: LabelScheme
    ) -> dict[str, Probabilities]:
        """Return calibrated probabilities of every head.

        A child head is normalised under each label of its parent, then weighted by the parent's
        probability, so that sector and sub-topic never contradict each other.

        Args:
            logits: Model outputs, shape (n_texts, n_outputs).
            scheme: The heads.

        Returns:
            For each head an array of shape (n_texts, n_labels) whose rows sum to one.
        """
        found: dict[str, Probabilities] = {}
        for head in scheme.heads:
            scaled = logits[:, scheme.slices[head.name]].astype(np.float64)
            scaled = scaled / self.of(head.name).temperature
            if head.parent is None:
                found[head.name] = softmax(scaled)
                continue
            joint = np.zeros_like(scaled)
            parent = scheme.head(head.parent)
            for slug, columns in scheme.children(head).items():
                share = found[parent.name][:, [parent.index(slug)]]
                joint[:, columns] = softmax(scaled[:, columns]) * share
            found[head.name] = joint
        return found

    def choose(self, head: str, probabilities: Probabilities) -> NDArray[np.int64]:
        """Return the chosen label of every row, shape (n_texts,)."""
        chosen: NDArray[np.int64]
        steps = self.of(head).steps
        if not steps:
            chosen = probabilities.argmax(1)
            return chosen
        above = probabilities[:, ::-1].cumsum(1)[:, ::-1][:, 1:]  # P(label > k), (n_texts, K - 1)
        # Cumulative sums descend in k, so the first step that fails ends the climb.
        climbed = np.cumprod(above > np.asarray(steps), axis=1)
        chosen = climbed.sum(1).astype(np.int64)
        return chosen

    def save(self, path: Path) -> None:
        """Write the calibration as JSON."""
        data = {
            name: {
                "temperature": head.temperature,
                "abstain_below": head.abstain_below,
                "steps": list(head.steps),
            }
            for name, head in self.heads.items()
        }
        path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Calibration":
        """Read what ``save`` wrote.

        Raises:
            BundleCorrupt: If the file is not a calibration.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            heads = {
                name: HeadCalibration(
                    float(head["temperature"]),
                    float(head["abstain_below"]),
                    tuple(map(float, head["steps"])),
                )
                for name, head in data.items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BundleCorrupt(
                f"{path}: not a calibration file ({error!r}); get the bundle again", path=path
            ) from error
        return cls(heads)


def softmax(logits: Probabilities) -> Probabilities:
    """Return the softmax over the last axis."""
    shifted: Probabilities = np.exp(logits - logits.max(-1, keepdims=True))
    shares: Probabilities = shifted / shifted.sum(-1, keepdims=True)
    return shares


def fit_temperature(logits: NDArray[np.float32], gold: NDArray[np.int64]) -> float:
    """Return the temperature that minimises the negative log-likelihood, found by bisection.

    The derivative with respect to the inverse temperature is monotone, so its sign change is the
    minimum; the search is bounded to [0.05, 20].

    Source:
        Guo et al. (2017), https://arxiv.org/abs/1706.04599, section 4.2.
    """
    scores = logits.astype(np.float64)
    chosen = scores[np.arange(len(gold)), gold]

    def slope(beta: float) -> float:
        return float(((softmax(beta * scores) * scores).sum(1) - chosen).mean())

    low, high = 0.05, 20.0  # inverse temperatures
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return 1.0 / math.sqrt(low * high)
