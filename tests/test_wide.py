import numpy as np
import pytest

from pengaduan_nlp import BundleCorrupt
from pengaduan_nlp.wide import N_BUCKETS, WideModel, hashed_ngrams, mix, weigh

TEXTS = ["jalan rusak", "", "jalan rusak jalan", "lampu mati"]


@pytest.fixture
def model():
    rng = np.random.default_rng(0)
    return WideModel(
        rng.integers(-127, 127, (N_BUCKETS, 3)).astype(np.int8),
        np.array([0.01, 0.02, 0.03], dtype=np.float32),
        np.array([0.1, 0.2, 0.3], dtype=np.float32),
        rng.random(N_BUCKETS).astype(np.float32) + 1,
        {"kind": (0, 2), "reason": (2, 1)},
        {"kind": 0.25, "reason": 1.0},
    )


def _entries(features, row):
    at = features.rows == row
    return dict(zip(features.buckets[at].tolist(), features.counts[at].tolist(), strict=True))


def test_ngrams_of_a_text_do_not_depend_on_its_neighbours():
    together = hashed_ngrams(TEXTS)
    for row, text in enumerate(TEXTS):
        assert _entries(together, row) == _entries(hashed_ngrams([text]), 0)


def test_ngrams_are_counted():
    once, twice = hashed_ngrams(["ab"]), hashed_ngrams(["ab ab"])
    shared = set(_entries(once, 0)) & set(_entries(twice, 0))
    assert len(shared) == len(_entries(once, 0))
    assert max(_entries(twice, 0).values()) == 2


def test_number_of_ngrams_is_that_of_the_text():
    # " ab " has 3 + 2 + 1 + 0 character n-grams, and one word.
    assert hashed_ngrams(["ab"]).counts.sum() == 7


def test_rows_have_length_one():
    features = hashed_ngrams(TEXTS)
    values = weigh(features, np.ones(N_BUCKETS, dtype=np.float32))
    lengths = np.bincount(features.rows, values**2, minlength=4)
    assert lengths[[0, 2, 3]] == pytest.approx(1.0, rel=1e-4)


def test_logits_equal_a_dense_product(model):
    features = hashed_ngrams(TEXTS)
    dense = np.zeros((4, N_BUCKETS))
    dense[features.rows, features.buckets] = weigh(features, model.idf)
    expected = dense @ (model.weights * model.scales) + model.bias
    assert np.abs(model.logits(TEXTS) - expected).max() < 1e-3


def test_mix_weighs_by_head_and_leaves_the_rest(model):
    logits = np.arange(8, dtype=np.float32).reshape(2, 4)
    wide = np.full((2, 3), 100, dtype=np.float32)
    slices = {"kind": slice(0, 2), "sector": slice(2, 3), "reason": slice(3, 4)}
    found = mix(logits, wide, model, slices)
    assert found[0].tolist() == [25.0, 25.75, 2.0, 100.0]


def test_save_and_load_keep_the_answers(model, tmp_path):
    model.save(tmp_path / "wide.npz")
    again = WideModel.load(tmp_path / "wide.npz")
    assert (again.logits(TEXTS) == model.logits(TEXTS)).all()
    assert (again.heads, again.shares) == (model.heads, model.shares)


def test_broken_file_is_named(tmp_path):
    (tmp_path / "wide.npz").write_bytes(b"nothing")
    with pytest.raises(BundleCorrupt, match=r"wide\.npz: not a wide model"):
        WideModel.load(tmp_path / "wide.npz")


@pytest.mark.parametrize("text", ["a" * 100_000, "a " * 100_000, "\x00" * 100, "😭" * 10_000])
def test_hostile_texts_stay_bounded(text):
    assert len(hashed_ngrams([text]).rows) < 20_000
