import json

import pytest

from pengaduan_nlp import Comment, InputError
from pengaduan_nlp.records import TriageRecord

LEAKY = "nama saya Siti Aminah, hp 0812-3456-7890, jalan depan SDN 3 Mekar rusak pak"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "got NoneType None; drop empty rows"),
        (b"jalan", "got bytes b'jalan'; decode it first"),
        (7, r"got int 7; convert it with str"),
        (["jalan"], "got list"),
    ],
)
def test_comment_refuses_what_is_no_text(value, message):
    with pytest.raises(InputError, match=message):
        Comment(value)


def test_to_dict_has_the_attribute_names_of_the_contract(triage):
    found = triage.predict("jalan rusak").to_dict()
    assert list(found) == [
        "is_complaint", "kind", "sector", "subtopic", "urgency", "oversight", "reason", "agencies",
        "level_known", "question", "places", "missing", "questions", "confidentiality", "pii",
        "needs_review",
    ]  # fmt: skip
    assert list(found["kind"]) == ["label", "probability", "alternatives", "abstained"]


def test_to_dict_is_plain_json(triage, comments):
    for result in triage.predict_many(comments):
        assert json.loads(json.dumps(result.to_dict())) == result.to_dict()


def test_record_holds_nothing_unmasked(triage):
    record = triage.predict(LEAKY).to_record(source="tiktok")
    text = json.dumps(record.to_dict(), ensure_ascii=False).lower()
    for secret in ("siti", "aminah", "0812", "7890"):
        assert secret not in text


def test_record_is_informal_and_waits_for_a_person(triage):
    record = triage.predict("jalan rusak").to_record()
    assert record.status_formal == "informasi_awal"
    assert record.status_tinjauan == "menunggu_tinjauan"
    assert record.tanggal_kejadian == {"nilai": None, "asal": None}


@pytest.mark.parametrize(
    ("source", "key", "value"),
    [
        (None, "platform", "instagram"),
        ("tiktok", "platform", "tiktok"),
        ({"url_komentar": "https://x.test/1"}, "url_komentar", "https://x.test/1"),
        (None, "pemilik_akun", "bupati"),
        (None, "waktu_komentar", "2026-11-24"),
    ],
)
def test_record_keeps_the_source(triage, source, key, value):
    comment = Comment("jalan rusak", channel="instagram", account="bupati", posted_at="2026-11-24")
    assert triage.predict(comment).to_record(source=source).sumber[key] == value


def test_record_refuses_an_unknown_source_key(triage):
    with pytest.raises(InputError, match="unknown source key 'link'; known: platform"):
        triage.predict("jalan rusak").to_record(source={"link": "x"})


def test_lapor_projection_has_the_fields_of_the_form(triage):
    record = triage.predict("jalan rusak").to_record()
    assert isinstance(record, TriageRecord)
    assert set(record.to_lapor()) == {
        "judul", "isi", "tanggal_kejadian", "lokasi", "instansi_tujuan", "kategori", "klasifikasi",
        "anonim", "rahasia", "lampiran",
    }  # fmt: skip


def test_titles_are_short(triage, comments):
    for result in triage.predict_many(comments):
        assert len(result.to_record().judul) <= 100
