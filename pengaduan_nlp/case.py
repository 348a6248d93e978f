"""One matter as it grows: what its comments say of topic, place, time, urgency and reporters.

Knows what a case keeps and shows; knows nothing about how cases are found.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .matter import Landmark, Matter, Relation, public_places, relation, similarity
from .records import Comment, Decision, TriageResult

MAX_IDS = 20  # comment ids that a case shows
MAX_REPORTERS = 512  # distinct reporters counted exactly; from there within about 5 %
_MAX_TEXTS = 3  # different texts by which a case is found again
_MAX_NAMES = 8  # named objects of one case
_NEW_TEXT = 0.8  # a text less similar than this to those kept is worth keeping
_LONG_TEXT = 500  # characters of an example; more do not make it more complete


@dataclass(frozen=True, slots=True)
class CasePlace:
    """Where a case is: the named object or region, and the code of the region where known."""

    name: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """What is known about one matter at one moment.

    Attributes:
        id: Hash of the first comment's topic, places and words; the same in every run.
        sector: Slug of the sector, ``None`` where the model has none.
        subtopic: Slug of the sub-topic that most comments have.
        place: Where it is, if any comment says so.
        n_comments: Number of comments; it never raises the urgency (DOMAIN.md 5.1).
        n_reporters: Distinct authors, or comment ids where no author was given; comments with
            neither are not counted. Exact up to 512, estimated above.
        first_seen: Earliest ``posted_at``, as received.
        last_seen: Latest ``posted_at``, as received.
        urgency: Highest level that any comment has.
        urgency_counts: Number of comments of each level, lowest level first.
        example: Masked text of the comment that says most.
        comment_ids: Pseudonyms of the first comments that had an id; see ``CaseStream.pseudonym``.
    """

    id: str
    sector: str | None
    subtopic: str | None
    place: CasePlace | None
    n_comments: int
    n_reporters: int
    first_seen: str | None
    last_seen: str | None
    urgency: str | None
    urgency_counts: tuple[tuple[str, int], ...]
    example: str
    comment_ids: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types under the attribute names; contains no raw id or text."""
        return {
            **asdict(self),
            "urgency_counts": dict(self.urgency_counts),
            "comment_ids": list(self.comment_ids),
        }


class Reporters:
    """Counts distinct reporters in bounded memory.

    Keeps the smallest hashes; their spread tells how many there are.

    Source:
        Bar-Yossef et al. (2002), Counting distinct elements in a data stream: the k minimum values.
    """

    def __init__(self) -> None:
        self._smallest: set[int] = set()
        self._limit = 1 << 64  # no hash from here on counts

    def add(self, pseudonym: str) -> None:
        """Count a reporter once; ``pseudonym`` is 16 hexadecimal digits, evenly spread."""
        value = int(pseudonym, 16)
        if value < self._limit:
            self._smallest.add(value)
        if len(self._smallest) > MAX_REPORTERS:
            self._limit = max(self._smallest)
            self._smallest.remove(self._limit)

    def __len__(self) -> int:
        if self._limit == 1 << 64:
            return len(self._smallest)
        return round(MAX_REPORTERS * (1 << 64) / self._limit)


class GrowingCase:
    """The state of one case; its size does not depend on the number of its comments.

    Attributes:
        id: See ``Case``.
        number: How many cases began before and with it.
        codes: Region codes that all its comments with a region share.
        objects: Named objects of its comments, at most eight.
        keys: Index entries under which it is found.
        n_comments: Number of its comments.
    """

    def __init__(self, id: str, number: int) -> None:
        self.id = id
        self.number = number
        self.codes: frozenset[str] = frozenset()
        self.objects: list[Landmark] = []
        self.keys: set[int] = set()
        self._texts: list[NDArray[np.uint32]] = []
        self._topics: dict[str, float] = {}
        self._labels: Counter[tuple[str | None, str | None]] = Counter()
        self._levels: Counter[str] = Counter()
        self._regions: dict[str, str] = {}
        self._reporters = Reporters()
        self.n_comments = 0
        self._times: list[tuple[datetime, str]] = []
        self._example: tuple[int, int, int, str] | None = None
        self._ids: list[str] = []

    def compare(self, matter: Matter) -> tuple[Relation | None, float]:
        """Return how the case's place relates to that of a comment, and how near its texts are.

        The relation is that of ``relation``; ``None`` also where no plausible topic is shared.
        """
        likely = set(sorted(self._topics, key=lambda topic: (-self._topics[topic], topic))[:2])
        if likely.isdisjoint(topic for topic, _ in matter.topics) and (likely or matter.topics):
            return None, 0.0
        how = relation(matter.codes, matter.objects, self.codes, self.objects)
        return how, self._nearness(matter) if how else 0.0

    def is_beyond(self, matter: Matter) -> bool:
        """Tell whether the case knows a region, or any place, where the comment knows none."""
        return bool(self.codes) or bool(self.objects and not matter.objects)

    def _nearness(self, matter: Matter) -> float:
        return max((similarity(matter.features, text) for text in self._texts), default=0.0)

    def join(self, matter: Matter) -> list[int]:
        """Take in what a comment is about; return the index entries that it adds."""
        for topic, probability in matter.topics:
            self._topics[topic] = self._topics.get(topic, 0.0) + probability
        # What all share: a comment that names two regions must not join those who name one each.
        self.codes = self.codes & matter.codes or self.codes or matter.codes
        for landmark in matter.objects:
            if len(self.objects) < _MAX_NAMES and landmark not in self.objects:
                self.objects.append(landmark)
        keys = list(matter.object_keys())
        if len(self._texts) < _MAX_TEXTS and self._nearness(matter) < _NEW_TEXT:
            self._texts.append(matter.features)
            keys += matter.text_keys()
        return keys

    def count(self, comment: Comment, result: TriageResult) -> None:
        """Count a comment: its labels, its time, and whether it says more than the example."""
        self.n_comments += 1
        self._labels[_label(result.sector), _label(result.subtopic)] += 1
        if result.urgency is not None:
            self._levels[result.urgency.label] += 1
        for place in public_places(result):
            if place.code in self.codes:
                self._regions.setdefault(place.code, place.name)
        text = result.details.masked_text[:_LONG_TEXT]
        self._example = max(
            self._example or (-99, 0, 0, ""),
            (-len(result.missing), len(result.places), len(text), text),
        )
        time = _time(comment.posted_at)
        if time is not None:
            times = [*self._times, (time, str(comment.posted_at))]
            self._times = [min(times), max(times)]

    def report(self, comment: str | None, author: str | None) -> None:
        """Count who reported it.

        Args:
            comment: Pseudonym of the comment's id, if it has one.
            author: Pseudonym of its author, if known.
        """
        reporter = author or comment
        if reporter is not None:
            self._reporters.add(reporter)
        if comment is not None and len(self._ids) < MAX_IDS:
            self._ids.append(comment)

    def release(self) -> set[int]:
        """Forget what only finding the case needs; return its index entries."""
        keys, self.keys = self.keys, set()
        self._texts = []
        return keys

    def snapshot(self, levels: Sequence[str]) -> Case:
        """Return what is known now.

        Args:
            levels: Labels of the urgency head, ascending; others rank below them.
        """
        ranks = {level: rank for rank, level in enumerate(levels)}
        seen = sorted(self._levels, key=lambda level: (ranks.get(level, -1), level))
        sector, subtopic = min(self._labels, key=lambda pair: (-self._labels[pair], str(pair)))
        return Case(
            id=self.id,
            sector=sector,
            subtopic=subtopic,
            place=self._place(),
            n_comments=self.n_comments,
            n_reporters=len(self._reporters),
            first_seen=self._times[0][1] if self._times else None,
            last_seen=self._times[-1][1] if self._times else None,
            urgency=seen[-1] if seen else None,
            urgency_counts=tuple((level, self._levels[level]) for level in seen),
            example=self._example[-1] if self._example else "",
            comment_ids=tuple(self._ids),
        )

    def _place(self) -> CasePlace | None:
        code = min(self.codes, default=None)
        name = self.objects[0].shown if self.objects else self._regions.get(code or "")
        return None if name is None else CasePlace(name, code)


def _label(decision: Decision | None) -> str | None:
    return decision.label if decision is not None else None


def _time(posted_at: str | None) -> datetime | None:
    """Return a time that can be compared; UTC where it has no offset, ``None`` if unreadable."""
    try:
        time = datetime.fromisoformat(posted_at or "")
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
