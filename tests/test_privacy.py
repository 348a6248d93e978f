"""Personal data is found and masked; ordinary comments are left alone.

Every string in ``data/leaks.jsonl`` and ``data/no_leaks.txt`` is invented: NIK and KK numbers use
the district code 99, which no regency has, and phones end in 0000, 1234 and the like.
"""

import json
import time
from itertools import pairwise
from pathlib import Path

import pytest

from pengaduan_nlp.privacy import find_pii, finder, mask
from pengaduan_nlp.records import PiiSpan

DATA = Path(__file__).parent / "data"
LEAKS = [json.loads(line) for line in (DATA / "leaks.jsonl").read_text("utf-8").splitlines()]
NO_LEAKS = (DATA / "no_leaks.txt").read_text("utf-8").splitlines()
RECALL_FLOORS = {
    "nik": 1.0,
    "kk": 1.0,
    "telepon": 1.0,
    "rekening": 1.0,
    "email": 0.95,
    "plat": 0.95,
    "akun": 0.95,
    "tautan": 0.95,
    "nama": 0.95,
    "alamat": 0.95,
}
HOSTILE = [
    "0" * 200_000,
    "1 " * 100_000,
    "@" * 200_000,
    "a.n. " * 40_000,
    "a@" * 100_000,
    "l1" * 100_000,
    "0x" * 100_000,
    "rek 1 " * 33_000,
    "alamat saya jl a no 5 " * 9_000,
    "nama saya budi " * 13_000,
    "https://" * 25_000,
    "+62(" * 50_000,
    "\U0001d7ce" * 200_000,
]


def found(text):
    return [(span.kind, text[span.start : span.end]) for span in find_pii(text)]


def expected_spans(row):
    spans, position = [], 0
    for kind, part in row["pii"]:
        start = row["text"].index(part, position)
        position = start + len(part)
        spans.append(PiiSpan(kind, start, position))
    return spans


def covers(span, wanted):
    return span.kind == wanted.kind and span.start <= wanted.start and wanted.end <= span.end


def test_leaks_are_many_and_different():
    assert len({row["text"] for row in LEAKS}) == len(LEAKS) >= 320
    assert {kind for row in LEAKS for kind, _ in row["pii"]} == set(RECALL_FLOORS)


@pytest.mark.parametrize("kind", RECALL_FLOORS)
def test_recall_reaches_the_floor(kind):
    wanted = [
        (row["text"], span) for row in LEAKS for span in expected_spans(row) if span.kind == kind
    ]
    missed = [
        (text, text[span.start : span.end])
        for text, span in wanted
        if not any(covers(other, span) for other in find_pii(text))
    ]
    assert 1 - len(missed) / len(wanted) >= RECALL_FLOORS[kind], missed


def test_masks_hide_hardly_more_than_the_personal_data():
    too_much = [
        (row["text"], span)
        for row in LEAKS
        for span in find_pii(row["text"])
        if span not in expected_spans(row)
    ]
    assert len(too_much) <= 0.02 * len(LEAKS), too_much


def test_false_alarms_stay_under_one_percent():
    alarms = [(text, found(text)) for text in NO_LEAKS if find_pii(text)]
    assert len(NO_LEAKS) >= 400
    assert len(alarms) < 0.01 * len(NO_LEAKS), alarms


def test_spans_are_ordered_and_do_not_overlap():
    for row in LEAKS:
        spans = find_pii(row["text"])
        assert all(left.end <= right.start for left, right in pairwise(spans))


def test_mask_leaves_everything_else_unchanged():
    for row in LEAKS:
        text, rebuilt, position = row["text"], "", 0
        spans = find_pii(text)
        masked = mask(text, spans)
        for span in spans:
            kept = text[position : span.start]
            assert masked.startswith(f"{kept}[{span.kind.upper()}]", len(rebuilt))
            rebuilt += f"{kept}[{span.kind.upper()}]"
            position = span.end
        assert masked == rebuilt + text[position:]


@pytest.mark.parametrize("separator", [" ", "", ", ", "\n"])
def test_nothing_is_found_in_masked_text(separator):
    texts = [row["text"] for row in LEAKS]
    pairs = [f"{left}{separator}{right}" for left, right in pairwise(texts)]
    left_over = [text for text in texts + pairs if find_pii(mask(text, find_pii(text)))]
    assert left_over == []


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("NIK 3374990101900000, KK 3374990101150000!", "NIK [NIK], KK [KK]!"),
        ("rek 12345678 a.n. Sri, wa +62 812-0000-1234", "rek [REKENING] a.n. [NAMA], wa [TELEPON]"),
        ("rek bri, wa (0812) 0000 1234", "rek bri, wa [TELEPON]"),
        ("e budi@example.com, @budi_s, https://example.com/a", "e [EMAIL], [AKUN], [TAUTAN]"),
        ("plat B 1234 XYZ di jl Mawar no 12", "plat [PLAT] di jl Mawar no 12"),
        ("\U0001f64f wa 081200001234 \U0001f64f", "\U0001f64f wa [TELEPON] \U0001f64f"),
    ],
)
def test_mask_writes_the_kind(text, masked):
    assert mask(text, find_pii(text)) == masked


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("3374990101900000 3374990201900000", ["nik", "nik"]),  # bare, twice
        ("1234567890123456", ["nik"]),  # bare, not on the calendar
        ("kk 9999999999999999", ["kk"]),
        ("tahun 2019 2020 2021 2022", []),
        ("atm bri 5221000000001234", ["rekening"]),
        ("081200001234", ["telepon"]),
        ("dana 081200001234", ["rekening"]),
        ("dana desa 081200001234", ["telepon"]),
        ("dana 50000000", []),
        ("dana 9999999999999999", ["rekening"]),
        ("rek saldo 9999999999999999", ["rekening"]),
        ("rek BRI 1234567890 orangnya kabur", ["rekening"]),
        ("rekening saya hilang 15000000", []),
        ("no 81200001234", ["telepon"]),
        ("rumah no 8 1234567 berapa", []),
        ("Nama    :  Budi\nAlamat  :  Jl Mawar no 5", ["nama", "alamat"]),
        ("hotline 1500-567, 112, 119, 0800-1-500567", []),
        ("rumah saya di jl Mawar no 5 RT 2/3", ["alamat"]),
        ("jl Mawar no 5 RT 2/3 rusak", []),
        ("nama saya budi", ["nama"]),
        ("nama saya dicoret", []),
    ],
)
def test_kind_follows_the_context(text, kinds):
    assert [span.kind for span in find_pii(text)] == kinds


@pytest.mark.parametrize("text", ["", "jalan di depan pasar rusak parah pak \U0001f62d", "wkwk..."])
def test_text_without_digits_or_cues_reaches_no_detector(text, monkeypatch):
    monkeypatch.setattr(finder, "_find_once", pytest.fail)
    assert find_pii(text) == ()


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:8]))
def test_hostile_text_is_finished(text):
    start = time.perf_counter()
    find_pii(text)
    assert time.perf_counter() - start < 20  # seconds; about 1 on one busy core, hours if quadratic


@pytest.mark.parametrize("unit", ["nik 3374990101900000; ", "wa 081200001234, ", "x@example.com "])
def test_long_text_is_searched_to_its_end(unit):
    assert len(find_pii(unit * 2_000)) == 2_000
