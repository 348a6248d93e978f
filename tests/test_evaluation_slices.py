import numpy as np
import pytest

from pengaduan_nlp.calibration import Calibration
from pengaduan_nlp.evaluation import evaluate_probabilities, slices_of
from pengaduan_nlp.examples import Example, gold_positions


def _examples(n=60):
    found = []
    for i in range(n):
        kind = "pengaduan" if i % 2 else "bukan_laporan"
        labels = {"kind": (kind,)} | ({} if i % 2 else {"reason": ("candaan",)})
        found.append(Example(f"kata {'lagi ' * (i % 3) * 4}{i}", labels, "ab"[i % 2]))
    return found


def test_slices_by_source_length_and_reason(scheme):
    slices = slices_of(_examples(), scheme)
    assert {name: list(values) for name, values in slices.items()} == {
        "source": ["a", "b"],
        "length": ["1-5 words", "6-15 words"],
        "reason": ["candaan"],
    }
    assert slices["source"]["b"].tolist() == list(range(1, 60, 2))


@pytest.mark.parametrize(
    "cell", [["sarkas", "caps"], "['sarkas', 'caps']", "sarkas; caps", "sarkas|caps"]
)
def test_tags_are_read_as_lists_and_as_text(scheme, cell):
    columns = [{"tags": cell if i < 25 else []} for i in range(60)]
    tags = slices_of(_examples(), scheme, columns)["tag"]
    assert {name: len(rows) for name, rows in tags.items()} == {"sarkas": 25, "caps": 25}


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("ya", "tidak"), (True, False)])
def test_sarcasm_is_a_yes_no_column(scheme, yes, no):
    columns = [{"sarkas": yes if i < 30 else no} for i in range(60)]
    sarcasm = slices_of(_examples(), scheme, columns)["sarcasm"]
    assert sarcasm["yes"].tolist() == list(range(30))


def test_small_values_and_single_values_make_no_slice(scheme):
    columns = [{"lect": "id", "province": "x" if i < 5 else ""} for i in range(60)]
    assert not {"lect", "province"} & set(slices_of(_examples(), scheme, columns))


def test_a_planted_weakness_shows_in_its_slice_only(scheme):
    examples = _examples()
    gold = gold_positions(examples, scheme)
    shares = {"kind": np.eye(len(scheme.head("kind").labels))[gold["kind"]]}
    columns = [{"lect": "jv" if i < 30 else "id"} for i in range(60)]
    shares["kind"][:30] = [1, 0, 0, 0]  # every comment of the lect is taken for a complaint
    slices = slices_of(examples, scheme, columns)
    report = evaluate_probabilities(
        gold, shares, scheme, Calibration(), n_resamples=50, slices=slices
    )
    found = {value: part.heads["kind"][1] for value, part in report.slices["lect"].items()}
    assert found["jv"]["false_alarms"].value == 1.0
    assert found["id"]["false_alarms"].value == 0.0
    assert "by lect" in report.table()
    assert report.to_dict()["slices"]["lect"]["jv"]["n"] == 30
