"""The routing knowledge: built from the sources, consistent, and free of dissolved bodies."""

import copy
import json
from pathlib import Path

import pytest

from pengaduan_nlp.errors import SchemeError
from pengaduan_nlp.routing.cues import CueIndex, WordReader, stem
from pengaduan_nlp.routing.knowledge import Knowledge, parse

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "pengaduan_nlp" / "routing"


@pytest.fixture(scope="module")
def raw():
    return json.loads((FOLDER / "knowledge.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def reader():
    return WordReader(Knowledge.load().words)


@pytest.fixture(scope="module")
def build():
    pytest.importorskip("yaml")
    from training import build_knowledge

    return build_knowledge


@pytest.fixture(scope="module")
def loaded(build):
    yaml = pytest.importorskip("yaml")
    paths = (build.AGENCIES, build.TAXONOMY)
    return [yaml.safe_load(path.read_text("utf-8")) for path in paths]


@pytest.fixture
def sources(loaded):
    return copy.deepcopy(loaded)


def test_knowledge_file_is_what_the_sources_give(build):
    assert build.main(["--check"]) == 0


def test_check_reports_a_stale_file(build, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(build, "OUTPUT", tmp_path / "knowledge.json")
    assert build.main(["--check"]) == 1
    assert "is stale; run" in capsys.readouterr().err


def test_knowledge_follows_its_schema(raw):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((FOLDER / "knowledge.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(raw)


def test_schema_names_every_top_level_key(raw):
    schema = json.loads((FOLDER / "knowledge.schema.json").read_text("utf-8"))
    assert set(schema["required"]) == set(raw)


def test_knowledge_covers_all_subtopics_with_lapor_and_confidentiality():
    rules = Knowledge.load().rules
    assert len(rules) == 93
    assert all(rule.lapor for rule in rules.values())
    assert {rule.confidentiality for rule in rules.values()} == {"anonim", "rahasia"}


def test_every_question_asks_once():
    knowledge = Knowledge.load()
    for rule in knowledge.rules.values():
        assert rule.ask.count("?") == 1, rule.subtopic
        assert rule.level_question.count("?") == 1, rule.subtopic


BREAKS = {
    "unknown agency": (
        lambda a, t: a["aturan"][0]["kasus"][0]["ke"].append("dpupr_kabkot"),
        r"aturan jalan_rusak.kasus tol: unknown instansi 'dpupr_kabkot'; did you mean 'dpupr_kab",
    ),
    "missing sub-topic": (
        lambda a, t: a["aturan"].pop(0),
        r"aturan: sub-topik 'jalan_rusak' has no rule",
    ),
    "unknown level": (
        lambda a, t: a["instansi"][0].update(tingkat="negara"),
        r"instansi sp4n_lapor_nasional: unknown tingkat 'negara'",
    ),
    "duplicate cue": (
        lambda a, t: a["aturan"][0]["kasus"][0]["bila"].append("tol"),
        r"aturan jalan_rusak.kasus: isyarat: 'tol' occurs more than once",
    ),
    "dissolved body": (
        lambda a, t: a["instansi"][0].update(nama="Satgas Saber Pungli"),
        r"names dissolved 'Saber Pungli'",
    ),
    "prior out of range": (
        lambda a, t: a["aturan"][0]["bawaan"].append(["pdam", 1.2]),
        r"aturan jalan_rusak.bawaan.pdam: prior 1.2; must be in \(0, 1\]",
    ),
    "unknown placeholder": (
        lambda a, t: a["instansi"][0].update(pola="Admin {negara}"),
        r"instansi sp4n_lapor_nasional: unknown placeholder \{negara\}",
    ),
    "no source": (
        lambda a, t: a["instansi"][0].update(dasar="katanya"),
        r"dasar 'katanya' is no source mark",
    ),
    "hidden number": (
        lambda a, t: a["override_darurat"][0]["nomor"].append("117"),
        r"override_darurat kebakaran_penyelamatan: number '117' is not shown",
    ),
    "112 alone": (
        lambda a, t: a["override_darurat"][0].update(nomor=["112"]),
        r"112 stands alone",
    ),
    "unread regulation dropped": (
        lambda a, t: a["sla"].pop(),
        r"sla: permenpanrb_5_2025 is missing",
    ),
    "duplicate agency": (
        lambda a, t: a["instansi"].append(a["instansi"][0]),
        r"instansi: 'sp4n_lapor_nasional' occurs more than once",
    ),
}


@pytest.mark.parametrize(("change", "message"), BREAKS.values(), ids=BREAKS)
def test_build_refuses_inconsistent_sources(build, sources, change, message):
    agencies, taxonomy = sources
    change(agencies, taxonomy)
    with pytest.raises(build.KnowledgeError, match=message):
        build.build(agencies, taxonomy)


@pytest.mark.parametrize("path", [FOLDER / "knowledge.json"])
def test_no_dissolved_name_in_the_knowledge(path):
    pytest.importorskip("yaml")
    from training.check_knowledge import DISSOLVED

    assert DISSOLVED.findall(path.read_text("utf-8")) == []


def test_unread_regulation_has_no_numbers():
    profile = Knowledge.load().sla("permenpanrb_5_2025")
    assert profile.status == "belum_dibaca"
    assert set(profile.limits.values()) == {None}


def test_sla_gives_the_earlier_practice():
    limits = Knowledge.load().sla("permenpanrb_62_2018").limits
    assert (limits["permintaan_informasi"], limits["tidak_berkadar"], limits["berkadar"]) == (
        5,
        14,
        60,
    )


def test_sla_names_the_known_profiles():
    with pytest.raises(SchemeError, match=r"no SLA profile 'x'; known: lapor_operasional"):
        Knowledge.load().sla("x")


def test_lapor_category_of_unknown_is_none():
    knowledge = Knowledge.load()
    assert knowledge.lapor_category(None) is None
    assert knowledge.lapor_category("parkir") == "Perhubungan > Parkir Liar"


def test_parse_refuses_another_format(raw):
    with pytest.raises(SchemeError, match=r"has format 99, this version reads 1; rebuild"):
        parse({**raw, "format": 99})


def test_knowledge_is_read_once():
    assert Knowledge.load() is Knowledge.load()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("dievakuasi", "evakuasi"),
        ("evakuasinya", "evakuasi"),
        ("menyetrum", "setrum"),
        ("penambangan", "tambang"),
        ("dibenerin", "bener"),
        ("terjebak", "jebak"),
        ("gotnya", "got"),
        ("sekolah", "sekolah"),
        ("jalan", "jalan"),
        ("sd", "sd"),
    ],
)
def test_stem_strips_common_affixes(word, expected):
    assert stem(word) == expected


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("jln provinsi bolong", "jalan provinsi"),
        ("JALANNNN PROVINSI", "jalan provinsi"),
        ("blm dievakuasi", "evakuasi"),
        ("rumah sakit umum daerah penuh", "rsud"),
        ("pkm tutup", "puskesmas"),
        ("PAM mati", "pdam"),
        ("smkn 2 bocor", "smk"),
        ("sdn3 bocor", "sd"),
        ("gg. melati becek", "gang"),
        ("pak kepala desa kemana", "kades"),
        ("tl mati", "lampu merah"),
        ("TI apung di laut", "ti apung"),
        ("guru MAN 2 bolos", "madrasah"),
        ("tk anak saya bocor", "taman kanak"),
    ],
)
def test_cue_is_found(reader, text, cue):
    normal = reader.cue(cue)
    assert normal in CueIndex([normal]).find(reader.tokens(text))


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("sdh lama", "sd"),
        ("rtm kami miskin", "rt"),
        ("polisi tidur terlalu tinggi", "polisi"),
        ("bpjs tk ditolak", "taman kanak"),
        ("min tolong dong", "madrasah"),
        ("ada 40 KK terdampak", "kk"),
        ("tps tempat nyoblos jauh", "tps"),
        ("jalan keluarnya apa", "jalan"),
        ("bidang TI kominfo", "tambang timah"),
        ("kebakaran di pasar", "bakar sampah"),
        ("lihat @polsekkota ya", "polsek"),
    ],
)
def test_cue_is_not_found_in_other_words(reader, text, cue):
    normal = reader.cue(cue)
    assert normal not in CueIndex([normal]).find(reader.tokens(text))


def test_cue_position_is_its_first_token(reader):
    tokens = reader.tokens("pak jalan provinsi rusak, jalan provinsi bolong")
    assert CueIndex(["jalan provinsi"]).find(tokens) == {"jalan provinsi": 1}
