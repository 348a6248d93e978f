import numpy as np
import pytest

pytest.importorskip("matplotlib")

from pengaduan_nlp import InputError
from pengaduan_nlp.calibration import Calibration
from pengaduan_nlp.learning.plots import write_plots

RNG = np.random.default_rng(2)
N = 80


def _outputs(scheme, n=N):
    gold = {head.name: RNG.integers(0, len(head.labels), n) for head in scheme.heads}
    shares = {head.name: RNG.dirichlet(np.ones(len(head.labels)), n) for head in scheme.heads}
    return gold, shares


def test_two_pictures_are_written_and_the_same_numbers_give_the_same_bytes(scheme, tmp_path):
    outputs = _outputs(scheme)
    paths = write_plots(tmp_path, *outputs, scheme, Calibration())
    assert [path.name for path in paths] == ["reliability.png", "risk_coverage.png"]
    first = [path.read_bytes() for path in paths]
    assert all(found.startswith(b"\x89PNG") and len(found) < 300_000 for found in first)
    again = write_plots(tmp_path, *outputs, scheme, Calibration())
    assert [path.read_bytes() for path in again] == first


def test_pictures_depend_on_the_gold_labels(scheme, tmp_path):
    gold, shares = _outputs(scheme)
    gold, shares = {"kind": gold["kind"]}, {"kind": shares["kind"]}
    first = write_plots(tmp_path, gold, shares, scheme, Calibration())[0].read_bytes()
    right = {name: found.argmax(1) for name, found in shares.items()}
    assert write_plots(tmp_path, right, shares, scheme, Calibration())[0].read_bytes() != first


def test_heads_without_gold_are_left_out(scheme, tmp_path):
    gold, shares = _outputs(scheme)
    for name in list(gold)[1:]:
        gold[name][:] = -1
    assert write_plots(tmp_path, gold, shares, scheme, Calibration())
    gold["kind"][:] = -1
    with pytest.raises(InputError, match="nothing to draw"):
        write_plots(tmp_path, gold, shares, scheme, Calibration())
