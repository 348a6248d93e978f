"""Complaints about one matter are one case; other places and other matters stay apart."""

import json
import random
from itertools import combinations

import pytest

from pengaduan_nlp import Comment, Decision, InputError, Place, TriageResult
from pengaduan_nlp.case import MAX_IDS, MAX_REPORTERS, Reporters
from pengaduan_nlp.cluster import MAX_KEYS, CaseStream, cluster
from pengaduan_nlp.privacy import find_pii, mask
from pengaduan_nlp.records import Details
from pengaduan_nlp.text import normalize

from .conftest import ROOT

ROWS = [
    json.loads(line)
    for line in (ROOT / "tests/data/cases.jsonl").read_text(encoding="utf-8").splitlines()
]
COMPLAINTS = [row for row in ROWS if row["case"] is not None]


def _decision(label, second=None):
    if label is None:
        return None
    return Decision(label, 0.6, ((second, 0.3),) if second else ())


def _places(text, rows):
    found = []
    for row in rows:
        start = text.index(row["text"])
        end = start + len(row["text"])
        found.append(Place(row["text"], start, end, row["code"], row["text"], row["level"], None))
    return tuple(sorted(found, key=lambda place: place.start))


def _details(comment, pii):
    return Details(
        masked_text=mask(comment.text, pii),
        normal_text=normalize(comment.text),
        title="",
        lapor_category=None,
        second_sector=None,
        feasibility=None,
        emergency_numbers=(),
        model_version="uji 1",
        scheme_version="1",
        comment=comment,
    )


def _pair(row):
    """Return a comment and the result that a perfect model would give."""
    comment = Comment(row["text"], id=row.get("id"), posted_at=row.get("posted_at"))
    pii = find_pii(comment.text)
    return comment, TriageResult(
        is_complaint=row.get("kind", "pengaduan") == "pengaduan",
        kind=Decision(row.get("kind", "pengaduan"), 0.9),
        sector=_decision(row.get("sector", "jalan_jembatan")),
        subtopic=_decision(row.get("subtopic", "jalan_rusak"), row.get("second")),
        urgency=_decision(row.get("urgency", "sedang")),
        oversight=None,
        reason=None,
        agencies=(),
        level_known=True,
        question=None,
        places=_places(row["text"], row.get("places", ())),
        missing=tuple(row.get("missing", ())),
        questions=(),
        confidentiality="anonim",
        pii=pii,
        needs_review=False,
        details=_details(comment, pii),
    )


def _groups(rows, **options):
    stream = CaseStream(**options)
    return [stream.add(*_pair(row), author=row["author"]).id for row in rows]


def _scores(rows, groups):
    """Return precision and recall of the pairs that are put together."""
    pairs = [
        (left[0]["case"] == right[0]["case"], left[1] == right[1])
        for left, right in combinations(zip(rows, groups, strict=True), 2)
    ]
    right = sum(gold and found for gold, found in pairs)
    return right / sum(found for _, found in pairs), right / sum(gold for gold, _ in pairs)


def _partition(rows, groups):
    members = {}
    for row, group in zip(rows, groups, strict=True):
        members.setdefault(group, set()).add(row["id"])
    return {frozenset(ids) for ids in members.values()}


def _shuffled(rows, seed):
    return random.Random(seed).sample(rows, len(rows))


def _row(text, *places, **facts):
    named = [dict(zip(("text", "level", "code"), place, strict=True)) for place in places]
    return {"text": text, "author": None, "places": named, **facts}


BANDUNG = ("Bandung", "kota", "32.73")
SOLO = ("Solo", "kota", "33.72")
MELATI = ("jl Melati", "jalan", None)
COPIED = "pak tolong jembatan menuju kebun kami sudah tiga tahun putus dan tidak ada perhatian"


def _street(name, problem):
    return _row(f"{name} {problem}", (name, "jalan", None))


def _school(name):
    return _row(f"{name} roboh", (name, "sekolah", None))


def test_the_labelled_stream_is_large_enough():
    sizes = [sum(row["case"] == case for row in ROWS) for case in {r["case"] for r in COMPLAINTS}]
    assert len(ROWS) >= 60
    assert sum(size > 1 for size in sizes) >= 12


@pytest.mark.parametrize("seed", [None, *range(10)])
def test_pairs_are_found_in_any_order(seed):
    rows = COMPLAINTS if seed is None else _shuffled(COMPLAINTS, seed)
    precision, recall = _scores(rows, _groups(rows))
    assert precision >= 0.95
    assert recall >= 0.8


@pytest.mark.parametrize("seed", range(10))
def test_cases_of_the_labelled_stream_do_not_depend_on_order(seed):
    """Holds here; not in general, where a comment can be near to two cases."""
    rows = _shuffled(COMPLAINTS, seed)
    assert _partition(rows, _groups(rows)) == _partition(COMPLAINTS, _groups(COMPLAINTS))


@pytest.mark.parametrize("seed", range(5))
def test_what_a_case_says_does_not_depend_on_order(seed):
    rows = [row for row in COMPLAINTS if row["case"] == "sd_mekar"]
    [case] = cluster(map(_pair, rows), salt="uji")
    [other] = cluster(map(_pair, _shuffled(rows, seed)), salt="uji")
    for name in ("n_comments", "n_reporters", "first_seen", "last_seen", "urgency", "example"):
        assert getattr(case, name) == getattr(other, name)
    assert case.urgency_counts == other.urgency_counts == (("sedang", 3), ("tinggi", 2))
    assert case.place.code == other.place.code == "32.01"


def test_two_runs_are_equal():
    assert cluster(map(_pair, ROWS), salt="uji") == cluster(map(_pair, ROWS), salt="uji")


def test_every_complaint_is_counted_once_and_nothing_else():
    cases = cluster(map(_pair, ROWS))
    assert sum(case.n_comments for case in cases) == len(COMPLAINTS)
    sizes = [case.n_comments for case in cases]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("row", [row for row in ROWS if row["case"] is None])
def test_what_is_no_complaint_has_no_case(row):
    assert CaseStream().add(*_pair(row)) is None


@pytest.mark.parametrize(
    ("left", "right", "together"),
    [
        (_row(COPIED), _row(COPIED.upper() + "!!!"), True),
        (_row(COPIED), _row(COPIED, subtopic="pju_mati"), False),
        (_row(COPIED), _row(COPIED, subtopic="pju_mati", second="jalan_rusak"), True),
        (_row(COPIED), _row("jalan rusak pak"), False),
        (_row(COPIED), _row(f"{COPIED} Bandung", BANDUNG), True),
        (_row(f"{COPIED} Bandung", BANDUNG), _row(f"{COPIED} Solo", SOLO), False),
        (_street("jl Melati", "bolong"), _street("jl Melati", "kapan diaspal"), True),
        (_street("jl Melati", "bolong"), _street("jl Mawar", "bolong"), False),
        (_street("gang 3", "bolong dalam"), _street("gang 3", "aspal rusak"), False),
        (_street("jl A Yani", "gelap"), _street("jln Ahmad Yani", "rusak"), True),
        (_school("SDN 3 Sukma"), _school("SDN 5 Sukma"), False),
        (_school("SDN 3 Sukma"), _school("sd negeri 03 Sukma"), True),
    ],
)
def test_two_comments_meet_where_they_should(left, right, together):
    for rows in ([left, right], [right, left]):
        first, second = _groups(rows)
        assert (first == second) is together


def test_regions_never_mix_through_a_comment_that_names_both():
    names = ("Kudus", "kabupaten", "33.19"), ("Pati", "kabupaten", "33.18")
    rows = [_row(f"{COPIED} {' '.join(n[0] for n in part)}", *part)
            for part in (names, names[:1], names[1:])]  # fmt: skip
    both, kudus, pati = _groups(rows)
    assert both == kudus != pati


def test_a_comment_without_a_place_joins_none_of_several_places():
    rows = [_row(f"{COPIED} {name}", (name, "kabupaten", code))
            for name, code in (("Kudus", "33.19"), ("Pati", "33.18"))]  # fmt: skip
    kudus, pati, *unplaced = _groups([*rows, _row(COPIED), _row(f"{COPIED} ya")])
    assert len({kudus, pati, *unplaced}) == 3


def test_the_number_of_comments_never_raises_the_urgency():
    rows = [_row(COPIED, urgency="rendah", id=f"k{i}") for i in range(300)]
    [case] = cluster(map(_pair, rows))
    assert (case.n_comments, case.urgency) == (300, "rendah")
    assert case.urgency_counts == (("rendah", 300),)


def test_the_id_comes_from_the_first_comment_and_not_from_the_salt():
    row = _row("jl Melati Bandung bolong", MELATI, BANDUNG)
    first, again = CaseStream(salt="a"), CaseStream(salt="b")
    assert first.add(*_pair(row)).id == again.add(*_pair(row)).id


def test_reporters_are_distinct_authors_or_else_comment_ids():
    stream = CaseStream()
    for author, id in (("ani", "1"), ("ani", "2"), ("budi", "3"), (None, "4"), (None, None)):
        case = stream.add(*_pair(_row(COPIED, id=id)), author=author)
    assert (case.n_comments, case.n_reporters) == (5, 3)


@pytest.mark.parametrize("n", [0, 10, MAX_REPORTERS])
def test_few_reporters_are_counted_exactly(n):
    stream, reporters = CaseStream(salt="uji"), Reporters()
    for i in range(2 * n):
        reporters.add(stream.pseudonym(f"warga{i % n}"))
    assert len(reporters) == n


def test_many_reporters_are_estimated():
    stream, reporters = CaseStream(salt="uji"), Reporters()
    for i in range(5_000):
        reporters.add(stream.pseudonym(f"warga{i}"))
    assert len(reporters) == pytest.approx(5_000, rel=0.1)


def test_no_raw_id_and_no_personal_data_is_shown():
    secret = "nama saya Siti Aminah hp 0812-3456-7890"
    rows = [_row(f"{COPIED}, {secret}", id=f"tt-99{i}") for i in range(30)]
    stream = CaseStream(salt="garam")
    for row in rows:
        case = stream.add(*_pair(row), author=f"@akun{row['id']}")
    shown = json.dumps(case.to_dict())
    assert not any(word in shown for word in ("tt-99", "akun", "Siti", "0812", "garam"))
    assert case.comment_ids == tuple(stream.pseudonym(f"tt-99{i}") for i in range(MAX_IDS))
    assert "tt-99" not in str(vars(stream)) + str([vars(case) for case in stream._open.values()])


@pytest.mark.parametrize(
    "place", [("jl Mawar no 5", "jalan", None), ("Mawar no 5", "desa", "32.73")]
)
def test_a_home_address_is_not_shown_as_the_place(place):
    text = f"{COPIED}, alamat saya jl Mawar no 5 RT 03 RW 02"
    [case] = cluster([_pair(_row(text, place))])
    assert case.place is None
    assert "Mawar" not in json.dumps(case.to_dict())


def test_pseudonyms_of_two_streams_cannot_be_linked():
    assert CaseStream().pseudonym("k1") != CaseStream().pseudonym("k1")
    assert CaseStream(salt="a").pseudonym("k1") == CaseStream(salt="a").pseudonym("k1")


def test_to_dict_is_plain_json():
    for case in cluster(map(_pair, ROWS)):
        assert json.loads(json.dumps(case.to_dict())) == case.to_dict()


def test_text_comments_are_accepted(triage, comments):
    for text, result in triage.stream(comments):
        case = CaseStream().add(text, result)
        assert (case is not None) == result.is_complaint


def _synthetic(n):
    """Yield ``n`` comments of many matters, and now and then one about a viral one."""
    generator = random.Random(7)
    syllables = [a + b for a in "bdgjklmnprst" for b in "aiueo"]
    for i in range(n):
        words = ["".join(generator.choices(syllables, k=3)) for _ in range(8)]
        text = f"jl Melati bolong {words[0]}" if i % 10 == 0 else " ".join(words)
        yield _row(text, *([MELATI] if i % 10 == 0 else []), id=f"k{i}")


def test_memory_is_bounded():
    stream = CaseStream(max_cases=100)
    for row in _synthetic(5_000):
        stream.add(*_pair(row))
        assert len(stream._open) <= 100
        assert len(stream._index) <= 100 * MAX_KEYS
        assert len(stream._closed) <= 200
    cases = stream.cases()
    assert cases[0].n_comments == 500
    assert stream.n_dropped > 0
    assert sum(case.n_comments for case in cases) + stream.n_dropped == 5_000


def test_closed_cases_are_handed_over_and_leave_nothing_behind():
    closed = []
    stream = CaseStream(max_cases=1, on_close=closed.append)
    rows = [_row(COPIED), _school("SDN 3 Sukma")]
    last = [stream.add(*_pair(row)).id for row in rows][-1]
    assert [case.example for case in closed] == [COPIED]
    assert [case.id for case in stream.cases()] == [last]
    assert {id for ids in stream._index.values() for id in ids} == {last}


def test_a_kept_case_goes_on_when_its_first_comment_comes_again():
    stream = CaseStream(max_cases=1)
    rows = [_row(COPIED), _school("SDN 3 Sukma")]
    for row in (*rows, rows[0], rows[0]):
        case = stream.add(*_pair(row))
    assert case.n_comments == 3
    assert len(stream.cases()) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"similarity": 0}, "similarity must be above 0 and at most 1, got 0"),
        ({"similarity": 1.5}, "got 1.5"),
        ({"max_cases": 0}, "max_cases must be at least 1, got 0"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        CaseStream(**options)


def test_what_is_no_text_is_refused():
    with pytest.raises(InputError, match="a comment must be text"):
        CaseStream().add(None, _pair(_row(COPIED))[1])
