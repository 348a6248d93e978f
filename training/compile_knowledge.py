"""Translate the routing sources into the content of ``knowledge.json``.

Knows the Indonesian keys of ``data/agencies.yaml``; assumes that ``check_knowledge`` passed.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pengaduan_nlp.routing.cues import WordReader
from pengaduan_nlp.routing.knowledge import FORMAT

Source = Mapping[str, Any]


class KnowledgeCompiler:
    """Translates the Indonesian keys of the sources and normalises every cue."""

    def __init__(self, agencies: Source, taxonomy: Source) -> None:
        self._source = agencies
        self._taxonomy = taxonomy
        self._words = _words(agencies["kata"])
        self._reader = WordReader(self._words)
        self._surfaces: dict[str, str] = {}

    def knowledge(self) -> dict[str, Any]:
        """Return the whole content, ready to be written as JSON."""
        source = self._source
        unknown = source["tingkat_tidak_diketahui"]
        return {
            "format": FORMAT,
            "version": source["versi"],
            "date": source["tanggal"],
            "agencies": [_agency(item) for item in source["instansi"]],
            "rules": list(self._rules()),
            "level_cues": [self._level(item) for item in source["penentu_tingkat"]],
            "accounts": [_account(item) for item in source["konteks_akun"]],
            "regions": [self._region(item) for item in source["pengecualian_daerah"]],
            "conflicts": [self._conflict(item) for item in source["konflik_terlapor"]],
            "oversight": self._oversight(),
            "emergencies": [self._emergency(item) for item in source["override_darurat"]],
            "emergency_numbers": {
                item["nomor"]: _number(item)
                for item in source["nomor_darurat"]
                if item.get("tampil", True)
            },
            "minimum": unknown["ambang_minimum"],
            "single": unknown["ambang_saran_tunggal"],
            "question_prefix": source["awalan_pertanyaan"],
            "provinces": source["provinsi"],
            "sensitivity": self._sensitivity(),
            "completeness": self._completeness(),
            "surfaces": self._surfaces,
            "words": self._words,
            "sla_profiles": [_sla(item) for item in source["sla"]],
        }

    def _cues(self, surfaces: list[str] | None) -> list[str]:
        found = []
        for surface in surfaces or ():
            cue = self._reader.cue(surface)
            if cue != surface:
                self._surfaces.setdefault(cue, surface)
            if cue not in found:
                found.append(cue)
        return found

    def _rules(self) -> Iterator[dict[str, Any]]:
        rules = {item["subtopik"]: item for item in self._source["aturan"]}
        questions = {
            slug: item["tanya"]
            for item in self._source["pertanyaan_tingkat"]
            for slug in item["subtopik"]
        }
        for sector, subtopic in _subtopics(self._taxonomy):
            slug = subtopic["slug"]
            rule = rules[slug]
            yield {
                "subtopic": slug,
                "sector": sector,
                "name": subtopic["nama"],
                "lapor": subtopic["lapor"],
                "confidentiality": self._confidentiality(sector, slug),
                "cases": [self._case(case) for case in rule["kasus"]],
                "default": rule["bawaan"],
                "reason": rule["alasan"],
                "ask": _one_question(rule["tanya"]),
                "level_question": questions.get(slug, _one_question(rule["tanya"])),
            }

    def _confidentiality(self, sector: str, subtopic: str) -> str:
        secret = self._source["kerahasiaan"]
        return (
            "rahasia" if sector in secret["sektor"] or subtopic in secret["subtopik"] else "anonim"
        )

    def _case(self, case: Source) -> dict[str, Any]:
        return {
            "any": self._cues(case["bila"]),
            "also": self._cues(case.get("dan")),
            "unless": self._cues(case.get("kecuali")),
            "to": case["ke"],
            "reason": case["alasan"],
            "certain": case.get("tingkat_pasti", True),
        }

    def _level(self, item: Source) -> dict[str, Any]:
        return {
            "level": item["tingkat"],
            "agency": item.get("instansi"),
            "sectors": item["sektor"],
            "cues": self._cues(item["isyarat"]),
            "reason": item["alasan"],
            "source": item["dasar"],
        }

    def _region(self, item: Source) -> dict[str, Any]:
        return {
            "id": item["id"],
            "name": item["daerah"],
            "codes": item["kode"],
            "cues": self._cues(item["isyarat"]),
            "replace": item["ganti"],
            "names": item["nama"],
            "county_level": item.get("tingkat_kabkota"),
            "cases": [
                {
                    "subtopics": case["subtopik"] or [],
                    "any": self._cues(case["bila"]),
                    "to": case["ke"],
                    "reason": case["alasan"],
                }
                for case in item["kasus"]
            ],
            "reason": item["alasan"],
            "source": item["dasar"],
        }

    def _conflict(self, item: Source) -> dict[str, Any]:
        return {
            "accused": item["terlapor"],
            "cues": self._cues(item["isyarat"]),
            "unless": self._cues(item.get("kecuali")),
            "vocative": item.get("sapaan", False),
            "subtopics": item.get("subtopik", []),
            "never": item["jangan"],
            "instead": item["pakai"],
        }

    def _oversight(self) -> dict[str, Any]:
        track = self._source["jalur_pengawasan"]
        return {
            "overseers": track["pengawas"],
            "own_rules": track["aturan_sendiri"],
            "by_level": track["menurut_tingkat"],
            "by_agency": track["menurut_instansi"],
            "accusing_subtopics": self._source["subtopik_menuduh"],
            "accusing_words": self._cues(self._source["kata_menuduh"]),
            "reason": track["alasan"],
            "source": track["dasar"],
        }

    def _emergency(self, item: Source) -> dict[str, Any]:
        return {
            "subtopic": item.get("subtopik"),
            "sector": item.get("sektor"),
            "cues": self._cues(item.get("bila")),
            "to": item["ke"],
            "numbers": item["nomor"],
        }

    def _sensitivity(self) -> dict[str, Any]:
        secret = self._source["kerahasiaan"]
        return {
            "secret_sectors": secret["sektor"],
            "health_sectors": secret["sektor_kesehatan"],
            "health_cues": self._cues(secret["isyarat_kesehatan"]),
            "fear_cues": self._cues(secret["isyarat_takut"]),
            "child_cues": self._cues(secret["isyarat_anak"]),
            "victim_cues": self._cues(secret["isyarat_korban"]),
        }

    def _completeness(self) -> dict[str, Any]:
        facts = self._source["kelengkapan"]
        return {
            "no_object": facts["tanpa_objek"],
            "no_place": facts["tanpa_lokasi"],
            "county_enough": facts["cukup_kabkota"],
            "unit_needed": facts["butuh_unit"],
            "general_cues": self._cues(facts["isyarat_umum"]),
            "service_cues": self._cues(facts["nama_layanan"]),
            "questions": facts["pertanyaan"],
        }


def _words(source: Source) -> dict[str, Any]:
    return {
        "kept": source["tetap"],
        "slang": source["singkatan"],
        "phrases": source["frasa"],
        "senses": [
            {
                "word": item["kata"],
                "becomes": item["jadi"],
                "context": item.get("konteks", []),
                "after": item.get("setelah", []),
                "number_next": item.get("angka", False),
                "number_before": item.get("sebelum_angka", False),
            }
            for item in source["ambigu"]
        ],
    }


def _subtopics(taxonomy: Source) -> Iterator[tuple[str, Source]]:
    for sector in taxonomy["sektor"]:
        for subtopic in sector["subtopik"]:
            yield sector["slug"], subtopic


def _agency(item: Source) -> dict[str, Any]:
    return {
        "id": item["id"],
        "name": item["nama"],
        "pattern": item["pola"],
        "level": item["tingkat"],
        "source": item["dasar"],
    }


def _account(item: Source) -> dict[str, Any]:
    return {
        "owner": item["pemilik"],
        "names": item["nama_akun"],
        "recipient": item["penerima"],
        "level": item["tingkat"],
    }


def _number(item: Source) -> str:
    condition = f"; {item['syarat'][0].lower()}{item['syarat'][1:]}" if "syarat" in item else ""
    return f"{item['nomor']} ({item['layanan']}{condition})"


def _sla(item: Source) -> dict[str, Any]:
    return {
        "id": item["id"],
        "name": item["nama"],
        "status": item["status"],
        "source": item["dasar"],
        "unit": item["satuan"],
        "limits": item["batas"],
    }


def _one_question(text: str) -> str:
    """Return the first question of ``text`` and every statement (such as a privacy warning)."""
    sentences = re.findall(r"[^.?]+(?:\.(?=\w)[^.?]*)*[.?]?", text)
    first = next((sentence for sentence in sentences if sentence.endswith("?")), "")
    kept = "".join(it for it in sentences if not it.endswith("?") or it == first).strip()
    return kept[:1].lower() + kept[1:] if kept[1:2].islower() else kept
