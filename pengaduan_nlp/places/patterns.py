"""Read the place that a marker introduces: ``jl Melati``, ``kec Coblong``, ``SDN 3 Mekar``.

Knows the shape of names and what each known name can mean; decides no reading.
"""

from collections.abc import Mapping

from .gazetteer import Entry
from .linking import Mention
from .words import PhraseIndex, Tokens, Words

REGION_LEVELS = ("provinsi", "kabupaten", "kota")
DISTRICT_LEVELS = ("kecamatan", "desa")
SHORT_ALIAS = 3  # letters; a shorter alias is too easily another abbreviation
_BREAKING_LEVELS = (*REGION_LEVELS, *DISTRICT_LEVELS, "rt_rw", "jalan")
_MAX_NAME = 4  # words of a free name in capitals; longer runs are headlines
_MAX_SMALL_NAME = 3  # words of one in small letters; longer runs are sentences
_MAX_TAIL = 6  # words of "blok C no 12"
_ROMAN = frozenset("i ii iii iv v vi vii viii ix x xi xii xiii xiv xv".split())
_UNITS = frozenset(
    "hari hr bulan bln tahun thn taun th minggu mgg jam menit mnt detik kali kl x rb ribu k jt "
    "juta m meter mtr km kilo persen org orang kk titik rumah unit buah ekor hektar ha liter l "
    "periode".split()
)


class NameShape:
    """Where the proper name after a marker ends.

    Names in comments are often written small, so the end is found by words that cannot be part
    of a name as well as by the change from capital to small letters.
    """

    def __init__(self, words: Words) -> None:
        classes = words.classes
        self._modifiers = classes["pengubah"]
        self._tails = classes["ekor"]
        self._markers = words.markers
        self._breaks = frozenset(
            word for word, level in words.markers.items() if level in _BREAKING_LEVELS
        )
        self._stops = classes["henti"] | classes["lokatif"] | classes["kantor"]
        self._generic = classes["umum"]
        self._exceptions = classes["nama_berimbuhan"]

    def first(self, tokens: Tokens, index: int) -> int:
        """Return the index after the modifiers (``raya``, ``poros``) that begin at ``index``."""
        at, end = index, min(len(tokens.words), index + 3)
        while at < end and tokens.words[at] in self._modifiers and tokens.opens(at):
            at += 1
        return at

    def end(
        self, tokens: Tokens, first: int, *, numbers: bool = False, generic: bool = False
    ) -> int:
        """Return the index after the name that begins at ``first``; ``first`` where there is none.

        Args:
            tokens: The text.
            first: Index of the name's first word, after any modifiers.
            numbers: Whether a number alone is a name (``gang 3``, ``SDN 3``).
            generic: Whether small words such as ``baru`` can be part of it (``pasar baru``).
        """
        if first >= len(tokens.words) or not tokens.opens(first):
            return first
        if not self._begins(tokens, first, numbers, generic):
            return first
        proper = self._in_capitals(tokens, first)
        limit = min(len(tokens.words), first + (_MAX_NAME if proper else _MAX_SMALL_NAME))
        at = first + 1
        while at < limit and self._continues(tokens, at, proper, generic):
            at += 1
        if at == first + 1 and tokens.words[first] in self._generic:
            if not (tokens.proper(first) or generic):
                return first  # "jalan tanah", "gedung tinggi"
        return self._tail(tokens, at)

    def _in_capitals(self, tokens: Tokens, first: int) -> bool:
        """Return whether the words of the name have capitals, so that a small one ends it."""
        word = tokens.words[first]
        if word.isdigit():  # "SDN 3 Mekar"
            return first + 1 < len(tokens.words) and tokens.proper(first + 1)
        return tokens.proper(first) and word not in self._markers  # but "Jembatan Sungai klawing"

    def _begins(self, tokens: Tokens, at: int, numbers: bool, generic: bool) -> bool:
        word = tokens.words[at]
        if word.isdigit():
            return numbers and len(word) <= 3 and not self._counts(tokens, at)
        if not word[0].isalpha() or word in self._breaks:
            return False
        if word in self._stops and not (generic and word in self._generic):
            return False
        if len(word) == 1 and not tokens.capital[at]:
            return False
        return tokens.proper(at) or not self._inflected(word)

    def _continues(self, tokens: Tokens, at: int, proper: bool, generic: bool) -> bool:
        word = tokens.words[at]
        if not tokens.joined(at):
            return False
        if word.isdigit():
            return len(word) <= 3 and not self._counts(tokens, at)
        if not word[0].isalpha() or word in self._tails or word in self._breaks:
            return False
        capital = proper and tokens.capital[at]
        if word in self._stops:
            return (capital or generic) and word in self._generic
        if word in _ROMAN or capital:
            return True
        if proper or word in self._markers or len(word) == 1:
            return False
        return tokens.proper(at) or not self._inflected(word)

    def _counts(self, tokens: Tokens, at: int) -> bool:
        """Return whether the number at ``at`` counts something: ``jalan melati 3 hari``."""
        if at + 1 >= len(tokens.words):
            return False
        decimal = tokens.words[at + 1].isdigit() and tokens.gap(at + 1) in (",", ".")  # "1,5 juta"
        return decimal or tokens.words[at + 1] in _UNITS

    def _tail(self, tokens: Tokens, at: int) -> int:
        """Return the index after ``blok C``, ``no 12`` or ``km 7`` that follow a name."""
        words = tokens.words
        limit = at + _MAX_TAIL
        while at < limit and at + 1 < len(words) and words[at] in self._tails:
            value = words[at + 1]
            if not tokens.opens(at + 1) or not (value.isdigit() or len(value) <= 2):
                break
            at += 2
            if at < len(words) and tokens.gap(at) in ("", "-", "/") and len(words[at]) <= 3:
                at += 1
        return at

    def _inflected(self, word: str) -> bool:
        """Return whether a word is inflected as names are not: ``dibenerin``, ``jalannya``."""
        if len(word) < 6 or word in self._exceptions:
            return False
        if word.startswith(("di", "mem")) or word.endswith("nya"):
            return True
        if len(word) >= 8 and word.startswith("men"):
            return True
        return word.startswith(("ter", "ke", "me", "nge")) and word.endswith(("kan", "in"))


class MarkerReader:
    """Reads the mention that a marker word introduces."""

    def __init__(
        self, index: PhraseIndex, names: Mapping[str, tuple[Entry, ...]], words: Words
    ) -> None:
        self._index = index
        self._names = names
        self._shape = NameShape(words)
        self._markers = words.markers
        self._classes = words.classes
        self.first_words = frozenset(key.partition(" ")[0] for key in words.markers)

    def read(self, tokens: Tokens, at: int) -> Mention | None:
        """Return the mention that a marker at ``at`` introduces."""
        words = tokens.words
        begin = at + 1
        marker = words[at]
        if begin < len(words) and f"{marker} {words[begin]}" in self._markers:
            marker, begin = f"{marker} {words[begin]}", begin + 1
        level = self._markers.get(marker)
        if level is None or begin >= len(words):
            return None
        if level == "rt_rw":
            return _numbered(tokens, at)
        if level in REGION_LEVELS:
            return self._marked_region(tokens, at, level)
        if level in DISTRICT_LEVELS:
            return self._marked_district(tokens, at, level)
        return self._marked_free(tokens, at, begin, level)

    def _marked_region(self, tokens: Tokens, at: int, level: str) -> Mention | None:
        if (at and tokens.words[at - 1] == "wali") or not tokens.opens(at + 1):
            return None
        end, key = self._index.longest(tokens, at + 1)
        entries = tuple(e for e in self._names.get(key, ()) if e.level in REGION_LEVELS)
        fitting = tuple(entry for entry in entries if entry.level == level)
        if fitting or (entries and level == "kota"):  # "kota Kudus" is the town of the regency
            return Mention(at, end, "", fitting or entries)
        if level != "kabupaten":
            return None
        end = self._shape.end(tokens, at + 1, generic=True)
        return Mention(at, end, level, ()) if end > at + 1 else None

    def _marked_district(self, tokens: Tokens, at: int, level: str) -> Mention | None:
        if not tokens.opens(at + 1) or self._needs_capital(tokens, at):
            return None
        known, key = self._index.longest(tokens, at + 1)
        districts = self._names.get(key, ())
        entries = tuple(entry for entry in districts if entry.level == level)
        if not entries and tokens.words[at] in self._classes["penanda_kelurahan"]:
            # The town ward of a district's name lies in that district.
            entries = tuple(e for e in districts if e.level == "kecamatan" and e.code[3] >= "7")
        free = self._cut(tokens, at + 1, self._shape.end(tokens, at + 1, generic=True))
        if entries and (free <= known or not tokens.proper(at + 1)):
            return Mention(at, known, level, entries)
        return Mention(at, free, level, ()) if free > at + 1 else None

    def _marked_free(self, tokens: Tokens, at: int, begin: int, level: str) -> Mention | None:
        """Return a street, a school or a landmark: places that have no code."""
        lane = tokens.words[at] in self._classes["penanda_gang"]
        if level == "jalan" and not lane and self._is_walk(tokens, at, begin):
            return None
        first = self._shape.first(tokens, begin)
        if first == begin and self._needs_capital(tokens, at):
            return None
        numbers = lane or level == "sekolah"
        end = self._shape.end(tokens, first, numbers=numbers, generic=level == "pasar")
        if end > first and level == "sekolah" == self._markers.get(tokens.words[first]):
            return None  # "SMA SMK"
        if end == first or (level == "jalan" and self._is_route(tokens, first, begin)):
            return None
        end = self._cut(tokens, first, end)
        within = self._within(tokens, first, end, level)
        return Mention(at, end, level, (), within=within)

    def _is_walk(self, tokens: Tokens, at: int, begin: int) -> bool:
        """Return whether somebody walks: ``jalan2``, ``gue jalan nangis``."""
        if tokens.words[begin].isdigit():
            return True
        walker = at > 0 and tokens.words[at - 1] in self._classes["pejalan"]
        return walker and tokens.gap(at) == " " and not tokens.proper(begin)

    def _needs_capital(self, tokens: Tokens, at: int) -> bool:
        """Return whether the marker is an everyday word and no capital or number follows."""
        if tokens.words[at] not in self._classes["penanda_ketat"]:
            return False
        school = tokens.words[at] in self._classes["penanda_sekolah"]
        return not (tokens.capital[at + 1] or (school and tokens.words[at + 1].isdigit()))

    def _is_route(self, tokens: Tokens, first: int, begin: int) -> bool:
        """Return whether a region follows, not the name of one street.

        So it is in ``jalan Solo Jogja``, ``jalan trans kalbar`` and ``jalan lamteng rusak``.
        """
        end, key = self._index.longest(tokens, first)
        here = self._names.get(key, ())
        levels = {entry.level for entry in here}
        if not levels.intersection(REGION_LEVELS):
            return False
        if first > begin and "provinsi" in levels:
            return bool(self._classes["pengubah_lintas"].intersection(tokens.words[begin:first]))
        small = tokens.words[begin - 1] == "jalan" and not tokens.capital[begin - 1]
        if first == begin and small and not levels & {"kota", "provinsi"}:
            return True  # cities and provinces give their names to streets, regencies rarely
        after = end + (end < len(tokens.words) and tokens.words[end] in ("ke", "menuju", "sampai"))
        if after >= len(tokens.words) or not tokens.joined(after):
            return False
        there = self._names.get(self._index.longest(tokens, after)[1], ())
        codes = {entry.code for entry in here}
        return any(entry.code not in codes for entry in there)

    def _cut(self, tokens: Tokens, first: int, end: int) -> int:
        """Return the end of a free name, before a region or district that follows it."""
        at = first
        while at < end and tokens.words[at].isdigit():
            at += 1
        at = max(at + 1, self._index.longest(tokens, at)[0])
        while at < end:
            key = self._index.longest(tokens, at)[1]
            if key and len(key) > SHORT_ALIAS:
                region = self._names[key][0].level in REGION_LEVELS
                if key not in self._classes["hati_hati"] or (region and tokens.proper(at)):
                    return at
            at += 1
        return end

    def _within(self, tokens: Tokens, first: int, end: int, level: str) -> frozenset[str]:
        """Return the code of the region or district that a landmark is named after.

        Streets are named after far cities, but after a district only where they lead there.
        """
        for at in range(first, end):
            key = self._index.longest(tokens, at)[1]
            if key and key not in self._classes["hati_hati"]:
                entries = self._names[key]
                if level == "jalan" and entries[0].level in REGION_LEVELS:
                    return frozenset()
                codes = frozenset(entry.code for entry in entries)
                return codes if len(codes) == 1 else frozenset()
        return frozenset()


def _numbered(tokens: Tokens, at: int) -> Mention | None:
    """Return ``RT 04/02``, ``rt 3 rw 7`` or ``rw 5``; none where no number follows."""
    words = tokens.words
    end = at
    while end + 1 < len(words) and words[end] in ("rt", "rw", "erte", "erwe"):
        if not words[end + 1].isdigit() or not tokens.opens(end + 1):
            break
        end += 2
        if end < len(words) and words[end].isdigit() and "/" in tokens.gap(end):
            end += 1
        if end < len(words) and len(tokens.gap(end).strip()) > 1:
            break
    return Mention(at, end, "rt_rw", ()) if end > at else None
