"""Tell what a complaint still lacks, what to ask, and how confidential it is.

Pattern rules over the comment; knows nothing about agencies or models.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from ..records import Place
from ..text import normalize
from .cues import CueIndex, WordReader
from .facts import CompletenessRules
from .knowledge import Knowledge

MAX_QUESTIONS = 2  # more are not answered in a comment thread (DOMAIN.md 5.1)
_COMPLAINT = "pengaduan"
_REPORTS = (_COMPLAINT, "aspirasi", "permintaan_informasi")
_EXACT_LEVELS = frozenset(("desa", "jalan", "rt_rw", "sekolah", "faskes", "pasar", "patokan"))
_COUNTY_LEVELS = _EXACT_LEVELS | {"kabupaten", "kota", "kecamatan"}
_UNIT_LEVELS = frozenset(("sekolah", "faskes", "pasar"))
_NEAR = 4  # tokens between a child and what happened to it

_NUMBER = (
    r"(?:\d+|se|satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh|beberapa|bbrp|"
    r"limang|lime|limo|rong|telung|patang|tilu|opat|duo|tigo|due|tige)"
)
_UNIT = (
    r"(?:detik|menit|mnt|jam|hari|hr|ari|dinten|poe|minggu|mgg|pekan|bulan|bln|wulan|sasih|tahun|thn|"
    r"taun|thun|malam|malem|mlm)"
)
_DAY = r"(?:senin|selasa|rabu|kamis|jum'?at|sabtu|ahad|minggu)"
_MONTH = (
    r"(?:januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember)"
)
_PART = r"(?:subuh|pagi|siang|sore|petang|magrib|maghrib|malam|malem|mlm)"
_FEAST = r"(?:lebaran|puasa|ramadh?an|idul|natal|imlek|nyepi|tahun baru|pilkada|pemilu|hut ri)"
_SINCE = r"(?:sejak|dari|dr|mulai|semenjak|smenjak|sedari|ti|kawit)"
_EVERY = r"(?:tiap|setiap|tiap2|saben|unggal|tiok|pas|waktu|wkt|kalo|klo|kalau|musim)"
_TIME = re.compile(
    "|".join(
        (
            rf"\b{_NUMBER}\s?{_UNIT}(?:an|nan)?\b",
            r"\b(?:kemarin|kmrn|kmren|kmaren|kemaren|wingi|kamari|kapatang|tadi|td|barusan|"
            r"semal[ae]m|semlm|besok|bsk|lusa|sekarang|skrg|skrang|saiki|ayeuna|"
            r"(?:hari|malam|pagi) ini)\b",
            rf"\b{_UNIT} (?:lalu|kemarin|kmrn|kemaren|wingi|kamari|depan)\b",
            rf"\b{_SINCE} (?:{_DAY}|{_MONTH}|{_FEAST}|{_PART}|awal|akhir|\d|kecil|merdeka|"
            rf"jaman|zaman|dulu|covid|pandemi|tahun|thn|taun|bulan|bln|tgl|tanggal)\b",
            r"\b(?:tgl|tanggal|tg)\.? ?\d{1,2}\b",
            r"\b\d{1,2}[/-]\d{1,2}[/-]\d{2,4}\b",
            r"\b(?:19|20)\d{2}\b",
            r"\b(?:jam|jm|pukul|pkl)\.? ?\d{1,2}\b",
            rf"\b{_EVERY} (?:hari|{_PART}|{_DAY}|{_UNIT}|{_FEAST}|u?h?ujan|kemarau|"
            rf"weekend|jumatan)\b",
            rf"\b(?:{_DAY.replace('|minggu', '')}|{_MONTH.replace('|mei', '')})\b",
            r"\b(?:bertahun|berbulan|berminggu|berhari)\b",
        )
    )
)
# A type of unit in any case, then a number or a capitalised name: "sdn 3", "Puskesmas Mekar".
_NAMED_UNIT = re.compile(
    r"\b(?i:puskesmas|pkm|rsud|rsup|rs|klinik|samsat|polsek|polres|polda|satpas|kua|imigrasi|lapas|"
    r"rutan|sdn?|smpn?|sman?|smkn?|slb|mi|mtsn?|man|tk|paud|sppg|ponpes|pesantren|kelurahan|"
    r"kecamatan|kantor|dinas|travel|universitas)(?:\b\.? ?[A-Z][\w']+|\.? ?\d+\b)"
)


# Words of a sub-topic's question by which it already asks for a fact.
_COVERS = {
    "objek": re.compile(r"layanan apa|masalah|jenis|apa\b"),
    "lokasi": re.compile(
        r"mana\b|lokasi|ruas|desa|alamat|titik|kab/kota|kantor|sekolah|nama|tempat|jalan|kecamatan"
    ),
    "waktu": re.compile(r"kapan|tanggal|jam\b|jamnya|waktu|bulan|tahun|hari"),
    "unit": re.compile(r"nama|kantor|mana\b|sekolah|faskes|puskesmas|samsat|satpas|polsek|lapas"),
}


@dataclass(frozen=True, slots=True)
class Completeness:
    """What a complaint lacks.

    Attributes:
        missing: Any of ``objek``, ``lokasi``, ``waktu``, ``unit``, in this order.
        questions: At most two polite questions, in Indonesian.
        feasibility: ``siap``, ``perlu_kelengkapan`` or ``terlalu_umum``; ``None`` where the comment
            is no complaint.
    """

    missing: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    feasibility: str | None = None


@dataclass(frozen=True, slots=True)
class _Tools:
    knowledge: Knowledge
    reader: WordReader
    index: CueIndex
    children: frozenset[str]
    harms: frozenset[str]


@cache
def _tools() -> _Tools:
    knowledge = Knowledge.load()
    secret, facts = knowledge.sensitivity, knowledge.completeness
    cues = secret.health_cues + secret.fear_cues + facts.general_cues + facts.service_cues
    return _Tools(
        knowledge,
        WordReader(knowledge.words),
        CueIndex(cues),
        frozenset(secret.child_cues),
        frozenset(secret.victim_cues),
    )


def has_time(text: str) -> bool:
    """Return whether ``text`` says when, since when, how long or how often.

    Example:
        >>> has_time("udah 3 bulan lampu mati"), has_time("lampu mati")
        (True, False)
    """
    return _TIME.search(normalize(text)) is not None


def missing_facts(
    text: str, *, kind: str, subtopic: str | None, places: Sequence[Place]
) -> Completeness:
    """Return what a complaint lacks and at most two questions that would complete it.

    Args:
        text: The comment as received.
        kind: The kind label; only ``pengaduan`` can lack anything.
        subtopic: The sub-topic's slug, where known.
        places: Places named in the text.
    """
    if kind != _COMPLAINT:
        return Completeness()
    tools = _tools()
    rules = tools.knowledge.completeness
    hits = tools.index.find(tools.reader.tokens(text))
    levels = frozenset(place.level for place in places)
    named = _names_unit(text, levels) or not hits.keys().isdisjoint(rules.service_cues)
    placed = named or not levels.isdisjoint(_enough(rules, subtopic))
    lacks = {
        "objek": subtopic is None or subtopic in rules.no_object,
        "lokasi": not placed and subtopic not in rules.no_place,
        "waktu": not has_time(text),
        "unit": not named
        and (subtopic in rules.unit_needed or (subtopic in rules.no_place and not placed)),
    }
    missing = tuple(fact for fact, lacking in lacks.items() if lacking)
    general = lacks["waktu"] and not hits.keys().isdisjoint(rules.general_cues)
    if not levels and not named and (general or lacks["objek"]):
        feasibility = "terlalu_umum"
    else:
        feasibility = "siap" if placed and not lacks["objek"] else "perlu_kelengkapan"
    return Completeness(missing, _questions(tools.knowledge, subtopic, missing), feasibility)


def _names_unit(text: str, levels: frozenset[str]) -> bool:
    if not levels.isdisjoint(_UNIT_LEVELS):
        return True
    return _NAMED_UNIT.search(text) is not None


def _enough(rules: CompletenessRules, subtopic: str | None) -> frozenset[str]:
    """Return the levels of place of which one suffices for a sub-topic."""
    wide = subtopic in rules.county_enough or subtopic in rules.no_place
    return _COUNTY_LEVELS if wide else _EXACT_LEVELS


def _questions(
    knowledge: Knowledge, subtopic: str | None, missing: Sequence[str]
) -> tuple[str, ...]:
    """Return the sub-topic's own question first, then a general one for what it leaves out."""
    wanted = list(missing)
    questions = []
    rule = knowledge.rules.get(subtopic) if subtopic is not None else None
    if rule is not None and {"objek", "lokasi", "unit"} & set(wanted):
        questions.append(rule.ask)
        wanted = [fact for fact in wanted if not _COVERS[fact].search(rule.ask)]
    questions += [knowledge.completeness.questions[fact] for fact in wanted]
    return tuple(knowledge.question_prefix + text for text in questions[:MAX_QUESTIONS])


def confidentiality(
    text: str, *, kind: str, sector: str | None, subtopic: str | None, oversight: str | None
) -> str:
    """Return ``rahasia``, ``anonim`` or ``terbuka``: how a comment must be handled.

    Args:
        text: The comment as received.
        kind: The kind label.
        sector: The sector's slug, where known.
        subtopic: The sub-topic's slug, where known.
        oversight: The oversight label; ``ya`` makes a report confidential.

    Source:
        DOMAIN.md 1.6; the defaults are design and no reading of a law.
    """
    if kind not in _REPORTS:
        return "terbuka"
    tools = _tools()
    if oversight == "ya" or _is_secret_topic(tools.knowledge, sector, subtopic):
        return "rahasia"
    secret = tools.knowledge.sensitivity
    tokens = tools.reader.tokens(text)
    hits = tools.index.find(tokens)
    if not hits.keys().isdisjoint(secret.fear_cues):
        return "rahasia"
    if sector in secret.health_sectors and not hits.keys().isdisjoint(secret.health_cues):
        return "rahasia"
    return "rahasia" if _child_is_victim(tools, tokens) else "anonim"


def _is_secret_topic(knowledge: Knowledge, sector: str | None, subtopic: str | None) -> bool:
    if subtopic is not None and subtopic in knowledge.rules:
        return knowledge.rules[subtopic].confidentiality == "rahasia"
    return sector in knowledge.sensitivity.secret_sectors


def _child_is_victim(tools: _Tools, tokens: Sequence[str]) -> bool:
    children = _positions(tokens, tools.children)
    harms = _positions(tokens, tools.harms)
    return any(abs(child - harm) <= _NEAR for child in children for harm in harms)


def _positions(tokens: Iterable[str], wanted: frozenset[str]) -> list[int]:
    return [at for at, token in enumerate(tokens) if token in wanted]
