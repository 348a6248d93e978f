"""Choose epoch, linear model and thresholds on held-out comments, and cross-fit the choice.

What is chosen on some comments looks too good on them. So the comments held out are halved: each
half is scored with what was chosen on the other. Knows arrays and the scheme; nothing about torch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...calibration import Calibration
from ...scheme import LabelScheme
from ...wide import WideModel, mix
from ..calibrate import fit_calibration
from ..linear import choose_shares

MIN_ROWS = 60  # held-out labels of a head, from which its thresholds are fitted anew
_MIN_LOSS_ROWS = 20  # held-out labels of a head, from which it has a say in the choice

Logits = NDArray[np.float32]
Labels = NDArray[np.int64]
Gold = Mapping[str, Labels]


@dataclass(frozen=True)
class WideOption:
    """A linear model that may speak beside the network.

    Attributes:
        name: ``"kept"`` or ``"refit"``.
        model: The model.
        logits: Its outputs for the comments held out, shape (n_validation, n_columns).
    """

    name: str
    model: WideModel
    logits: Logits


@dataclass(frozen=True)
class HeldOut:
    """All that the choice is made from.

    Attributes:
        scheme: Heads and labels.
        gold: For each head the label positions, shape (n_validation,); -1 where unknown.
        groups: Near-copy group of each comment, shape (n_validation,).
        wides: Linear models to choose from; none may be best.
        old: Calibration to keep where there are too few comments for a new one.
    """

    scheme: LabelScheme
    gold: Gold
    groups: Labels
    wides: Sequence[WideOption]
    old: Calibration


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes:
        epoch: Position in the list of epochs.
        wide: The linear model with its shares, if one helps.
        option: Name of that model, or ``"none"``.
        calibration: Temperatures and thresholds.
        refitted: Heads whose calibration is new.
    """

    epoch: int
    wide: WideModel | None
    option: str
    calibration: Calibration
    refitted: tuple[str, ...]


def loss(logits: Logits, gold: Gold, scheme: LabelScheme) -> float:
    """Return the calibrated log-loss, averaged over heads; 1 is that of the label frequencies.

    Log-loss tells more from few comments than counts of right answers do.
    """
    calibration = fit_calibration(logits, gold, scheme)
    probabilities = calibration.probabilities(logits, scheme)
    known = {name: labels >= 0 for name, labels in gold.items()}
    asked = [name for name in known if known[name].sum() >= _MIN_LOSS_ROWS]
    asked = asked or [name for name in known if known[name].any()]
    values = []
    for name in asked:
        labels = gold[name][known[name]]
        chance = probabilities[name][known[name]][np.arange(len(labels)), labels]
        shares = np.bincount(labels) / len(labels)
        entropy = -(shares[shares > 0] * np.log(shares[shares > 0])).sum()
        values.append(-np.log(np.maximum(chance, 1e-6)).mean() / max(entropy, 0.05))
    return float(np.mean(values)) if values else 0.0


def choose(epochs: Sequence[Logits], held: HeldOut, rows: Labels, *, min_rows: int) -> Choice:
    """Choose on some of the comments held out.

    Args:
        epochs: The network's outputs after each epoch, shape (n_validation, n_outputs).
        held: Labels, linear models and the calibration so far.
        rows: Comments to choose on.
        min_rows: Labels of a head, from which it is calibrated anew.
    """
    gold = {name: labels[rows] for name, labels in held.gold.items()}
    epoch = int(np.argmin([loss(logits[rows], gold, held.scheme) for logits in epochs]))
    logits = epochs[epoch][rows]
    best, option, wide = loss(logits, gold, held.scheme), "none", None
    for candidate in held.wides:
        model = with_shares(candidate, logits, gold, held.scheme, rows)
        mixed = mix(logits, candidate.logits[rows], model, held.scheme.slices)
        value = loss(mixed, gold, held.scheme)
        if value < best:
            best, option, wide, chosen = value, candidate.name, model, mixed
    if wide is not None:
        logits = chosen
    calibration, refitted = _calibrate(logits, gold, held, min_rows)
    return Choice(epoch, wide, option, calibration, refitted)


def with_shares(
    option: WideOption, logits: Logits, gold: Gold, scheme: LabelScheme, rows: Labels
) -> WideModel:
    """Return a linear model with the best share of each head that has enough labels to tell."""
    model = option.model
    told = {
        name: columns
        for name, columns in model.heads.items()
        if (gold[name] >= 0).sum() >= _MIN_LOSS_ROWS
    }
    part = replace(model, heads=told)
    shares = choose_shares(logits, option.logits[rows], part, gold, scheme)
    return replace(model, shares={**model.shares, **shares})


def _calibrate(
    logits: Logits, gold: Gold, held: HeldOut, min_rows: int
) -> tuple[Calibration, tuple[str, ...]]:
    fitted = fit_calibration(logits, gold, held.scheme)
    enough = tuple(name for name, labels in gold.items() if (labels >= 0).sum() >= min_rows)
    heads = {
        name: fitted.of(name) if name in enough else held.old.of(name)
        for name in held.scheme.slices
    }
    return Calibration(heads), enough


def apply(choice: Choice, epochs: Sequence[Logits], held: HeldOut, rows: Labels) -> Logits:
    """Return the outputs that a choice gives for some of the comments held out."""
    logits = epochs[choice.epoch][rows]
    if choice.wide is None:
        return logits
    wide = next(option for option in held.wides if option.name == choice.option)
    return mix(logits, wide.logits[rows], choice.wide, held.scheme.slices)


def cross_fit(epochs: Sequence[Logits], held: HeldOut, *, seed: int) -> dict[str, Labels]:
    """Return the labels of every comment, each from a choice made on the other half.

    Returns:
        For each head the chosen labels, shape (n_validation,).
    """
    names = np.random.default_rng(seed).permutation(np.unique(held.groups))
    first = np.isin(held.groups, names[::2])
    found = {head.name: np.zeros(len(first), dtype=np.int64) for head in held.scheme.heads}
    for half in (first, ~first):
        rows, others = np.flatnonzero(half), np.flatnonzero(~half)
        if not len(rows):
            continue
        chosen = choose(epochs, held, others if len(others) else rows, min_rows=MIN_ROWS // 2)
        logits = apply(chosen, epochs, held, rows)
        for name, shares in chosen.calibration.probabilities(logits, held.scheme).items():
            found[name][rows] = chosen.calibration.choose(name, shares)
    return found
