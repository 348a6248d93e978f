"""The scaling table is what its numbers say; needs no engine."""

import json

import pytest

from ..conftest import ROOT, TINY
from .conftest import differences, load_script, read_folder

FOLDER = ROOT / "notebooks" / "cluster"


@pytest.fixture(scope="module")
def scaling():
    return load_script("scaling")


@pytest.mark.parametrize(
    ("two", "serial", "at_four"), [(200.0, 0.0, 400), (160.0, 0.25, 229), (100.0, 1.0, 100)]
)
def test_estimate_is_amdahls(scaling, two, serial, at_four):
    found = scaling._scaling(100.0, two)
    assert found["serial_share"] == pytest.approx(serial)
    assert found["estimate_rows_per_s"]["4"] == at_four


def test_more_than_twice_as_fast_is_not_believed(scaling):
    assert scaling._scaling(100.0, 230.0)["serial_share"] == 0


@pytest.mark.skipif(not (FOLDER / "scaling.json").is_file(), reason="not measured yet")
def test_page_is_made_of_the_measurement(scaling):
    found = json.loads((FOLDER / "scaling.json").read_text(encoding="utf-8"))
    page = (FOLDER / "scaling.md").read_text(encoding="utf-8")
    assert scaling.as_markdown(found) == page


def test_one_process_without_an_engine_gives_the_same(folder, expected, tmp_path, example):
    target = tmp_path / "results"
    example.triage_alone(folder, target, example.Settings(str(TINY), "text", 1))
    assert not differences(read_folder(target), expected)
