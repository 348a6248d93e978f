"""A large file survives a crash with the same bytes, in memory that does not grow.

Run: pytest -m large tests/test_large_file.py; LARGE_ROWS=1000000 for another size.
"""

import os
import sys

import pytest

from pengaduan_nlp.benchmarking.texts import read_texts
from training.large_file import Watched, crash_and_resume, write_source

from .conftest import ROOT, TINY

N_ROWS = int(os.environ.get("LARGE_ROWS", "20000"))
MEMORY_MB = 20  # growth of the peak after the first quarter of the rows


@pytest.mark.slow
@pytest.mark.large
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_crash_in_a_large_file_costs_no_bytes_and_no_memory(tmp_path):
    texts, _ = read_texts(str(ROOT / "data" / "comments.jsonl"), N_ROWS)
    source = tmp_path / "comments.jsonl"
    write_source(source, texts)
    options = ["--bundle", str(TINY), "--threads", "1"]
    found = crash_and_resume(source, N_ROWS, tmp_path, options, check=True)
    assert N_ROWS // 2 <= found["killed_at_row"] < N_ROWS
    assert found["rows_written"] == N_ROWS
    assert found["identical"]
    assert found["rss_growth_mb"] < MEMORY_MB, found


def test_growth_is_counted_from_a_quarter_of_the_own_rows():
    samples = [(1000, 50 * 1024), (1200, 90 * 1024), (1300, 100 * 1024), (2000, 107 * 1024)]
    assert Watched(samples=samples).growth_mb == pytest.approx(7)
    assert Watched(samples=samples).peak_mb == pytest.approx(107)
    assert Watched().growth_mb == 0
