"""The floor that a transformer must beat: TF-IDF with logistic regression, one model a head."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline

from ..examples import Example
from ..scheme import Head, LabelScheme
from ..text import normalize


def make_baseline() -> Pipeline:
    """Return the usual strong linear baseline: words 1-2 and characters 2-5, tuned for neither."""
    features = FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)),
            (
                "characters",
                TfidfVectorizer(
                    analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2,
                    max_features=150_000,
                ),
            ),
        ]
    )  # fmt: skip
    model = LogisticRegression(C=10.0, max_iter=100, class_weight="balanced")
    return make_pipeline(features, model)


def baseline_probabilities(
    train: Sequence[Example], texts: Sequence[str], scheme: LabelScheme, heads: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """Fit on rows whose label of a head is known for sure; return probabilities for ``texts``.

    Returns:
        For each head an array of shape (n_texts, n_labels); labels never seen get 0.
    """
    normal = [normalize(text) for text in texts]
    return {name: _one_head(train, normal, scheme.head(name)) for name in heads}


def _one_head(train: Sequence[Example], texts: Sequence[str], head: Head) -> NDArray[np.float64]:
    rows = [
        (normalize(example.text), example.labels[head.name][0])
        for example in train
        if len(example.labels.get(head.name, ())) == 1
    ]
    pipeline = make_baseline().fit([text for text, _ in rows], [label for _, label in rows])
    found = np.zeros((len(texts), len(head.labels)))
    columns = [head.index(slug) for slug in pipeline.classes_]
    found[:, columns] = pipeline.predict_proba(texts)
    return found
