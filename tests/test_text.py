import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pengaduan_nlp.text import normalize, repair_mojibake


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("TOLOOOONG pak", "tolong pak"),
        ("jalan   rusak\n\tparah", "jalan rusak parah"),
        ("!!! kapan???", "! kapan?"),
        ("😭😭😭 tolong 😭 😭", "😭 tolong 😭"),
        ("𝐒𝐋𝐎𝐓 gаcor", "slot gacor"),
        ("ｊａｌａｎ", "jalan"),
        ("ja\u200blan ru\u00adsak", "jalan rusak"),
        ("cek https://t.co/abc dong", "cek <url> dong"),
        ("@pln_123 mati lampu", "<user> mati lampu"),
        ("@USER @@USER HTTPURL", "<user> <user> <url>"),
        ("hub NOMOR_HP ya", "hub <phone> ya"),
        ("wa 0812-3456-7890", "wa <phone>"),
        ("nomor antrian 12", "nomor antrian 12"),
        ("id 123456789012", "id <number>"),
        ("rp 1.500.000", "rp 1.500.000"),
        ("uang 500000 rupiah", "uang 500000 rupiah"),
        ("anak2 jalan2", "anak2 jalan2"),
        ("maaf, saat itu", "maaf, saat itu"),
        ("jalan di sini rusak VIRALKAN!!! 😭😭", "jalan di sini rusak"),
        ("jalan di sini rusak! up 🙏", "jalan di sini rusak"),
        ("jalan di sini rusak!!!", "jalan di sini rusak"),
        ("...", "."),
        ("viralkan pak 😭", "viralkan pak 😭"),
        ("jalan viral di kampung ini", "jalan viral di kampung ini"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_normalize_folds(raw, expected):
    assert normalize(raw) == expected


@pytest.mark.parametrize("ending", ["!!!", "!", "!!!!!!!!"])
def test_normalize_forgets_intensity(ending):
    assert normalize("KAPAN DIBENERIN" + ending) == normalize("kapaaaan dibenerin!")


@given(st.text(max_size=60))
@example("A\u0400")  # a look-alike under an accent
@example("A\u04c0")  # a capital whose small letter alone was taken for a Latin one
def test_normalize_is_idempotent(text):
    once = normalize(text)
    assert normalize(once) == once


@given(st.text(alphabet=string.printable + "éаО😭ｊ\u200b", max_size=80))
def test_normalize_never_grows_much(text):
    # An at sign alone can become "<user>" only with a letter after it: at most three times longer.
    assert len(normalize(text)) <= 3 * len(text) + 6


@pytest.mark.parametrize(
    "good", ["jalan “rusak” – parah", "tolong 🙏", "é è", "harga €5", "tanpa masalah", "Ã sendiri"]
)
def test_repair_mojibake_undoes_windows_1252(good):
    bad = good.encode("utf-8").decode("cp1252", errors="ignore")
    if bad.encode("cp1252", errors="ignore").decode("utf-8", errors="ignore") == good:
        assert repair_mojibake(bad) == good
    assert repair_mojibake(good) == good


def test_repair_mojibake_mends_emoji_with_undefined_bytes():
    assert repair_mojibake("tolong ð\x9f\x99\x8f") == "tolong 🙏"


@pytest.mark.parametrize(
    "text", ["0" * 50_000, "a" * 50_000, "@" * 50_000, "! " * 25_000, "https://" * 5_000]
)
def test_normalize_finishes_on_hostile_text(text):
    assert len(normalize(text)) <= len(text) + 6
