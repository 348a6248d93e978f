"""``pengaduan evaluate`` and ``monitor``: every format, the comparison, pages, clear errors."""

import csv
import json

import pytest

from pengaduan_nlp import files
from pengaduan_nlp.cli import main

from .conftest import ROOT, TINY

BUNDLE = ["--bundle", str(TINY)]
PHONE = "081234567890"


def _run(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    return status, *capsys.readouterr()


@pytest.fixture(scope="module")
def rows():
    lines = (ROOT / "data" / "comments.jsonl").read_text(encoding="utf-8").splitlines()[:90]
    keys = ("id", "text", "kind", "sector", "urgency", "reason", "lect")
    found = [{key: json.loads(line)[key] for key in keys} for line in lines]
    found[0]["text"] += f" hubungi {PHONE}"
    return found


def _write(path, rows):
    files.write_all(files.open_writer(str(path), list(rows[0])), iter(rows))
    return path


@pytest.mark.parametrize("suffix", ["csv", "tsv", "xlsx", "jsonl", "parquet"])
def test_gold_is_read_in_every_format(capsys, tmp_path, rows, suffix):
    gold = _write(tmp_path / f"gold.{suffix}", rows)
    status, out, _ = _run(capsys, "evaluate", gold, "--json", *BUNDLE)
    report = json.loads(out)
    assert status == 0
    assert report["heads"]["kind"]["n"] == 90
    assert {"f1", "f1_interval"} <= set(report["heads"]["kind"]["labels"]["pengaduan"])
    assert "length" in report["slices"]


def test_indonesian_columns_and_names_are_understood(capsys, tmp_path):
    gold = tmp_path / "gold.csv"
    with gold.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["komentar", "klasifikasi"])
        writer.writerows([["jalan rusak", "Pengaduan"], ["mantap", "Bukan Laporan"]] * 12)
    status, out, _ = _run(capsys, "evaluate", gold, *BUNDLE)
    assert status == 0
    assert "complaint_macro_f1" in out


def test_versus_says_in_one_sentence_whether_it_may_replace(capsys, tmp_path, rows):
    gold = _write(tmp_path / "gold.csv", rows)
    status, out, _ = _run(capsys, "evaluate", gold, "--versus", TINY, *BUNDLE)
    assert status == 0
    assert "tiny 0.0.1 need not replace tiny 0.0.1: it is shown better on no head." in out
    assert "McNemar" in out


def test_html_page_is_masked_and_not_overwritten_unasked(capsys, tmp_path, rows):
    gold, page = _write(tmp_path / "gold.csv", rows), tmp_path / "e.html"
    assert _run(capsys, "evaluate", gold, "--html", page, *BUNDLE)[0] == 0
    assert PHONE not in page.read_text(encoding="utf-8")
    status, _, err = _run(capsys, "evaluate", gold, "--html", page, *BUNDLE)
    assert status == 1
    assert "exists already" in err
    again = _run(capsys, "evaluate", gold, "--html", page, "--overwrite", "--no-text", *BUNDLE)
    assert again[0] == 0
    assert "no text of comments" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": "jalan rusak", "sektro": "x"}, "no column holds labels"),
        ({"text": "jalan rusak", "urgency": "sedan"}, "did you mean 'sedang'"),
    ],
)
def test_bad_gold_is_explained(capsys, tmp_path, columns, message):
    gold = _write(tmp_path / "gold.csv", [columns])
    status, out, err = _run(capsys, "evaluate", gold, *BUNDLE)
    assert (status, out) == (1, "")
    assert message in err


def test_monitor_keeps_a_profile_and_compares_with_it(capsys, tmp_path, rows):
    old = _write(tmp_path / "old.csv", [{"id": r["id"], "komentar": r["text"]} for r in rows])
    profile, page = tmp_path / "old.json", tmp_path / "m.html"
    status, out, err = _run(capsys, "monitor", old, "--save", profile, *BUNDLE)
    assert (status, out) == (0, "")
    assert "profile kept" in err
    assert PHONE not in profile.read_text()
    status, out, _ = _run(capsys, "monitor", old, "--reference", profile, *BUNDLE)
    assert status == 0
    assert out.startswith("No drift that matters")
    new = _write(tmp_path / "new.csv", [{"id": i, "komentar": f"ok {i}"} for i in range(200)])
    status, out, _ = _run(
        capsys, "monitor", new, "--reference", old, "--html", page, "--json", *BUNDLE
    )
    assert status == 0
    assert json.loads(out)["n_label"] > 0
    assert "<span>suggest</span> <span>NEW</span>" in page.read_text(encoding="utf-8")


def test_monitor_refuses_a_page_of_another_name(capsys, tmp_path, rows):
    new = _write(tmp_path / "new.csv", rows)
    status, _, err = _run(capsys, "monitor", new, "--html", tmp_path / "m.txt", *BUNDLE)
    assert status == 1
    assert "ends in .html" in err
