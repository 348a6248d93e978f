"""The bundled model: whole, consistent between runtimes, sound on the project's own test cases.

The floors are a little under what the model scored when it was bundled; they catch a broken export
or a wrong file, and are no claim about quality. That is in the model card.
"""

import csv
import json

import numpy as np
import pytest

from pengaduan_nlp import Triage
from pengaduan_nlp.bundle import bundled

from .conftest import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("triage" not in bundled(), reason="no shipped model"),
]


FLOORS = (0.8, 0.8, 0.02)  # worked examples, behaviour cases, flips under a plea


def _rows(name):
    with (ROOT / name).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def shipped():
    return Triage.load()


@pytest.fixture(scope="module")
def metamorphic(shipped):
    rows = _rows("tests/data/metamorphic.jsonl")
    return rows, shipped.predict_many([row["text"] for row in rows])


def test_every_file_is_as_in_the_manifest(shipped):
    assert len(shipped.bundle.verify()) >= 7


def test_the_scheme_is_that_of_the_data(shipped):
    assert shipped.scheme.to_dict() == json.loads((ROOT / "data/scheme.json").read_text("utf-8"))


def test_int8_graph_answers_as_the_fp16_weights_do(shipped):
    pytest.importorskip("torch")
    texts = [row["text"] for row in _rows("tests/data/behaviour.jsonl")]
    left, right = shipped.probabilities(texts), Triage.load(runtime="torch").probabilities(texts)
    for name, shares in left.items():
        same = (shares.argmax(1) == right[name].argmax(1)).mean()
        assert same > 0.93, (name, same)


def _same_kind(shipped, rows, text, kind):
    found = shipped.predict_many([row[text] for row in rows])
    return np.mean(
        [result.kind.label == row[kind] for result, row in zip(found, rows, strict=True)]
    )


def test_worked_examples(shipped):
    assert (
        _same_kind(shipped, _rows("data/worked_examples.jsonl"), "teks", "klasifikasi") > FLOORS[0]
    )


def test_behaviour_cases(shipped):
    assert _same_kind(shipped, _rows("tests/data/behaviour.jsonl"), "text", "kind") > FLOORS[1]


def test_example_file_has_answers_of_every_kind(shipped):
    with (ROOT / "data/contoh_komentar.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["komentar"] for row in csv.DictReader(file)]
    assert {result.kind.label for result in shipped.predict_many(texts)} == set(
        shipped.scheme.heads[0].slugs
    )


def _flips(shipped, results, texts, head):
    changed = shipped.predict_many(texts)
    pairs = [
        (getattr(left, head), getattr(right, head))
        for left, right in zip(results, changed, strict=True)
        if getattr(left, head) is not None and getattr(right, head) is not None
    ]
    return np.mean([left.label != right.label for left, right in pairs])


@pytest.mark.parametrize("head", ["sector", "urgency"])
@pytest.mark.parametrize(
    "change",
    [str.upper, lambda text: text.replace("a", "aaaa", 1), lambda text: text + "!!!!"],
    ids=["capitals", "elongation", "exclamation"],
)
def test_intensity_changes_no_answer(shipped, metamorphic, change, head):
    rows, results = metamorphic
    assert _flips(shipped, results, [change(row["text"]) for row in rows], head) <= 0.02


@pytest.mark.parametrize("head", ["sector", "urgency"])
def test_a_plea_for_virality_rarely_changes_an_answer(shipped, metamorphic, head):
    rows, results = metamorphic
    texts = [row["text"] + " VIRALKAN!!! 😭😭" for row in rows]
    assert _flips(shipped, results, texts, head) <= FLOORS[2]


def test_a_possible_emergency_is_no_quiet_dismissal(shipped):
    result = shipped.predict(
        "suami saya mukul lagi tadi malam pakai selang, saya sembunyi di rumah tetangga sama anak. "
        "dia masih nyariin bawa golok"
    )
    assert result.is_complaint or result.needs_review
