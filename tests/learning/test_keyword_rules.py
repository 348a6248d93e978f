import numpy as np
import pytest

from pengaduan_nlp import InputError
from pengaduan_nlp.examples import gold_positions, read_examples
from pengaduan_nlp.learning.keyword_rules import HEADS, KeywordRules

from ..conftest import ROOT

TAXONOMY = {
    "sektor": [
        {
            "slug": "jalan_jembatan",
            "subtopik": [
                {
                    "slug": "jalan_rusak",
                    "petunjuk": ["jalan rusak", "berlubang"],
                    "lantai": "sedang",
                }
            ],
        },
        {
            "slug": "banjir_bencana",
            "subtopik": [
                {
                    "slug": "banjir_drainase",
                    "petunjuk": ["banjir", "got mampet"],
                    "lantai": "tinggi",
                }
            ],
        },
    ]
}


@pytest.fixture(scope="module")
def rules():
    return KeywordRules.from_taxonomy(TAXONOMY)


def _labels(rules, text, scheme):
    shares = rules.probabilities([text], scheme)
    return tuple(scheme.head(name).slugs[int(shares[name][0].argmax())] for name in HEADS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jalan rusak parah pak", ("pengaduan", "jalan_jembatan", "sedang")),
        ("BANJIR lagi, jalan rusak, got mampet", ("pengaduan", "banjir_bencana", "tinggi")),
        ("banjir kapan surut min?", ("permintaan_informasi", "banjir_bencana", "tinggi")),
        ("semoga banjir tidak ada lagi", ("aspirasi", "banjir_bencana", "tinggi")),
        ("banjir, nenek saya terjebak", ("pengaduan", "banjir_bencana", "darurat")),
        ("mantap pak gubernur", ("bukan_laporan", "lainnya", "rendah")),
        ("kebanjiran orderan", ("bukan_laporan", "lainnya", "rendah")),
    ],
)
def test_rules_answer_by_words(rules, scheme, text, expected):
    found = _labels(rules, text, scheme)
    assert found[0] == expected[0]
    if expected[1] in scheme.head("sector").slugs:
        assert found[1] == expected[1]
    assert found[2] == expected[2]


def test_shares_sum_to_one_and_grow_with_the_words_found(rules, scheme):
    shares = rules.probabilities(["banjir", "banjir, got mampet"], scheme)
    for found in shares.values():
        assert found.sum(1) == pytest.approx(np.ones(2))
    assert shares["kind"][1, 0] > shares["kind"][0, 0]


def test_a_taxonomy_of_another_shape_is_refused():
    with pytest.raises(InputError, match="expected 'sektor'"):
        KeywordRules.from_taxonomy({"sektor": [{"slug": "x"}]})


def test_the_projects_taxonomy_beats_chance(scheme):
    pytest.importorskip("yaml")
    from training.labelled import read_keyword_rules

    examples = read_examples(ROOT / "data" / "comments.jsonl", scheme)[::20]
    gold = gold_positions(examples, scheme)
    shares = read_keyword_rules().probabilities([e.text for e in examples], scheme)
    known = gold["sector"] >= 0
    right = shares["sector"][known].argmax(1) == gold["sector"][known]
    commonest = np.bincount(gold["sector"][known]).max() / known.sum()
    assert right.mean() > 3 * commonest
