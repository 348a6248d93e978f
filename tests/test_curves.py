import numpy as np
import pytest

from pengaduan_nlp import InputError
from pengaduan_nlp.curves import reliability_bins, risk_coverage

RNG = np.random.default_rng(5)


def test_calibrated_answers_lie_on_the_diagonal():
    confidence = RNG.random(20_000)
    bins = reliability_bins(confidence, RNG.random(20_000) < confidence)
    assert sum(b.n for b in bins) == 20_000
    assert all(abs(b.accuracy - b.confidence) < 0.03 for b in bins)
    assert all(b.low <= b.accuracy <= b.high for b in bins)


def test_overconfidence_shows_below_the_diagonal():
    bins = reliability_bins(np.full(100, 0.95), np.arange(100) < 60)
    assert [(b.n, b.accuracy) for b in bins] == [(100, 0.6)]


def test_risk_falls_where_confidence_tells_right_from_wrong():
    confidence = RNG.random(2000)
    told = risk_coverage(confidence, RNG.random(2000) < confidence)
    blind = risk_coverage(confidence, RNG.random(2000) < 0.5)
    assert told.area < 0.3 < 0.4 < blind.area
    assert told.coverage[-1] == blind.coverage[-1] == 1.0


def test_risk_at_full_coverage_is_the_error():
    correct = np.array([True, False, True, True])
    curve = risk_coverage(np.array([0.9, 0.8, 0.7, 0.6]), correct)
    assert curve.risk.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 1 / 4])


def test_ties_are_kept_together():
    curve = risk_coverage(np.full(10, 0.5), np.arange(10) < 7)
    assert curve.coverage.tolist() == [1.0]
    assert curve.area == pytest.approx(0.3)


@pytest.mark.parametrize("draw", [reliability_bins, risk_coverage])
def test_no_rows_are_refused(draw):
    with pytest.raises(InputError, match="at least one row"):
        draw(np.empty(0), np.empty(0, dtype=bool))
