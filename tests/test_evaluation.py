import json

import numpy as np
import pytest

from pengaduan_nlp import InputError, RecordError, metrics
from pengaduan_nlp.calibration import Calibration
from pengaduan_nlp.curves import risk_coverage
from pengaduan_nlp.evaluation import evaluate, evaluate_probabilities
from pengaduan_nlp.examples import Example, gold_positions, read_examples

RNG = np.random.default_rng(11)


def _perfect(scheme, gold):
    return {
        head.name: np.eye(len(head.labels))[np.maximum(gold[head.name], 0)] for head in scheme.heads
    }


@pytest.fixture
def gold(scheme):
    return {head.name: RNG.integers(0, len(head.labels), 200) for head in scheme.heads}


def _score(scheme, gold, shares, **options):
    return evaluate_probabilities(gold, shares, scheme, Calibration(), n_resamples=50, **options)


def test_perfect_answers_score_one(scheme, gold):
    report = _score(scheme, gold, _perfect(scheme, gold))
    for name in ("macro_f1", "accuracy", "complaint_macro_f1", "complaint_auprc"):
        assert report.heads["kind"].scores[name].value == pytest.approx(1.0)
    assert report.heads["urgency"].scores["quadratic_kappa"].value == pytest.approx(1.0)
    assert report.heads["kind"].scores["false_alarms_at_90_recall"].value == 0.0


def test_intervals_hold_the_value(scheme, gold):
    shares = {
        name: RNG.dirichlet(np.ones(p.shape[1]), 200) for name, p in _perfect(scheme, gold).items()
    }
    for head in _score(scheme, gold, shares).heads.values():
        for score in head.scores.values():
            assert score.low <= score.value + 0.05
            assert score.value - 0.05 <= score.high


def test_weighted_scores_equal_the_plain_ones(scheme, gold):
    shares = {
        name: RNG.dirichlet(np.ones(p.shape[1]), 200).round(2) + 1e-9
        for name, p in _perfect(scheme, gold).items()
    }
    report = _score(scheme, gold, shares)
    for head in scheme.heads:
        y, p, scores = gold[head.name], shares[head.name], report.heads[head.name].scores
        found = p.argmax(1)
        confidence, right = p.max(1), found == y
        expected = {
            "accuracy": metrics.accuracy(y, found),
            "ece": metrics.expected_calibration_error(confidence, right),
            "aurc": risk_coverage(confidence, right).area,
        }
        if head.ordinal:
            expected["quadratic_kappa"] = metrics.quadratic_kappa(y, found, p.shape[1])
        if head.name == "kind":
            expected["macro_f1"] = metrics.macro_f1(y, found, p.shape[1])
            expected["complaint_auprc"] = metrics.average_precision(y == 0, p[:, 0])
            expected["false_alarms_at_90_recall"] = metrics.false_positive_rate_at(
                y == 0, p[:, 0], 0.9
            )
        assert {name: scores[name].value for name in expected} == pytest.approx(expected)
        for label, found_label in report.heads[head.name].labels.items():
            if found_label.auprc is not None:
                one = y == head.index(label)
                area = metrics.average_precision(one, p[:, head.index(label)])
                assert found_label.auprc.value == pytest.approx(area)


def test_kappa_equals_scikit_learn(scheme, gold):
    sklearn = pytest.importorskip("sklearn.metrics")
    shares = {"sector": RNG.dirichlet(np.ones(len(scheme.head("sector").labels)), 200)}
    found = _score(scheme, gold, shares).heads["sector"].scores["kappa"].value
    expected = sklearn.cohen_kappa_score(gold["sector"], shares["sector"].argmax(1))
    assert found == pytest.approx(expected)


def test_unknown_labels_are_left_out(scheme, gold):
    gold["sector"][:150] = -1
    gold["reason"][:] = -1
    report = _score(scheme, gold, _perfect(scheme, gold))
    assert report.heads["sector"].n == 50
    assert "reason" not in report.heads


def test_rare_labels_do_not_enter_the_macro_mean(scheme, gold):
    gold["kind"] = np.array([0] * 100 + [3] * 97 + [1] * 3)
    shares = _perfect(scheme, gold)
    shares["kind"][-3:] = [1, 0, 0, 0]  # the rare label is always missed
    report = _score(scheme, gold, shares)
    assert report.heads["kind"].scores["macro_f1"].value > 0.98


def test_groups_widen_the_interval(scheme, gold):
    shares = _perfect(scheme, gold)
    wrong = np.arange(200) < 60
    shares["kind"][wrong] = np.roll(shares["kind"][wrong], 1, axis=1)
    rows = _score(scheme, gold, shares).heads["kind"].scores["accuracy"]
    groups = np.arange(200) // 20
    grouped = _score(scheme, gold, shares, groups=groups).heads["kind"].scores["accuracy"]
    assert grouped.high - grouped.low > rows.high - rows.low


def test_no_gold_label_is_an_error(scheme):
    empty = {head.name: np.full(3, -1) for head in scheme.heads}
    with pytest.raises(InputError, match="no head has a gold label"):
        _score(scheme, empty, _perfect(scheme, empty))


def test_report_is_plain_json_and_prints(scheme, gold):
    report = _score(scheme, gold, _perfect(scheme, gold))
    assert json.loads(json.dumps(report.to_dict()))["heads"]["kind"]["n"] == 200
    assert "complaint_macro_f1 1.000" in report.table()


def test_evaluate_reads_a_file(triage, tmp_path):
    file = tmp_path / "gold.jsonl"
    file.write_text(json.dumps({"text": "jalan rusak", "kind": "pengaduan"}) + "\n")
    assert evaluate(triage, file).heads["kind"].n == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"gold\.jsonl:1: not a JSON object"),
        ("[]", r"gold\.jsonl:1: field"),
        ('{"kind": "pengaduan"}', r"gold\.jsonl:1: field 'text' is missing"),
        ('{"text": null}', r"gold\.jsonl:1: a comment must be text"),
        ('{"text": "a", "urgency": "sedan"}', "did you mean 'sedang'"),
        ('{"text": "a", "urgency": ["sedang", "tingi"]}', "did you mean 'tinggi'"),
        ('{"text": "a", "urgency": {"sedang": 1}}', "unknown label"),
    ],
)
def test_bad_lines_are_named(scheme, tmp_path, line, message):
    file = tmp_path / "gold.jsonl"
    file.write_text(line + "\n")
    with pytest.raises(RecordError, match=message):
        read_examples(file, scheme)


def test_a_list_of_labels_says_that_one_of_them_holds(scheme, tmp_path):
    file = tmp_path / "gold.jsonl"
    file.write_text('{"text": "a", "urgency": ["sedang", "tinggi"], "kind": "pengaduan"}\n')
    (example,) = read_examples(file, scheme)
    assert example.labels == {"kind": ("pengaduan",), "urgency": ("sedang", "tinggi")}


def test_gold_positions_leave_partial_labels_out(scheme):
    examples = [
        Example("a", {"kind": ("pengaduan",)}, "s"),
        Example("b", {"kind": ("aspirasi", "bukan_laporan")}, "s"),
    ]
    assert gold_positions(examples, scheme)["kind"].tolist() == [0, -1]


def test_empty_file_is_an_error(triage, tmp_path):
    (tmp_path / "gold.jsonl").write_text("\n")
    with pytest.raises(InputError, match="no examples"):
        evaluate(triage, tmp_path / "gold.jsonl")
