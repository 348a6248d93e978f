import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pengaduan_nlp import BundleCorrupt, Comment, InputError, Triage

from .conftest import TINY

LONG = "jalan di kampung kami rusak parah dan gelap sejak tahun lalu. " * 300


def _as_dicts(results):
    return [result.to_dict() for result in results]


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_an_answer_depends_on_its_comment_alone(triage, comments, batch_size):
    singles = []
    for text in comments:
        triage.forget()
        singles.append(triage.predict(text).to_dict())
    triage.forget()
    assert _as_dicts(triage.predict_many(comments, batch_size=batch_size)) == singles


def test_kept_answers_are_the_same_as_new_ones(triage, comments):
    triage.forget()
    first = _as_dicts(triage.predict_many(comments))
    assert _as_dicts(triage.predict_many(comments[::-1]))[::-1] == first


def test_a_copied_comment_is_read_once(triage, monkeypatch):
    triage.forget()
    rows = []
    run_all = triage._runtime.run_all
    monkeypatch.setattr(
        triage._runtime,
        "run_all",
        lambda batches: rows.extend(len(ids) for ids, _ in batches) or run_all(batches),
    )
    copies = ["jalan rusak di depan pasar", "JALAN RUSAK di depan pasar!!!"] * 50
    found = [result for _, result in triage.stream(copies, batch_size=1)]  # many chunks
    assert rows == [1]
    assert len({result.kind.probability for result in found}) == 1


def test_a_copied_comment_keeps_its_own_context(triage):
    text = "jalan rusak di depan pasar"
    comments = [Comment(text, id=name, channel=name) for name in ("a", "b")]
    found = triage.predict_many([*comments, Comment(text, id="c", region="33")])
    assert [result.details.comment.id for result in found] == ["a", "b", "c"]
    assert triage.predict(Comment(text, id="d")).to_record().sumber["platform"] is None
    assert triage.predict(comments[1]).to_record().sumber["platform"] == "b"


def test_answers_are_kept_only_where_rows_do_not_depend_on_the_batch(triage, monkeypatch):
    triage.forget()
    monkeypatch.setattr(triage._runtime, "rows_independent", False)
    triage.predict_many(["jalan rusak"])
    assert (len(triage._outputs), len(triage._results)) == (0, 0)


def test_what_is_kept_is_bounded(triage):
    triage.forget()
    for i in range(5):
        triage.predict_many([f"jalan rusak nomor {i} {j}" for j in range(1000)])
    assert len(triage._results) <= 2048
    triage.forget()
    assert (len(triage._outputs), len(triage._results)) == (0, 0)


def test_stream_equals_predict_many_and_keeps_order(triage, comments):
    many = comments * 5
    streamed = list(triage.stream(iter(many), batch_size=4))
    assert [comment for comment, _ in streamed] == many
    labels = [result.kind.label for _, result in streamed]
    assert labels == [result.kind.label for result in triage.predict_many(many, batch_size=4)]


def test_stream_reads_a_bounded_number_ahead(triage):
    read = []

    def source():
        for i in range(10_000):
            read.append(i)
            yield f"komentar nomor {i}"

    stream = triage.stream(source(), batch_size=2)
    next(stream)
    assert len(read) <= 2 * 16


def test_comments_carry_through_a_stream(triage):
    items = [Comment("jalan rusak", id="a"), "lampu mati"]
    assert [item for item, _ in triage.stream(items)] == items


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "tidak_terbaca"),
        ("   \n", "tidak_terbaca"),
        ("\u200b\u200d", "tidak_terbaca"),
        ("😭😭🙏", "sapaan_tagging"),
        ("@USER @USER", "sapaan_tagging"),
        ("これは道路です", "tidak_terbaca"),
        ("дорога плохая очень", "tidak_terbaca"),
        ("12345", "tidak_terbaca"),
    ],
)
def test_unreadable_text_is_an_answer(triage, text, reason):
    result = triage.predict(text)
    assert not result.is_complaint
    assert (result.kind.label, result.reason.label) == ("bukan_laporan", reason)
    assert result.sector is None
    assert result.agencies == ()


def test_text_of_any_length_is_read_whole(triage, monkeypatch):
    seen = []
    run = triage._runtime.run
    monkeypatch.setattr(
        triage._runtime, "run", lambda ids, mask: seen.append(mask.sum()) or run(ids, mask)
    )
    triage.predict(LONG)
    pieces = len(triage._tokenizer.encode([LONG.lower().strip()])[0])
    assert sum(seen) > pieces


def test_heads_apply_only_where_they_are_asked(triage, comments):
    for result in triage.predict_many(comments):
        report = result.kind.label != "bukan_laporan"
        assert (result.sector is not None) == report
        assert (result.urgency is not None) == report
        assert (result.reason is None) == report
        assert (result.oversight is not None) == result.is_complaint


def test_subtopic_is_under_the_sector(triage, comments):
    head = triage.scheme.head("subtopic")
    for result in triage.predict_many(comments):
        if result.subtopic and not result.sector.abstained:
            parents = {label.slug: label.parent for label in head.labels}
            probable = {result.sector.label, *(s for s, _ in result.sector.alternatives)}
            assert parents[result.subtopic.label] in probable


def test_probabilities_have_a_row_for_every_text(triage, comments):
    shares = triage.probabilities(comments)
    assert {name: array.shape for name, array in shares.items()}["sector"] == (len(comments), 22)
    assert np.allclose(shares["kind"].sum(1), 1.0)


@pytest.mark.parametrize("method", ["predict_many", "stream", "probabilities"])
@pytest.mark.parametrize("value", ["jalan rusak", b"jalan", Comment("jalan")])
def test_a_single_comment_is_refused_where_a_list_is_expected(triage, method, value):
    with pytest.raises(InputError, match=f"{method} takes a list of comments, got one"):
        getattr(triage, method)(value)


@pytest.mark.parametrize("value", [None, b"x", 3, 2.5, ["x"]])
def test_what_is_no_text_is_refused(triage, value):
    with pytest.raises(InputError, match="a comment must be text"):
        triage.predict(value)


def test_the_position_of_a_bad_entry_is_named(triage):
    with pytest.raises(InputError, match="entry 1: a comment must be text"):
        triage.predict_many(["jalan", None])


@pytest.mark.parametrize("size", [0, -1, 2.5, None])
def test_batch_size_must_be_positive(triage, size):
    with pytest.raises(InputError, match="batch_size must be a whole number"):
        triage.predict_many(["jalan"], batch_size=size)


def test_no_comments_give_no_results(triage):
    assert triage.predict_many([]) == []
    assert list(triage.stream([])) == []


def test_unknown_runtime_and_threads_are_refused():
    with pytest.raises(InputError, match="unknown runtime 'tpu'"):
        Triage.load(TINY, runtime="tpu")
    with pytest.raises(InputError, match="threads must be at least 1"):
        Triage.load(TINY, threads=0)


@pytest.mark.parametrize("name", ["model.int8.onnx", "vocabulary.model", "calibration.json"])
def test_garbage_in_a_bundle_file_is_named(tmp_path, name):
    copy = shutil.copytree(TINY, tmp_path / "tiny")
    (copy / name).write_bytes(b"garbage")
    with pytest.raises(BundleCorrupt, match=name.replace(".", r"\.")):
        Triage.load(copy, runtime="onnx")


def test_torch_runtime_agrees_with_onnx(triage, comments):
    pytest.importorskip("torch")
    other = Triage.load(TINY, runtime="torch")
    expected = other.probabilities(comments)
    for name, shares in triage.probabilities(comments).items():
        assert np.abs(shares - expected[name]).max() < 0.1, name  # seven-bit weights


def test_threads_share_one_triage(triage, comments):
    expected = [triage.predict(text).kind.label for text in comments]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: triage.predict(text).kind.label, comments * 20))
    assert found == expected * 20


def test_pickle_keeps_the_answers(triage, comments):
    again = pickle.loads(pickle.dumps(triage))
    assert _as_dicts(again.predict_many(comments)) == _as_dicts(triage.predict_many(comments))


def test_region_breaks_ties_and_nothing_else(triage):
    plain = triage.predict("jalan rusak")
    placed = triage.predict(Comment("jalan rusak", account="gubernur", region="33"))
    assert plain.kind == placed.kind
    assert plain.urgency == placed.urgency


@pytest.mark.parametrize("region", ["", "Negeri Antah Berantah", "99.99"])
def test_an_unknown_region_stops_nothing(triage, region):
    assert triage.predict(Comment("jalan rusak", region=region)).kind.label


def test_a_district_names_the_regency_of_its_agencies(triage):
    result = triage.predict("jalan berlubang parah di kecamatan Soreang pak tolong diperbaiki")
    if result.agencies and any(place.code for place in result.places):
        assert any("Kabupaten Bandung" in agency.name for agency in result.agencies)
