"""Read a pool of unlabelled comments in bounded memory and keep the candidates for labelling.

Knows files and a model's probabilities; nothing about which candidates are chosen in the end.
"""

import heapq
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .. import files
from ..calibration import Calibration, Probabilities
from ..privacy import find_pii, mask
from ..scheme import LabelScheme
from ..text import normalize
from .spellings import spelling_key

JUDGED = ("kind", "sector", "urgency")  # heads whose uncertainty counts, in a custom scheme too
_CHUNK = 1024  # comments a call of the model
_SEEN_BITS = 27  # of the filter's 16 MiB; at 1,000,000 comments one in a million is lost
_IDS = ("id", "comment_id", "id_komentar")
_WORD = re.compile(r"[^\W\d_]+")


class Judges(Protocol):
    """What is asked of a ``Triage``."""

    scheme: LabelScheme
    calibration: Calibration

    def probabilities(self, texts: Sequence[str]) -> dict[str, Probabilities]: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A comment that may be labelled next.

    Attributes:
        line: Its row in the pool.
        id: Its key in the pool, or the row.
        text: The comment, masked.
        stratum: Predicted sector; predicted kind where it is no report.
        uncertainty: Mean of 1 - margin over kind, sector and urgency, in [0, 1].
        predicted: Label and probability of every head that applies.
    """

    line: int
    id: str
    text: str
    stratum: str
    uncertainty: float
    predicted: dict[str, tuple[str, float]]


class Largest:
    """Keeps the items with the largest keys; of equal keys the first."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._heap: list[tuple[float, int, Candidate]] = []

    def add(self, key: float, item: Candidate) -> None:
        """Offer an item."""
        entry = (key, -item.line, item)
        if len(self._heap) < self._n:
            heapq.heappush(self._heap, entry)
        elif self._n and entry[:2] > self._heap[0][:2]:
            heapq.heapreplace(self._heap, entry)

    def items(self) -> list[Candidate]:
        """Return the items, largest key first."""
        return [item for _, _, item in sorted(self._heap, key=lambda entry: entry[:2])[::-1]]


class Seen:
    """Remembers texts by their set of words in 16 MiB, however many they are: a Bloom filter.

    Source:
        Bloom (1970), CACM 13(7).
    """

    def __init__(self) -> None:
        self._bits = bytearray(2 ** (_SEEN_BITS - 3))

    def add(self, text: str) -> bool:
        """Add a text; tell whether it is new."""
        normal = normalize(text)
        words = " ".join(sorted(set(_WORD.findall(normal)))) or normal
        digest = blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        new = False
        for start in range(0, 16, 4):
            bit = int.from_bytes(digest[start : start + 4], "little") >> (32 - _SEEN_BITS)
            if not self._bits[bit >> 3] & 1 << (bit & 7):
                self._bits[bit >> 3] |= 1 << (bit & 7)
                new = True
        return new


@dataclass
class Pool:
    """What is kept of a pool.

    Attributes:
        random: Comments drawn at random, all alike likely.
        uncertain: The most uncertain ones of every stratum, most uncertain first.
        sample: Some of every stratum, drawn at random.
        counts: Number of different comments of every stratum.
        n_rows: Rows read.
        n_copies: Rows left out that have the words of an earlier one, or of an excluded text.
        n_bad: Rows without a usable text.
        notes: What the reader noticed.
    """

    random: list[Candidate]
    uncertain: dict[str, list[Candidate]]
    sample: dict[str, list[Candidate]]
    counts: Counter[str]
    n_rows: int = 0
    n_copies: int = 0
    n_bad: int = 0
    notes: tuple[str, ...] = ()


def read_pool(
    rows: files.Rows,
    model: Judges,
    *,
    keep: int,
    seed: int,
    exclude: Iterable[str] = (),
    progress: Callable[[int], None] | None = None,
) -> Pool:
    """Read and judge a whole pool once, keeping what could be chosen.

    Args:
        rows: The open pool.
        model: A ``Triage``.
        keep: Comments to keep at random, and of each stratum twice: uncertain and at random.
        seed: Of the random draws.
        exclude: Texts that have labels already.
        progress: Called with the rows read after every chunk.
    """
    rng = np.random.default_rng(seed)
    seen, at_random, pool = Seen(), Largest(keep), Pool([], {}, {}, Counter())
    uncertain: dict[str, Largest] = {}
    sample: dict[str, Largest] = {}
    for text in exclude:
        seen.add(text)
    fresh = _fresh(rows, seen, pool)
    while chunk := list(islice(fresh, _CHUNK)):
        draws = rng.random((len(chunk), 2)).tolist()
        for item, (draw, other) in zip(_judged(chunk, model), draws, strict=True):
            pool.counts[item.stratum] += 1
            at_random.add(draw, item)
            uncertain.setdefault(item.stratum, Largest(keep)).add(item.uncertainty, item)
            sample.setdefault(item.stratum, Largest(keep)).add(other, item)
        if progress:
            progress(pool.n_rows)
    pool.random = at_random.items()
    pool.uncertain = {stratum: kept.items() for stratum, kept in sorted(uncertain.items())}
    pool.sample = {stratum: kept.items() for stratum, kept in sorted(sample.items())}
    pool.notes = tuple(rows.notes)
    return pool


def _fresh(rows: files.Rows, seen: Seen, pool: Pool) -> Iterator[tuple[int, str, str]]:
    """Yield line, id and masked text of the comments that are different from all before."""
    keys = {spelling_key(name): name for name in rows.columns if name != rows.text_column}
    column = next((keys[key] for key in map(spelling_key, _IDS) if key in keys), None)
    for item in rows:
        pool.n_rows += 1
        if not isinstance(item, files.Row) or not item.text.strip():
            pool.n_bad += 1
            continue
        text = _masked(item.text)
        if not seen.add(text):
            pool.n_copies += 1
            continue
        value = item.values.get(column) if column else None
        yield item.line, str(item.line) if value in (None, "") else _masked(str(value)), text


def _masked(text: str) -> str:
    return mask(text, find_pii(text))


def _judged(chunk: Sequence[tuple[int, str, str]], model: Judges) -> list[Candidate]:
    scheme = model.scheme
    first = scheme.heads[0]
    probabilities = model.probabilities([text for _, _, text in chunk])
    uncertainties = uncertainty(probabilities, scheme)
    chosen = {
        head: model.calibration.choose(head, shares) for head, shares in probabilities.items()
    }
    found = []
    for row, (line, key, text) in enumerate(chunk):
        kind = first.slugs[chosen[first.name][row]]
        predicted = {
            head.name: (
                head.slugs[chosen[head.name][row]],
                float(probabilities[head.name][row, chosen[head.name][row]]),
            )
            for head in scheme.heads
            if not head.applies_to or kind in head.applies_to
        }
        stratum = predicted.get("sector", predicted[first.name])[0]
        found.append(Candidate(line, key, text, stratum, float(uncertainties[row]), predicted))
    return found


def uncertainty(
    probabilities: dict[str, Probabilities], scheme: LabelScheme
) -> NDArray[np.float64]:
    """Return how unsure a model is of each comment, in [0, 1], shape (n_texts,).

    One minus the margin between the two best labels, averaged over kind, sector and urgency; a
    head counts as far as it applies, so that nobody labels the sector of spam.

    Source:
        Scheffer, Decomain and Wrobel (2001), IDA: margin sampling.
    """
    first = scheme.heads[0]
    heads = [head for head in scheme.heads if head is first or head.name in JUDGED]
    total = np.zeros(len(probabilities[first.name]))
    for head in heads:
        best = np.sort(probabilities[head.name], axis=1)[:, -2:]
        applies: Any = 1.0
        if head.applies_to:
            columns = [first.index(slug) for slug in head.applies_to]
            applies = probabilities[first.name][:, columns].sum(1)
        total += applies * (1.0 - (best[:, 1] - best[:, 0]))
    mean: NDArray[np.float64] = total / len(heads)
    return mean
