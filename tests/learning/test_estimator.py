import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("torch")

from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks
from sklearn.utils.validation import validate_data

from pengaduan_nlp import BundleNotFound, InputError, RecipeError
from pengaduan_nlp.learning import TriageClassifier

from ..conftest import TINY

TEXTS = [f"jalan rusak nomor {i}" for i in range(12)] + [f"sehat selalu pak {i}" for i in range(12)]
LABELS = np.repeat(["keluhan", "pujian"], 12)
FAST = {"epochs": 20, "batch": 8, "learning_rate": 3e-3}
WORDS = "jalan air lampu sampah pagi sore pasar rumah guru sungai taman kapal".split()


class OnNumbers(TriageClassifier):
    """Writes rows of numbers as short texts, so that scikit-learn's checks can feed them."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = tags.input_tags.string = False
        tags.input_tags.two_d_array = True
        tags.classifier_tags.poor_score = True  # what counts here is the interface
        return tags

    def fit(self, X, y):
        return super().fit(self._written(X, reset=True), y)

    def predict_proba(self, X):
        if not hasattr(self, "classes_"):
            raise NotFittedError(f"This {type(self).__name__} instance is not fitted yet")
        return super().predict_proba(self._written(X, reset=False))

    def _written(self, X, *, reset):
        rows = validate_data(self, X, reset=reset)
        places = np.floor(rows * 2).astype(int) + 5 * np.arange(rows.shape[1])
        return [" ".join(WORDS[place % len(WORDS)] for place in row) for row in places]


@parametrize_with_checks([OnNumbers(str(TINY), epochs=1, batch=64)])
def test_keeps_the_conventions_of_scikit_learn(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)


def test_says_that_it_takes_one_column_of_strings():
    tags = get_tags(TriageClassifier())
    assert tags.input_tags.string
    assert tags.input_tags.one_d_array
    assert not tags.input_tags.two_d_array
    assert tags.target_tags.required
    assert is_classifier(TriageClassifier())
    with pytest.warns(SkipTestWarning, match="Can't test estimator"):  # numbers do not apply
        check_estimator(TriageClassifier(str(TINY)))


@pytest.fixture(scope="module")
def fitted():
    return TriageClassifier(str(TINY), **FAST).fit(TEXTS, LABELS)


def test_fit_learns_and_sorts_classes(fitted):
    assert fitted.classes_.tolist() == ["keluhan", "pujian"]
    assert fitted.score(TEXTS, LABELS) == 1.0


def test_probabilities_sum_to_one_and_agree_with_predict(fitted):
    shares = fitted.predict_proba(TEXTS)
    assert shares.shape == (24, 2)
    assert np.allclose(shares.sum(1), 1.0)
    assert (fitted.classes_[shares.argmax(1)] == fitted.predict(TEXTS)).all()


def test_no_texts_give_no_rows(fitted):
    assert fitted.predict_proba([]).shape == (0, 2)
    assert fitted.predict([]).shape == (0,)


@pytest.mark.parametrize("kind", ["tuple", "object", "fixed", "series", "dataset"])
def test_any_column_of_texts_will_do(fitted, kind):
    if kind == "series":
        column = pytest.importorskip("pandas").Series(TEXTS, index=range(5, 29))
    elif kind == "dataset":
        datasets = pytest.importorskip("datasets")
        column = datasets.Dataset.from_dict({"text": TEXTS})["text"]
    else:
        makers = {"tuple": tuple, "fixed": np.array, "object": lambda t: np.array(t, dtype=object)}
        column = makers[kind](TEXTS)
    assert (fitted.predict(column) == fitted.predict(TEXTS)).all()


@pytest.mark.parametrize(
    "labels", [np.repeat([7, 3], 12), np.repeat([True, False], 12), list("ab" * 12)]
)
def test_labels_keep_their_type(labels):
    model = TriageClassifier(str(TINY), epochs=1).fit(TEXTS, labels)
    assert model.classes_.tolist() == sorted(set(np.asarray(labels).tolist()))
    assert model.predict(TEXTS).dtype == np.asarray(labels).dtype


def test_clone_keeps_settings_only(fitted):
    again = clone(fitted)
    assert again.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError, match="not fitted"):
        again.predict(TEXTS)


def test_settings_can_be_read_and_changed():
    model = TriageClassifier().set_params(epochs=2, bundle="other")
    assert model.get_params() == {
        "bundle": "other", "epochs": 2, "batch": 32, "learning_rate": 5e-4, "seed": 0
    }  # fmt: skip
    with pytest.raises(ValueError, match="Invalid parameter 'rate'"):
        model.set_params(rate=1)


def test_pickle_gives_the_same_answers(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict_proba(TEXTS), fitted.predict_proba(TEXTS))


def test_one_seed_gives_one_model(fitted):
    again = TriageClassifier(str(TINY), **FAST).fit(TEXTS, LABELS)
    assert np.array_equal(again.predict_proba(TEXTS), fitted.predict_proba(TEXTS))


def test_refitting_forgets(fitted):
    model = clone(fitted).set_params(epochs=1)
    model.fit(TEXTS[:4] + TEXTS[12:16], list("aaaabbbb"))
    model.fit(TEXTS, LABELS)
    assert model.classes_.tolist() == ["keluhan", "pujian"]


def test_a_failed_fit_leaves_nothing_fitted():
    model = TriageClassifier("no-such-bundle")
    with pytest.raises(BundleNotFound, match="no-such-bundle"):
        model.fit(TEXTS, LABELS)
    with pytest.raises(NotFittedError, match="not fitted"):
        model.predict(TEXTS)


def test_works_in_a_pipeline_under_cross_validation():
    pipeline = make_pipeline(FunctionTransformer(), TriageClassifier(str(TINY), **FAST))
    assert cross_val_score(pipeline, TEXTS, LABELS, cv=2).mean() > 0.9


def test_cross_validated_probabilities_can_be_scored():
    model = TriageClassifier(str(TINY), **FAST)
    shares = cross_val_predict(model, TEXTS, LABELS, cv=2, method="predict_proba")
    assert roc_auc_score(LABELS == "pujian", shares[:, 1]) > 0.9


def test_works_in_a_grid_search():
    grid = {"model__epochs": [1, 12], "model__learning_rate": [3e-3]}
    pipeline = make_pipeline(FunctionTransformer(), TriageClassifier(str(TINY), batch=8))
    pipeline.steps[1] = ("model", pipeline.steps[1][1])
    scorer = make_scorer(roc_auc_score, response_method="predict_proba")
    search = GridSearchCV(pipeline, grid, cv=2, scoring=scorer).fit(TEXTS, LABELS)
    assert search.best_params_["model__epochs"] == 12
    assert search.predict(TEXTS[:1]).tolist() == ["keluhan"]


def test_works_inside_a_meta_estimator():
    model = OneVsRestClassifier(TriageClassifier(str(TINY), epochs=1))
    labels = ["a", "b", "c"] * 8
    assert set(model.fit(TEXTS, labels).predict(TEXTS)) <= {"a", "b", "c"}


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        ("jalan", ["a"], "X must be a list of texts, got one string"),
        ({"text": ["a", "b"]}, ["x", "y"], "got dict; pass one column"),
        (np.array([["a"], ["b"]]), ["x", "y"], r"got an array of shape \(2, 1\)"),
        ([["a"], ["b"]], ["x", "y"], r"X\[0\]: a comment must be text"),
        (["a", None], ["x", "y"], r"X\[1\]: a comment must be text"),
        ([], [], "X is empty"),
        (["a", "b"], ["x"], "2 texts and y 1 labels"),
        (["a", "b"], ["x", "x"], "one class only"),
        (["a", "b"], ["x", None], r"y\[1\] is None; expected a label"),
        (["a", "b"], [1.0, float("nan")], r"y\[1\] is nan; expected a label"),
        (["a", "b"], [0.5, 0.7], "one label a text: Unknown label type: continuous"),
        (["a", "b"], [["x", "y"], ["z"]], "one label a text"),
        (["a", "b"], None, "requires y to be passed"),
    ],
)
def test_unusable_input_is_refused(texts, labels, message):
    with pytest.raises(InputError, match=message):
        TriageClassifier(str(TINY)).fit(texts, labels)


def test_a_frame_is_refused_and_not_read_as_its_column_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": ["a"], "other": ["b"]})
    with pytest.raises(InputError, match=r"got DataFrame; pass one column: X\['text'\]"):
        TriageClassifier(str(TINY)).fit(frame, ["x", "y"])


def test_impossible_settings_are_refused_by_fit():
    with pytest.raises(RecipeError, match="epochs and batch must be at least 1"):
        TriageClassifier(str(TINY), epochs=0).fit(TEXTS, LABELS)
