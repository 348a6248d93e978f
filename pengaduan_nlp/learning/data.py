"""Examples for training: partial labels as targets, near-copies, splits by source.

Knows the scheme and nothing about models.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..examples import Example
from ..scheme import LabelScheme
from ..text import normalize

_WORD = re.compile(r"[^\W\d_]+")
NEAR_COPY = 0.7  # Jaccard similarity of word sets from which two comments count as one


def targets(examples: Sequence[Example], scheme: LabelScheme) -> NDArray[np.float32]:
    """Return which labels may hold, shape (n_examples, n_outputs): 1 allowed, 0 not.

    A head of which nothing is known has zeros only.
    """
    allowed = np.zeros((len(examples), scheme.n_outputs), dtype=np.float32)
    for row, example in enumerate(examples):
        for name, slugs in example.labels.items():
            start = scheme.slices[name].start
            for slug in slugs:
                allowed[row, start + scheme.head(name).index(slug)] = 1.0
    return allowed


def near_copy_groups(texts: Sequence[str], *, threshold: float = NEAR_COPY) -> NDArray[np.int64]:
    """Return a group number for every text; near-copies share one, shape (n_texts,).

    Two texts are near-copies when the Jaccard similarity of their word sets reaches the
    threshold; candidates are found through their rarest words (prefix filtering).

    Source:
        Chaudhuri, Ganti and Kaushik (2006), ICDE: prefix filtering for set similarity joins.
    """
    words = [set(_WORD.findall(normalize(text))) for text in texts]
    frequency = Counter(word for bag in words for word in bag)
    parent = list(range(len(texts)))
    index: dict[str, list[int]] = defaultdict(list)
    exact: dict[frozenset[str], int] = {}
    for i, bag in enumerate(words):
        twin = exact.setdefault(frozenset(bag), i)
        _union(parent, i, twin)
        if twin != i or not bag:
            continue
        rare = sorted(bag, key=lambda word: (frequency[word], word))
        prefix = rare[: len(bag) - int(np.ceil(threshold * len(bag))) + 1]
        for j in {j for word in prefix for j in index[word]}:
            if _similar(bag, words[j], threshold):
                _union(parent, i, j)
        for word in prefix:
            index[word].append(i)
    return np.array([_root(parent, i) for i in range(len(texts))], dtype=np.int64)


def _similar(left: set[str], right: set[str], threshold: float) -> bool:
    shared = len(left & right)
    return shared >= threshold * (len(left) + len(right) - shared)


def _root(parent: list[int], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def _union(parent: list[int], i: int, j: int) -> None:
    parent[_root(parent, i)] = _root(parent, j)


def group_folds(
    groups: NDArray[np.int64], sources: Sequence[str], n_folds: int, *, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield (train, held-out) positions; no source and no near-copy is on both sides.

    Sources are dealt to folds largest first, each to the fold that has fewest rows. A training
    row that is a near-copy of a held-out row is left out.

    Args:
        groups: Near-copy group of every row, shape (n_rows,).
        sources: Source of every row.
        n_folds: Number of folds.
        seed: Breaks ties between sources of one size.
    """
    rng = np.random.default_rng(seed)
    sizes = Counter(sources)
    order = sorted(sizes, key=lambda name: (-sizes[name], rng.random()))
    load = [0] * n_folds
    fold_of: dict[str, int] = {}
    for name in order:
        fold = int(np.argmin(load))
        fold_of[name] = fold
        load[fold] += sizes[name]
    assigned = np.array([fold_of[name] for name in sources])
    for fold in range(n_folds):
        held = np.flatnonzero(assigned == fold)
        shared = np.isin(groups, groups[held])
        yield np.flatnonzero((assigned != fold) & ~shared), held
