"""Checks of the routing sources: each failure names the file, the entry and what was expected.

Knows the rules that ``data/agencies.yaml`` and ``data/taxonomy.yaml`` must satisfy; builds nothing.
"""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

AGENCIES = "data/agencies.yaml"
TAXONOMY = "data/taxonomy.yaml"
PLACEHOLDERS = frozenset(
    "daerah desa kabkota kec kel kota nama nama_ptn nama_rs prov regional ruas wilayah "
    "wilayah_sungai".split()
)
HIDDEN_NUMBER = "117"  # a third-party page gives it another meaning (DOMAIN.md U9)
SOURCE_MARK = re.compile(r"S\d{2}|ingatan")
# Names of institutions and programmes that no longer exist (DOMAIN.md 4.2).
DISSOLVED = re.compile(
    r"\b(?:kominfo|kemenkominfo|kementerian komunikasi dan informatika"
    r"|kemenkumham|kementerian hukum dan (?:ham|hak asasi manusia)"
    r"|kemenpupr|kementerian pupr|kementerian pekerjaan umum dan perumahan rakyat"
    r"|kemendikbud\w*|kemenristek\w*|kementerian pendidikan dan kebudayaan"
    r"|kementerian pendidikan,? kebudayaan|bp2mi|bnp2tki|saber pungli|kasn"
    r"|komisi aparatur sipil negara|kementerian bumn|kemenbumn|ppdb|klhk"
    r"|kementerian lingkungan hidup dan kehutanan|kementerian koperasi dan u\w+|pdtt|dtks|jamsostek"
    r"|ditjen phu)\b",
    re.IGNORECASE,
)

Source = Mapping[str, Any]


class KnowledgeError(ValueError):
    """The sources are inconsistent."""


def check_sources(agencies: Source, taxonomy: Source) -> None:
    """Raise unless both sources are complete and consistent.

    Raises:
        KnowledgeError: At the first entry at fault.
    """
    ids = [item["id"] for item in agencies["instansi"]]
    sectors = [item["slug"] for item in taxonomy["sektor"]]
    subtopics = [sub["slug"] for item in taxonomy["sektor"] for sub in item["subtopik"]]
    _unique(ids, AGENCIES, "instansi")
    _unique(subtopics, TAXONOMY, "subtopik")
    _check_agencies(agencies)
    _check_rules(agencies, ids, subtopics)
    for where, named in _named_agencies(agencies):
        _known(named, ids, where, "instansi")
    for where, named in _named_subtopics(agencies):
        _known(named, subtopics, where, "sub-topik")
    for where, named in _named_sectors(agencies):
        _known(named, sectors, where, "sektor")
    _check_levels(agencies)
    _check_cues(agencies)
    _check_emergencies(agencies, subtopics)
    _check_senses(agencies, taxonomy)


def check_output(knowledge: Mapping[str, Any]) -> None:
    """Raise if the built knowledge names an institution or programme that was dissolved.

    Raises:
        KnowledgeError: At the first such name.
    """
    for where, text in _strings(knowledge, "knowledge"):
        if found := DISSOLVED.search(text):
            _fail(AGENCIES, where, f"names dissolved {found.group()!r}", "use its successor")


def _fail(path: str, entry: str, problem: str, remedy: str) -> None:
    raise KnowledgeError(f"{path}: {entry}: {problem}; {remedy}")


def _unique(items: Iterable[str], path: str, what: str) -> None:
    twice = [item for item, count in Counter(items).items() if count > 1]
    if twice:
        _fail(path, what, f"{twice[0]!r} occurs more than once", "remove one")


def _known(names: Iterable[str], known: Collection[str], where: str, what: str) -> None:
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"define the {what} first"
            _fail(AGENCIES, where, f"unknown {what} {name!r}", hint)


def _check_agencies(source: Source) -> None:
    for item in source["instansi"]:
        where = f"instansi {item['id']}"
        _check_level(item["tingkat"], source, where)
        _check_mark(item["dasar"], where)
        _check_placeholders(item["pola"], where)
    for region in source["pengecualian_daerah"]:
        for agency, pattern in region["nama"].items():
            _check_placeholders(pattern, f"pengecualian_daerah {region['id']}.nama.{agency}")


def _check_placeholders(pattern: str, where: str) -> None:
    for name in re.findall(r"\{(\w*)\}", pattern):
        if name not in PLACEHOLDERS:
            _fail(AGENCIES, where, f"unknown placeholder {{{name}}}", f"use {sorted(PLACEHOLDERS)}")


def _check_level(level: str | None, source: Source, where: str) -> None:
    if level is not None and level not in source["tingkat"]:
        _fail(AGENCIES, where, f"unknown tingkat {level!r}", f"use one of {source['tingkat']}")


def _check_mark(mark: str, where: str) -> None:
    if not SOURCE_MARK.search(mark):
        _fail(AGENCIES, where, f"dasar {mark!r} is no source mark", "write S.. or ingatan")


def _check_rules(source: Source, ids: Collection[str], subtopics: Collection[str]) -> None:
    slugs = [rule["subtopik"] for rule in source["aturan"]]
    _unique(slugs, AGENCIES, "aturan")
    for missing in sorted(set(subtopics) - set(slugs)):
        _fail(AGENCIES, "aturan", f"sub-topik {missing!r} has no rule", "add one")
    for rule in source["aturan"]:
        where = f"aturan {rule['subtopik']}"
        if not rule["bawaan"]:
            _fail(AGENCIES, where, "bawaan is empty", "name at least one instansi")
        _unique([agency for agency, _ in rule["bawaan"]], AGENCIES, f"{where}.bawaan")
        for agency, prior in rule["bawaan"]:
            if not 0 < prior <= 1:
                _fail(AGENCIES, f"{where}.bawaan.{agency}", f"prior {prior}", "must be in (0, 1]")
        if "?" not in rule["tanya"]:
            _fail(AGENCIES, where, "tanya asks nothing", "put a '?' in it")


def _named_agencies(source: Source) -> Iterator[tuple[str, Iterable[str]]]:
    for rule in source["aturan"]:
        yield f"aturan {rule['subtopik']}.bawaan", [agency for agency, _ in rule["bawaan"]]
        for case in rule["kasus"]:
            yield f"aturan {rule['subtopik']}.kasus {case['bila'][0]}", case["ke"]
    for item in source["override_darurat"]:
        yield "override_darurat", item["ke"]
    for item in source["konflik_terlapor"]:
        yield f"konflik_terlapor {item['terlapor']}", item["jangan"] + item["pakai"]
    yield "konteks_akun", [item["penerima"] for item in source["konteks_akun"]]
    yield (
        "penentu_tingkat",
        [it["instansi"] for it in source["penentu_tingkat"] if "instansi" in it],
    )
    yield from _agencies_in_regions(source)
    track = source["jalur_pengawasan"]
    for table in (track["menurut_tingkat"], track["menurut_instansi"], {"": track["pengawas"]}):
        for named in table.values():
            yield "jalur_pengawasan", named
    yield "jalur_pengawasan.menurut_instansi", track["menurut_instansi"]


def _agencies_in_regions(source: Source) -> Iterator[tuple[str, Iterable[str]]]:
    for item in source["pengecualian_daerah"]:
        named = [*item["ganti"], *item["ganti"].values(), *item["nama"]]
        yield f"pengecualian_daerah {item['id']}", named
        for case in item["kasus"]:
            yield f"pengecualian_daerah {item['id']}.kasus", case["ke"]


def _named_subtopics(source: Source) -> Iterator[tuple[str, Iterable[str]]]:
    yield "aturan", [rule["subtopik"] for rule in source["aturan"]]
    yield "subtopik_menuduh", source["subtopik_menuduh"]
    yield "jalur_pengawasan.aturan_sendiri", source["jalur_pengawasan"]["aturan_sendiri"]
    yield "kerahasiaan.subtopik", source["kerahasiaan"]["subtopik"]
    for key in ("tanpa_objek", "tanpa_lokasi", "cukup_kabkota", "butuh_unit"):
        yield f"kelengkapan.{key}", source["kelengkapan"][key]
    for item in source["pertanyaan_tingkat"]:
        yield "pertanyaan_tingkat", item["subtopik"]
    for item in source["override_darurat"]:
        yield "override_darurat", [item["subtopik"]] if "subtopik" in item else []
    for item in source["konflik_terlapor"]:
        yield f"konflik_terlapor {item['terlapor']}", item.get("subtopik", [])
    for item in source["pengecualian_daerah"]:
        for case in item["kasus"]:
            yield f"pengecualian_daerah {item['id']}.kasus", case["subtopik"] or []


def _named_sectors(source: Source) -> Iterator[tuple[str, Iterable[str]]]:
    yield "kerahasiaan.sektor", source["kerahasiaan"]["sektor"]
    yield "kerahasiaan.sektor_kesehatan", source["kerahasiaan"]["sektor_kesehatan"]
    for item in source["penentu_tingkat"]:
        yield "penentu_tingkat", item["sektor"]
    for item in source["override_darurat"]:
        yield "override_darurat", [item["sektor"]] if "sektor" in item else []


def _check_levels(source: Source) -> None:
    for item in source["penentu_tingkat"] + source["konteks_akun"]:
        _check_level(item["tingkat"], source, "penentu_tingkat/konteks_akun")
    for level in source["jalur_pengawasan"]["menurut_tingkat"]:
        _check_level(level, source, "jalur_pengawasan.menurut_tingkat")
    for item in source["penentu_tingkat"] + source["pengecualian_daerah"] + source["sla"]:
        _check_mark(item["dasar"], "penentu_tingkat/pengecualian_daerah/sla")
    profiles = {item["id"]: item for item in source["sla"]}
    unread = profiles.get("permenpanrb_5_2025")
    if unread is None:
        _fail(AGENCIES, "sla", "permenpanrb_5_2025 is missing", "keep it, with null limits")
    steps = {tuple(item["batas"]) for item in source["sla"]}
    if len(steps) != 1:
        _fail(AGENCIES, "sla", "profiles differ in their steps", "give each the same steps")


def _check_cues(source: Source) -> None:
    for rule in source["aturan"]:
        cues = [cue for case in rule["kasus"] if "dan" not in case for cue in case["bila"]]
        _unique(cues, AGENCIES, f"aturan {rule['subtopik']}.kasus: isyarat")
    for key in ("penentu_tingkat", "konflik_terlapor", "pengecualian_daerah"):
        for item in source[key]:
            _unique(item["isyarat"], AGENCIES, f"{key}: isyarat")


def _check_emergencies(source: Source, subtopics: Collection[str]) -> None:
    shown = {item["nomor"] for item in source["nomor_darurat"] if item.get("tampil", True)}
    if HIDDEN_NUMBER in shown:
        _fail(AGENCIES, f"nomor_darurat {HIDDEN_NUMBER}", "is shown", "set tampil: false")
    for item in source["override_darurat"]:
        where = f"override_darurat {item.get('subtopik') or item.get('sektor') or 'bawaan'}"
        for number in item["nomor"]:
            if number not in shown:
                _fail(AGENCIES, where, f"number {number!r} is not shown", "list it or drop it")
        if item["nomor"] == ["112"]:
            _fail(AGENCIES, where, "112 stands alone", "it works in some regencies only; add one")
    if not source["override_darurat"][-1].get("bawaan"):
        _fail(AGENCIES, "override_darurat", "does not end with bawaan", "put bawaan: true last")


def _check_senses(source: Source, taxonomy: Source) -> None:
    known = {word.lower() for word in taxonomy["ambigu"]} | {"pdam"}
    for item in source["kata"]["ambigu"]:
        if item["kata"] not in known:
            _fail(
                AGENCIES, f"kata.ambigu {item['kata']}", "not in taxonomy ambigu", "list it there"
            )
    for raw in source["kata"]["singkatan"]:
        if not isinstance(raw, str) or raw != raw.lower():
            _fail(
                AGENCIES, f"kata.singkatan {raw!r}", "is not lower-case text", "quote or lower it"
            )


def _strings(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield where, str(key)
            yield from _strings(item, f"{where}.{key}")
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _strings(item, f"{where}[{at}]")
