"""Read the pretraining corpus: choose sources, cap them, filter by language, drop copies.

Files are zstd-compressed lines of ``owner/repository<TAB>text``; one file a register. Knows nothing
about tokens or models.
"""

import hashlib
import io
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from pengaduan_nlp.text import normalize

_WORD = re.compile(r"[a-z]+")
# Function words of Indonesian (formal and colloquial) and its neighbours in the archipelago; a
# document of eight words or more with none of them, and with English ones, is foreign.
_LOCAL = frozenset(
    "yang dan di ke dari ini itu dengan untuk pada tidak ada adalah akan juga saya kami kita aku "
    "yg gak ga nggak udah sudah sdh dgn utk aja saja kalo kalau bisa bang pak bu mas kak min nya "
    "lagi masih belum blm sama buat apa kapan karena krn tapi tp dong sih kok deh lah ya iya "
    "sing lan ora wis iki ing nang kang teu geus anu jeung kuring abdi aya ka nu indak nan jo awak "
    "gue lu lo elo kaga dak nian torang nda mi ji kon arek sampun mboten dipun kula".split()
)
_ENGLISH = frozenset("the of and is are you that this with for was have not they what".split())
HISTORY = ".hist"  # mark of texts that only older versions of a repository hold
_MIN_CHARS = 12  # characters; shorter documents teach a masked model nothing


@dataclass(frozen=True, slots=True)
class Selection:
    """What to read of one register file, and how much of it.

    Attributes:
        path: The ``.tsv.zst`` file.
        share: Target share of the mixture, any positive weight.
        max_chars: Stop after this many characters were kept.
        max_chars_per_source: Cap for one repository, so that no single site dominates.
        max_doc_chars: Cut longer documents at a space, then continue with the rest.
        skip: Repositories to leave out by name.
        only: Repositories to read by name; empty for all.
    """

    path: Path
    share: float
    max_chars: int
    max_chars_per_source: int
    max_doc_chars: int = 2000
    skip: frozenset[str] = field(default_factory=frozenset)
    only: frozenset[str] = field(default_factory=frozenset)


def read_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield ``(source, text)`` of a compressed register file."""
    with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as stream:
        for line in io.TextIOWrapper(stream, encoding="utf-8", errors="replace"):
            source, tab, text = line.rstrip("\n").partition("\t")
            if tab:
                yield source, text


def is_local(text: str) -> bool:
    """Tell whether normalised ``text`` looks Indonesian or of a neighbouring language."""
    words = _WORD.findall(text)
    if len(words) < 3:
        return False
    local = sum(word in _LOCAL for word in words)
    english = sum(word in _ENGLISH for word in words)
    return english <= local or (len(words) < 8 and english == 0)


def fingerprint(text: str) -> int:
    """Return a 64-bit key that near-copies share: the sorted set of words, digits dropped."""
    words = sorted(set(_WORD.findall(text)))
    return int.from_bytes(hashlib.blake2b(" ".join(words).encode(), digest_size=8).digest(), "big")


def documents(selection: Selection, *, seed: int = 0) -> Iterator[str]:
    """Yield normalised documents of one register: filtered, capped, without near-copies.

    Args:
        selection: What to read.
        seed: Sources above their cap are thinned at random with this seed.

    Yields:
        Normalised text of at most ``max_doc_chars`` characters.
    """
    chars_by_source: Counter[str] = Counter()
    totals = _source_sizes(selection.path)
    rng = random.Random(seed)
    seen: set[int] = set()
    kept = 0
    for source, raw in read_lines(selection.path):
        repository = source.removesuffix(HISTORY)
        if repository in selection.skip or (selection.only and repository not in selection.only):
            continue
        if len(raw) < _MIN_CHARS:
            continue
        keep = min(1.0, selection.max_chars_per_source / max(1, totals[source]))
        if rng.random() > keep:
            continue
        text = normalize(raw[: 4 * selection.max_doc_chars])
        if len(text) < _MIN_CHARS or not is_local(text):
            continue
        key = fingerprint(text)
        if key in seen:
            continue
        seen.add(key)
        for piece in _cut(text, selection.max_doc_chars):
            chars_by_source[source] += len(piece)
            kept += len(piece)
            yield piece
        if kept >= selection.max_chars:
            return


def _cut(text: str, limit: int) -> Iterator[str]:
    while len(text) > limit:
        at = text.rfind(" ", 0, limit)
        at = at if at > 0 else limit
        yield text[:at]
        text = text[at:].lstrip()
    if len(text) >= _MIN_CHARS:
        yield text


def _source_sizes(path: Path) -> Counter[str]:
    table = path.with_name("sources.tsv")
    sizes: Counter[str] = Counter()
    for line in table.read_text(encoding="utf-8").splitlines()[1:]:
        repository, file, _, characters = line.split("\t")
        if file == path.name:
            sizes[repository] += int(characters)
    return sizes
