"""Find mobile and fixed-line phone numbers; public hotlines (112, 1500-567, 0800) stay.

Knows nothing about identity numbers, accounts or names.
"""

import re
from collections.abc import Iterator

from ..records import PiiSpan
from .folding import DIGIT

_START = r"(?<![0-9])(?<![0-9][.,/])"
_SEP = r"[ .\-()\u200b]{0,3}"
_MOBILE = re.compile(
    rf"{_START}\(?"
    r"(?:(?:\+ ?|00)?6[ \u200b]{0,2}2[ .\-()\u200b]{0,3}0?[ .\-\u200b]{0,2}8"
    r"|(?:0 ?|(?<![A-Za-z])[Oo])8(?=[0-9OolI]|[ \-][1-9])"
    r"|0[ .\-\u200b]{1,3}8(?=[ .\-\u200b]{1,3}[0-9]))"
    rf"(?:{_SEP}(?:{DIGIT}|[xX*])){{8,11}}(?![0-9xX*])"
)
_FIXED = re.compile(
    rf"{_START}(?<![0-9]-)(?:(?P<brackets>\(0[2-79][0-9]{{1,2}}\))"
    r"|(?P<plus>\+62[ .\-]?[2-79][0-9]{1,2})|0[2-79][0-9]{1,2})(?P<joint>[ .\-]{0,2})"
    r"[0-9]{3,4}(?:[ .\-]?[0-9]{2,4}){1,2}(?![0-9])"
)
# Without the leading zero: 8 and the rest of a mobile prefix in use.
_BARE = re.compile(
    rf"{_START}8(?:1[1-9]|2[1-38]|3[1238]|5[1-9]|7[78]|8[1-9]|9[5-9])"
    r"(?:[ .\-]?[0-9]){6,9}(?![0-9])"
)
_CUE = re.compile(
    r"(?<![a-z\[])(?:hp|wa|whats?app|te?lp|tel|te?le?po?n|phone|hub(?:ungi)?|kontak|cp|call|nope"
    r"|nomor wa|fax)(?![a-z])",
    re.IGNORECASE,
)
_NUMBER_CUE = re.compile(r"\b(?:no|nomor|nomer)(?:ku|nya| saya| sy)?\W{1,3}$", re.IGNORECASE)
_MONEY = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+")
_DATE_OR_HOURS = re.compile(
    r"0?8([ .\-])[0-9]{1,2}\1(?:19|20)[0-9]{2}(?![0-9])|08[.:][0-9]{2} ?-|08(?: [0-9]{2})+$"
)
_LAST_GROUP = re.compile(r"[ ]+[0-9]{1,2}$")
_REACH = 25  # characters between a cue and its number


def find_phones(text: str) -> Iterator[PiiSpan]:
    """Yield phone numbers in ``text`` (folded): mobile ones first, then the others."""
    yield from find_mobiles(text)
    for match in _FIXED.finditer(text):
        n_digits = sum(char.isdigit() for char in match.group())
        formatted = match["brackets"] or match["plus"] or match["joint"] == "-"
        if 9 <= n_digits <= 13 and (formatted or _has_cue(text, match.start())):
            yield PiiSpan("telepon", *match.span())
    for match in _BARE.finditer(text):
        before = text[max(0, match.start() - _REACH) : match.start()]
        cued = _has_cue(text, match.start()) or _NUMBER_CUE.search(before)
        if cued and not _MONEY.fullmatch(match.group()):
            yield PiiSpan("telepon", *match.span())


def find_mobiles(text: str) -> Iterator[PiiSpan]:
    """Yield mobile numbers in ``text`` (folded), in order."""
    position = 0
    while match := _MOBILE.search(text, position):
        if _is_mobile(match.group()):
            position = match.start() + _trimmed_length(match.group())
            bracket = match.group().startswith("(") and ")" not in match.group()
            yield PiiSpan("telepon", match.start() + bracket, position)
        else:
            position = match.start() + 1


def _has_cue(text: str, start: int) -> bool:
    return _CUE.search(text, max(0, start - _REACH), start) is not None


def _is_mobile(found: str) -> bool:
    kept = sum(char in "0123456789" for char in found)
    compact = found.lstrip("(").replace(" ", "")
    return (
        kept >= 4
        and not _MONEY.fullmatch(found)
        and not _DATE_OR_HOURS.match(found)
        and not compact.startswith(("080", "+6280", "6280"))
    )


def _trimmed_length(found: str) -> int:
    """Leave out a short count after a complete number ("0812 3456 7890 5 hari")."""
    tail = _LAST_GROUP.search(found)
    if tail is None:
        return len(found)
    groups = re.split(r"[ .\-()]+", found[: tail.start()].strip("+( "))
    complete = min(map(len, groups)) >= 3 and sum(map(len, groups)) >= 11
    return tail.start() if complete else len(found)
