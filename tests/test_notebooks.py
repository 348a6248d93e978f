"""Every notebook runs from top to bottom with the public API and stays small."""

import json
import re
from importlib.util import find_spec

import pytest

from pengaduan_nlp.bundle import bundled

from .conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NEEDS = {  # packages beyond the base install
    "data_tour": ("matplotlib",),
    "error_analysis": ("matplotlib",),
    "retrain": ("matplotlib", "torch", "onnx", "sklearn"),
}


def _cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.mark.slow
@pytest.mark.skipif("triage" not in bundled(), reason="no shipped model")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, monkeypatch, tmp_path):
    missing = [name for name in NEEDS.get(path.stem, ()) if find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names = {}
    for number, cell in enumerate(_cells(path)):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{path.name}:{number}", "exec"), names)
    if "matplotlib" in NEEDS.get(path.stem, ()):
        names["plt"].close("all")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_small_and_public(path):
    assert path.stat().st_size < 200_000
    assert len(_cells(path)) <= 15
    source = "".join("".join(cell["source"]) for cell in _cells(path))
    assert "pengaduan_nlp._" not in source
    assert "._" not in source.replace("...", "")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_hold_no_path_of_a_machine_and_no_error(path):
    outputs = [output for cell in _cells(path) for output in cell.get("outputs", ())]
    assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
    assert not re.search(r"/(?:home|root|tmp|work|Users|var)/", json.dumps(outputs))


@pytest.mark.parametrize("name", NEEDS)
def test_figures_are_kept(name):
    cells = _cells(ROOT / "notebooks" / f"{name}.ipynb")
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert [o for o in outputs if "image/png" in o.get("data", {})]
