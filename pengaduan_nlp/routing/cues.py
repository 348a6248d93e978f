"""Match cue words in a comment: whole words, on light stems, through slang and dialect spellings.

Knows how words are written; knows nothing about agencies, levels of government or sub-topics.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..text import normalize

_TOKEN = re.compile(r"[a-z]{1,2}\d[a-z]{1,3}\b|[a-z]\d\b|[^\W\d_]+|\d+")
_LONG_LETTERS = re.compile(r"([^\W\d_])\1{2,}")
_VOWELS = frozenset("aiueo")
_MEMO_SIZE = 50_000  # distinct spellings remembered; about 10 MB
_MIN_STEM = 4  # letters; a shorter rest is another word ("dinas" is not di- + "nas")

# Prefix and the letters that may follow it; the last part is what the prefix swallowed.
_NASAL = (
    ("meny", _VOWELS, "s"),
    ("peny", _VOWELS, "s"),
    ("meng", _VOWELS | frozenset("ghkq"), ""),
    ("peng", _VOWELS | frozenset("ghkq"), ""),
    ("mem", _VOWELS, "p"),
    ("pem", _VOWELS, "p"),
    ("mem", frozenset("bfpv"), ""),
    ("pem", frozenset("bfpv"), ""),
    ("men", _VOWELS, "t"),
    ("pen", _VOWELS, "t"),
    ("men", frozenset("cdjtz"), ""),
    ("pen", frozenset("cdjtz"), ""),
    ("me", frozenset("lmnrwy"), ""),
    ("pe", frozenset("lmnrwy"), ""),
    ("ny", _VOWELS, "s"),
    ("ng", _VOWELS, ""),
)
_PLAIN = (("di", 3), ("ber", _MIN_STEM), ("ter", _MIN_STEM), ("ke", _MIN_STEM))
_CLITICS = (("nya", 3), ("lah", 5), ("kah", 5), ("pun", 4))
_SUFFIXES = ("kan", "an", "in")


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of an ambiguous abbreviation; without any condition it always applies.

    Attributes:
        word: The abbreviation, such as ``lp``.
        becomes: The token it is read as.
        context: Words of which one anywhere in the comment selects this meaning.
        after: Words of which one directly before selects it.
        number_next: A number directly after selects it (``MAN 2``).
        number_before: A number directly before selects it (``40 KK``).
    """

    word: str
    becomes: str
    context: frozenset[str]
    after: frozenset[str]
    number_next: bool
    number_before: bool

    def applies(self, tokens: Sequence[str], at: int, present: frozenset[str]) -> bool:
        """Return whether this meaning fits the token at index ``at``."""
        previous = tokens[at - 1] if at else ""
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        if not (self.context or self.after or self.number_next or self.number_before):
            return True
        return (
            (self.number_next and following.isdigit())
            or (self.number_before and previous.isdigit())
            or previous in self.after
            or not self.context.isdisjoint(present)
        )


def stem(word: str, kept: frozenset[str] = frozenset()) -> str:
    """Strip common Indonesian affixes, lightly: for matching a cue with itself, not for grammar.

    Args:
        word: One lower-case word.
        kept: Words that are returned as they are.

    Returns:
        The stem; both sides of a comparison must go through this function.

    Example:
        >>> stem("dievakuasi"), stem("penambangan"), stem("dibenerin"), stem("gotnya")
        ('evakuasi', 'tambang', 'bener', 'got')
    """
    if word in kept:
        return word
    for clitic, shortest in _CLITICS:
        if word.endswith(clitic) and len(word) - len(clitic) >= shortest:
            word = word[: -len(clitic)]
            break
    if word in kept or len(word) <= _MIN_STEM:
        return word
    bare = _without_prefix(word)
    return _without_suffix(bare, prefixed=bare != word)


def _without_prefix(word: str) -> str:
    for prefix, shortest in _PLAIN:
        if word.startswith(prefix) and len(word) - len(prefix) >= shortest:
            return word[len(prefix) :]
    for prefix, following, swallowed in _NASAL:
        rest = word[len(prefix) :]
        if word.startswith(prefix) and len(rest) + len(swallowed) >= _MIN_STEM:
            if rest[0] in following:
                return swallowed + rest
    return word


def _without_suffix(word: str, *, prefixed: bool) -> str:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _MIN_STEM:
            return word[: -len(suffix)]
    # "-si" ends loanwords (evakuasi, korupsi), not inflected ones.
    if prefixed and word.endswith("i") and word[-2] != "s" and len(word) > _MIN_STEM:
        return word[:-1]
    return word


class WordReader:
    """Turns text into the tokens that cues are written in.

    Args:
        words: ``kept`` (words never stemmed), ``slang`` (spelling to word), ``phrases`` (several
            words to one token) and ``senses`` (meanings of ambiguous abbreviations), as stored in
            ``knowledge.json``.
    """

    def __init__(self, words: Mapping[str, Any]) -> None:
        self._kept = frozenset(words["kept"])
        self._slang: dict[str, str] = dict(words["slang"])
        self._memo: dict[str, str] = {}
        self._phrases: dict[str, list[tuple[list[str], str]]] = {}
        for phrase, token in words["phrases"].items():
            parts = [self._word(part) for part in phrase.split()]
            self._phrases.setdefault(parts[0], []).append((parts, token))
        for options in self._phrases.values():
            options.sort(key=lambda option: -len(option[0]))
        self._senses: dict[str, list[Sense]] = {}
        for item in words["senses"]:
            self._senses.setdefault(item["word"], []).append(
                Sense(
                    word=item["word"],
                    becomes=item["becomes"],
                    context=frozenset(map(self._word, item["context"])),
                    after=frozenset(map(self._word, item["after"])),
                    number_next=item["number_next"],
                    number_before=item["number_before"],
                )
            )

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of ``text``: stems, with phrases joined and abbreviations resolved.

        Plain text skips ``normalize``, which would be most of a call's time: of what it does, only
        case and elongation matter to whole words, and elongation is undone once per spelling.
        """
        plain = text.isascii() and "@" not in text and "://" not in text
        tokens = self._join(self._words(text.lower() if plain else normalize(text)))
        if not self._senses.keys().isdisjoint(tokens):
            self._resolve(tokens)
        return tokens

    def cue(self, surface: str) -> str:
        """Return the normal form of a cue as it is written in the rules."""
        return " ".join(self.tokens(surface))

    def _words(self, text: str) -> list[str]:
        memo = self._memo
        raw_words = _TOKEN.findall(text)
        try:
            return [memo[raw] for raw in raw_words]
        except KeyError:
            if len(memo) > _MEMO_SIZE:
                memo.clear()
            for raw in raw_words:
                if raw not in memo:
                    memo[raw] = self._word(raw)
        return [memo[raw] for raw in raw_words]

    def _word(self, raw: str) -> str:
        slang = self._slang
        raw = _LONG_LETTERS.sub(r"\1", raw)
        if raw in slang:
            return self._final(slang[raw])
        if raw.endswith("nya") and raw[:-3] in slang:
            return self._final(slang[raw[:-3]])
        word = stem(raw, self._kept)
        return self._final(slang[word]) if word in slang else word

    def _final(self, word: str) -> str:
        return word if "_" in word else stem(word, self._kept)

    def _join(self, tokens: list[str]) -> list[str]:
        phrases = self._phrases
        if phrases.keys().isdisjoint(tokens):
            return tokens
        joined: list[str] = []
        skip_to = 0
        for at, token in enumerate(tokens):
            if at < skip_to:
                continue
            if token in phrases:
                for parts, whole in phrases[token]:
                    if tokens[at : at + len(parts)] == parts:
                        token, skip_to = whole, at + len(parts)
                        break
            joined.append(token)
        return joined

    def _resolve(self, tokens: list[str]) -> None:
        present = frozenset(tokens)
        for at, token in enumerate(tokens):
            for sense in self._senses.get(token, ()):
                if sense.applies(tokens, at, present):
                    tokens[at] = sense.becomes
                    break


class CueIndex:
    """Finds many cues in one pass over a comment's tokens.

    Args:
        cues: Normal forms, as ``WordReader.cue`` returns them.
    """

    def __init__(self, cues: Iterable[str]) -> None:
        # First token to second token to cues; a cue of one token is under the second token "".
        self._by_first: dict[str, dict[str, list[tuple[str, list[str]]]]] = {}
        for cue in sorted(set(cues)):
            parts = cue.split()
            by_second = self._by_first.setdefault(parts[0], {})
            by_second.setdefault(parts[1] if len(parts) > 1 else "", []).append((cue, parts))

    def find(self, tokens: list[str]) -> dict[str, int]:
        """Return each cue that occurs, with the index of the token where it first starts."""
        found: dict[str, int] = {}
        by_first = self._by_first
        for at, token in enumerate(tokens):
            if token in by_first:
                by_second = by_first[token]
                if "" in by_second:
                    found.setdefault(token, at)
                following = tokens[at + 1 : at + 2]
                if following and following[0] in by_second:
                    for cue, parts in by_second[following[0]]:
                        if tokens[at : at + len(parts)] == parts:
                            found.setdefault(cue, at)
        return found
