"""Find NIK and KK numbers, also with separators, letters for digits, or digits crossed out.

Knows nothing about phones, accounts or names.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from ..records import PiiSpan
from .accounts import follows_account_cue
from .folding import DIGIT

# Codes of the provinces in use, the first two digits of a NIK or KK (Kepmendagri
# 300.2.2-2138/2025).
_PROVINCES = frozenset(
    "11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 51 52 53 61 62 63 64 65 71 72 73 74 75 76 "
    "81 82 91 92 93 94 95 96".split()
)
_FIRST = r"(?<![0-9])(?:[0-9]|(?<!\w)[lI](?=[0-9]))"
_SIXTEEN = re.compile(rf"{_FIRST}(?:[ .\-_\u200b]{{0,3}}(?:{DIGIT}|[xX*])){{15}}(?![0-9xX*])")
# With a cue, a number of the wrong length is still somebody's number.
_MISTYPED = re.compile(r"(?<![0-9])[1-9](?:[ .\-_]?[0-9xX*]){7,19}(?![0-9xX*])")
_CUE = re.compile(
    r"(?<![a-z\[])(?:(?P<kk>no\.?kk|kk|kartu keluarga)"
    r"|nik|n\.i\.k|e?-?ktp|induk kependudukan|nip|npwp|nuptk)(?: ?(?:nya|ku|el|-el))?(?![a-z])",
    re.IGNORECASE,
)
_KK_AFTER = re.compile(r"[\s(]{0,3}(?:no )?kk(?![a-z])", re.IGNORECASE)
_SEPARATORS = re.compile(r"[ .\-_\u200b]+")
_INSIDE_LONGER = re.compile(r".*[0-9][ .\-]{1,2}$")
_MONEY = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_AS_DIGIT = str.maketrans("OolI", "0011")
_CARD_GROUPS = ((4, 4, 4, 4), (6, 6, 4), (2, 2, 2, 6, 4), (6, 10), (12, 4), (8, 8))
_REACH = 25  # characters between a cue and its number; DOMAIN.md 5.2 says "about 20"


def find_identity_numbers(text: str) -> Iterator[PiiSpan]:
    """Yield NIK and KK numbers in ``text`` (folded), in order."""
    position = 0
    while match := _SIXTEEN.search(text, position):
        if _is_number(text, match):
            yield PiiSpan(_kind(text, match), *match.span())
            position = match.end()
        else:
            position = match.start() + 1


def find_mistyped_numbers(text: str) -> Iterator[PiiSpan]:
    """Yield numbers of nearly the right length, or crossed out, directly after a cue."""
    for cue in _CUE.finditer(text):
        match = _MISTYPED.search(text, cue.end(), cue.end() + 60)
        if match is None or match.start() - cue.end() > _REACH:
            continue
        between = text[cue.end() : match.start()]
        compact = _SEPARATORS.sub("", match.group())
        if any(char.isdigit() for char in between) or _MONEY.fullmatch(match.group()):
            continue
        if 14 <= len(compact) <= 18 or (not compact.isdigit() and len(compact) >= 8):
            yield PiiSpan("kk" if cue["kk"] else "nik", *match.span())


def _is_number(text: str, match: re.Match[str]) -> bool:
    found = match.group()
    groups = _SEPARATORS.split(found)
    compact = "".join(groups)
    if sum(char in "0123456789" for char in compact) < 10 or any(c in "xX*" for c in compact):
        return _is_crossed_out(compact) and (len(groups) == 1 or _has_cue(text, match.start()))
    compact = compact.translate(_AS_DIGIT)
    if _is_plausible(compact):
        return len(groups) == 1 or not _is_list(groups) or _has_cue(text, match.start())
    if len(groups) == 1:
        return True
    if _has_cue(text, match.start()):
        return not _MONEY.fullmatch(found)
    sizes = tuple(map(len, groups))
    return sizes in _CARD_GROUPS and not (
        compact[0] == "0"
        or all(map(_YEAR.fullmatch, groups))
        or _INSIDE_LONGER.match(text, max(0, match.start() - 3), match.start())
    )


def _is_crossed_out(compact: str) -> bool:
    kept = sum(char in "0123456789" for char in compact)
    return kept >= 4 and compact[:4].isdigit() and any(char in "xX*" for char in compact)


def _is_plausible(digits: str) -> bool:
    day, month = int(digits[6:8]), int(digits[8:10])
    on_calendar = (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12
    return on_calendar and digits[:2] in _PROVINCES


def _is_list(groups: list[str]) -> bool:
    """Return whether the groups count upwards, or are years, rather than spell one number."""
    values = [int(group.translate(_AS_DIGIT)) for group in groups]
    ascending = all(left < right for left, right in pairwise(values))
    return ascending and len(groups) > 3


def _has_cue(text: str, start: int) -> bool:
    return _CUE.search(text, max(0, start - _REACH), start) is not None


def _kind(text: str, match: re.Match[str]) -> str:
    """Return the kind that the nearest cue names; a bank card's number is an account."""
    cues = list(_CUE.finditer(text, max(0, match.start() - _REACH), match.start()))
    if cues:
        return "kk" if cues[-1]["kk"] else "nik"
    if _KK_AFTER.match(text, match.end()):
        return "kk"
    digits = _SEPARATORS.sub("", match.group()).translate(_AS_DIGIT)
    is_card = digits.isdigit() and not _is_plausible(digits)
    return "rekening" if is_card and follows_account_cue(text, match.start()) else "nik"
