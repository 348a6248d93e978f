"""Fit the linear n-gram model that speaks beside the transformer."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from ..calibration import softmax
from ..examples import Example
from ..metrics import average_precision, macro_f1, quadratic_kappa
from ..scheme import Head, LabelScheme
from ..text import normalize
from ..wide import N_BUCKETS, WideModel, hashed_ngrams, weigh

MIN_TEXTS = 2  # texts that a bucket must occur in to count
SHARES = (0.0, 0.15, 0.3, 0.45, 0.6)  # candidates for the weight of the linear model


def fit_wide(examples: Sequence[Example], scheme: LabelScheme, heads: Sequence[str]) -> WideModel:
    """Fit one multinomial logistic regression a head on rows whose label is certain.

    Args:
        examples: Labelled comments.
        scheme: Heads and labels.
        heads: Heads to fit.

    Returns:
        The model, with all shares at 0.3 until ``choose_shares`` has set them.
    """
    texts = [normalize(example.text) for example in examples]
    features = hashed_ngrams(texts)
    frequency = np.bincount(features.buckets, minlength=N_BUCKETS)
    idf = np.log((1 + len(texts)) / (1 + frequency)) + 1
    idf = np.where(frequency >= MIN_TEXTS, idf, 0).astype(np.float32)
    matrix = csr_matrix(
        (weigh(features, idf), (features.rows, features.buckets)), shape=(len(texts), N_BUCKETS)
    )
    blocks, biases, columns, first = [], [], {}, 0
    for name in heads:
        weights, bias = _fit_head(matrix, examples, scheme, name)
        columns[name] = (first, len(bias))
        first += len(bias)
        blocks.append(weights)
        biases.append(bias)
    dense = np.concatenate(blocks, axis=1)  # (N_BUCKETS, n_columns)
    scales = np.maximum(np.abs(dense).max(0) / 127, 1e-12).astype(np.float32)
    return WideModel(
        np.round(dense / scales).astype(np.int8),
        scales,
        np.concatenate(biases).astype(np.float32),
        idf,
        columns,
        dict.fromkeys(heads, 0.3),
    )


def _fit_head(
    matrix: csr_matrix, examples: Sequence[Example], scheme: LabelScheme, name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weights (N_BUCKETS, n_labels) and bias (n_labels,); unseen labels stay far away."""
    head = scheme.head(name)
    certain = [i for i, e in enumerate(examples) if len(e.labels.get(name, ())) == 1]
    gold = np.array([head.index(examples[i].labels[name][0]) for i in certain])
    model = LogisticRegression(C=10.0, max_iter=80).fit(matrix[certain], gold)
    weights = np.zeros((N_BUCKETS, len(head.labels)))
    bias = np.full(len(head.labels), -8.0)
    if len(model.classes_) == 2:  # scikit-learn keeps one column for two labels
        weights[:, model.classes_[1]] = model.coef_[0]
        bias[model.classes_] = [0.0, model.intercept_[0]]
    else:
        weights[:, model.classes_] = model.coef_.T
        bias[model.classes_] = model.intercept_
    return weights, bias


def choose_shares(
    logits: NDArray[np.float32],
    wide: NDArray[np.float32],
    model: WideModel,
    gold: Mapping[str, NDArray[np.int64]],
    scheme: LabelScheme,
) -> dict[str, float]:
    """Return for each head the share that scores best on held-out outputs of both models.

    Args:
        logits: The transformer's outputs, shape (n_texts, n_outputs).
        wide: The linear model's, shape (n_texts, n_columns), from the same folds.
        model: Which columns belong to which head.
        gold: Label positions, -1 where unknown.
        scheme: Heads and labels.
    """
    shares = {}
    for name, (first, n_columns) in model.heads.items():
        head = scheme.head(name)
        known = gold[name] >= 0
        left = logits[known][:, scheme.slices[name]]
        right = wide[known][:, first : first + n_columns]
        is_first = head is scheme.heads[0]
        values = [
            _worth(head, gold[name][known], (1 - s) * left + s * right, is_first=is_first)
            for s in SHARES
        ]
        shares[name] = SHARES[int(np.argmax(values))]
    return shares


def _worth(
    head: Head, gold: NDArray[np.int64], logits: NDArray[np.float32], *, is_first: bool
) -> float:
    """Score a mixture; the first head also for how well it ranks its first label, complaints."""
    found = logits.argmax(1)
    if head.ordinal:
        return quadratic_kappa(gold, found, len(head.labels))
    value = macro_f1(gold, found, len(head.labels))
    if is_first and (gold == 0).any():
        value += average_precision(gold == 0, softmax(logits.astype(np.float64))[:, 0])
    return value
