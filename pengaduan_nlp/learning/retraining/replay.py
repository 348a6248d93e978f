"""Comments that are mixed in so that a network does not forget what its own data lack.

Knows where the project's comments lie and how to weigh them; nothing about models.

Source:
    Robins (1995), Connection Science 7(2): rehearsal of old examples against forgetting.
"""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...examples import Example
from ...scheme import LabelScheme
from ..data import near_copy_groups
from ..labels import read_labelled_table
from .options import NONE, OWN

_PACKAGE = Path(__file__).parents[2]
COMMENTS = "comments.jsonl"
# An installed package carries the comments inside itself; a checkout has them beside it.
_ROOTS = (_PACKAGE / "data", _PACKAGE.parent / "data")
N_CHECK = 300  # replayed comments that are set aside to see what was forgotten
_CHECK_SHARE = 0.1  # at most that share of them


@dataclass(frozen=True, slots=True)
class Replay:
    """Comments to mix in.

    Attributes:
        path: Where they are from, if there are any.
        examples: Comments to learn from.
        check: Comments set aside to see what was forgotten.
        notes: What was noticed.
    """

    path: Path | None
    examples: list[Example]
    check: list[Example]
    notes: list[str]


def find_replay(choice: str | os.PathLike[str]) -> Path | None:
    """Return the file that a choice means, or ``None`` for no replay.

    Raises:
        InputError: If it is not there.
    """
    if choice == NONE:
        return None
    if choice != OWN:
        path = Path(choice)
        if not path.is_file():
            raise InputError(
                f"no such file: {path}; replay is '{OWN}', '{NONE}' or a labelled table"
            )
        return path
    for root in _ROOTS:
        if (root / COMMENTS).is_file():
            return root / COMMENTS
    raise InputError(
        f"the project's comments ({COMMENTS}) did not come with this installation; pass "
        f"--replay FILE with labelled comments of your own, or --replay {NONE}"
    )


def read_replay(
    path: Path | None, scheme: LabelScheme, held_out: Sequence[Example], *, seed: int
) -> Replay:
    """Read the comments to mix in, without near-copies of those held out.

    Labels that the scheme does not have are left out: it may have fewer than the file.

    Args:
        path: The file, or ``None``.
        scheme: Heads and labels.
        held_out: Comments that are tested on.
        seed: Seed of what is set aside.
    """
    if path is None:
        return Replay(None, [], [], [])
    table = read_labelled_table(path, scheme)
    labelled = [example for example in table.examples if example.labels]
    notes = []
    if table.problems:
        notes.append(f"{path.name}: {len(table.problems):,} labels that the scheme lacks not used")
    groups = near_copy_groups([example.text for example in (*held_out, *labelled)])
    own, groups = groups[: len(held_out)], groups[len(held_out) :]
    kept = np.flatnonzero(~np.isin(groups, own))
    if len(kept) < len(labelled):
        notes.append(f"{path.name}: {len(labelled) - len(kept)} near-copies of held-out comments")
    n_check = min(N_CHECK, int(_CHECK_SHARE * len(kept)))
    check = np.random.default_rng(seed).permutation(kept)[:n_check]
    learn = kept[~np.isin(groups[kept], groups[check])]
    return Replay(path, [labelled[i] for i in learn], [labelled[i] for i in check], notes)


def draw_weights(examples: Sequence[Example], n_draws: int) -> NDArray[np.float64]:
    """Return the chance of each comment to be drawn, in [0, 1], so that rare labels come often.

    A comment counts by the rarest of its labels: its chance falls with the root of how often that
    label occurs.

    Args:
        examples: Comments.
        n_draws: Comments to draw on average.
    """
    if n_draws >= len(examples):
        return np.ones(len(examples))
    counts = Counter(pair for example in examples for pair in _pairs(example))
    rarest = np.array([min(counts[pair] for pair in _pairs(example)) for example in examples])
    wanted = 1 / np.sqrt(rarest)
    weights = np.zeros(len(examples))
    for _ in range(50):  # chances above one are cut, and what they lose goes to the others
        free = weights < 1
        missing = n_draws - weights.sum()
        if missing < 0.5 or not free.any():
            break
        weights[free] += wanted[free] * missing / wanted[free].sum()
        weights = np.minimum(weights, 1)
    return weights


def _pairs(example: Example) -> list[tuple[str, str]]:
    return [(name, slug) for name, slugs in example.labels.items() for slug in slugs]
