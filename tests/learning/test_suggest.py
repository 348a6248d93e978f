import argparse
import csv
import json
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter

import numpy as np
import pytest

pytest.importorskip("sklearn")

from pengaduan_nlp.errors import InputError, MissingDependency
from pengaduan_nlp.files import open_rows
from pengaduan_nlp.learning import suggest
from pengaduan_nlp.learning.labels import read_labelled_table
from pengaduan_nlp.learning.pool import (
    Candidate,
    Largest,
    Pool,
    Seen,
    read_pool,
    uncertainty,
)
from pengaduan_nlp.learning.selection import choose, square_root_quotas

from ..conftest import TINY

WORDS = (
    "jalan lampu air sampah banjir sekolah puskesmas ktp bansos pajak tanah pungli upah sinyal "
    "pupuk paspor honorer desa haji parkir rusak mati macet bau lambat mahal hilang bocor roboh"
).split()


def _texts(n, seed=0):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, 9, replace=False)) for _ in range(n)]


@pytest.fixture
def pool_file(tmp_path):
    path = tmp_path / "pool.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["comment_id", "komentar"])
        texts = [*_texts(200), "hubungi saya 0812-3456-7890 soal jalan rusak pak"]
        writer.writerows([f"k{i}", text] for i, text in enumerate(texts))
        writer.writerows([["ulang", texts[0].upper()], ["kosong", " "]])
    return path


def _run(*arguments):
    parser = argparse.ArgumentParser()
    suggest.add_arguments(parser)
    parser.set_defaults(bundle=str(TINY), runtime="auto", threads=1)
    return suggest.run(parser.parse_args([str(argument) for argument in arguments]))


def _rows(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_sheet_has_the_asked_number_and_share(pool_file, tmp_path, capsys):
    _run(pool_file, "-n", 40, "--random", 0.25, "-o", tmp_path / "s.csv")
    reasons = Counter(row["reason_for_choice"] for row in _rows(tmp_path / "s.csv"))
    assert reasons["random"] == 10
    assert reasons.total() == 40
    assert set(reasons) == {"random", "uncertain", "diverse"}
    assert "203 rows: 201 different comments, 1 copies" in capsys.readouterr().err


def test_sheet_columns_are_those_of_the_contract(pool_file, tmp_path, scheme):
    _run(pool_file, "-n", 5, "-o", tmp_path / "s.csv")
    rows = _rows(tmp_path / "s.csv")
    heads = [head.name for head in scheme.heads]
    assert list(rows[0])[:5] == [
        "id", "text", "reason_for_choice", "predicted_kind", "predicted_kind_probability"
    ]  # fmt: skip
    assert list(rows[0])[-len(heads) :] == heads
    assert all(row[head] == "" for row in rows for head in heads)
    assert all(0 < float(row["predicted_kind_probability"]) <= 1 for row in rows)
    assert all(row["id"].startswith("k") for row in rows)


def test_predictions_are_those_of_the_model(pool_file, tmp_path, triage):
    _run(pool_file, "-n", 8, "-o", tmp_path / "s.csv")
    for row in _rows(tmp_path / "s.csv"):
        result = triage.predict(row["text"])
        assert row["predicted_kind"] == result.kind.label
        assert row["predicted_sector"] == (result.sector.label if result.sector else "")


def test_blind_sheet_shows_no_predictions(pool_file, tmp_path):
    _run(pool_file, "-n", 5, "--blind", "-o", tmp_path / "s.csv")
    assert {row["predicted_kind"] for row in _rows(tmp_path / "s.csv")} == {""}


def test_texts_are_masked(pool_file, tmp_path):
    _run(pool_file, "-n", 300, "-o", tmp_path / "s.csv")
    content = (tmp_path / "s.csv").read_text(encoding="utf-8")
    assert "hubungi saya [TELEPON] soal jalan rusak pak" in content
    assert "0812" not in content


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_same_seed_gives_the_same_sheet(pool_file, tmp_path, suffix):
    names = [tmp_path / f"{name}.{suffix}" for name in "abc"]
    for name, seed in zip(names, (1, 1, 2), strict=True):
        _run(pool_file, "-n", 20, "--seed", seed, "-o", name)
    first, same, other = (name.read_bytes() for name in names)
    assert first == same
    assert first != other


def test_labelled_comments_are_left_out(pool_file, tmp_path):
    _run(pool_file, "-n", 50, "-o", tmp_path / "a.csv")
    _run(pool_file, "-n", 300, "--exclude", tmp_path / "a.csv", "-o", tmp_path / "b.csv")
    first, second = ({row["text"] for row in _rows(tmp_path / f"{name}.csv")} for name in "ab")
    assert len(first) == 50
    assert len(second) == 151
    assert not first & second


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_filled_sheet_is_read_back(pool_file, tmp_path, scheme, suffix):
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / f"s.{suffix}"
    _run(pool_file, "-n", 6, "-o", path)
    if suffix == "xlsx":
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        names = [cell.value for cell in sheet[1]]
        sheet.cell(2, names.index("kind") + 1, "Pengaduan")
        sheet.cell(2, names.index("sector") + 1, "Jalan dan Jembatan")
        book.save(path)
    else:
        rows = _rows(path)
        rows[0] |= {"kind": "Pengaduan", "sector": "Jalan dan Jembatan"}
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
    table = read_labelled_table(path, scheme)
    assert table.problems == []
    assert table.examples[0].labels == {"kind": ("pengaduan",), "sector": ("jalan_jembatan",)}
    assert "rows without any label: 5" in table.notes


def test_workbook_offers_the_labels_to_choose(pool_file, tmp_path, scheme):
    openpyxl = pytest.importorskip("openpyxl")
    _run(pool_file, "-n", 5, "-o", tmp_path / "s.xlsx")
    book = openpyxl.load_workbook(tmp_path / "s.xlsx")
    lists = book.worksheets[0].data_validations.dataValidation
    assert len(lists) == len(scheme.heads)
    legend = [cell.value for cell in book["labels"]["A"] if cell.value]
    assert legend == ["kind", *scheme.head("kind").slugs]
    assert lists[0].formula1 == "labels!$A$2:$A$5"
    assert str(lists[0].sqref).endswith("2:P6")


def test_label_studio_tasks_come_back_as_labels(pool_file, tmp_path, scheme):
    path = tmp_path / "tasks.json"
    _run(pool_file, "-n", 5, "--format", "label-studio", "-o", path)
    tasks = json.loads(path.read_text(encoding="utf-8"))
    assert len(tasks) == 5
    for number, task in enumerate(tasks, 1):  # an annotator accepts every prediction
        prediction = task["predictions"][0]
        assert prediction["model_version"].startswith("tiny")
        task |= {"id": number, "annotations": [{"result": prediction["result"]}]}
    path.write_text(json.dumps(tasks), encoding="utf-8")
    table = read_labelled_table(path, scheme)
    assert table.problems == []
    for example, task in zip(table.examples, tasks, strict=True):
        answers = {part["from_name"]: part["value"]["choices"][0]
                   for part in task["predictions"][0]["result"]}  # fmt: skip
        assert {head: slugs[0] for head, slugs in example.labels.items()} == answers
        assert example.id == task["data"]["id"]


def test_label_studio_interface_asks_every_head(pool_file, tmp_path, scheme):
    _run(pool_file, "-n", 5, "--format", "label-studio", "-o", tmp_path / "t.jsonl")
    view = ElementTree.parse(tmp_path / "t.jsonl.config.xml").getroot()
    asked = {
        choices.get("name"): tuple(choice.get("value") for choice in choices)
        for choices in view.iter("Choices")
    }
    assert asked == {head.name: head.slugs for head in scheme.heads}


def test_argilla_records_have_fields_and_suggestions(pool_file, tmp_path, scheme):
    _run(pool_file, "-n", 5, "--format", "argilla", "-o", tmp_path / "a.jsonl")
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    for record in map(json.loads, lines):
        assert set(record) == {"id", "fields", "metadata", "suggestions"}
        kind = record["suggestions"]["kind"]
        assert set(kind) == {"value", "score", "agent"}
        assert kind["value"] in scheme.head("kind").slugs
        assert record["metadata"]["reason_for_choice"] in ("random", "uncertain", "diverse")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-n", 0], "-n must be from 1"),
        (["-n", 9999], "label in rounds"),
        (["--random", 1.5], "share from 0 to 1"),
        (["--seed", -1], "--seed must be 0 or more"),
        (["--format", "argilla", "-o", "x.csv"], "ends in .json or .jsonl"),
        (["-o", "pool.csv"], "exists already"),
    ],
)
def test_unusable_options_are_refused(pool_file, monkeypatch, options, message):
    monkeypatch.chdir(pool_file.parent)
    with pytest.raises(InputError, match=message):
        _run(pool_file, *options)


def test_empty_pool_is_refused(tmp_path):
    path = tmp_path / "pool.csv"
    path.write_text("text,x\n ,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="no comment to label in 1 rows"):
        _run(path, "--text-column", "text")


def test_missing_scikit_learn_is_named(pool_file, monkeypatch):
    monkeypatch.setitem(sys.modules, "pengaduan_nlp.learning.selection", None)
    with pytest.raises(MissingDependency, match="suggest needs scikit-learn"):
        _run(pool_file)


@pytest.mark.parametrize(
    ("sizes", "total", "expected"),
    [
        ({"a": 900, "b": 100}, 8, {"a": 6, "b": 2}),
        ({"a": 900, "b": 100, "c": 1}, 2, {"a": 0, "b": 1, "c": 1}),
        ({"a": 3, "b": 2}, 9, {"a": 3, "b": 2}),
        ({"a": 10}, 0, {"a": 0}),
    ],
)
def test_quotas_favour_rare_strata(sizes, total, expected):
    assert square_root_quotas(sizes, sizes, total) == expected


def _candidate(line, text="x y z", stratum="a", doubt=0.5):
    return Candidate(line, str(line), text, stratum, doubt, {})


def _pool(items, keep=50):
    strata = {stratum: [i for i in items if i.stratum == stratum] for stratum in "ab"}
    by_doubt = {s: sorted(kept, key=lambda i: -i.uncertainty) for s, kept in strata.items()}
    counts = Counter(item.stratum for item in items)
    return Pool(items[:keep], by_doubt, strata, counts, n_rows=len(items))


def test_rare_sector_appears():
    texts = _texts(60)
    items = [_candidate(i, text, "b" if i == 59 else "a") for i, text in enumerate(texts)]
    picks = choose(_pool(items, keep=20), 10, random_share=0.2, seed=0)
    assert 59 in [pick.candidate.line for pick in picks]


def test_most_uncertain_come_first():
    items = [_candidate(i, text, doubt=i / 60) for i, text in enumerate(_texts(60))]
    picks = choose(_pool(items), 10, random_share=0.0, seed=0)
    uncertain = {pick.candidate.line for pick in picks if pick.reason == "uncertain"}
    assert uncertain == {55, 56, 57, 58, 59}


def test_diverse_ones_spread_over_topics():
    usual = [f"jalan berlubang di depan pasar besar {word}" for word in WORDS[-8:]]
    rare = ["obat di puskesmas habis terus", "sampah bau busuk menyengat", "sinyal hilang kemarin"]
    texts = [*usual, *rare]
    items = [_candidate(i, text) for i, text in enumerate(texts)]
    picks = choose(_pool(items), 4, random_share=0.0, seed=0)
    assert {8, 9, 10} <= {pick.candidate.line for pick in picks}


def test_near_copies_are_chosen_once():
    text = "jalan di depan pasar kami rusak parah sekali"
    items = [_candidate(i, f"{text} {'!' * i}") for i in range(5)]
    items.append(_candidate(9, "lampu mati di gang tiga"))
    picks = choose(_pool(items, keep=0), 6, random_share=0.0, seed=0)
    assert len(picks) == 2


def test_random_ones_are_uniform_over_the_pool(tmp_path, triage):
    path = tmp_path / "pool.txt"
    path.write_text("\n".join(_texts(60)), encoding="utf-8")
    drawn = Counter()
    for seed in range(30):
        pool = read_pool(open_rows(str(path)), triage, keep=10, seed=seed)
        drawn.update(item.line for item in pool.random[:10])
    assert len(drawn) > 55  # 60 * (1 - 50/60 ** 30) of 60
    assert max(drawn.values()) < 15  # expected 5


def test_pool_keeps_no_more_than_asked(tmp_path, triage):
    path = tmp_path / "pool.txt"
    path.write_text("\n".join(_texts(80)), encoding="utf-8")
    rows_read = []
    pool = read_pool(open_rows(str(path)), triage, keep=3, seed=0, progress=rows_read.append)
    kept = [pool.random, *pool.uncertain.values(), *pool.sample.values()]
    assert max(map(len, kept)) == 3
    assert (pool.counts.total(), rows_read) == (80, [80])


def test_largest_keeps_the_largest_and_of_equals_the_first():
    kept = Largest(3)
    for line, key in enumerate([0.1, 0.9, 0.5, 0.5, 0.5]):
        kept.add(key, _candidate(line))
    assert [item.line for item in kept.items()] == [1, 2, 3]


@pytest.mark.parametrize(
    ("first", "second", "new"),
    [
        ("jalan rusak pak", "PAK, jalan RUSAK!!!", False),
        ("jalan rusak pak", "jalan rusak bu", True),
        ("🙏", "🔥", True),
        ("🙏", "🙏🙏", False),
    ],
)
def test_seen_compares_sets_of_words(first, second, new):
    seen = Seen()
    assert seen.add(first)
    assert seen.add(second) is new


def test_uncertainty_is_low_for_sure_and_high_for_torn(scheme):
    shares = {head.name: np.full((3, len(head.labels)), 1e-9) for head in scheme.heads}
    report, none = (
        scheme.head("kind").index("pengaduan"),
        scheme.head("kind").index("bukan_laporan"),
    )
    shares["kind"][[0, 1, 2], [report, none, report]] = 1.0
    shares["sector"][:2, 0] = shares["urgency"][:2, 0] = 1.0  # of row 2 both are even
    shares["sector"][1] = shares["urgency"][1] = 0.5  # of a comment that is no report: no matter
    doubt = uncertainty(shares, scheme)
    assert doubt == pytest.approx([0.0, 0.0, 2 / 3], abs=1e-6)
