"""What a complaint lacks, the questions asked, and how confidential it is."""

import json
from pathlib import Path

import pytest

from pengaduan_nlp.records import Place
from pengaduan_nlp.routing.completeness import (
    MAX_QUESTIONS,
    Completeness,
    confidentiality,
    has_time,
    missing_facts,
)
from pengaduan_nlp.routing.knowledge import Knowledge

WORKED = [
    json.loads(line)
    for line in (Path(__file__).resolve().parents[1] / "data" / "worked_examples.jsonl")
    .read_text("utf-8")
    .splitlines()
]
STREET = Place("jl Melati", 0, 9, None, "Jalan Melati", "jalan", None)
CITY = Place("Tegal", 0, 5, "33.76", "Kota Tegal", "kota", "Jawa Tengah")
SCHOOL = Place("SDN 3 Mekar", 0, 11, None, "SDN 3 Mekar", "sekolah", None)


@pytest.mark.parametrize(
    "text",
    [
        "kemarin jatuh",
        "td pagi mati",
        "mati sejak senin",
        "ga ngalir dr lebaran",
        "udah 3 bulan",
        "udh setaun",
        "tgl 5 kemaren",
        "jam 7 pagi",
        "tiap ujan banjir",
        "tiap malem",
        "wis limang taun",
        "lah lime ari",
        "so 2 minggu",
        "dari 2021",
        "5 hari ga diangkut",
        "12/11/2025",
        "semalem",
        "minggu lalu",
        "dr jaman sy SD",
        "bertahun tahun",
        "UDAH 6 TAUNNNN",
        "pas lebaran kemarin",
        "seminggu ini",
        "maret mati",
    ],
)
def test_time_is_recognised(text):
    assert has_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "lampu mati",
        "RT04/02 gelap",
        "bayar 50rb",
        "anak2 jatuh",
        "jalan rusak parah banget",
        "ada 3 titik",
        "mari pak",
        "di jalan 5",
    ],
)
def test_no_time_is_invented(text):
    assert not has_time(text)


@pytest.mark.parametrize("kind", ["aspirasi", "permintaan_informasi", "bukan_laporan"])
def test_only_complaints_lack_something(kind):
    assert missing_facts("jalan", kind=kind, subtopic="jalan_rusak", places=()) == Completeness()


@pytest.mark.parametrize(
    ("text", "subtopic", "places", "missing", "feasibility"),
    [
        ("jalan ancur", "jalan_rusak", (), ("lokasi", "waktu"), "perlu_kelengkapan"),
        ("jl Melati ancur", "jalan_rusak", (STREET,), ("waktu",), "siap"),
        ("jl Melati ancur udah 3 bulan", "jalan_rusak", (STREET,), (), "siap"),
        ("tegal jalannya ancur", "jalan_rusak", (CITY,), ("lokasi", "waktu"), "perlu_kelengkapan"),
        ("ktp tegal lama, sebulan", "ktp_kk_nik", (CITY,), (), "siap"),
        ("dokter ga ada tadi", "layanan_faskes", (), ("lokasi", "unit"), "perlu_kelengkapan"),
        ("Puskesmas Mekar tutup tadi", "layanan_faskes", (), (), "siap"),
        ("SDN 3 Mekar bocor tadi", "sarana_sekolah", (SCHOOL,), (), "siap"),
        ("sdn 3 bocor tadi", "sarana_sekolah", (), (), "siap"),
        ("coretax error tadi", "aplikasi_pemerintah", (), (), "siap"),
        ("aplikasi error tadi", "aplikasi_pemerintah", (), ("unit",), "perlu_kelengkapan"),
        ("rsud obatnya kosong sebulan", "obat_nakes", (), ("lokasi", "unit"), "perlu_kelengkapan"),
        ("RSUD obatnya kosong sebulan", "obat_nakes", (), ("lokasi", "unit"), "perlu_kelengkapan"),
        (
            "banjir mulu perasaan kota ini",
            "banjir_drainase",
            (),
            ("lokasi", "waktu"),
            "terlalu_umum",
        ),
        ("parah", None, (), ("objek", "lokasi", "waktu"), "terlalu_umum"),
        ("pelayanan payah", "tak_terklasifikasi", (), ("objek", "lokasi", "waktu"), "terlalu_umum"),
    ],
)
def test_missing_facts(text, subtopic, places, missing, feasibility):
    found = missing_facts(text, kind="pengaduan", subtopic=subtopic, places=places)
    assert (found.missing, found.feasibility) == (missing, feasibility)


@pytest.mark.parametrize("subtopic", [*Knowledge.load().rules, None])
def test_questions_are_few_polite_and_single(subtopic):
    found = missing_facts("tolong", kind="pengaduan", subtopic=subtopic, places=())
    assert 1 <= len(found.questions) <= MAX_QUESTIONS
    for question in found.questions:
        assert question.startswith("Mohon ")
        assert question.count("?") == 1


def test_subtopic_question_comes_first():
    found = missing_facts("jembatan miring", kind="pengaduan", subtopic="jembatan_rusak", places=())
    assert found.questions[0] == (
        "Mohon bantu infonya, jembatan ini menghubungkan desa apa dengan apa?"
    )
    assert "sejak kapan" in found.questions[1]


def test_privacy_warning_stays_with_its_question():
    found = missing_facts("nik ganda", kind="pengaduan", subtopic="ktp_kk_nik", places=())
    assert found.questions[0].endswith("Jangan tulis NIK di komentar.")


def test_only_time_missing_asks_only_for_time():
    found = missing_facts("x", kind="pengaduan", subtopic="jalan_rusak", places=(STREET,))
    assert found.questions == ("Mohon bantu infonya, sejak kapan atau tanggal berapa kejadiannya?",)


def test_feasibility_agrees_with_the_worked_examples():
    """Without places every ``siap`` is out of reach, so only the other two are compared."""
    complaints = [
        item
        for item in WORKED
        if item["klasifikasi"] == "pengaduan" and item["kelayakan"] != "siap"
    ]
    right = sum(
        missing_facts(
            item["teks"],
            kind="pengaduan",
            subtopic=item["sektor_subtopik"].partition(".")[2],
            places=(),
        ).feasibility
        == item["kelayakan"]
        for item in complaints
    )
    assert right / len(complaints) >= 0.9


@pytest.mark.parametrize(
    ("text", "kind", "sector", "subtopic", "oversight", "expected"),
    [
        ("halo pak", "bukan_laporan", None, None, None, "terbuka"),
        ("jalan rusak", "pengaduan", "jalan_jembatan", "jalan_rusak", "tidak", "anonim"),
        ("minta taman", "aspirasi", "sampah_lingkungan", "pohon_taman", None, "anonim"),
        ("syarat ktp?", "permintaan_informasi", "kependudukan", "ktp_kk_nik", None, "anonim"),
        ("minta 50rb", "pengaduan", "integritas_aparatur", "pungli", "ya", "rahasia"),
        ("judes", "pengaduan", "integritas_aparatur", None, "belum_jelas", "rahasia"),
        ("dana", "pengaduan", "desa", "dana_desa", "belum_jelas", "rahasia"),
        ("kdrt", "pengaduan", "sosial", "kekerasan_perempuan_anak", "tidak", "rahasia"),
        ("dibully", "pengaduan", "pendidikan", "kekerasan_sekolah", "ya", "rahasia"),
        ("odgj", "pengaduan", "sosial", "kelompok_rentan", "tidak", "rahasia"),
        ("lapor diam", "pengaduan", "ketertiban_keamanan", "layanan_polisi", "tidak", "rahasia"),
        ("mau lapor tapi takut", "pengaduan", "kesehatan", "layanan_faskes", "tidak", "rahasia"),
        ("jgn sebut nama sy ya", "pengaduan", "perhubungan", "parkir", "tidak", "rahasia"),
        (
            "ada anak jatoh di lubang",
            "pengaduan",
            "jalan_jembatan",
            "jalan_rusak",
            "tidak",
            "rahasia",
        ),
        (
            "anak2 sekolah lewat situ",
            "pengaduan",
            "jalan_jembatan",
            "jalan_rusak",
            "tidak",
            "anonim",
        ),
        ("pasien hiv ditolak", "pengaduan", "kesehatan", "layanan_faskes", "tidak", "rahasia"),
        ("parkir liar", "pengaduan", "perhubungan", "parkir", "ya", "rahasia"),
    ],
)
def test_confidentiality(text, kind, sector, subtopic, oversight, expected):
    found = confidentiality(text, kind=kind, sector=sector, subtopic=subtopic, oversight=oversight)
    assert found == expected
