"""Every notebook runs from top to bottom with the public API and stays small."""

import json

import pytest

from pengaduan_nlp.bundle import bundled

from .conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def _cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.mark.slow
@pytest.mark.skipif("triage" not in bundled(), reason="no shipped model")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    names = {}
    for number, cell in enumerate(_cells(path)):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{path.name}:{number}", "exec"), names)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_small_and_public(path):
    assert path.stat().st_size < 200_000
    assert len(_cells(path)) <= 15
    source = "".join("".join(cell["source"]) for cell in _cells(path))
    assert "pengaduan_nlp._" not in source
    assert "._" not in source.replace("...", "")
