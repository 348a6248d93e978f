"""What a run is made from: tables, start and linear models, read and checked together.

Knows files and options; nothing about training.
"""

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ... import bundle as layout
from ..._version import __version__
from ...examples import Example
from ...runtime.torch_model import TriageNetwork
from ...scheme import Head, LabelScheme
from ...wide import WideModel
from ..linear import fit_wide
from ..recipe import Recipe
from . import rows
from .options import TrainOptions
from .replay import Replay, find_replay, read_replay
from .rows import OwnComments
from .start import Start, head_weights, same_labels

_BASE_RATE = 7e-4  # training/recipes/triage.toml, for an encoder of this width:
_BASE_WIDTH = 256
_RATE_POWER = 2.4  # falls to the usual 5e-5 at 768 (Devlin et al. 2019, appendix A.3)
_CONTINUED = 0.5  # share of the rate where the heads are trained already
_MAX_WIDE_LABELS = 40  # of a head that a linear model answers, which bounds its size


@dataclass(frozen=True)
class Material:
    """All that a run is made from.

    Attributes:
        own: Own comments, parted.
        replay: Comments against forgetting.
        start: Bundle or encoder.
        scheme: Heads and labels to train.
        notes: What was noticed.
    """

    own: OwnComments
    replay: Replay
    start: Start
    scheme: LabelScheme
    notes: list[str]

    def spread(self, n_rows: int) -> list[Example]:
        """Return about ``n_rows`` comments from all over what is there, own ones first."""
        own = [*self.own.validation, *self.own.train][:n_rows]
        step = max(1, len(self.replay.examples) // max(1, n_rows - len(own)))
        return [*own, *self.replay.examples[::step]][:n_rows]


def read_material(data: str | os.PathLike[str], options: TrainOptions) -> Material:
    """Read the tables and check that they can teach the scheme.

    Raises:
        InputError: If a table is unusable or a label has too few rows.
        SchemeError: If the scheme file is invalid.
        BundleError: If the bundle to start from cannot be opened.
    """
    start = Start.open(options)
    scheme = start.scheme(options.scheme)
    source = find_replay(options.replay)
    own = rows.read_own(data, scheme, options)
    replay = read_replay(source, scheme, own.validation, seed=options.seed)
    everything = [*own.train, *own.validation, *replay.examples]
    carried = start.carried(scheme)
    scheme, notes = rows.without_unlabelled_heads(scheme, everything, carried)
    rows.check_labels(scheme, everything, carried, options.min_per_label)
    return Material(own, replay, start, scheme, [*own.notes, *replay.notes, *notes])


def identity(material: Material, options: TrainOptions) -> dict[str, Any]:
    """Return what must be the same for an unfinished run to be taken up."""
    files = {"data": material.own.path, "replay": material.replay.path}
    if material.start.bundle is not None:
        files["start"] = material.start.bundle.file(layout.MANIFEST)
    return {
        "options": options.to_dict(),
        "scheme": material.scheme.to_dict(),
        "version": __version__,
        **{name: layout.sha256(path) if path else None for name, path in files.items()},
    }


def make_recipe(material: Material, options: TrainOptions) -> Recipe:
    """Return the settings, before rate and epochs are known."""
    start = material.start
    where = start.encoder or (str(start.bundle.path) if start.bundle else "")
    weights = head_weights(start.bundle, material.scheme)
    return Recipe(encoder=where, head_weights=weights, seed=options.seed)


def peak_rate(network: TriageNetwork, start: Start, options: TrainOptions) -> float:
    """Return the peak learning rate for an encoder of this width."""
    if options.learning_rate is not None:
        return options.learning_rate
    width = float(network.encoder.config.hidden_size)
    rate: float = _BASE_RATE * min(1.0, (_BASE_WIDTH / width) ** _RATE_POWER)
    return rate * (_CONTINUED if start.encoder is None else 1.0)


def linear_models(material: Material, folder: Path) -> dict[str, WideModel]:
    """Return the old bundle's linear model and one fitted anew, where there are such.

    Args:
        material: What the run is made from.
        folder: Where the new one is kept, and found again.
    """
    found = {}
    start, scheme = material.start, material.scheme
    names = [head.name for head in scheme.heads if _fits(head)]
    if start.bundle is not None and start.bundle.has(layout.WIDE):
        model = WideModel.load(start.bundle.file(layout.WIDE))
        same = same_labels(start.old_scheme, scheme)
        names = [name for name in names if name in model.heads or name not in same]
        heads = {name: at for name, at in model.heads.items() if name in same}
        if heads:
            found["kept"] = replace(model, heads=heads)
    examples = [*material.own.train, *material.replay.examples]
    names = [name for name in names if _n_labels(examples, name) >= 2]
    if names:
        found["refit"] = _fitted(examples, scheme, names, folder / "wide.npz")
    return found


def _fits(head: Head) -> bool:
    return head.parent is None and len(head.labels) <= _MAX_WIDE_LABELS


def _n_labels(examples: Sequence[Example], name: str) -> int:
    return len({e.labels[name] for e in examples if len(e.labels.get(name, ())) == 1})


def _fitted(
    examples: Sequence[Example], scheme: LabelScheme, names: Sequence[str], file: Path
) -> WideModel:
    if not file.is_file():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "not converged" is for the measurement to judge
            model = fit_wide(examples, scheme, names)
        part = file.with_name("wide.part.npz")
        model.save(part)
        part.replace(file)
    return WideModel.load(file)
