"""Find names of private persons after cues such as "nama saya" or "a.n. X".

Officials named by their role ("pak gub") and institutions are not names. Knows nothing about
numbers or addresses.
"""

import re
from collections.abc import Iterator

from ..records import PiiSpan
from .folding import spaced
from .words import NOT_NAME

_KIN = (
    r"(?:anak|suami|istri|ibu|bapak|ayah|adik|adek|kakak|kakek|nenek|mertua|paman|bibi|keponakan"
    r"|cucu|teman|tetangga)"
)
# After these a name may be in lower case or capitals.
_SURE = re.compile(
    spaced(
        r"(?<![\w\[])(?:"
        r"nama(?: (?:lengkap|pelapor|korban|pemilik|pemohon|penerima|pasien|siswa"
        rf"|{_KIN}(?: kandung)?))?(?: (?:saya|sy))? ?[:=]"
        r"|nama (?:saya|sy|aku|gue|gw)(?: (?:adalah|itu))?(?= )|namaku(?= )"
        r"|a\.n\b\.?|a/n\b|atas nama\b|pelapor ?:) ?:? ?"
    ),
    re.IGNORECASE,
)
# After these only a capitalised word is a name.
_LIKELY = re.compile(
    spaced(
        r"(?<![\w\[])(?:(?:per)?kenalkan,?(?: saya)?|bernama|namanya|(?<!\.)an\.?|sdri?\.?"
        r"|saudar[ai]"
        rf"|alm(?:h|arhum|arhumah)?\.?(?: {_KIN})?(?: (?:saya|sy))?"
        rf"|(?:nama )?{_KIN}(?: kandung)? (?:saya|sy|kami)|nama) (?=[^\W\d_])"
    ),
    re.IGNORECASE,
)
_SELF = re.compile(r"(?<![\w\[])(?:saya|sy|aku) (?=[^\W\d_])", re.IGNORECASE)
_AFTER_SELF = re.compile(
    r"[ ,(]{1,3}(?:dari|dr|warga|asal|tinggal|umur|usia|mau|ingin|izin|ijin|melapor|lapor)\b"
)
_HONORIFIC = re.compile(
    r"(?:(?:bapak|bpk|pak|ibu|bu|sdri?|saudar[ai]|mas|mbak|almh?|almarhum|almarhumah)\b\.? ?){1,2}",
    re.IGNORECASE,
)
_WORD = re.compile(r"( ?)([^\W\d_](?:[^\W\d_]|['\u2019\-](?=[^\W\d_])){0,30})(\.?)")
# Lower-case verbs ("dicoret", "terdaftar"): never a name, though "diana" is.
_VERB = re.compile(r"(?:di|ter|ber|mem|men|meng|meny|per|ke)[a-z]{4,}|nge?[a-z]{3,}")
_SHORT_FORMS = frozenset("muh moh mohd abd st hj dr drs ir nur".split())
_MAX_WORDS = 4


def find_names(text: str) -> Iterator[PiiSpan]:
    """Yield names in ``text`` (folded), cue by cue."""
    for cue in _SURE.finditer(text):
        honorific = _HONORIFIC.match(text, cue.end())
        start = honorific.end() if honorific else cue.end()
        yield from _span(text, start, _name_end(text, start, capitalised=False))
    for cue in _LIKELY.finditer(text):
        yield from _span(text, cue.end(), _name_end(text, cue.end(), capitalised=True))
    for cue in _SELF.finditer(text):
        end = _name_end(text, cue.end(), capitalised=True)
        if _AFTER_SELF.match(text, end):
            yield from _span(text, cue.end(), end)


def _span(text: str, start: int, end: int) -> Iterator[PiiSpan]:
    found = text[start:end]
    if any(len(word) > 1 for word in re.split(r"[ .]+", found)):
        yield PiiSpan("nama", start + len(found) - len(found.lstrip()), end)


def _name_end(text: str, start: int, *, capitalised: bool) -> int:
    """Return where the name that begins at ``start`` ends; ``start`` if there is none."""
    ends = [start]
    first = ""
    while len(ends) <= _MAX_WORDS:
        match = _WORD.match(text, ends[-1])
        if match is None or (len(ends) == 1 and match[1]) or not _fits(match, first, capitalised):
            return ends[-1]
        word = match[2]
        first = first or word
        dotted = bool(match[3]) and (len(word) == 1 or word.lower() in _SHORT_FORMS)
        ends.append(match.end() if dotted else match.end(2))
        if match[3] and not dotted:
            return ends[-1]
    following = _WORD.match(text, ends[-1])
    overran = first.islower() and following is not None and following[2].lower() not in NOT_NAME
    return ends[2] if overran else ends[-1]


def _fits(match: re.Match[str], first: str, capitalised: bool) -> bool:
    """Return whether a word can go on the name whose first word is ``first`` ("" at the start)."""
    word = match[2]
    if word.lower() in NOT_NAME or (len(word) == 1 and word.islower()):
        return False
    if word[0].islower():
        return not capitalised and not first[:1].isupper() and not _VERB.fullmatch(word)
    return bool(first) or not capitalised or not word.isupper() or len(word) == 1
