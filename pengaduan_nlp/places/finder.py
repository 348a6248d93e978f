"""Find the places that a comment names: streets, villages, regions, schools and landmarks.

Reads the text once, left to right; knows no model and no agency.
"""

from functools import cache
from typing import Self, cast

from ..records import Place
from .gazetteer import Entry, Gazetteer
from .linking import HARD, LOCATED, SOFT, SURE, Mention, link
from .patterns import REGION_LEVELS, SHORT_ALIAS, MarkerReader
from .words import PhraseIndex, Tokens, Words, split_prefixes, tokenize

_SHORT_DISTRICT = 7  # letters; a shorter name of a district is too easily another word


class PlaceFinder:
    """Finds and links places; one instance serves any number of texts and threads.

    Example:
        >>> finder = PlaceFinder.load()
        >>> [(p.text, p.level, p.code) for p in finder.find("jl Melati kec Coblong rusak")]
        [('jl Melati', 'jalan', None), ('kec Coblong', 'kecamatan', '32.73')]
    """

    def __init__(self, gazetteer: Gazetteer, words: Words) -> None:
        self._gazetteer = gazetteer
        self._names = gazetteer.names
        self._index = PhraseIndex(gazetteer.names)
        self._markers = MarkerReader(self._index, self._names, words)
        self._classes = words.classes
        self._blocked = frozenset(words.classes["lanjutan_bukan"])
        self._attachable = frozenset(
            key
            for key, entries in gazetteer.names.items()
            if entries[0].level in REGION_LEVELS
            and len(key) > SHORT_ALIAS
            and key not in words.classes["hati_hati"]
        )
        self._tags: dict[str, str] = {}

    @classmethod
    def load(cls) -> Self:
        """Return the finder of the package's own gazetteer, built once per process."""
        return cast(Self, _bundled())

    def find(self, text: str, *, region: str | None = None) -> tuple[Place, ...]:
        """Return the places that ``text`` names, in order and not overlapping.

        Args:
            text: The comment as received; any case, any spelling.
            region: Code (``"33.74"``, ``"3374"``) or name of the region the account belongs to;
                breaks ties between places of one name and nothing else.

        Returns:
            The places. A district or village is linked to the code of its regency or city.

        Raises:
            InputError: If ``region`` is neither a code nor a name.
        """
        account = self._gazetteer.resolve(region) if region else None
        tokens = split_prefixes(tokenize(text), self._attachable)
        mentions = self._mentions(tokens)
        if not mentions:
            return ()
        kept = link(mentions, self._gazetteer, account)
        return self._places(tokens, kept)

    def _mentions(self, tokens: Tokens) -> list[Mention]:
        """Return everything that may be a place, longest first where two begin together."""
        found: list[Mention] = []
        markers, known = self._markers.first_words, self._index.words
        at, words = 0, tokens.words
        while at < len(words):
            word = words[at]
            marked = named = None
            if word in markers:
                marked = self._markers.read(tokens, at)
            if word in known:
                named = self._named(tokens, at)
            elif word[0] == "#":
                named = self._tag(tokens, at)
            mention = self._longer(tokens, marked, named)
            if mention is None:
                at += 1
            else:
                found.append(mention)
                at = mention.end
        return found

    def _longer(
        self, tokens: Tokens, marked: Mention | None, named: Mention | None
    ) -> Mention | None:
        """Choose between ``pasar`` + ``Minggu`` and the district ``Pasar Minggu``."""
        if marked is None or named is None:
            return marked or named
        if named.end != marked.end:
            return named if named.end > marked.end else marked
        start = named.start
        if named.evidence <= LOCATED or (tokens.proper(start + 1) and not tokens.proper(start)):
            return marked
        return named

    def _named(self, tokens: Tokens, at: int) -> Mention | None:
        """Return the mention of a name that no marker introduces."""
        end, key = self._index.longest(tokens, at)
        if end == at or self._is_other(tokens, at, end):
            return None
        entries = self._names[key]
        cued = self._cued(tokens, at, entries)
        if cued:
            return Mention(at, end, "", cued)
        regions = tuple(entry for entry in entries if entry.level in REGION_LEVELS)
        evidence = self._evidence(tokens, at, end, key, only_district=not regions)
        return Mention(at, end, "", entries, evidence)

    def _is_other(self, tokens: Tokens, at: int, end: int) -> bool:
        """Return whether a name is part of a dish, a brand, an address on the net or a phrase."""
        words = tokens.words
        if at and words[at - 1] in self._classes["makanan_merek"] and tokens.joined(at):
            return True
        if end < len(words) and f"{words[end - 1]}:{words[end]}" in self._blocked:
            return True
        after = tokens.text[tokens.ends[end - 1] : tokens.ends[end - 1] + 4]
        return after[:1] == "@" or after in (".com", ".go.", ".id") or after[:3] == ".id"

    def _cued(self, tokens: Tokens, at: int, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """Return the readings that an office before the name asks for (``bupati``, ``pemkot``)."""
        if not at or not tokens.same_sentence(at):
            return ()
        before = tokens.words[at - 1]
        for level in REGION_LEVELS:
            if before in self._classes[f"isyarat_{level}"]:
                fitting = tuple(entry for entry in entries if entry.level == level)
                if fitting:
                    return fitting
        return ()

    def _evidence(self, tokens: Tokens, at: int, end: int, key: str, *, only_district: bool) -> int:
        words = tokens.words
        near = at > 0 and tokens.same_sentence(at)
        before = words[at - 1] if near else ""
        if before in self._classes["kantor"]:
            return SURE
        located = before in self._classes["lokatif"]
        proper = tokens.proper(at)
        if len(key) <= SHORT_ALIAS:  # "NTT" is a name, "Smg" at the start of a line is a wish
            proper = proper and tokens.text[tokens.starts[at] : tokens.ends[at]].isupper()
        if key in self._classes["hati_hati"]:
            return SURE if located and proper else LOCATED if located or proper else HARD
        single = end - at == 1
        generic = not single and all(word in self._classes["umum"] for word in words[at:end])
        short = single and (
            len(key) <= SHORT_ALIAS or (only_district and len(key) < _SHORT_DISTRICT)
        )
        if not (generic or short or key in self._classes["lunak"]):
            return SURE
        event = end < len(words) and words[end] in self._classes["peristiwa"]
        return SURE if located or event or (proper and near) else SOFT

    def _tag(self, tokens: Tokens, at: int) -> Mention | None:
        """Return the region that a hashtag consists of (``#LampungTengah``)."""
        if not self._tags:
            self._tags = {key.replace(" ", ""): key for key in self._names}
        key = self._tags.get(tokens.words[at][1:], "")
        entries = tuple(entry for entry in self._names.get(key, ()) if entry.level in REGION_LEVELS)
        careful = len(key) <= SHORT_ALIAS or key in self._classes["hati_hati"]
        return Mention(at, at + 1, "", entries) if entries and not careful else None

    def _places(self, tokens: Tokens, mentions: list[Mention]) -> tuple[Place, ...]:
        codes = {m.chosen.code for m in mentions if m.chosen} | {
            code for m in mentions for code in m.within
        }
        provinces = {code[:2] for code in codes}
        shared = next(iter(provinces)) if len(provinces) == 1 else None
        places = []
        for mention in mentions:
            start, end = tokens.starts[mention.start], tokens.ends[mention.end - 1]
            start += tokens.text[start] == "#"
            text, chosen = tokens.text[start:end], mention.chosen
            own = chosen.code[:2] if chosen else shared
            places.append(
                Place(
                    text=text,
                    start=start,
                    end=end,
                    code=chosen.code if chosen else None,
                    name=chosen.name if chosen else " ".join(text.split()),
                    level=mention.level or (chosen.level if chosen else "patokan"),
                    province=self._gazetteer.province_name(own) if own else None,
                )
            )
        return tuple(places)


@cache
def _bundled() -> PlaceFinder:
    return PlaceFinder(Gazetteer.load(), Words.load())
