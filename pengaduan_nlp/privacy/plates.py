"""Find vehicle registration plates. Knows nothing about other numbers."""

import re
from collections.abc import Iterator

from ..records import PiiSpan

# Area codes of civilian plates (Perpol 7/2021 annex and later additions; from memory).
_AREA = (
    "A[ABDEG]?|B[ABDEGHKLMNP]?|D[ABCDEGHKLMNPRSTW]?|E[ABD]?|F|G|H|K[BHTU]?|L|M|N|P[ABGST]?|R|S|T"
    "|W|Z"
)
_PLATE = re.compile(
    rf"(?<![\w@\[.\-])(?P<area>{_AREA})(?P<gap>[ .\-]?)(?P<number>[0-9]{{1,4}})"
    r"(?:[ .\-]?(?P<series>[A-Z]{1,3}))?(?!\w)",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"(?<![a-z\[])(?:plat(?:nya)?|pelat|nopol|no\.? ?pol|nomor polisi|tnkb)(?: nomor| no)?\W{0,3}$",
    re.IGNORECASE,
)
# Short words that follow a number in ordinary capitals: units, "YANG", "DAN", school levels.
_NO_SERIES = frozenset(
    "RB JT RT RW KM KG CM MM GB MB TB HA WIB WIT PM AM TH THN BLN HR HRI JAM NO RP PCS M K X YG DI "
    "KE DAN PAK BU TDK GA UDH SDH BLM JL JLN GG KEL KEC KAB DES DR PD UTK DGN SD SMP SMA SMK ADA "
    "BAU NYA INI ITU TV AJA SAJ LAH KOK DPR TNI PNS KK KTP ORG LT VA L RIB".split()
)
_NOT_BEFORE = re.compile(
    r"(?:blok|block|kelas|sim|tahap|gang|gg|jalur|paket|koridor|kav|kavling|no|nomor|halte|lantai"
    r"|smpn|sman|sdn|rt|rw|form|golongan|vitamin|hepatitis)\W{0,2}$",
    re.IGNORECASE,
)


def find_plates(text: str) -> Iterator[PiiSpan]:
    """Yield plates in ``text`` (folded): in capitals, or in any case after "plat" or "nopol"."""
    for match in _PLATE.finditer(text):
        before = text[max(0, match.start() - 16) : match.start()]
        if _CUE.search(before):
            yield PiiSpan("plat", match.start(), _cued_end(match))
        elif _is_plain_plate(match) and not _NOT_BEFORE.search(before):
            yield PiiSpan("plat", *match.span())


def _cued_end(match: re.Match[str]) -> int:
    """Return the end of a plate after a cue, where a lower-case word may follow the number."""
    series = match["series"]
    if series and series.upper() in _NO_SERIES and series.islower():
        return match.end("number")
    return match.end()


def _is_plain_plate(match: re.Match[str]) -> bool:
    series = match["series"] or ""
    if not (series.isupper() and match["area"].isupper()) or series in _NO_SERIES:
        return False
    n_digits = len(match["number"])
    return n_digits >= 3 or (n_digits == 2 and len(series) >= 2)
