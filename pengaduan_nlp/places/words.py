"""Words and tokens: the word classes of ``words.tsv`` and one pass over a text.

Knows offsets and letter case; knows nothing about regions, codes or names.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

from ..errors import InputError

_SHOUTING = 0.6  # share of words with a capital from which capitals say nothing
_MARKER_LEVELS = {
    "penanda_jalan": "jalan",
    "penanda_desa": "desa",
    "penanda_kecamatan": "kecamatan",
    "penanda_kabupaten": "kabupaten",
    "penanda_kota": "kota",
    "penanda_provinsi": "provinsi",
    "penanda_rt": "rt_rw",
    "penanda_sekolah": "sekolah",
    "penanda_faskes": "faskes",
    "penanda_pasar": "pasar",
    "penanda_patokan": "patokan",
}

# Handles, tags and links are one token each, so nothing inside them is read as a name.
_APOSTROPHES = "'`\u2019"
_NO_APOSTROPHES = str.maketrans("", "", _APOSTROPHES)
_WORD = rf"[^\W\d_]+(?:[{_APOSTROPHES}][^\W\d_]+)*|\d+|[@#]\w[\w.]*"
_TOKEN = re.compile(_WORD)
_TOKEN_OR_LINK = re.compile(rf"(?:https?://|www\.)\S+|{_WORD}", re.IGNORECASE)
_LINK_SIGNS = ("://", "www.")
_LONG_LETTERS = re.compile(r"([^\W\d_])\1{2,}")
_TRIPLES = tuple(3 * letter for letter in "abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True)
class Words:
    """The word classes of ``words.tsv``.

    Attributes:
        classes: The words of each class; a phrase is joined by single spaces.
        markers: Level of the place that a word introduces (``"jln"`` -> ``"jalan"``).
    """

    classes: dict[str, frozenset[str]]
    markers: dict[str, str]

    @classmethod
    def load(cls) -> Self:
        """Return the word classes of the package, read afresh."""
        text = files(__package__).joinpath("words.tsv").read_text(encoding="utf-8")
        classes: dict[str, set[str]] = {}
        for number, line in enumerate(text.splitlines(), 1):
            if line.startswith("#"):
                continue
            name, tab, words = line.partition("\t")
            if not tab:
                raise InputError(f"words.tsv:{number}: expected 'class<TAB>words', got {line!r}")
            found = (word.replace("_", " ") for word in words.split())
            classes.setdefault(name, set()).update(found)
        return cls.of(classes)

    @classmethod
    def of(cls, classes: dict[str, set[str]]) -> Self:
        """Build the word classes, with the level of each marker."""
        frozen = {name: frozenset(words) for name, words in classes.items()}
        markers = {
            word: level for name, level in _MARKER_LEVELS.items() for word in frozen.get(name, ())
        }
        return cls(frozen, markers)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a text and where they stand in it.

    Attributes:
        text: The text as received.
        words: Folded words; a handle, link or tag is one of them.
        starts: Offset of each word's first character.
        ends: Offset after each word's last character.
        capital: Whether each word begins with a capital letter.
        shouting: Whether capitals say nothing because most words have one.
    """

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    capital: list[bool]
    shouting: bool

    def append(self, word: str, start: int, end: int) -> None:
        """Add a word after the last."""
        self.words.append(word)
        self.starts.append(start)
        self.ends.append(end)
        self.capital.append(self.text[start].isupper())

    def gap(self, index: int) -> str:
        """Return the text between a word and the word before it."""
        return self.text[self.ends[index - 1] : self.starts[index]]

    def joined(self, index: int) -> bool:
        """Return whether a word carries on the phrase of the word before it."""
        gap = self.gap(index)
        if gap in (" ", "", "-"):
            return True
        if "." in gap and len(self.words[index - 1]) > 4:
            return False
        return len(gap) <= 3 and "\n" not in gap and not gap.strip(f" .-/{_APOSTROPHES}")

    def opens(self, index: int) -> bool:
        """Return whether a word can be the name that the marker before it introduces."""
        if index >= len(self.words):
            return False
        gap = self.gap(index)
        if gap in (" ", ",", "."):
            return True
        if "." in gap and (gap.count(".") > 1 or len(self.words[index - 1]) > 4):
            return False
        return len(gap) <= 4 and not gap.strip(" .:-'\"“")

    def same_sentence(self, index: int) -> bool:
        """Return whether only spaces or a comma stand between a word and the one before it."""
        return index > 0 and len(gap := self.gap(index)) <= 3 and not gap.strip(" ,'\"“(")

    def proper(self, index: int) -> bool:
        """Return whether a word's capital letter means something."""
        return self.capital[index] and not self.shouting


def split_prefixes(tokens: Tokens, names: frozenset[str]) -> Tokens:
    """Return the tokens with ``di`` and ``ke`` cut off the names they were written on to.

    ``dipurbalingga`` becomes ``di`` and ``purbalingga``; other words stay as they are.
    """
    cut = {
        at for at, word in enumerate(tokens.words) if word[:2] in ("di", "ke") and word[2:] in names
    }
    if not cut:
        return tokens
    whole = Tokens(tokens.text, [], [], [], [], tokens.shouting)
    for at, word in enumerate(tokens.words):
        start, end = tokens.starts[at], tokens.ends[at]
        if at in cut and end - start == len(word):
            whole.append(word[:2], start, start + 2)
            whole.append(word[2:], start + 2, end)
        else:
            whole.append(word, start, end)
    return whole


def tokenize(text: str) -> Tokens:
    """Split a text into words in one pass; offsets are those of the text as received.

    Compatibility letters (mathematical bold, full width) and letters repeated for emphasis
    (Bandungggg) are folded.
    """
    lowered = text.lower()
    links = any(sign in lowered for sign in _LINK_SIGNS)
    pattern = _TOKEN_OR_LINK if links else _TOKEN
    spans = [match.span() for match in pattern.finditer(text)]
    if text.isascii():
        words = [lowered[start:end] for start, end in spans]
    else:
        words = [_fold_compatibility(text[start:end].lower()) for start, end in spans]
    if "'" in text or "`" in text:
        words = [word.translate(_NO_APOSTROPHES) for word in words]
    if any(triple in lowered for triple in _TRIPLES):
        words = [_LONG_LETTERS.sub(r"\1", word) for word in words]
    if lowered == text:
        capital, shouting = [False] * len(spans), False
    else:
        capital = [text[start].isupper() for start, _ in spans]
        letters = sum(word[0].isalpha() for word in words)
        shouting = letters > 3 and sum(capital) > _SHOUTING * letters
    starts = [span[0] for span in spans]
    return Tokens(text, words, starts, [span[1] for span in spans], capital, shouting)


def _fold_compatibility(word: str) -> str:
    if word.isascii():
        return word
    return unicodedata.normalize("NFKC", word).lower().translate(_NO_APOSTROPHES)


class PhraseIndex:
    """Finds the longest known phrase that begins at a word.

    Attributes:
        words: Number of words of the longest phrase that begins with each word.
    """

    def __init__(self, phrases: Collection[str]) -> None:
        self._phrases = phrases
        self.words: dict[str, int] = {}
        for phrase in phrases:
            count = phrase.count(" ") + 1
            first = phrase.partition(" ")[0] if count > 1 else phrase
            if count > self.words.get(first, 0):
                self.words[first] = count

    def longest(self, tokens: Tokens, at: int) -> tuple[int, str]:
        """Return the end and the key of the longest known name that begins at ``at``."""
        words = tokens.words
        if at >= len(words):
            return at, ""
        limit = min(len(words), at + self.words.get(words[at], 0))
        end = at + 1
        while end < limit and tokens.joined(end):
            end += 1
        while end > at and limit > at:
            key = " ".join(words[at:end]) if end > at + 1 else words[at]
            if key in self._phrases:
                return end, key
            end -= 1
        return at, ""
