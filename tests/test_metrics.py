import numpy as np
import pytest

from pengaduan_nlp import InputError, metrics

sklearn = pytest.importorskip("sklearn.metrics")
RNG = np.random.default_rng(7)
CASES = [
    (RNG.integers(0, k, n), RNG.integers(0, k, n), k) for k, n in [(2, 30), (4, 200), (12, 500)]
]


@pytest.mark.parametrize(("gold", "found", "k"), CASES)
def test_macro_f1_equals_scikit_learn(gold, found, k):
    expected = sklearn.f1_score(gold, found, average="macro", labels=range(k), zero_division=0)
    assert metrics.macro_f1(gold, found, k) == pytest.approx(expected)


@pytest.mark.parametrize(("gold", "found", "k"), CASES)
def test_confusion_equals_scikit_learn(gold, found, k):
    expected = sklearn.confusion_matrix(gold, found, labels=range(k))
    assert (metrics.confusion(gold, found, k) == expected).all()


@pytest.mark.parametrize(("gold", "found", "k"), CASES)
def test_quadratic_kappa_equals_scikit_learn(gold, found, k):
    expected = sklearn.cohen_kappa_score(gold, found, weights="quadratic", labels=range(k))
    assert metrics.quadratic_kappa(gold, found, k) == pytest.approx(expected)


@pytest.mark.parametrize("decimals", [1, 6])
def test_average_precision_equals_scikit_learn(decimals):
    scores = RNG.random(300).round(decimals)  # one decimal: many ties
    gold = RNG.random(300) < scores
    expected = sklearn.average_precision_score(gold, scores)
    assert metrics.average_precision(gold, scores) == pytest.approx(expected)


def test_false_positive_rate_at_recall_counts_negatives_above_the_threshold():
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    gold = np.array([True, False, True, False, True, False])
    assert metrics.false_positive_rate_at(gold, scores, 0.6) == pytest.approx(1 / 3)
    assert metrics.false_positive_rate_at(gold, scores, 1.0) == pytest.approx(2 / 3)


def test_calibration_error_is_the_gap_where_confidence_is_constant():
    probabilities = np.full(100, 0.8)
    correct = np.arange(100) < 60
    assert metrics.expected_calibration_error(probabilities, correct) == pytest.approx(0.2)


def test_bootstrap_interval_holds_the_mean_and_narrows_with_rows():
    values = RNG.normal(size=400)
    low, high = metrics.bootstrap_interval(lambda at: float(values[at].mean()), 400)
    assert low < values.mean() < high
    small_low, small_high = metrics.bootstrap_interval(lambda at: float(values[:40][at].mean()), 40)
    assert small_high - small_low > high - low


def test_bootstrap_by_group_draws_whole_groups():
    groups = np.repeat([0, 1], [90, 10])
    seen = []
    metrics.bootstrap_interval(
        lambda at: float(seen.append(len(at)) or 0), 100, groups=groups, n_resamples=50
    )
    assert set(seen) <= {20, 100, 180}


@pytest.mark.parametrize(("left", "right"), [([], []), ([1], [1, 2])])
def test_unequal_or_empty_arrays_are_refused(left, right):
    with pytest.raises(InputError, match="equal length"):
        metrics.accuracy(np.array(left), np.array(right))
