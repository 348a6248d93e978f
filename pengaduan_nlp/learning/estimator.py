"""A scikit-learn classifier of texts that starts from a bundle's encoder."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from .. import bundle as layout
from ..bundle import Bundle
from ..calibration import softmax
from ..errors import InputError
from ..examples import Example
from ..records import describe_non_text
from ..runtime.torch_runtime import load_network
from ..scheme import Head, Label, LabelScheme
from ..tokenizer import Tokenizer
from .loop import TrainingData, fit, predict_logits
from .model import with_new_heads
from .recipe import Recipe


class TriageClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fine-tunes a bundle's encoder on one question; works in pipelines and searches.

    Args:
        bundle: Name or folder of the bundle whose encoder is the start.
        epochs: Passes over the data.
        batch: Comments a step.
        learning_rate: Peak rate of AdamW.
        seed: Seed of weights and order.

    Attributes:
        classes_: The labels seen, sorted, shape (n_labels,).
    """

    def __init__(
        self,
        bundle: str = "triage",
        *,
        epochs: int = 5,
        batch: int = 32,
        learning_rate: float = 5e-4,
        seed: int = 0,
    ) -> None:
        self.bundle = bundle
        self.epochs = epochs
        self.batch = batch
        self.learning_rate = learning_rate
        self.seed = seed

    def fit(self, X: Sequence[str], y: ArrayLike) -> "TriageClassifier":
        """Train on texts and their labels.

        Args:
            X: Texts, shape (n_texts,).
            y: Labels of any one type, shape (n_texts,).

        Raises:
            InputError: If an entry is no text, the lengths differ, or there is one label only.
        """
        texts = _texts(X)
        labels = np.asarray(y)
        if len(texts) != len(labels):
            raise InputError(f"X has {len(texts)} texts and y {len(labels)} labels; expected equal")
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise InputError(f"y has one label only ({self.classes_}); expected two or more")
        slugs = [str(code) for code in range(len(self.classes_))]
        head = Head("label", "label", tuple(Label(slug, slug) for slug in slugs))
        scheme = LabelScheme("1", (head,))
        bundle = Bundle.open(self.bundle)
        self._tokenizer = Tokenizer(bundle.file(layout.VOCABULARY))
        recipe = Recipe(
            encoder=str(self.bundle),
            epochs=self.epochs,
            batch=min(self.batch, len(texts)),
            learning_rate=self.learning_rate,
            ema=0.9,
            seed=self.seed,
        )
        network = with_new_heads(load_network(bundle), len(slugs), recipe)
        examples = [
            Example(text, {"label": (slugs[code],)}, "X")
            for text, code in zip(texts, codes.tolist(), strict=True)
        ]
        data = TrainingData(examples, np.ones(len(examples)))
        self._network = fit(network, data, self._tokenizer, scheme, recipe)
        return self

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:
        """Return probabilities, shape (n_texts, n_labels), columns as in ``classes_``."""
        check_is_fitted(self, "classes_")
        texts = _texts(X)
        if not texts:
            return np.zeros((0, len(self.classes_)))
        logits = predict_logits(self._network, texts, self._tokenizer)
        return softmax(logits.astype(np.float64))

    def predict(self, X: Sequence[str]) -> NDArray[Any]:
        """Return the most probable label of every text, shape (n_texts,)."""
        best = self.predict_proba(X).argmax(1)
        found: NDArray[Any] = self.classes_[best]
        return found


def _texts(values: Sequence[str]) -> list[str]:
    if isinstance(values, str):
        raise InputError("X must be a list of texts, got one string; wrap it: [text]")
    texts = list(values)
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(f"X[{position}]: {describe_non_text(text)}")
    return texts
