"""What a comment is about, in a form in which two comments can be compared.

Knows topics, places and words; knows nothing about cases, counts or reporters.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from hashlib import blake2b
from typing import Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from .places.words import Words
from .records import Place, TriageResult
from .routing.cues import WordReader
from .routing.knowledge import Knowledge
from .text import normalize

Relation = Literal["object", "region", "open"]  # of two places

PLAUSIBLE = 0.1  # probability from which the second sub-topic counts as possible
SAME_NAME = 0.85  # similarity of two spellings of one name: "Mekar", "Mekr"
N_BANDS, N_ROWS = 16, 2  # texts that share 40 % of their features meet with probability 0.94
_MAX_OBJECTS = 3  # named objects of one comment that are looked up
_AREAS = frozenset(
    ("jalan", "desa", "kecamatan")
)  # two different names of one of these are two places
_SPECIFIC = frozenset(("sekolah", "faskes", "pasar", "patokan", "jalan", "desa"))
_WORD = re.compile(r"[^\W\d_]+|\d+")
_DIGITS = re.compile(r"\d+")
_JOINED_NUMBER = re.compile(r"(?<=[^\W\d_])(?=\d)")
_VOWELS = str.maketrans("", "", "aiueo")
_TITLES = frozenset("jend jenderal letjen mayjen kapten dr drs ir prof kh hj haji raden".split())
_FILLER = {  # words that say what kind of place it is, or are often left out
    "jalan": frozenset("jalan jln jl raya".split()),
    "desa": frozenset("desa ds kelurahan kel".split()),
    "kecamatan": frozenset("kecamatan kec".split()),
    "sekolah": frozenset("negeri n sekolah".split()),
    "pasar": frozenset("pasar psr".split()),
}
_KEEPS_KIND = frozenset(("sekolah", "faskes", "patokan"))  # their first word is the kind: "sd"
_TAIL = frozenset("no nomor blok rt rw km".split())  # a house or a spot along a street
_MIXERS = np.random.default_rng(20261124).integers(
    1, 2**63, size=N_BANDS * N_ROWS, dtype=np.uint64
) | np.uint64(1)


@dataclass(frozen=True, slots=True)
class Landmark:
    """A named object: a street, a school, a village.

    Attributes:
        level: See ``Place.level``.
        words: The words of its name in normal form.
        shown: The name as written.
        is_strong: The name alone tells which object it is; "gang 3" or "pasar baru" does not.
    """

    level: str
    words: tuple[str, ...]
    shown: str
    is_strong: bool

    def is_same(self, other: "Landmark") -> bool:
        """Tell whether two names are spellings of one: initials, joined words, a lost letter."""
        if self.level != other.level:
            return False
        left, right = "".join(self.words), "".join(other.words)
        if left == right or _DIGITS.findall(left) != _DIGITS.findall(right):
            return left == right
        return SequenceMatcher(None, left, right, False).ratio() >= SAME_NAME or _same_initials(
            self.words, other.words
        )

    def keys(self) -> Iterator[str]:
        """Yield rough spellings of which two forms of one name share at least one."""
        yield f"{self.level}:{_skeleton(''.join(self.words))}"
        words = [word for word in self.words if not word.isdigit()]
        if words:
            yield f"{self.level}:{_skeleton(words[-1])}"


@dataclass(frozen=True, slots=True, eq=False)
class Matter:
    """What one comment is about.

    Attributes:
        id: Hash of all the rest; holds no personal data.
        topics: The plausible sub-topics with their probabilities, at most two.
        codes: Codes of the most exact regions that it names.
        objects: Named objects; none that overlaps personal data.
        features: Hashed words and letter trigrams of the text without places and personal data,
            sorted, dtype uint32, shape (n_features,).
    """

    id: str
    topics: tuple[tuple[str, float], ...]
    codes: frozenset[str]
    objects: tuple[Landmark, ...]
    features: NDArray[np.uint32]

    def object_keys(self) -> Iterator[int]:
        """Yield the keys under which cases about the same named object are found."""
        for landmark in self.objects[:_MAX_OBJECTS]:
            for name in landmark.keys():
                for topic, _ in self.topics:
                    yield hash_key(f"{topic}|{name}")

    def text_keys(self) -> list[int]:
        """Return the keys that near texts probably share: bands of a MinHash signature.

        Source:
            Broder (1997), On the resemblance and containment of documents; Leskovec, Rajaraman
            and Ullman (2020), Mining of Massive Datasets, section 3.4: the banding technique.
        """
        if not len(self.features):
            return []
        mixed = (self.features.astype(np.uint64)[:, None] * _MIXERS) >> np.uint64(32)
        bands = mixed.min(axis=0).reshape(N_BANDS, N_ROWS).tolist()
        return [hash_key(f"{band}:{values}") for band, values in enumerate(bands)]


def read_matter(result: TriageResult) -> Matter:
    """Return what a complaint is about.

    Args:
        result: The result of a comment; its places and personal data carry offsets in the text.
    """
    objects = tuple(mark for place in public_places(result) for mark in _landmarks(place))
    codes = {place.code for place in result.places if place.code}
    exact = frozenset(a for a in codes if not any(b.startswith(f"{a}.") for b in codes))
    topics = _topics(result)
    features = text_features(_bare_text(result))
    named = sorted(f"{item.level}:{' '.join(item.words)}" for item in objects)
    facts = repr((topics[:1] and topics[0][0], sorted(exact), named, features.tolist()))
    digest = blake2b(facts.encode(), digest_size=8).hexdigest()
    return Matter(f"kasus-{digest}", topics, exact, objects, features)


def public_places(result: TriageResult) -> tuple[Place, ...]:
    """Return the places that do not overlap personal data, such as a reporter's address."""
    return tuple(
        place
        for place in result.places
        if not any(span.start < place.end and place.start < span.end for span in result.pii)
    )


def text_features(text: str) -> NDArray[np.uint32]:
    """Return the hashed features of a text: stems and their letter trigrams, sorted, unique.

    Stems undo slang and affixes; trigrams make short texts and misspelt words comparable, and
    give long words, which say more, more weight.
    """
    found: set[str] = set()
    for word in _reader().tokens(text):
        if len(word) > 2 or word.isdigit():
            padded = f"<{word}>"
            found.add(word)
            found.update(padded[i : i + 3] for i in range(len(padded) - 2))
    return np.array(sorted({crc32(item.encode()) for item in found}), dtype=np.uint32)


def similarity(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> float:
    """Return the Jaccard similarity of two feature sets, in [0, 1]; 0 where one is empty."""
    if not len(left) or not len(right):
        return 0.0
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / (len(left) + len(right) - shared)


def hash_key(text: str) -> int:
    """Return a 64-bit key of a text, the same in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def relation(
    codes: frozenset[str],
    objects: Sequence[Landmark],
    other_codes: frozenset[str],
    other_objects: Sequence[Landmark],
) -> Relation | None:
    """Return how two places relate.

    Returns:
        ``"object"`` for one named object, ``"region"`` for one region or district of which not both
        sides name some object, ``"open"`` where one side names no place, ``None`` for two places.
    """
    common = codes & other_codes
    if codes and other_codes and not common:
        return None
    both = {item.level for item in objects} & {item.level for item in other_objects}
    same = [a for a in objects if a.level in both and any(map(a.is_same, other_objects))]
    different = both - {item.level for item in same}
    if different & _AREAS:
        return None
    if any(item.level in _SPECIFIC and (item.is_strong or common) for item in same):
        return "object"
    if different or (objects and other_objects and not same):
        return None
    if not (codes or objects) or not (other_codes or other_objects):
        return "open"
    return "region" if same or common else None


def _landmarks(place: Place) -> Iterator[Landmark]:
    if place.level not in _SPECIFIC and place.level not in _AREAS:
        return
    filler = _FILLER.get(place.level, frozenset())
    slang = Knowledge.load().words["slang"]
    words = []
    for raw in _WORD.findall(_JOINED_NUMBER.sub(" ", normalize(place.text))):
        word = slang.get(raw, raw)  # not stemmed: "melati" is no form of "lati"
        if word in _TAIL and place.level == "jalan":
            break
        if word not in filler and word not in _TITLES:
            words.append(word.lstrip("0") or "0" if word.isdigit() else word)
    if words:
        proper = [word for word in words[place.level in _KEEPS_KIND :] if _is_proper(word)]
        strong = any(word not in _generic() for word in proper)
        strong = strong or (bool(proper) and any(word.isdigit() for word in words))  # "SDN 3 Mekar"
        yield Landmark(place.level, tuple(words), " ".join(place.text.split()), strong)


def _topics(result: TriageResult) -> tuple[tuple[str, float], ...]:
    if result.subtopic is None:
        return ()
    decision = result.subtopic
    others = [pair for pair in decision.alternatives[:1] if pair[1] >= PLAUSIBLE]
    return ((decision.label, decision.probability), *others)


def _bare_text(result: TriageResult) -> str:
    """Return the text without places, which are compared apart, and without personal data."""
    text = result.details.comment.text
    spans = [(place.start, place.end) for place in result.places]
    spans += [(span.start, span.end) for span in result.pii]
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _same_initials(left: Sequence[str], right: Sequence[str]) -> bool:
    """Tell whether names differ only in words cut to initials: "A Yani", "Ahmad Yani"."""
    return (
        len(left) == len(right) > 1
        and left[-1] == right[-1]
        and all(
            a == b or (min(len(a), len(b)) == 1 and a[0] == b[0])
            for a, b in zip(left, right, strict=True)
        )
    )


def _skeleton(word: str) -> str:
    """Return the consonants of a word, which spelling noise leaves alone: "mlati", "melati"."""
    bare = word.translate(_VOWELS)
    return bare if len(bare) > 1 else word


@cache
def _reader() -> WordReader:
    return WordReader(Knowledge.load().words)


def _is_proper(word: str) -> bool:
    return len(word) > 3 and word not in ("gang", "kelas")


@cache
def _generic() -> frozenset[str]:
    return Words.load().classes["umum"]
