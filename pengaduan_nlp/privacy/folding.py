"""Fold look-alike characters to ASCII one by one, so that offsets stay those of the original.

Knows nothing about kinds of personal data.
"""

import unicodedata
from functools import lru_cache

JOINER = "\u200b"  # stands for every invisible character and keycap frame
HIDDEN = "\ue000"  # stands for text that an earlier detector has claimed

# A digit, or a letter that stands for one because it touches digits (part of a pattern;
# atomic, because a letter can qualify in two ways and backtracking would try both).
DIGIT = "(?>[0-9]|(?<=[0-9OolI])[OolI]|[OolI](?=[OolI]{0,2}[0-9]))"

_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f\u20e3")


def spaced(pattern: str) -> str:
    """Return ``pattern`` in which a space stands for some white space, " ?" also for none."""
    return pattern.replace(" ?", r"\s{0,8}").replace(" ", r"\s{1,4}")


def fold(text: str) -> str:
    """Return ``text`` with styled letters, digits, dashes and spaces as ASCII; same length.

    Example:
        >>> fold("\U0001d7ce\uff18\u2460\u0662\u20133")
        '0812-3'
    """
    return text if text.isascii() else "".join(map(_fold_char, text))


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char < "\x80":
        return char
    if char in _INVISIBLE:
        return JOINER
    if char in _DASHES:
        return "-"
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 else char
