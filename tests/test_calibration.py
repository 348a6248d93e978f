import numpy as np
import pytest

from pengaduan_nlp import BundleCorrupt
from pengaduan_nlp.calibration import Calibration, HeadCalibration, fit_temperature, softmax

RNG = np.random.default_rng(3)


def test_temperature_equals_a_brute_force_search():
    logits = RNG.normal(size=(400, 5)).astype(np.float32) * 3
    true = softmax(logits.astype(np.float64) / 2.5)
    gold = np.array([RNG.choice(5, p=row) for row in true])
    grid = np.exp(np.linspace(np.log(0.1), np.log(10), 2000))

    def loss(temperature):
        shares = softmax(logits.astype(np.float64) / temperature)
        return -np.log(shares[np.arange(400), gold]).mean()

    best = grid[np.argmin([loss(value) for value in grid])]
    assert fit_temperature(logits, gold) == pytest.approx(best, rel=0.01)


def test_probabilities_of_every_head_sum_to_one(scheme):
    logits = RNG.normal(size=(6, scheme.n_outputs)).astype(np.float32) * 4
    for shares in Calibration().probabilities(logits, scheme).values():
        assert shares.sum(1) == pytest.approx(1.0)


def test_subtopics_share_the_probability_of_their_sector(scheme):
    logits = RNG.normal(size=(6, scheme.n_outputs)).astype(np.float32) * 4
    shares = Calibration().probabilities(logits, scheme)
    for slug, columns in scheme.children(scheme.head("subtopic")).items():
        sector = shares["sector"][:, scheme.head("sector").index(slug)]
        assert shares["subtopic"][:, columns].sum(1) == pytest.approx(sector)


def test_higher_temperature_softens(scheme):
    logits = RNG.normal(size=(6, scheme.n_outputs)).astype(np.float32) * 4
    soft = Calibration({"kind": HeadCalibration(temperature=3.0)})
    sharp = Calibration().probabilities(logits, scheme)["kind"].max(1)
    assert (soft.probabilities(logits, scheme)["kind"].max(1) < sharp).all()


@pytest.mark.parametrize(
    ("steps", "expected"),
    [((), 0), ((0.5, 0.5, 0.5), 1), ((0.5, 0.25, 0.25), 2), ((0.9, 0.1, 0.1), 0)],
)
def test_ordinal_steps_choose_by_cumulative_probability(steps, expected):
    shares = np.array([[0.4, 0.3, 0.2, 0.1]])
    calibration = Calibration({"urgency": HeadCalibration(steps=steps)})
    assert calibration.choose("urgency", shares).tolist() == [expected]


def test_save_and_load_keep_everything(tmp_path):
    calibration = Calibration({"urgency": HeadCalibration(1.2, 0.4, (0.5, 0.4, 0.3))})
    calibration.save(tmp_path / "c.json")
    assert Calibration.load(tmp_path / "c.json") == calibration


@pytest.mark.parametrize("content", ["{", "[1]", '{"kind": {"temperature": "warm"}}'])
def test_broken_file_is_named(tmp_path, content):
    (tmp_path / "c.json").write_text(content)
    with pytest.raises(BundleCorrupt, match=r"c\.json: not a calibration file"):
        Calibration.load(tmp_path / "c.json")
