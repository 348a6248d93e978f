import numpy as np
import pytest

from pengaduan_nlp import InputError
from pengaduan_nlp.resampling import (
    difference_p_value,
    draw_weights,
    group_sums,
    holm,
    mcnemar,
    percentile_interval,
    resample,
    wilson_interval,
)

RNG = np.random.default_rng(3)


def test_weights_draw_as_many_rows_as_there_are():
    weights = np.concatenate(list(draw_weights(50, n_resamples=40)))
    assert weights.shape == (40, 50)
    assert (weights.sum(1) == 50).all()


def test_groups_are_drawn_as_a_whole():
    groups = np.repeat([7, 9, 4], [1, 2, 3])
    weights = np.concatenate(list(draw_weights(6, groups=groups, n_resamples=60)))
    for group in (7, 9, 4):
        assert (np.ptp(weights[:, groups == group], axis=1) == 0).all()


def test_parts_in_memory_change_nothing(monkeypatch):
    whole = np.concatenate(list(draw_weights(20, n_resamples=30)))
    monkeypatch.setattr("pengaduan_nlp.resampling._CELLS", 100)
    parts = list(draw_weights(20, n_resamples=30))
    assert len(parts) == 6
    assert (np.concatenate(parts) == whole).all()


def test_resampled_means_scatter_as_theory_says():
    values = RNG.normal(size=400)
    found = resample({"mean": lambda w: w @ values / w.sum(1)}, 400, n_resamples=2000)["mean"]
    assert found.std() == pytest.approx(values.std() / 20, rel=0.1)
    low, high = percentile_interval(found)
    assert low < values.mean() < high


def test_group_sums_equal_a_loop():
    weights, keys = RNG.random((3, 10)), RNG.integers(0, 4, 10)
    expected = [[row[keys == key].sum() for key in range(4)] for row in weights]
    assert group_sums(weights, keys, 4) == pytest.approx(np.array(expected))


def test_equal_models_have_p_of_one():
    assert difference_p_value(np.zeros(100)) == 1.0


def test_mcnemar_equals_the_binomial_test():
    stats = pytest.importorskip("scipy.stats")
    first, second = RNG.random(300) < 0.7, RNG.random(300) < 0.6
    wins, losses = int((first & ~second).sum()), int((~first & second).sum())
    expected = stats.binomtest(wins, wins + losses).pvalue
    assert mcnemar(first, second) == pytest.approx(expected)


def test_mcnemar_of_equal_answers_is_one():
    assert mcnemar(np.ones(5, dtype=bool), np.ones(5, dtype=bool)) == 1.0


def test_mcnemar_refuses_different_rows():
    with pytest.raises(InputError, match="differ in number"):
        mcnemar(np.ones(5, dtype=bool), np.ones(4, dtype=bool))


def test_holm_never_reorders_and_never_lowers():
    p_values = RNG.random(30).tolist()
    corrected = holm(p_values)
    assert all(c >= p for c, p in zip(corrected, p_values, strict=True))
    assert np.argsort(corrected, kind="stable")[0] == np.argmin(p_values)


@pytest.mark.parametrize(("hits", "rows"), [(0, 10), (3, 10), (10, 10), (0, 0)])
def test_wilson_interval_holds_the_share(hits, rows):
    low, high = wilson_interval(hits, rows)
    assert 0.0 <= low <= (hits / rows if rows else 0.5) <= high <= 1.0


def test_wilson_interval_covers_about_95_percent():
    hits = RNG.binomial(80, 0.3, 2000)
    inside = [low <= 0.3 <= high for low, high in (wilson_interval(k, 80) for k in hits)]
    assert 0.93 <= np.mean(inside) <= 0.97
