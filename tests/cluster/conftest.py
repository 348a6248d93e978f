"""What the tests of both engines share: comments, their local results, and how to compare."""

import importlib.util
import json
import math
import os
import sys

import pytest

from pengaduan_nlp.files import flatten

from ..conftest import ROOT, TINY

N_ROWS = 240


@pytest.fixture(autouse=True)
def _no_network():
    """Replace the guard of the other tests: an engine's processes talk to each other."""


@pytest.fixture(scope="session", autouse=True)
def _workers_find_the_checkout():
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", "RAY_USAGE_STATS_ENABLED")}
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), before["PYTHONPATH"]]))
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def rows():
    """Return different comments, one of them without a text."""
    with (ROOT / "data" / "comments.jsonl").open(encoding="utf-8") as lines:
        read = [json.loads(line)["text"] for line, _ in zip(lines, range(N_ROWS), strict=False)]
    read[7] = None
    return [{"id": i, "text": text} for i, text in enumerate(read)]


@pytest.fixture(scope="session")
def expected(rows):
    """Return the flat local result of every row, by its id."""
    from pengaduan_nlp import Triage

    results = Triage.load(TINY, threads=1).predict_many([row["text"] or "" for row in rows])
    return {row["id"]: row | flatten(result) for row, result in zip(rows, results, strict=True)}


def differences(found, expected):
    """Return what differs between an engine's rows and the expected ones, by id.

    Probabilities are equal within one unit of their last digit: the sums of a model depend on how
    many comments are read together, which an engine decides.
    """
    table = {row["id"]: row for row in found}
    if len(table) != len(found) or table.keys() != expected.keys():
        return f"{len(found)} rows with {len(table)} ids, expected {len(expected)}"
    return [
        (i, name, table[i][name], value)
        for i, row in expected.items()
        for name, value in row.items()
        if not _same(table[i][name], value)
    ]


def _same(found, value):
    if isinstance(found, float) and math.isnan(found):
        found = None  # what pandas makes of a missing value
    if isinstance(value, float) and found is not None:
        return abs(found - value) < 1.01e-4
    return found == value


def load_script(name):
    """Return a module of the runnable example, which is not installed."""
    path = ROOT / "notebooks" / "cluster" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def example():
    """Return the runnable example."""
    return load_script("stream_folder")


@pytest.fixture
def folder(tmp_path, rows):
    """Return a folder with the rows in three files."""
    source = tmp_path / "comments"
    source.mkdir()
    write_files(source, rows, 3)
    return source


def write_files(folder, rows, n_files):
    """Write rows into several jsonl files of a folder."""
    for i in range(n_files):
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows[i::n_files]]
        (folder / f"part-{i}.jsonl").write_text("".join(lines), encoding="utf-8")


def read_folder(folder):
    """Return the rows of all jsonl files that an engine wrote."""
    files = [path for path in folder.rglob("*.json*") if not path.name.startswith((".", "_"))]
    files = [path for path in files if "_spark_metadata" not in path.parts]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").split("\n")]
    return [json.loads(line) for line in lines if line]
