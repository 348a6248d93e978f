"""Labels joined with texts that stay outside, and the stream report made of them."""

import json

import numpy as np
import pytest

zstandard = pytest.importorskip("zstandard")

from pengaduan_nlp.errors import InputError  # noqa: E402
from pengaduan_nlp.scheme import LabelScheme  # noqa: E402
from training.read_comments import (  # noqa: E402
    COLUMNS,
    ReadLabel,
    canonical_source,
    join_texts,
    load_labels,
    same_source,
    text_hash,
)
from training.streams import stream_report  # noqa: E402

from ..conftest import ROOT  # noqa: E402

COMPLAINT = ("pengaduan", "jalan_jembatan", "jalan_rusak", "sedang", "tidak", "-")
PRAISE = ("bukan_laporan", "-", "-", "-", "-", "pujian")


@pytest.fixture(scope="module")
def scheme():
    return LabelScheme.load(ROOT / "data" / "scheme.json")


def _table(path, rows):
    lines = ["\t".join(COLUMNS), *("\t".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_labels_find_their_texts_and_keep_their_order(tmp_path, scheme):
    (tmp_path / "labelled").mkdir()
    (tmp_path / "corpus").mkdir()
    for name in ("surabaya", "bandung_tweets"):
        row = json.dumps({"text": f"isi {name}"})
        (tmp_path / "labelled" / f"{name}.jsonl").write_text(row + "\n")
    lines = b"a/b.hist\tjalan rusak\nc/d\tmantap pak\nc/d\ttidak dibaca\n"
    packed = zstandard.ZstdCompressor().compress(lines)
    (tmp_path / "corpus" / "informal.tsv.zst").write_bytes(packed)
    table = _table(
        tmp_path / "labels.tsv",
        [
            (text_hash("mantap pak"), "c/d", "3.50", *PRAISE),
            (text_hash("sudah hilang"), "c/d", "-", *PRAISE),
            (text_hash("isi surabaya"), "surabaya", "-", *COMPLAINT),
            (text_hash("jalan rusak"), "a/b", "1.00", *COMPLAINT),
        ],
    )
    labels = load_labels(table, scheme)
    assert [label.stands_for for label in labels] == [3.5, None, None, 1.0]
    found = join_texts(labels, tmp_path)
    assert [example.text for example in found] == ["mantap pak", "isi surabaya", "jalan rusak"]
    assert found[0].labels == {"kind": ("bukan_laporan",), "reason": ("pujian",)}
    assert found[2].labels["subtopic"] == ("jalan_rusak",)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("ab", "x", "-", *PRAISE), ("ab", "x", "-", *PRAISE)], "labelled twice"),
        ([("ab", "x", "-", "bukan_laporan", *COMPLAINT[1:])], "does not fit kind"),
        ([("ab", "x", "-", *COMPLAINT[:2], "jalan_rsak", *COMPLAINT[3:])], "jalan_rsak"),
    ],
)
def test_wrong_labels_are_refused_with_their_place(tmp_path, scheme, rows, message):
    with pytest.raises(InputError, match=rf"labels.tsv:\d: .*{message}"):
        load_labels(_table(tmp_path / "labels.tsv", rows), scheme)


def test_the_files_of_the_repository_are_valid(scheme):
    labels = load_labels(ROOT / "data" / "read_labels.tsv", scheme)
    control = load_labels(ROOT / "data" / "read_control.tsv", scheme)
    assert len(labels) > 20_000
    assert not {label.text_hash for label in labels} & {label.text_hash for label in control}


def test_repositories_of_one_account_are_one_source():
    same = same_source(ROOT / "training" / "label_maps" / "sources.tsv")
    city = canonical_source("bandung", same)
    assert city == canonical_source("korpus:patricknugrohoh/KlasifikasiKeluhan.hist", same)
    assert city == "tweet-bandung"
    assert canonical_source("korpus:a/b", same) == canonical_source("a/b.hist", same) == "a/b"


def test_stream_report_weighs_rows_by_what_they_stand_for():
    def row(origin, weight, kind):
        return ReadLabel("", origin, weight, {"kind": kind})

    labels = [
        row("s", 1.0, "pengaduan"),
        row("s", 1.0, "pengaduan"),
        row("s", 1.0, "bukan_laporan"),
        row("s", 7.0, "bukan_laporan"),
        row("s", None, "bukan_laporan"),
        row("other", 5.0, "bukan_laporan"),
    ]
    scores = np.array([0.9, 0.4, 0.6, 0.1, 0.99, 0.99])
    report = stream_report(labels, scores, scores > 0.5, frozenset({"s"}))
    assert (report["comments"], report["complaints_read"]) == (4, 2)
    assert report["complaints"]["value"] == pytest.approx(2 / 10)
    assert report["false_alarms"]["value"] == pytest.approx(1 / 8)
    assert report["found"]["value"] == pytest.approx(1 / 2)
    assert report["false_alarms_at_90_recall"]["value"] == pytest.approx(1 / 8)
