"""One's own labelled comments: read, checked, and parted into training and validation rows.

Knows tables and the scheme; nothing about models.
"""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...examples import Example
from ...scheme import Head, LabelScheme
from ..data import near_copy_groups
from ..labels import LabelledTable, read_labelled_table
from .options import TrainOptions

MIN_ROWS = 60  # labelled comments, below which a quarter of them decides nothing
HELD_OUT = 0.25  # share of the comments that both models are scored on
MAX_HELD_OUT = 1000  # comments; more would make no interval visibly narrower
_MOST = 0.4  # share of the comments that may be held out when whole sources are
_VALIDATION = frozenset(("validation", "valid", "val", "validasi", "dev", "test", "uji"))
_SHOWN = 6  # labels that a message names

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OwnComments:
    """Labelled comments with their split.

    Attributes:
        path: The table.
        train: Comments to learn from.
        validation: Comments held out.
        groups: Near-copy group of each comment held out, shape (n_validation,).
        notes: What was noticed.
    """

    path: Path
    train: list[Example]
    validation: list[Example]
    groups: Rows
    notes: list[str]


def read_own(
    data: str | os.PathLike[str], scheme: LabelScheme, options: TrainOptions
) -> OwnComments:
    """Read a table and part it.

    Raises:
        InputError: If anything in the table is not understood, or it has too few rows.
    """
    table = read_labelled_table(
        os.fspath(data),
        scheme,
        text_column=options.text_column,
        mapping=None if options.mapping is None else Path(options.mapping),
    )
    table.raise_for_problems()
    labelled = [i for i, example in enumerate(table.examples) if example.labels]
    if len(labelled) < MIN_ROWS:
        raise InputError(
            f"{table.path}: {len(labelled)} labelled comments; at least {MIN_ROWS} are needed to "
            "train and to test, and some hundreds to see a difference"
        )
    examples = [table.examples[i] for i in labelled]
    splits = [table.splits[i] for i in labelled]
    groups = near_copy_groups([example.text for example in examples])
    held, how = split_rows(examples, groups, splits, seed=options.seed)
    learned = np.setdiff1d(np.arange(len(examples)), held)
    learned = learned[~np.isin(groups[learned], groups[held])]
    if not len(learned):
        raise InputError(f"{table.path}: every comment is held out; see its column 'split'")
    notes = [*_named(table), f"{len(held):,} comments are held out, {how}"]
    return OwnComments(
        Path(table.path),
        [examples[i] for i in learned],
        [examples[i] for i in held],
        groups[held],
        notes,
    )


def _named(table: LabelledTable) -> list[str]:
    return [f"{table.path}: comments from {table.text_column!r}", *table.notes]


def split_rows(
    examples: Sequence[Example], groups: Rows, splits: Sequence[str], *, seed: int
) -> tuple[Rows, str]:
    """Return the rows to hold out, and how they were chosen.

    The table's own split is kept; else whole sources are held out where that gives a fair share,
    else whole groups of near-copies, spread over the labels of the commonest head.
    """
    given = np.flatnonzero([split.casefold() in _VALIDATION for split in splits])
    if len(given):
        return given, "as the table's split says"
    rng = np.random.default_rng(seed)
    wanted = min(round(HELD_OUT * len(examples)), MAX_HELD_OUT)
    sources = [example.source for example in examples]
    rows = _whole_sources(sources, wanted, rng)
    if rows is not None:
        n = len({sources[i] for i in rows})
        return rows, f"{n} whole sources of {len(set(sources))}"
    return _whole_groups(examples, groups, wanted, rng), "near-copies together"


def _whole_sources(sources: Sequence[str], wanted: int, rng: np.random.Generator) -> Rows | None:
    """Return the rows of sources that together are nearly as many as wanted, or nothing."""
    sizes = Counter(sources)
    if len(sizes) < 2:
        return None
    chosen: set[str] = set()
    n_rows = 0
    for name in rng.permutation(sorted(sizes)).tolist():
        if n_rows + sizes[name] <= max(wanted * 1.25, wanted + 5):
            chosen.add(name)
            n_rows += sizes[name]
        if n_rows >= wanted:
            break
    if n_rows < 0.6 * wanted:  # a few large sources: the smallest one, if it is not too large
        smallest = min(sizes, key=lambda name: (sizes[name], name))
        if not 0.6 * wanted <= sizes[smallest] <= _MOST * len(sources):
            return None
        chosen = {smallest}
    return np.flatnonzero([name in chosen for name in sources])


def _whole_groups(
    examples: Sequence[Example], groups: Rows, wanted: int, rng: np.random.Generator
) -> Rows:
    """Return rows of whole groups, about the same share of every label of the commonest head."""
    counts = Counter(name for example in examples for name in example.labels)
    head = counts.most_common(1)[0][0]
    labels = np.array([str(example.labels.get(head, ())) for example in examples])
    share = wanted / len(examples)
    members: dict[int, list[int]] = {}
    for row, group in enumerate(groups.tolist()):
        members.setdefault(group, []).append(row)
    room = {label: share * n for label, n in Counter(labels.tolist()).items()}
    held: list[int] = []
    for group in rng.permutation(list(members)).tolist():
        label = labels[members[group][0]]
        if room[label] >= len(members[group]) / 2:
            held += members[group]
            room[label] -= len(members[group])
    return np.array(sorted(held), dtype=np.int64)


def without_unlabelled_heads(
    scheme: LabelScheme, examples: Sequence[Example], carried: Mapping[str, Sequence[str]]
) -> tuple[LabelScheme, list[str]]:
    """Leave out the heads that nothing teaches: no row has them and the start knows none of it.

    Raises:
        InputError: If the first head is one of them, or a head that stays hangs on one.
    """
    taught = {name for example in examples for name in example.labels} | set(carried)
    missing = [head.name for head in scheme.heads if head.name not in taught]
    if not missing:
        return scheme, []
    stays = [head for head in scheme.heads if head.name in taught]
    orphans = [head.name for head in stays if head.parent in missing]
    if scheme.heads[0].name in missing or orphans:
        needed = scheme.heads[0].name if scheme.heads[0].name in missing else orphans[0]
        cause = "no row has a label of it" if needed in missing else "no row labels its parent"
        raise InputError(
            f"head {needed!r} cannot be trained: {cause}; label it, mix in comments with "
            "--replay, start from a bundle that knows it, or leave it out with --scheme FILE"
        )
    notes = [f"head {name!r} is left out: no row has a label of it" for name in missing]
    return replace(scheme, heads=tuple(stays)), notes


def check_labels(
    scheme: LabelScheme,
    examples: Sequence[Example],
    carried: Mapping[str, Sequence[str]],
    minimum: int,
) -> None:
    """Refuse labels that are new to the start and have too few rows to be learned.

    Raises:
        InputError: Names each such label and how many rows it still needs.
    """
    counts = Counter(
        (name, slugs[0])
        for example in examples
        for name, slugs in example.labels.items()
        if len(slugs) == 1
    )
    short = [
        (head, slug, counts[head.name, slug])
        for head in scheme.heads
        for slug in head.slugs
        if slug not in carried.get(head.name, ()) and counts[head.name, slug] < minimum
    ]
    if not short:
        return
    named = ", ".join(_missing(head, slug, n, minimum) for head, slug, n in short[:_SHOWN])
    more = f" and {len(short) - _SHOWN} other labels" if len(short) > _SHOWN else ""
    raise InputError(
        f"too few rows to learn {named}{more}; every new label needs {minimum}: label more, mix in "
        "comments with --replay, lower --min-per-label, or leave labels out with --scheme FILE"
    )


def _missing(head: Head, slug: str, n: int, minimum: int) -> str:
    return f"{slug!r} of {head.name!r} ({n} rows, {minimum - n} more needed)"
