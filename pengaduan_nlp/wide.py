"""A linear model of hashed n-grams that speaks beside the transformer.

Character n-grams carry much of the signal in noisy comments, and a small encoder knows few of the
spellings; the two err differently, so their weighted mean is better than either. Knows arrays and
normalised text, nothing about heads' meaning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .errors import BundleCorrupt

N_BUCKETS = 1 << 17  # hash buckets; 42 columns of one byte each are 5.5 MB
NGRAMS = (2, 3, 4, 5)  # characters, spaces included
MAX_CHARS = 2000  # of a text; later ones add nothing to a bag of n-grams
_TEXTS_AT_ONCE = 32  # their terms, about 2 MB, stay in a core's cache: 1.6 times as fast as 1,024
_BREAK = "\x00" * max(NGRAMS)  # stands between texts, so that no n-gram joins two
_PRIME = np.uint64(0x9E3779B97F4A7C15)  # golden-ratio multiplier (Knuth, TAOCP 6.4)


@dataclass(frozen=True)
class Features:
    """Sparse rows: for each text its buckets and how often each occurred.

    Attributes:
        rows: Text of every entry, ascending, shape (n_entries,).
        buckets: Bucket of every entry, shape (n_entries,).
        counts: Occurrences, shape (n_entries,).
        n_texts: Number of texts.
    """

    rows: NDArray[np.int64]
    buckets: NDArray[np.int64]
    counts: NDArray[np.int64]
    n_texts: int


def hashed_ngrams(texts: Sequence[str]) -> Features:
    """Return the hashed character n-grams, words and word pairs of normalised texts."""
    rows, keys = _characters(texts)
    word_rows, word_keys = _words(texts)
    buckets = np.concatenate([keys, word_keys])
    joint = np.concatenate([rows, word_rows]) * N_BUCKETS + buckets
    unique, counts = np.unique(joint, return_counts=True)
    return Features(unique // N_BUCKETS, unique % N_BUCKETS, counts, len(texts))


def _characters(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return text and bucket of every character n-gram."""
    padded = [f" {text[:MAX_CHARS]} {_BREAK}" for text in texts]
    codes = np.frombuffer("".join(padded).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in padded])
    rows, keys = [], []
    rolling = np.zeros(len(codes), dtype=np.uint64)
    inside = np.ones(len(codes), dtype=bool)
    for n in range(1, max(NGRAMS) + 1):
        end = len(codes) - n + 1
        rolling = rolling[:end] * _PRIME + codes[n - 1 :]
        inside = inside[:end] & (codes[n - 1 :] != 0)
        if n in NGRAMS:
            rows.append(owner[:end][inside])
            keys.append(_buckets(rolling[inside] + np.uint64(n)))
    return np.concatenate(rows), np.concatenate(keys)


def _words(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return text and bucket of every word and word pair."""
    rows: list[int] = []
    keys: list[int] = []
    for row, text in enumerate(texts):
        words = [crc32(word.encode()) for word in text[:MAX_CHARS].split()]
        pairs = [left * 31 + right + 1 for left, right in pairwise(words)]
        keys += words
        keys += pairs
        rows += [row] * (len(words) + len(pairs))
    return np.array(rows, dtype=np.int64), _buckets(np.array(keys, dtype=np.uint64))


def _buckets(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    mixed = (keys ^ (keys >> np.uint64(29))) * _PRIME
    return (mixed >> np.uint64(64 - 17)).astype(np.int64)


@dataclass(frozen=True)
class WideModel:
    """Weights of the linear model.

    Attributes:
        weights: int8, shape (N_BUCKETS, n_columns).
        scales: Value of one unit of every column, shape (n_columns,).
        bias: Shape (n_columns,).
        idf: Inverse document frequency of every bucket, shape (N_BUCKETS,).
        heads: For each head that it answers, its first column and number of columns.
        shares: For each of these heads the weight of this model's output, in [0, 1].
    """

    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    bias: NDArray[np.float32]
    idf: NDArray[np.float32]
    heads: Mapping[str, tuple[int, int]]
    shares: Mapping[str, float]

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return outputs for normalised texts, shape (n_texts, n_columns)."""
        if not texts:
            return np.zeros((0, len(self.bias)), dtype=np.float32)
        starts = range(0, len(texts), _TEXTS_AT_ONCE)
        return np.concatenate([self._block(texts[at : at + _TEXTS_AT_ONCE]) for at in starts])

    def _block(self, texts: Sequence[str]) -> NDArray[np.float32]:
        features = hashed_ngrams(texts)
        values = weigh(features, self.idf)
        terms = self.weights[features.buckets].astype(np.float32) * values[:, None]
        starts = np.searchsorted(features.rows, np.arange(features.n_texts))
        sums = np.zeros((features.n_texts, terms.shape[1]), dtype=np.float32)
        filled = np.append(starts[1:], len(terms)) > starts  # an empty text has no entries
        if filled.any():
            sums[filled] = np.add.reduceat(terms, starts[filled], axis=0)
        result: NDArray[np.float32] = sums * self.scales + self.bias
        return result

    def blend(
        self, logits: NDArray[np.float32], texts: Sequence[str], slices: Mapping[str, slice]
    ) -> NDArray[np.float32]:
        """Return the transformer's outputs, mixed with this model's where it has an answer.

        Args:
            logits: The transformer's, shape (n_texts, n_outputs).
            texts: The normalised texts.
            slices: Columns of every head.
        """
        return mix(logits, self.logits(texts), self, slices)

    def save(self, path: Path) -> None:
        """Write the model as a numpy archive (arrays only, no pickle)."""
        names = list(self.heads)
        np.savez_compressed(
            path,
            weights=self.weights,
            scales=self.scales,
            bias=self.bias,
            idf=self.idf,
            heads=np.array(names),
            columns=np.array([self.heads[name] for name in names]),
            shares=np.array([self.shares[name] for name in names]),
        )

    @classmethod
    def load(cls, path: Path) -> "WideModel":
        """Read what ``save`` wrote.

        Raises:
            BundleCorrupt: If the file is not such an archive.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                names = [str(name) for name in file["heads"]]
                columns = [(int(first), int(n)) for first, n in file["columns"]]
                shares = [float(share) for share in file["shares"]]
                return cls(
                    file["weights"],
                    file["scales"],
                    file["bias"],
                    file["idf"],
                    dict(zip(names, columns, strict=True)),
                    dict(zip(names, shares, strict=True)),
                )
        except Exception as error:  # numpy and zipfile raise several types
            raise BundleCorrupt(
                f"{path}: not a wide model ({error}); get the bundle again", path=path
            ) from error


def mix(
    logits: NDArray[np.float32],
    wide: NDArray[np.float32],
    model: WideModel,
    slices: Mapping[str, slice],
) -> NDArray[np.float32]:
    """Return the weighted mean of both outputs for the heads that the wide model answers.

    Args:
        logits: The transformer's outputs, shape (n_texts, n_outputs).
        wide: The wide model's, shape (n_texts, n_columns).
        model: Which columns belong to which head, and the shares.
        slices: Columns of every head in ``logits``.
    """
    mixed = logits.copy()
    for name, (first, n_columns) in model.heads.items():
        share, columns = model.shares[name], slices[name]
        other = wide[:, first : first + n_columns]
        mixed[:, columns] = (1 - share) * logits[:, columns] + share * other
    return mixed


def weigh(features: Features, idf: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return TF-IDF values with sublinear counts and rows of length one, shape (n_entries,).

    Source:
        Manning, Raghavan and Schuetze (2008), Introduction to Information Retrieval, 6.4.
    """
    values = (1 + np.log(features.counts)).astype(np.float32) * idf[features.buckets]
    norms = np.sqrt(np.bincount(features.rows, values**2, minlength=features.n_texts))
    return (values / np.maximum(norms, 1e-9)[features.rows]).astype(np.float32)
