"""The JSON Schema says what a record is, and records can be read back."""

from dataclasses import fields

import jsonschema
import pytest

from pengaduan_nlp import Comment, InputError
from pengaduan_nlp.record_schema import record_schema
from pengaduan_nlp.records import TriageRecord

NAMES = [item.name for item in fields(TriageRecord)]
SOURCE = {
    "platform": "tiktok",
    "url_komentar": "https://x.test/1",
    "url_video": "https://x.test/",
    "pemilik_akun": "bupati",
    "waktu_komentar": "2026-11-24",
}
TEXTS = [
    "",
    "👍",
    "nama saya Siti Aminah, hp 0812-3456-7890, jl Melati kec Coblong rusak",
    "rumah saya jl Mawar no 5 RT 03 RW 02, banjir di Kota Semarang pak",
    Comment("RSUD Soreang nolak pasien", channel="x", posted_at="2026-11-24T08:00:00+07:00"),
]


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(record_schema())
    return jsonschema.Draft202012Validator(
        record_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


@pytest.fixture(scope="module")
def record(triage):
    return triage.predict(TEXTS[2]).to_record(source=SOURCE)


def test_properties_are_the_fields_in_order():
    assert list(record_schema()["properties"]) == record_schema()["required"] == NAMES


def test_every_call_returns_a_fresh_copy():
    record_schema()["properties"].clear()
    assert record_schema()["properties"]


@pytest.mark.parametrize("source", [None, "instagram", SOURCE, {"platform": "x"}])
def test_records_are_valid(triage, comments, validator, source):
    for result in triage.predict_many([*comments, *TEXTS]):
        validator.validate(result.to_record(source=source).to_dict())


@pytest.mark.parametrize("name", NAMES)
def test_a_record_without_a_field_is_invalid(record, validator, name):
    data = record.to_dict()
    del data[name]
    assert not validator.is_valid(data)


@pytest.mark.parametrize("name", NAMES)
def test_a_field_of_another_type_is_invalid(record, validator, name):
    assert not validator.is_valid({**record.to_dict(), name: 3.5})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status_formal", "pengaduan_resmi"),
        ("status_tinjauan", "diserahkan"),
        ("kerahasiaan", "publik"),
        ("kelayakan", "layak"),
        ("id_rekaman", "1"),
        ("waktu_proses", "kemarin"),
        ("versi_rekaman", "2"),
        ("judul", "x" * 101),
        ("pii_ditemukan", ["ktp"]),
        ("kurang", ["foto"]),
        ("pertanyaan", ["satu?", "dua?", "tiga?"]),
        ("klasifikasi", None),
        ("tanggal_kejadian", {"nilai": None}),
        ("tautan", "https://x.test"),
    ],
)
def test_a_value_that_is_not_allowed_is_invalid(record, validator, name, value):
    assert not validator.is_valid({**record.to_dict(), name: value})


@pytest.mark.parametrize(
    ("field", "key", "value"),
    [
        ("klasifikasi", "probability", 1.2),
        ("klasifikasi", "alternatives", [["aspirasi"]]),
        ("sumber", "tautan", "https://x.test"),
        ("lokasi", "level", "planet"),
        ("lokasi", "code", "3273"),
        ("instansi_saran", "level", "dunia"),
    ],
)
def test_a_part_that_is_not_allowed_is_invalid(record, validator, field, key, value):
    data = record.to_dict()
    part = data[field][0] if isinstance(data[field], list) else data[field]
    part[key] = value
    assert not validator.is_valid(data)


def test_records_survive_the_round_trip(triage, comments):
    for result in triage.predict_many([*comments, *TEXTS]):
        record = result.to_record(source=SOURCE)
        assert TriageRecord.from_dict(record.to_dict()) == record


def test_a_record_shares_nothing_with_what_it_was_read_from(record):
    data = record.to_dict()
    read = TriageRecord.from_dict(data)
    data["sumber"]["platform"] = "lain"
    assert read.sumber["platform"] == "tiktok"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"judull": "x"}, "unknown field 'judull' of a record; did you mean 'judul'"),
        ({"qqq": "x"}, "unknown field 'qqq' of a record; known: id_rekaman, "),
        ({"judul": None}, "a record lacks 'judul'; pass what to_dict"),
        ({"judul": None, "title_judul": "x"}, "unknown field 'title_judul'.* mean 'judul'"),
    ],
)
def test_wrong_names_are_refused(record, change, message):
    data = record.to_dict() | change
    with pytest.raises(InputError, match=message):
        TriageRecord.from_dict({k: v for k, v in data.items() if v is not None or k != "judul"})


def test_what_is_no_mapping_is_refused():
    with pytest.raises(InputError, match="must be a mapping of fields, got list"):
        TriageRecord.from_dict(NAMES)
