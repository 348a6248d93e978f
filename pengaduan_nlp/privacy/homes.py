"""Find the home address of the person who writes; the place of the problem is left alone.

Knows nothing about numbers of other kinds or names.
"""

import re
from collections.abc import Iterator

from ..records import PiiSpan
from .folding import spaced
from .words import NOT_ADDRESS

_CUE = re.compile(
    spaced(
        r"(?<![\w\[])(?:"
        r"(?:alamat|almt)(?: (?:lengkap|rumah|pelapor))?(?: (?:saya|sy|kami))? ?[:=]"
        r"|alamat(?:ku| (?:rumah|saya|sy|kami)(?: (?:saya|sy|kami))?)(?: (?:di|ada di))?"
        r"|(?:rumah|kos|kost|kontrakan|kediaman)(?:ku| (?:[a-z]{2,8} )?(?:saya|sy|kami))"
        r"(?: (?:ada )?di|(?= (?:jl|jln|jalan|gg|gang|perum|perumahan|komplek|blok)\b))"
        r"|tinggal di|(?:ber)?domisili(?: (?:saya|sy))?(?: di)?) "
    ),
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?P<gap>[ ,.\-]{0,3})(?P<word>[^\W_][\w/]{0,24})")
_STREET = frozenset(
    "jl jln jalan gg gang lorong lr kp kampung perum perumahan komplek kompleks kmplk griya "
    "cluster apartemen rusun dusun dsn dukuh desa ds kel kelurahan kec kecamatan kab "
    "kabupaten kota nagari jorong banjar lingkungan".split()
)
_UNIT = frozenset("no nomor nmr rt rw rtrw blok blk kav lantai lt km".split())
_UNIT_JOINED = re.compile(r"(?:no|rt|rw|blok|blk|kav|gg)[0-9/]+[a-z]?", re.IGNORECASE)
_UNIT_VALUE = re.compile(r"[a-z]{0,2}[0-9]{0,4}[a-z]?(?:/[0-9a-z]{1,4})?", re.IGNORECASE)
_MAX_TOKENS = 28
_MAX_PLAIN = 3  # words without a keyword in a row: "jl Haji Naim Besar"


class _Reader:
    """Reads an address word by word and remembers how far it is certain."""

    def __init__(self, start: int) -> None:
        self.end = start
        self.start = -1
        self.detailed = False  # a street, number, RT/RW or block was seen: this is an address
        self._after = "start"
        self._n_plain = 0

    def accept(self, match: re.Match[str]) -> bool:
        """Take one more word; return whether it belongs to the address."""
        word = match["word"].lower()
        if self._after == "unit":
            accepted = _UNIT_VALUE.fullmatch(word) is not None or word in _UNIT
            self.detailed |= accepted
            self._after = "unit" if word in _UNIT else "number"
        elif word in _STREET or word in _UNIT:
            self._after, self._n_plain = "street" if word in _STREET else "unit", 0
            return self._keep(match, certain=False)
        elif word[0].isdigit() or _UNIT_JOINED.fullmatch(word):
            joined = _UNIT_JOINED.fullmatch(word) is not None
            plain = self._after != "start" and _UNIT_VALUE.fullmatch(word) is not None
            accepted = joined or plain
            self.detailed |= accepted
            self._after = "number"
        else:
            accepted = self._accept_plain(match, word)
        return accepted and self._keep(match, certain=True)

    def _accept_plain(self, match: re.Match[str], word: str) -> bool:
        self._n_plain += 1
        if word in NOT_ADDRESS or self._n_plain > _MAX_PLAIN:
            return False
        named = match["word"][0].isupper() and not match["word"].isupper()
        if self._after == "number" or "," in match["gap"]:
            return named
        self._after = "name"
        return True

    def _keep(self, match: re.Match[str], *, certain: bool) -> bool:
        if self.start < 0:
            self.start = match.start("word")
        if certain:
            self.end = match.end()
        return True


def find_homes(text: str) -> Iterator[PiiSpan]:
    """Yield addresses of homes in ``text`` (folded), if they have a number, RT/RW or block."""
    for cue in _CUE.finditer(text):
        reader = _Reader(cue.end())
        position = cue.end()
        for _ in range(_MAX_TOKENS):
            match = _TOKEN.match(text, position)
            if match is None or not reader.accept(match):
                break
            position = match.end()
        if reader.detailed:
            yield PiiSpan("alamat", reader.start, reader.end)
