import copy
import json

import pytest

from pengaduan_nlp import SchemeError
from pengaduan_nlp.scheme import LabelScheme

from .conftest import ROOT


def test_scheme_has_the_heads_of_the_contract(scheme):
    assert [(head.name, len(head.labels)) for head in scheme.heads] == [
        ("kind", 4),
        ("sector", 22),
        ("subtopic", 93),
        ("urgency", 4),
        ("oversight", 3),
        ("reason", 12),
    ]


def test_scheme_of_the_tests_is_that_of_the_data(scheme):
    assert scheme == LabelScheme.load(ROOT / "data" / "scheme.json")


def test_slices_cover_every_output_once(scheme):
    columns = [i for part in scheme.slices.values() for i in range(part.start, part.stop)]
    assert columns == list(range(scheme.n_outputs))


def test_urgency_ascends(scheme):
    assert scheme.head("urgency").slugs == ("rendah", "sedang", "tinggi", "darurat")


def test_children_put_every_subtopic_under_its_sector(scheme):
    children = scheme.children(scheme.head("subtopic"))
    assert sum(map(len, children.values())) == 93
    slugs = scheme.head("subtopic").slugs
    assert [slugs[i] for i in children["desa"]] == ["dana_desa", "perangkat_desa"]


def test_round_trip_keeps_everything(scheme):
    assert LabelScheme.from_dict(json.loads(json.dumps(scheme.to_dict()))) == scheme


def test_unknown_label_suggests_the_nearest(scheme):
    with pytest.raises(SchemeError, match=r"'sedan' for head 'urgency'; did you mean 'sedang'\?"):
        scheme.head("urgency").index("sedan")


def test_unknown_head_suggests_the_nearest(scheme):
    with pytest.raises(SchemeError, match=r"unknown head 'urgensy'; did you mean 'urgency'"):
        scheme.head("urgensy")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("version"), "'version' is missing"),
        (lambda d: d["heads"].clear(), "at least one"),
        (lambda d: d["heads"].append(d["heads"][0]), "different names"),
        (lambda d: d["heads"][0]["labels"].__delitem__(slice(1, None)), "two or more"),
        (lambda d: d["heads"][1]["applies_to"].append("gosip"), "unknown label 'gosip'"),
        (lambda d: d["heads"][2]["labels"][0].update(parent="x"), "unknown label 'x'"),
        (lambda d: d["heads"][2].update(parent="nothing"), "unknown head 'nothing'"),
    ],
)
def test_invalid_scheme_says_what_is_wrong(scheme, change, message):
    data = copy.deepcopy(scheme.to_dict())
    change(data)
    with pytest.raises(SchemeError, match=message):
        LabelScheme.from_dict(data)


def test_unreadable_scheme_names_the_file(tmp_path):
    (tmp_path / "scheme.json").write_text("{")
    with pytest.raises(SchemeError, match=r"scheme\.json: cannot be read"):
        LabelScheme.load(tmp_path / "scheme.json")
