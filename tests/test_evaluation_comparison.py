import json
from types import SimpleNamespace

import numpy as np
import pytest

from pengaduan_nlp import InputError
from pengaduan_nlp.calibration import Calibration
from pengaduan_nlp.evaluation import Answers, compare_bundles
from pengaduan_nlp.examples import read_examples
from pengaduan_nlp.scheme import LabelScheme

from .conftest import ROOT

N = 600


def _gold(scheme, rng):
    return {head.name: rng.integers(0, len(head.labels), N) for head in scheme.heads}


def _answers(scheme, gold, rng, accuracy, name="a", heads=None):
    """Return answers that are right with the given chance, head by head where it is a dict."""
    shares = {}
    for head in scheme.heads:
        if heads is not None and head.name not in heads:
            continue
        n_labels = len(head.labels)
        chance = accuracy.get(head.name, 0.8) if isinstance(accuracy, dict) else accuracy
        right = rng.random(N) < chance
        found = np.where(right, gold[head.name], (gold[head.name] + 1) % n_labels)
        shares[head.name] = (
            0.05 * np.ones((N, n_labels)) / n_labels + 0.95 * np.eye(n_labels)[found]
        )
    return Answers(name, scheme, Calibration(), gold, shares, np.arange(N))


def _compare(first, second, **options):
    return first.compare(second, n_resamples=300, **options)


def test_a_planted_gain_is_found_and_b_may_replace_a(scheme):
    rng = np.random.default_rng(1)
    gold = _gold(scheme, rng)
    found = _compare(
        _answers(scheme, gold, rng, 0.6, "old"), _answers(scheme, gold, rng, 0.9, "new")
    )
    kind = found.heads["kind"]
    assert kind.scores["complaint_macro_f1"].low > 0
    assert kind.scores["accuracy"].p < 0.01
    assert kind.mcnemar < 0.001
    assert kind.only_second > kind.only_first
    assert found.verdict.answer == "yes"
    assert found.verdict.sentence.startswith("new may replace old")


def test_a_planted_loss_on_one_head_forbids_it(scheme):
    rng = np.random.default_rng(2)
    gold = _gold(scheme, rng)
    first = _answers(scheme, gold, rng, 0.7)
    second = _answers(scheme, gold, rng, {"kind": 0.95, "sector": 0.4, "urgency": 0.9})
    verdict = _compare(first, second).verdict
    assert verdict.answer == "no"
    assert "sector" in verdict.sentence


def test_a_fall_of_urgent_recall_forbids_it_whatever_else_is_better(scheme):
    rng = np.random.default_rng(3)
    gold = _gold(scheme, rng)
    first, second = (_answers(scheme, gold, rng, chance) for chance in (0.6, 0.95))
    urgent = np.flatnonzero(gold["urgency"] == scheme.head("urgency").index("darurat"))
    for answers, label in ((first, "darurat"), (second, "rendah")):
        answers.probabilities["urgency"][urgent] = 0.0
        answers.probabilities["urgency"][urgent, scheme.head("urgency").index(label)] = 1.0
    verdict = _compare(first, second).verdict
    assert verdict.answer == "no"
    assert "urgent" in verdict.sentence


def test_without_urgent_reports_nothing_is_promised(scheme):
    rng = np.random.default_rng(4)
    gold = _gold(scheme, rng)
    gold["urgency"][:] = 0
    found = _compare(_answers(scheme, gold, rng, 0.6), _answers(scheme, gold, rng, 0.95))
    assert found.verdict.answer == "undecided"


def test_a_loss_that_few_rows_cannot_exclude_is_undecided(scheme):
    rng = np.random.default_rng(5)
    gold = _gold(scheme, rng)
    gold["oversight"][25:] = -1
    accuracy = {head.name: 0.6 for head in scheme.heads}
    first = _answers(scheme, gold, rng, accuracy)
    second = _answers(scheme, gold, rng, {name: 0.9 for name in accuracy} | {"oversight": 0.6})
    verdict = _compare(first, second, margin=0.02).verdict
    assert verdict.answer == "undecided"
    assert "oversight (25 rows" in verdict.sentence


def test_the_same_model_twice_differs_in_nothing(scheme):
    rng = np.random.default_rng(6)
    answers = _answers(scheme, _gold(scheme, rng), rng, 0.8)
    found = _compare(answers, answers)
    for head in found.heads.values():
        assert all(d.value == d.low == d.high == 0 and d.p == 1 for d in head.scores.values())
        assert head.mcnemar == 1.0
    assert found.verdict.answer == "no"
    assert "shown better on no head" in found.verdict.sentence


def test_equally_good_models_differ_significantly_in_about_5_percent_of_seeds(scheme):
    significant, mcnemar = [], []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        gold = {"kind": rng.integers(0, 4, N)}
        first, second = (_answers(scheme, gold, rng, 0.8, heads=["kind"]) for _ in range(2))
        kind = first.compare(second, n_resamples=200).heads["kind"]
        significant.append(kind.scores["accuracy"].p < 0.05)
        mcnemar.append(kind.mcnemar < 0.05)
    assert 0 < np.mean(significant) < 0.11
    assert np.mean(mcnemar) < 0.09


def test_copies_count_once_for_mcnemar(scheme):
    rng = np.random.default_rng(7)
    gold = _gold(scheme, rng)
    first, second = (_answers(scheme, gold, rng, chance) for chance in (0.6, 0.9))
    copied = Answers("a", scheme, Calibration(), gold, first.probabilities, np.zeros(N, dtype=int))
    assert copied.compare(second, n_resamples=20).heads["kind"].mcnemar == 1.0


def test_heads_with_other_labels_are_left_out_and_named(triage, scheme):
    data = scheme.to_dict()
    data["heads"][3]["labels"][0]["slug"] = "lain"
    older = SimpleNamespace(
        bundle=triage.bundle,
        scheme=LabelScheme.from_dict(data),
        calibration=triage.calibration,
        probabilities=triage.probabilities,
    )
    examples = read_examples(ROOT / "data" / "comments.jsonl", scheme)[:60]
    found = _compare(Answers.of(triage, examples), Answers.of(older, examples))
    assert "urgency" not in found.heads
    assert "kind" in found.heads
    assert any("'urgency'" in note for note in found.notes)


def test_different_comments_are_refused(scheme):
    rng = np.random.default_rng(9)
    first = _answers(scheme, _gold(scheme, rng), rng, 0.7)
    second = _answers(scheme, _gold(scheme, rng), rng, 0.7)
    with pytest.raises(InputError, match="different comments"):
        first.compare(second)


def test_negative_margin_is_refused(scheme):
    rng = np.random.default_rng(9)
    answers = _answers(scheme, _gold(scheme, rng), rng, 0.7)
    with pytest.raises(InputError, match="margin must be 0 or more"):
        answers.compare(answers, margin=-0.1)


def test_bundles_are_compared_on_examples_with_slices(triage, scheme):
    examples = read_examples(ROOT / "data" / "comments.jsonl", scheme)[:80]
    found = compare_bundles(triage, triage, examples, columns=[{"lect": "id"}] * 80)
    assert json.loads(json.dumps(found.to_dict()))["verdict"]["answer"] == "no"
    assert "McNemar" in found.table()
    assert found.slices["length"]
