"""A scikit-learn classifier of texts that starts from a bundle's encoder.

Knows texts and the labels of one question; nothing about files or the scheme of the bundle.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, column_or_1d

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

_ONE_COLUMN = "X must be a list of texts"


class TriageClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fine-tunes a bundle's encoder on one question; works in pipelines and searches.

    X is one column of texts: a list, a numpy array, a pandas Series or a column of a
    ``datasets.Dataset``. A pickle of a fitted classifier holds its weights and names its bundle,
    whose vocabulary must be where it was.

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

    def __sklearn_tags__(self) -> Any:
        """Say that X is one column of strings, which numeric checks of scikit-learn skip."""
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags

    def fit(self, X: Sequence[str], y: ArrayLike) -> "TriageClassifier":
        """Train on texts and their labels.

        Args:
            X: Texts, shape (n_texts,).
            y: Labels of any one type, shape (n_texts,).

        Raises:
            InputError: If an entry is no text, the lengths differ, a label is missing or a
                fraction, or there is one label only.
            BundleError: If the bundle cannot be opened.
            TrainingError: If training diverges.
        """
        texts = _texts(X)
        if not texts:
            raise InputError("X is empty; expected one text or more for each of two labels")
        labels = _labels(y, type(self).__name__)
        if len(texts) != len(labels):
            raise InputError(f"X has {len(texts)} texts and y {len(labels)} labels; expected equal")
        classes, codes = np.unique(labels, return_inverse=True)
        if len(classes) < 2:
            raise InputError(f"y has one class only ({classes[0]!r}); expected two or more")
        slugs = [str(code) for code in range(len(classes))]
        head = Head("label", "label", tuple(Label(slug, slug) for slug in slugs))
        scheme = LabelScheme("1", (head,))
        bundle = Bundle.open(self.bundle)
        tokenizer = Tokenizer(bundle.vocabulary)
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
        self._network = fit(network, data, tokenizer, scheme, recipe)
        self._tokenizer = tokenizer
        self.classes_ = classes
        return self

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:
        """Return probabilities, shape (n_texts, n_labels), columns as in ``classes_``.

        Raises:
            NotFittedError: If ``fit`` was not called.
            InputError: If an entry is no text.
        """
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


def _texts(values: Any) -> list[str]:
    if isinstance(values, str):
        raise InputError(f"{_ONE_COLUMN}, got one string; wrap it: [text]")
    # A frame or a mapping would give the names of its columns, and these are strings too.
    if isinstance(values, Mapping) or hasattr(values, "columns"):
        raise InputError(f"{_ONE_COLUMN}, got {type(values).__name__}; pass one column: X['text']")
    if len(shape := np.shape(values) if isinstance(values, np.ndarray) else (0,)) != 1:
        raise InputError(f"{_ONE_COLUMN}, got an array of shape {shape}; pass one column: X[:, 0]")
    texts = list(values)
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(f"X[{position}]: {describe_non_text(text)}")
    return texts


def _labels(y: Any, name: str) -> NDArray[Any]:
    """Return the labels as one array, refusing what are no labels of classes."""
    if y is None:
        raise InputError(f"{name} requires y to be passed, but the target y is None")
    try:
        labels: NDArray[Any] = column_or_1d(y, warn=True)
        for position, label in enumerate(labels.tolist()):
            if not isinstance(label, str) and str(label) in ("None", "nan", "<NA>", "NaT"):
                raise InputError(f"y[{position}] is {label!r}; expected a label")
        check_array(labels, ensure_2d=False, dtype=None, input_name="y")
        check_classification_targets(labels)
    except (TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"y must hold one label a text: {error}") from error
    return labels
