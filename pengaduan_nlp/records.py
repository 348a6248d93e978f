"""The values that go in and come out: comments, decisions, results, hand-over records.

Plain frozen data; knows nothing about models, files or rules.
"""

import difflib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from .errors import InputError

RECORD_FORMAT = "1"  # version of TriageRecord's fields


@dataclass(frozen=True, slots=True)
class Comment:
    """One incoming message and what is known about where it was posted.

    Attributes:
        text: The message as received.
        id: The caller's key, carried through.
        posted_at: When it was posted, ISO 8601.
        channel: Platform or form, such as ``"tiktok"``.
        account: Whose video or page it is: ``gubernur``, ``bupati``, ``wali_kota``,
            ``kementerian`` or another free name. Breaks ties in routing and nothing else.
        region: Official code (``"33"``, ``"33.74"``) or name of the region the account belongs to.
            Breaks ties between places of one name and in routing, and nothing else; one that is
            in no gazetteer is ignored.
        parent: Text of the comment or caption that this one answers.
    """

    text: str
    id: str | None = None
    posted_at: str | None = None
    channel: str | None = None
    account: str | None = None
    region: str | None = None
    parent: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise InputError(describe_non_text(self.text))


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of one head.

    Attributes:
        label: The chosen label's slug.
        probability: Its calibrated probability, in [0, 1].
        alternatives: The next labels with their probabilities, most probable first.
        abstained: The probability is under the head's threshold: a person should decide.
    """

    label: str
    probability: float
    alternatives: tuple[tuple[str, float], ...] = ()
    abstained: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A place named in the text.

    Attributes:
        text: The substring, exactly as written.
        start: Offset of its first character in the original text.
        end: Offset after its last character.
        code: Official code (``"16.09"``), or ``None`` where the span has none (a street, a school).
        name: Official name, or the cleaned span where there is no code.
        level: ``provinsi``, ``kabupaten``, ``kota``, ``kecamatan``, ``desa``, ``jalan``, ``rt_rw``,
            ``sekolah``, ``faskes``, ``pasar`` or ``patokan`` (another landmark).
        province: Name of the province it lies in, where known.
    """

    text: str
    start: int
    end: int
    code: str | None
    name: str
    level: str
    province: str | None


@dataclass(frozen=True, slots=True)
class AgencySuggestion:
    """An agency that could act.

    Attributes:
        id: Key in ``agencies.json``.
        name: Name with the region filled in where it is known.
        level: ``pusat``, ``provinsi``, ``kabkota``, ``desa``, ``bumn``, ``bumd`` or ``lembaga``.
        score: Ranking score in [0, 1]; not a probability.
        reason: Why, in Indonesian, quoting the cue that decided.
        source: Where the rule comes from: a source mark of DOMAIN.md, or ``ingatan`` (from memory,
            to be checked before it is shown to a citizen).
    """

    id: str
    name: str
    level: str
    score: float
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class PiiSpan:
    """A span of personal data that must be masked before storage.

    Attributes:
        kind: ``nik``, ``kk``, ``telepon``, ``rekening``, ``email``, ``plat``, ``akun``, ``tautan``,
            ``nama`` or ``alamat``.
        start: Offset of its first character in the original text.
        end: Offset after its last character.
    """

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Details:
    """What the hand-over record needs beyond the answers; not part of ``to_dict``."""

    masked_text: str
    normal_text: str
    title: str
    lapor_category: str | None
    second_sector: str | None
    feasibility: str | None
    emergency_numbers: tuple[str, ...]
    model_version: str
    scheme_version: str
    comment: Comment


@dataclass(frozen=True, slots=True)
class TriageResult:
    """Everything the library says about one comment. It suggests; an officer decides.

    A head that does not apply is ``None``: ``reason`` for a report, the others for a comment that
    is none.
    """

    is_complaint: bool
    kind: Decision
    sector: Decision | None
    subtopic: Decision | None
    urgency: Decision | None
    oversight: Decision | None
    reason: Decision | None
    agencies: tuple[AgencySuggestion, ...]
    level_known: bool
    question: str | None
    places: tuple[Place, ...]
    missing: tuple[str, ...]
    questions: tuple[str, ...]
    confidentiality: str
    pii: tuple[PiiSpan, ...]
    needs_review: bool
    details: Details = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types under the attribute names; contains no masked or raw text."""
        names = [item.name for item in fields(self) if item.name != "details"]
        return {name: _plain(getattr(self, name)) for name in names}

    def to_record(self, source: str | Mapping[str, str] | None = None) -> "TriageRecord":
        """Return the record that an officer can file: masked, informal, not yet reviewed.

        Args:
            source: Where the comment was found: a platform's name, or a mapping with any of
                ``platform``, ``url_komentar``, ``url_video``, ``pemilik_akun``,
                ``waktu_komentar``. Defaults to what the comment says of itself.

        Raises:
            InputError: If ``source`` has an unknown key.
        """
        return TriageRecord.from_result(self, source)


_SOURCE_KEYS = ("platform", "url_komentar", "url_video", "pemilik_akun", "waktu_komentar")


@dataclass(frozen=True, slots=True)
class TriageRecord:
    """The hand-over record of DOMAIN.md section 5.1; field names are Indonesian by contract."""

    id_rekaman: str
    versi_rekaman: str
    versi_model: str
    versi_taksonomi: str
    waktu_proses: str
    sumber: dict[str, str | None]
    judul: str
    isi_asli_tersamar: str
    isi_normal: str
    klasifikasi: dict[str, Any]
    kadar_pengawasan: dict[str, Any] | None
    kelayakan: str | None
    alasan_bukan_laporan: dict[str, Any] | None
    sektor: dict[str, Any] | None
    subtopik: dict[str, Any] | None
    sektor_kedua: str | None
    kategori_lapor: str | None
    urgensi: dict[str, Any] | None
    nomor_darurat: list[str]
    lokasi: list[dict[str, Any]]
    tanggal_kejadian: dict[str, str | None]
    instansi_saran: list[dict[str, Any]]
    tingkat_diketahui: bool
    kerahasiaan: str
    pii_ditemukan: list[str]
    kurang: list[str]
    pertanyaan: list[str]
    perlu_tinjauan: bool
    status_tinjauan: str
    status_formal: str

    @classmethod
    def from_result(
        cls, result: TriageResult, source: str | Mapping[str, str] | None
    ) -> "TriageRecord":
        """Build the record of ``result``; see ``TriageResult.to_record``."""
        details = result.details
        return cls(
            id_rekaman=str(uuid4()),
            versi_rekaman=RECORD_FORMAT,
            versi_model=details.model_version,
            versi_taksonomi=details.scheme_version,
            waktu_proses=datetime.now(UTC).isoformat(timespec="seconds"),
            sumber=_source(source, details.comment),
            judul=details.title,
            isi_asli_tersamar=details.masked_text,
            isi_normal=details.normal_text,
            klasifikasi=_plain(result.kind),
            kadar_pengawasan=_plain(result.oversight),
            kelayakan=details.feasibility,
            alasan_bukan_laporan=_plain(result.reason),
            sektor=_plain(result.sector),
            subtopik=_plain(result.subtopic),
            sektor_kedua=details.second_sector,
            kategori_lapor=details.lapor_category,
            urgensi=_plain(result.urgency),
            nomor_darurat=list(details.emergency_numbers),
            lokasi=[_masked_place(place, result.pii) for place in result.places],
            # A comment's date is not the date of the event; the officer asks for it.
            tanggal_kejadian={"nilai": None, "asal": None},
            instansi_saran=[_plain(agency) for agency in result.agencies],
            tingkat_diketahui=result.level_known,
            kerahasiaan=result.confidentiality,
            pii_ditemukan=[span.kind for span in result.pii],
            kurang=list(result.missing),
            pertanyaan=list(result.questions),
            perlu_tinjauan=result.needs_review,
            status_tinjauan="menunggu_tinjauan",
            status_formal="informasi_awal",
        )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "TriageRecord":
        """Build a record from what ``to_dict`` returned; ``record_schema()`` checks the values.

        Raises:
            InputError: If ``data`` is no mapping, or a field is unknown or missing.
        """
        _check_names(data, [item.name for item in fields(cls)])
        return cls(**deepcopy(dict(data)))

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain JSON types."""
        return asdict(self)

    def to_lapor(self) -> dict[str, Any]:
        """Project the record on the form of SP4N-LAPOR! (DOMAIN.md 5.1, sources S17 and S51)."""
        return {
            "judul": self.judul,
            "isi": self.isi_asli_tersamar,
            "tanggal_kejadian": self.tanggal_kejadian["nilai"],
            "lokasi": "; ".join(place["name"] for place in self.lokasi) or None,
            "instansi_tujuan": self.instansi_saran[0]["name"] if self.instansi_saran else None,
            "kategori": self.kategori_lapor,
            "klasifikasi": self.klasifikasi["label"],
            "anonim": self.kerahasiaan in ("anonim", "rahasia"),
            "rahasia": self.kerahasiaan == "rahasia",
            "lampiran": [url for key in ("url_komentar", "url_video") if (url := self.sumber[key])],
        }


def _check_names(data: object, known: list[str]) -> None:
    if not isinstance(data, Mapping):
        raise InputError(f"a record must be a mapping of fields, got {type(data).__name__}")
    missing = [name for name in known if name not in data]
    unknown = [str(name) for name in data if name not in known]
    if unknown:
        near = difflib.get_close_matches(unknown[0], missing or known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        raise InputError(f"unknown field {unknown[0]!r} of a record; {hint}")
    if missing:
        raise InputError(
            f"a record lacks {', '.join(map(repr, missing))}; pass what to_dict() returned"
        )


def _source(source: str | Mapping[str, str] | None, comment: Comment) -> dict[str, str | None]:
    found: dict[str, str | None] = dict.fromkeys(_SOURCE_KEYS)
    found["platform"] = comment.channel
    found["pemilik_akun"] = comment.account
    found["waktu_komentar"] = comment.posted_at
    if isinstance(source, str):
        found["platform"] = source
    elif source is not None:
        for key, value in source.items():
            if key not in found:
                raise InputError(f"unknown source key {key!r}; known: {', '.join(_SOURCE_KEYS)}")
            found[key] = value
    return found


def _masked_place(place: Place, pii: tuple[PiiSpan, ...]) -> dict[str, Any]:
    """Return a place without personal data that overlaps it (a reporter's home address)."""
    if any(span.start < place.end and place.start < span.end for span in pii):
        return {**_plain(place), "text": "[ALAMAT]", "name": "[ALAMAT]"}
    return dict(_plain(place))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}


def describe_non_text(value: object) -> str:
    """Return the message for a value that is not text."""
    remedy = {
        "bytes": "decode it first, for example value.decode('utf-8')",
        "NoneType": "drop empty rows or pass an empty string",
    }.get(type(value).__name__, "convert it with str(...) if that is what you mean")
    shown = repr(value)
    shown = shown if len(shown) <= 40 else shown[:37] + "..."
    return f"a comment must be text (str), got {type(value).__name__} {shown}; {remedy}"
