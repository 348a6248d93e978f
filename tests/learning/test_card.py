import json

import pytest

from pengaduan_nlp import bundle as layout
from pengaduan_nlp.learning.card import write_card

SCORE = {"value": 0.5, "low": 0.4, "high": 0.6}
RULES = {"value": 0.25, "low": 0.2, "high": 0.3}


@pytest.fixture
def folder(tmp_path):
    manifest = {
        "name": "x", "version": "1", "created": "2026-11-24", "licence": "Apache-2.0", "data": [],
        "recipe": {},
    }  # fmt: skip
    scores = {"accuracy": SCORE, "ece": SCORE}
    part = {"n": 30, "heads": {"kind": {"n": 30, "scores": {"false_alarms": SCORE}}}}
    rules = {"accuracy": RULES, "ece": RULES}
    metrics = {
        "date": "2026-11-24", "data": "d", "protocol": "p",
        "model": {
            "heads": {"kind": {"n": 90, "scores": scores}, "reason": {"n": 40, "scores": scores}},
            "slices": {
                "length": {"1-5 words": part},
                "reason": {"candaan": part, "pujian": {"n": 20, "heads": {}}},
            },
        },
        "keyword_rules": {"heads": {"kind": {"n": 90, "scores": rules}}},
        "tfidf_logistic_regression": {"heads": {}},
    }  # fmt: skip
    (tmp_path / layout.MANIFEST).write_text(json.dumps(manifest))
    (tmp_path / layout.METRICS).write_text(json.dumps(metrics))
    return tmp_path


def test_rules_stand_beside_the_other_baseline(folder):
    card = write_card(folder).read_text()
    assert "| this model | TF-IDF + logistic regression | keyword rules |" in card
    assert "| kind | accuracy | 90 | 0.500 [0.400, 0.600] | - | 0.250 [0.200, 0.300] |" in card


def test_rules_have_no_calibration(folder):
    card = write_card(folder).read_text()
    assert "| kind | expected calibration error | 90 | 0.500 [0.400, 0.600] | - | - |" in card


def test_slices_are_tables(folder):
    card = write_card(folder).read_text()
    assert "## By reason" in card
    assert "| candaan | 30 | 0.500 [0.400, 0.600] |" in card
    assert "pujian" not in card  # has no score of the first head


def test_pictures_are_linked_only_if_they_are_there(folder):
    assert ".png" not in write_card(folder).read_text()
    (folder / "reliability.png").touch()
    card = write_card(folder).read_text()
    assert "](reliability.png)" in card
    assert "risk_coverage" not in card
