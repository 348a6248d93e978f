import argparse
import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from pengaduan_nlp.errors import InputError
from pengaduan_nlp.files import open_writer
from pengaduan_nlp.learning import label_check
from pengaduan_nlp.learning.label_errors import class_thresholds, find_label_errors
from pengaduan_nlp.learning.label_report import check_labels
from pengaduan_nlp.learning.labels import read_labelled_table

from ..conftest import ROOT, TINY

TEXT = "pak jalan depan pasar rusak parah sekali"
NEAR = "pak jalan depan pasar rusak parah"
OTHER = "lampu jalan di gang kami mati total"


def _table(tmp_path, scheme, columns, *rows, suffix="csv"):
    path = tmp_path / f"data.{suffix}"
    writer = open_writer(str(path), columns)
    writer.write([dict(zip(columns, row, strict=True)) for row in rows])
    writer.close()
    return read_labelled_table(path, scheme)


def _found(report, check):
    return [(f.line, f.column, f.suggested) for f in report.findings if f.check == check]


def _check(tmp_path, scheme, columns, *rows):
    return check_labels(_table(tmp_path, scheme, columns, *rows), scheme)


def test_clean_table_has_no_findings(tmp_path, scheme):
    report = _check(
        tmp_path, scheme, ["text", "kind", "sector"],
        [TEXT, "pengaduan", "jalan_jembatan"], [OTHER, "pengaduan", "listrik_energi"],
        ["mantap", "bukan_laporan", ""],
    )  # fmt: skip
    assert report.findings == []


@pytest.mark.parametrize(
    ("columns", "rows", "check", "expected"),
    [
        (["text", "sector"], [[TEXT, "jalan_jembtan"]], "unknown_label",
         [(2, "sector", "sector=jalan_jembatan")]),
        (["text", "kind", "urgency"], [[TEXT, "bukan_laporan", "tinggi"]], "contradiction",
         [(2, "urgency", "")]),
        (["text", "kind", "reason"], [[TEXT, "aspirasi", "pujian"]], "contradiction",
         [(2, "reason", "")]),
        (["text", "sector", "subtopic"], [[TEXT, "desa", "jalan_rusak"]], "contradiction",
         [(2, "subtopic", "sector=jalan_jembatan")]),
        (["text", "sector", "subtopic"], [[TEXT, "desa|jalan_jembatan", "jalan_rusak"]],
         "contradiction", []),
        (["text", "kind"], [[TEXT, "pengaduan"], [TEXT.upper(), "aspirasi"]], "same_text",
         [(3, "kind", "")]),
        (["text", "kind"], [[TEXT, "aspirasi"], [TEXT, "pengaduan"], [TEXT, "pengaduan"]],
         "same_text", [(2, "kind", "kind=pengaduan")]),
        (["text", "kind"], [[TEXT, "pengaduan"], [NEAR, "aspirasi"]], "similar_text",
         [(3, "kind", "")]),
        (["text", "kind"], [[TEXT, "pengaduan"], [TEXT, "aspirasi"]], "similar_text", []),
        (["text", "kind"], [["mantap pak", "pengaduan"], ["pak mantap", "aspirasi"]],
         "similar_text", []),
        (["text", "kind"], [[TEXT, "pengaduan"], [f" {TEXT}", "pengaduan"]], "duplicate",
         [(3, "text", "")]),
        (["text", "kind"], [[TEXT, "pengaduan"], [TEXT, "aspirasi"]], "duplicate", []),
        (["text", "kind", "split"], [[TEXT, "pengaduan", "train"], [NEAR, "pengaduan", "test"]],
         "leakage", [(3, "split", "")]),
        (["text", "kind", "split"], [[TEXT, "pengaduan", "train"], [OTHER, "pengaduan", "test"]],
         "leakage", []),
        (["text", "kind"], [["hubungi saya 0812-3456-7890 pak", "pengaduan"]], "personal_data",
         [(2, "text", "")]),
        (["text", "kind"], [["rusak", "pengaduan"]], "short_text", [(2, "text", "")]),
        (["text", "kind"], [["mantap", "bukan_laporan"]], "short_text", []),
        (["text", "kind"], [["", "pengaduan"], [TEXT, "pengaduan"]], "unreadable",
         [(2, "text", "")]),
    ],
)  # fmt: skip
def test_checks(tmp_path, scheme, columns, rows, check, expected):
    assert _found(_check(tmp_path, scheme, columns, *rows), check) == expected


def test_personal_data_is_counted_by_kind(tmp_path, scheme):
    report = _check(
        tmp_path, scheme, ["text", "kind"],
        ["hubungi saya 0812-3456-7890 atau 0813-3456-7890", "pengaduan"],
        ["email saya budi@example.com ya pak", "pengaduan"],
    )  # fmt: skip
    assert report.personal == {"telepon": 2, "email": 1}


@pytest.mark.parametrize(
    ("n_train", "n_test", "needs"),
    [
        (12, None, (18, 10)),
        (35, None, (0, 5)),
        (40, None, (0, 0)),
        (30, 4, (0, 6)),
        (5, 10, (25, 0)),
    ],
)
def test_counts_say_how_many_are_missing(tmp_path, scheme, n_train, n_test, needs):
    rows = [[f"{TEXT} {i}", "aspirasi", "" if n_test is None else "train"] for i in range(n_train)]
    rows += [[f"{TEXT} uji {i}", "aspirasi", "uji"] for i in range(n_test or 0)]
    report = _check(tmp_path, scheme, ["text", "kind", "split"], *rows)
    (count,) = [count for count in report.counts if count.label == "aspirasi"]
    assert (count.needs_train, count.needs_test) == needs
    assert (count.train, count.test) == (n_train, n_test or 0)


def _synthetic(seed=0, n_per_label=80, noise=0.12):
    """Return noisy labels, probabilities that know better, and which labels were flipped."""
    rng = np.random.default_rng(seed)
    true = np.repeat(np.arange(3), n_per_label)
    logits = rng.normal(0, 0.7, (len(true), 3))
    logits[np.arange(len(true)), true] += 3.0
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    flipped = rng.random(len(true)) < noise
    gold = np.where(flipped, (true + rng.integers(1, 3, len(true))) % 3, true)
    return probabilities, gold, true, flipped


def test_label_errors_are_found_and_corrected():
    probabilities, gold, true, flipped = _synthetic()
    found = find_label_errors(probabilities, gold, use_cleanlab=False)
    rows = [error.row for error in found]
    assert flipped[rows].mean() > 0.9  # precision
    assert len(rows) / flipped.sum() > 0.7  # recall: only confident errors are shown
    assert np.mean([true[error.row] == error.likely for error in found]) > 0.9
    assert [e.self_confidence for e in found] == sorted(e.self_confidence for e in found)


@pytest.mark.parametrize("seed", range(5))
def test_label_errors_agree_with_cleanlab(seed):
    pytest.importorskip("cleanlab")
    probabilities, gold, _, _ = _synthetic(seed)
    own = find_label_errors(probabilities, gold, use_cleanlab=False)
    assert own == find_label_errors(probabilities, gold, use_cleanlab=True)


def test_label_errors_equal_the_slow_definition():
    probabilities, gold, _, _ = _synthetic(3)
    thresholds = [probabilities[gold == label, label].mean() for label in range(3)]
    assert class_thresholds(probabilities, gold) == pytest.approx(thresholds)
    slow = set()
    for row, (shares, given) in enumerate(zip(probabilities, gold, strict=True)):
        confident = [label for label in range(3) if shares[label] >= thresholds[label]]
        best = max(confident, key=lambda label: shares[label], default=given)
        if best != given and shares.argmax() != given:
            slow.add(row)
    assert {e.row for e in find_label_errors(probabilities, gold, use_cleanlab=False)} == slow


@pytest.mark.parametrize(
    "gold", [[], [-1, -1], [0] * 9, [0] * 8 + [1]], ids=["none", "unknown", "one label", "rare"]
)
def test_label_errors_need_two_labels(gold):
    probabilities = np.full((len(gold), 3), 1 / 3)
    assert find_label_errors(probabilities, np.array(gold, dtype=np.int64)) == []


class _Knows:
    """A model that is sure of the kind and says nothing of the rest."""

    def __init__(self, scheme, truth):
        self._scheme, self._truth = scheme, truth

    def probabilities(self, texts):
        found = {
            head.name: np.full((len(texts), len(head.labels)), 1 / len(head.labels))
            for head in self._scheme.heads
        }
        kind = self._scheme.head("kind")
        for row, text in enumerate(texts):
            found["kind"][row] = 0.02
            found["kind"][row, kind.index(self._truth(text))] = 0.94
        return found


def test_model_shows_a_likely_label_error(tmp_path, scheme):
    words = {"rusak": "pengaduan", "usul": "aspirasi"}
    rows = [[f"{word} nomor {i} ya pak", kind] for word, kind in words.items() for i in range(8)]
    rows[3][1] = "aspirasi"
    model = _Knows(scheme, lambda text: "pengaduan" if text.startswith("rusak") else "aspirasi")
    report = check_labels(_table(tmp_path, scheme, ["text", "kind"], *rows), scheme, model)
    assert _found(report, "likely_error") == [(5, "kind", "kind=pengaduan")]


def _run(capsys, *arguments):
    parser = argparse.ArgumentParser()
    label_check.add_arguments(parser)
    parser.set_defaults(bundle=str(TINY), runtime="auto", threads=1)
    status = label_check.run(parser.parse_args([str(argument) for argument in arguments]))
    return status, capsys.readouterr().out


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(
        "No,Isi Laporan,Klasifikasi,Kategori,Urgensi\n"
        f"1,{TEXT},Pengaduan,Jalan dan Jembatan,Tinggi\n"
        f"2,{TEXT},Pengaduan,Jalan dan Jembatan,\n"
        "3,hubungi saya 0812-3456-7890 pak,Pengaduan,jalan jembtan,Rendah\n"
        f"4,=1+1 {OTHER},Bukan Laporan,,Rendah\n",
        encoding="utf-8",
    )
    return path


def test_command_prints_a_report(data, capsys):
    status, out = _run(capsys, data, "--show", 1)
    assert status == 0
    assert "     1  unknown labels\n        line 4, Kategori: unknown label" in out
    assert "-> sector=jalan_jembatan" in out
    assert "personal data by kind: telepon 1" in out
    assert "pengaduan (27 more to train, 10 more to test)" in out
    assert "0812" not in out


def test_command_prints_json_without_texts(data, capsys):
    _, out = _run(capsys, data, "--json", "--no-model")
    report = json.loads(out)
    assert report["comments"] == 4
    assert report["summary"]["unknown_label"] == 1
    assert report["personal_data"] == {"telepon": 1}
    assert TEXT not in out


@pytest.mark.parametrize(("strict", "status"), [([], 0), (["--strict"], 1)])
def test_strict_fails_on_unknown_labels(data, capsys, strict, status):
    assert _run(capsys, data, "--no-model", *strict)[0] == status


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
def test_fixed_copy_is_canonical_masked_and_read_again(data, capsys, scheme, suffix):
    pytest.importorskip("openpyxl")
    fixed = data.with_name(f"fixed.{suffix}")
    _run(capsys, data, "--no-model", "-o", fixed)
    table = read_labelled_table(fixed, scheme)
    assert table.problems == []
    assert [example.text for example in table.examples] == [
        TEXT, "hubungi saya [TELEPON] pak", f"=1+1 {OTHER}"
    ]  # fmt: skip
    assert [dict(example.labels) for example in table.examples] == [
        {"kind": ("pengaduan",), "sector": ("jalan_jembatan",), "urgency": ("tinggi",)},
        {"kind": ("pengaduan",), "urgency": ("rendah",)},
        {"kind": ("bukan_laporan",), "urgency": ("rendah",)},
    ]


def test_fixed_copy_says_what_is_wrong(data, capsys):
    fixed = data.with_name("fixed.csv")
    _run(capsys, data, "--no-model", "-o", fixed)
    rows = list(csv.DictReader(fixed.read_text(encoding="utf-8").splitlines()))
    assert [row["line"] for row in rows] == ["2", "4", "5"]
    assert rows[0]["problem"] == ""
    assert rows[1]["suggested"] == "sector=jalan_jembatan"
    assert "although kind is 'bukan_laporan'" in rows[2]["problem"]
    assert rows[2]["text"].startswith("'=")  # a spreadsheet must not run it


def test_repeated_row_gives_its_labels_to_the_first(tmp_path, scheme):
    report = _check(
        tmp_path, scheme, ["text", "kind", "urgency"], [TEXT, "pengaduan", ""], [TEXT, "", "tinggi"]
    )  # fmt: skip
    (row,) = report.fixed_rows()
    assert (row["kind"], row["urgency"]) == ("pengaduan", "tinggi")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("data.csv", "exists already"),
        ("no/x.csv", "there is no folder"),
        ("x.pdf", "unknown format"),
    ],
)
def test_unusable_output_is_refused(data, capsys, output, message):
    with pytest.raises(InputError, match=message):
        _run(capsys, data, "--no-model", "-o", data.with_name("x").parent / output)


def test_output_on_stdout_is_refused(data, capsys):
    with pytest.raises(InputError, match="stdout holds the report"):
        _run(capsys, data, "--no-model", "-o", "-")


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("label_check", {"numpy", "sklearn", "torch"}),
        ("suggest", {"numpy", "sklearn", "torch"}),
        ("label_report", {"sklearn", "torch"}),
        ("pool", {"sklearn", "torch"}),
        ("selection", {"torch"}),
    ],
)
def test_modules_load_no_more_than_they_need(module, absent):
    if module == "selection":
        pytest.importorskip("sklearn")
    code = f"import sys, pengaduan_nlp.learning.{module}; print(' '.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not absent & set(loaded.stdout.split())
