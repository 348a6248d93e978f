import numpy as np
import pytest

pytest.importorskip("torch")

from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from pengaduan_nlp import InputError
from pengaduan_nlp.learning import TriageClassifier

from ..conftest import TINY

TEXTS = [f"jalan rusak nomor {i}" for i in range(12)] + [f"sehat selalu pak {i}" for i in range(12)]
LABELS = np.repeat(["keluhan", "pujian"], 12)


@pytest.fixture(scope="module")
def fitted():
    return TriageClassifier(str(TINY), epochs=12, batch=8, learning_rate=3e-3).fit(TEXTS, LABELS)


def test_fit_learns_and_sorts_classes(fitted):
    assert fitted.classes_.tolist() == ["keluhan", "pujian"]
    assert fitted.score(TEXTS, LABELS) == 1.0


def test_probabilities_sum_to_one_and_agree_with_predict(fitted):
    shares = fitted.predict_proba(TEXTS)
    assert shares.shape == (24, 2)
    assert np.allclose(shares.sum(1), 1.0)
    assert (fitted.classes_[shares.argmax(1)] == fitted.predict(TEXTS)).all()


def test_clone_keeps_settings_only(fitted):
    again = clone(fitted)
    assert again.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        again.predict(TEXTS)


def test_works_in_a_pipeline_under_cross_validation():
    model = TriageClassifier(str(TINY), epochs=15, batch=8, learning_rate=3e-3)
    pipeline = make_pipeline(FunctionTransformer(), model)
    assert cross_val_score(pipeline, TEXTS, LABELS, cv=2).mean() > 0.9


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        ("jalan", ["a"], "X must be a list of texts"),
        (["a", None], ["x", "y"], r"X\[1\]: a comment must be text"),
        (["a", "b"], ["x"], "2 texts and y 1 labels"),
        (["a", "b"], ["x", "x"], "one label only"),
    ],
)
def test_unusable_input_is_refused(texts, labels, message):
    with pytest.raises(InputError, match=message):
        TriageClassifier(str(TINY)).fit(texts, labels)
