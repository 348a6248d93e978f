"""Group complaints about the same matter over a stream: one pothole is one case with a count.

Knows results of triage; knows nothing about models or files.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable, Sequence

from .case import Case, CasePlace, GrowingCase
from .errors import InputError
from .matter import Matter, read_matter
from .records import Comment, TriageResult, describe_non_text

__all__ = ["Case", "CasePlace", "CaseStream", "cluster"]

SIMILARITY = 0.4  # 0.2 to 0.45 group tests/data/cases.jsonl alike; 0.5 loses paraphrases
URGENCY = ("rendah", "sedang", "tinggi", "darurat")  # ascending, as in scheme.json
MAX_KEYS = 64  # index entries of one case
_MAX_BUCKET = 64  # cases under one index entry
_RANK = {"object": 2, "region": 1, "open": 0}

Fit = tuple[int, float, int, GrowingCase]  # rank of the relation, nearness, minus number, case


class CaseStream:
    """Groups complaints as they come, in bounded memory and constant expected time a comment.

    Two comments are about the same matter when their plausible sub-topics overlap, their places do
    not differ, and they name the same street, school or village, or have near texts. Comments
    with codes of different regions never meet in a case. A comment without a place joins only by
    a nearer text, and opens its own case when cases in several places would fit.

    Beyond ``max_cases`` the case that was updated longest ago is closed: nothing joins it any
    more. It is handed to ``on_close`` and forgotten, or, without that, kept with its counts; of
    more than ``2 * max_cases`` such, the smallest are dropped (``n_dropped`` counts their
    comments). A kept case goes on when its very first comment comes again. Not safe to share
    between threads.

    Example::

        stream = CaseStream()
        for comment, result in triage.stream(comments):
            stream.add(comment, result)
        stream.cases()[0].n_comments

    Args:
        similarity: Jaccard similarity in (0, 1] of words and letter trigrams from which texts
            about one place are near; texts without a place need half of what is missing to 1 more.
        max_cases: Cases that comments can join.
        salt: Key of the pseudonyms; ``None`` draws one, so that two streams cannot be linked.
        on_close: Called with each case that is closed; one id may come again with new counts.
        levels: Labels of the urgency head, ascending.

    Attributes:
        n_dropped: Comments of closed cases that were dropped.
    """

    def __init__(
        self,
        *,
        similarity: float = SIMILARITY,
        max_cases: int = 10_000,
        salt: str | None = None,
        on_close: Callable[[Case], None] | None = None,
        levels: Sequence[str] = URGENCY,
    ) -> None:
        if not 0 < similarity <= 1:
            raise InputError(f"similarity must be above 0 and at most 1, got {similarity!r}")
        if max_cases < 1:
            raise InputError(f"max_cases must be at least 1, got {max_cases!r}")
        self.n_dropped = 0
        self._near = {"object": 0.0, "region": similarity, "open": (1 + similarity) / 2}
        self._max_cases = max_cases
        self._salt = (salt or secrets.token_hex(16)).encode()
        self._on_close = on_close
        self._levels = tuple(levels)
        self._open: dict[str, GrowingCase] = {}  # longest not updated first
        self._closed: dict[str, GrowingCase] = {}
        self._n_cases = 0
        self._index: dict[int, tuple[str, ...]] = {}

    def add(
        self, comment: str | Comment, result: TriageResult, *, author: str | None = None
    ) -> Case | None:
        """Put a comment into the case it belongs to, or a new one.

        Args:
            comment: The comment, as ``Triage.stream`` yields it.
            result: Its result.
            author: Who wrote it, if known; kept as a pseudonym and only to count reporters.

        Returns:
            The case as it is now; ``None`` for what is no complaint.

        Raises:
            InputError: If ``comment`` is no text.
        """
        if not isinstance(comment, str | Comment):
            raise InputError(describe_non_text(comment))
        if not result.is_complaint:
            return None
        said = comment if isinstance(comment, Comment) else result.details.comment
        matter = read_matter(result)
        case = self._find(matter) or self._closed.pop(matter.id, None) or self._new(matter)
        self._open.pop(case.id, None)
        self._open[case.id] = case
        self._enter(case, case.join(matter))
        case.count(said, result)
        case.report(self._pseudonym(said.id), self._pseudonym(author))
        while len(self._open) > self._max_cases:
            self._close(next(iter(self._open)))
        return case.snapshot(self._levels)

    def cases(self) -> list[Case]:
        """Return the open cases and the closed ones that are kept, largest first."""
        found = [*self._open.values(), *self._closed.values()]
        snapshots = [case.snapshot(self._levels) for case in found]
        return sorted(snapshots, key=lambda case: (-case.n_comments, case.id))

    def pseudonym(self, id: str) -> str:
        """Return what stands for a comment id in ``Case.comment_ids``."""
        return hmac.new(self._salt, id.encode(), "sha256").hexdigest()[:16]

    def _pseudonym(self, id: str | None) -> str | None:
        return None if id is None else self.pseudonym(id)

    def _find(self, matter: Matter) -> GrowingCase | None:
        if matter.id in self._open:
            return self._open[matter.id]
        keys = [*matter.object_keys(), *matter.text_keys()]
        ids = dict.fromkeys(id for key in keys for id in self._index.get(key, ()))
        fits: list[Fit] = []
        for case in (self._open[id] for id in ids):
            how, near = case.compare(matter)
            if how is not None and near >= self._near[how]:
                fits.append((_RANK[how], near, -case.number, case))
        if not matter.codes:
            fits = _unambiguous(fits, matter)
        return max(fits, key=lambda fit: fit[:3])[3] if fits else None  # of equals the older

    def _new(self, matter: Matter) -> GrowingCase:
        self._n_cases += 1
        return GrowingCase(matter.id, self._n_cases)

    def _enter(self, case: GrowingCase, keys: Iterable[int]) -> None:
        for key in keys:
            bucket = self._index.get(key, ())
            if case.id not in bucket and (key in case.keys or len(case.keys) < MAX_KEYS):
                case.keys.add(key)
                self._index[key] = (*bucket[1 - _MAX_BUCKET :], case.id)

    def _close(self, id: str) -> None:
        case = self._open.pop(id)
        for key in case.release():
            rest = tuple(other for other in self._index.get(key, ()) if other != id)
            if rest:
                self._index[key] = rest
            else:
                self._index.pop(key, None)
        if self._on_close is not None:
            self._on_close(case.snapshot(self._levels))
            return
        self._closed[id] = case
        if len(self._closed) > 2 * self._max_cases:
            ranked = sorted(self._closed.values(), key=lambda case: -case.n_comments)
            self._closed = {case.id: case for case in ranked[: self._max_cases]}
            self.n_dropped += sum(case.n_comments for case in ranked[self._max_cases :])


def cluster(
    pairs: Iterable[tuple[str | Comment, TriageResult]],
    *,
    similarity: float = SIMILARITY,
    max_cases: int = 10_000,
    salt: str | None = None,
) -> list[Case]:
    """Group complaints about the same matter; see ``CaseStream``.

    Args:
        pairs: Comments with their results, as ``Triage.stream`` yields them.
        similarity: See ``CaseStream``.
        max_cases: See ``CaseStream``.
        salt: See ``CaseStream``.

    Returns:
        The cases, largest first.
    """
    stream = CaseStream(similarity=similarity, max_cases=max_cases, salt=salt)
    for comment, result in pairs:
        stream.add(comment, result)
    return stream.cases()


def _unambiguous(fits: list[Fit], matter: Matter) -> list[Fit]:
    """Leave out cases in different places, of which a comment without a region means any."""
    best = max((rank for rank, *_ in fits), default=0)
    fits = [fit for fit in fits if fit[0] == best]
    unplaced = [fit for fit in fits if not fit[3].is_beyond(matter)]
    return fits if len(fits) - len(unplaced) <= 1 else unplaced
