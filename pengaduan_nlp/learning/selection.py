"""Choose what to label next: random, uncertain and diverse comments, rare sectors among them.

Knows candidates; nothing about files or models.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from ..text import normalize
from .data import near_copy_groups
from .pool import Candidate, Pool

Reason = Literal["random", "uncertain", "diverse"]
_FEATURES = 2**16  # hashed character n-grams
_SHORTLIST = 8  # diverse ones are looked for among so many times their number, at random
_TOO_SHORT = 3  # words; shorter comments are far from everything and teach nothing


@dataclass(frozen=True, slots=True)
class Pick:
    """A comment to label, and why."""

    candidate: Candidate
    reason: Reason


def choose(pool: Pool, n: int, *, random_share: float, seed: int) -> list[Pick]:
    """Choose comments from a pool, in an order that mixes the reasons.

    The random ones come first and are left as drawn, so that they estimate what the pool holds.
    Half of the rest are the most uncertain, half the most diverse ones; every predicted sector
    gets of both in proportion to the square root of its size, and at least one. No two of them,
    nor one of them and a random one, are near-copies.

    Args:
        pool: What was kept of a pool.
        n: Comments to choose; fewer are returned if the pool has no more.
        random_share: Share of random ones, in [0, 1].
        seed: Of the order.
    """
    n_random = min(round(n * random_share), len(pool.random))
    picks = [Pick(item, "random") for item in pool.random[:n_random]]
    chosen = _Chosen(pool, [pick.candidate for pick in picks])
    n_uncertain = (n - n_random + 1) // 2
    uncertain = chosen.take_first(pool.uncertain, _quotas(pool, pool.uncertain, n_uncertain))
    picks += [Pick(item, "uncertain") for item in uncertain]
    if n > len(picks):
        quotas = _quotas(pool, pool.sample, n - len(picks))
        picks += [Pick(item, "diverse") for item in chosen.take_farthest(pool.sample, quotas)]
    for reserve in (pool.uncertain, pool.sample):  # where a stratum had too few, others give more
        rest = {"": sorted(_all(reserve), key=lambda item: (-item.uncertainty, item.line))}
        more = chosen.take_first(rest, {"": n - len(picks)})
        picks += [Pick(item, "uncertain") for item in more]
    order = np.random.default_rng(seed).permutation(len(picks))
    return [picks[i] for i in order]


def _all(strata: Mapping[str, Sequence[Candidate]]) -> Iterable[Candidate]:
    return (item for kept in strata.values() for item in kept)


def _quotas(pool: Pool, strata: Mapping[str, Sequence[Candidate]], total: int) -> dict[str, int]:
    available = {stratum: len(kept) for stratum, kept in strata.items()}
    return square_root_quotas(pool.counts, available, total)


def square_root_quotas(
    sizes: Mapping[str, int], available: Mapping[str, int], total: int
) -> dict[str, int]:
    """Deal places to strata in proportion to the square root of their sizes, one each first.

    Args:
        sizes: Size of each stratum.
        available: How many of each can be given.
        total: Places; if there are fewer than strata, the rare ones come first.

    Source:
        Bankier (1988), Power allocations, The American Statistician 42(3), with q = 1/2.

    Example:
        >>> square_root_quotas({"a": 900, "b": 100}, {"a": 900, "b": 100}, 8)
        {'a': 6, 'b': 2}
    """
    given = dict.fromkeys(sorted(available), 0)
    for _ in range(total):
        free = [stratum for stratum in given if given[stratum] < available[stratum]]
        if not free:
            break
        empty = [stratum for stratum in free if not given[stratum]]
        if empty:
            best = min(empty, key=lambda stratum: sizes[stratum])
        else:
            best = max(free, key=lambda stratum: sizes[stratum] ** 0.5 / given[stratum])
        given[best] += 1
    return given


class _Chosen:
    """The comments taken so far; refuses near-copies of them."""

    def __init__(self, pool: Pool, taken: Sequence[Candidate]) -> None:
        items = [*pool.random, *_all(pool.uncertain), *_all(pool.sample)]
        self._text = {item.line: item.text for item in sorted(items, key=lambda item: item.line)}
        groups = near_copy_groups(list(self._text.values())).tolist()
        self._group = dict(zip(self._text, groups, strict=True))
        self._used = {self._group[item.line] for item in taken}
        self._taken = [item.line for item in taken]

    def _take(self, item: Candidate) -> Candidate:
        self._used.add(self._group[item.line])
        self._taken.append(item.line)
        return item

    def _is_free(self, item: Candidate) -> bool:
        return self._group[item.line] not in self._used

    def take_first(
        self, strata: Mapping[str, Sequence[Candidate]], quotas: Mapping[str, int]
    ) -> list[Candidate]:
        """Take from each stratum, in its order, as many as its quota."""
        found = []
        for stratum, kept in strata.items():
            left = quotas[stratum]
            for item in kept:
                if left > 0 and self._is_free(item):
                    found.append(self._take(item))
                    left -= 1
        return found

    def take_farthest(
        self, strata: Mapping[str, Sequence[Candidate]], quotas: Mapping[str, int]
    ) -> list[Candidate]:
        """Take the comment farthest from all taken ones, again and again, within the quotas.

        Source:
            Gonzalez (1985), Theoretical Computer Science 38: farthest-first traversal; as active
            learning, Sener and Savarese (2018), https://arxiv.org/abs/1708.00489.
        """
        options = [
            item
            for stratum, kept in strata.items()
            for item in kept[: _SHORTLIST * (quotas[stratum] + 1)]
            if len(item.text.split()) >= _TOO_SHORT
        ]
        lines = dict.fromkeys([*self._taken, *(item.line for item in options)])
        if not lines:
            return []
        position = {line: row for row, line in enumerate(lines)}
        features = _features([self._text[line] for line in lines])
        distance = np.full(len(lines), 2.0)
        for line in self._taken:
            distance = np.minimum(distance, _distance(features, position[line]))
        left, found = Counter(quotas), []
        while left.total() > 0:
            options = [i for i in options if left[i.stratum] > 0 and self._is_free(i)]
            if not options:
                break
            best = max(options, key=lambda item: (distance[position[item.line]], -item.line))
            found.append(self._take(best))
            left[best.stratum] -= 1
            distance = np.minimum(distance, _distance(features, position[best.line]))
        return found


def _features(texts: Sequence[str]) -> Any:
    """Return hashed character n-gram TF-IDF of unit length, sparse, shape (n_texts, n_features)."""
    hashed = HashingVectorizer(
        analyzer="char_wb",
        ngram_range=(3, 5),
        n_features=_FEATURES,
        alternate_sign=False,
        norm=None,
    )
    counts = hashed.transform([normalize(text) for text in texts])
    return TfidfTransformer(sublinear_tf=True).fit_transform(counts).tocsr()


def _distance(features: Any, row: int) -> Any:
    """Return the cosine distance of every text to one, in [0, 1], shape (n_texts,)."""
    return 1.0 - np.asarray((features @ features[row].T).todense()).ravel()
