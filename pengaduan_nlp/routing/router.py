"""Suggest the agencies that could act on a comment, best first, each with its reason.

Knows how the parts of routing fit together; the facts are in ``knowledge.json``.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import SchemeError
from ..records import AgencySuggestion, Place
from .conflicts import apply_conflicts, find_conflicts
from .cues import CueIndex, WordReader
from .facts import AccountContext
from .knowledge import Knowledge
from .names import Region, fill, locate
from .scoring import (
    Candidate,
    Scores,
    apply_emergency,
    apply_oversight,
    find_emergency,
    level_is_known,
    mix,
    score_rule,
)

MAX_SUGGESTIONS = 5
MIN_PROBABILITY = 0.05  # of a sub-topic; below it the rule is not consulted
_MIN_MASS = 0.5  # total probability under which scores stay low: the model does not know
_ADMINS = ("diskominfo_kabkota", "diskominfo_prov")
_UNSORTED = "tak_terklasifikasi"  # the sub-topic of a report whose topic is unknown
_NATIONAL = "sp4n_lapor_nasional"
_COUNTY_LEVELS = ("kabkota", "bumd")
_FALLBACK_GAP = 0.05  # between the fallback's first, second and the other suggestions


@dataclass(frozen=True, slots=True)
class Routing:
    """Where a comment could go. A suggestion: an officer decides.

    Attributes:
        agencies: At most five, best first; scores fall.
        level_known: Whether the comment settles the level of government.
        question: One polite question that would settle it; ``None`` when it is known.
        emergency_numbers: Numbers with their scope, only in an emergency.
    """

    agencies: tuple[AgencySuggestion, ...]
    level_known: bool
    question: str | None
    emergency_numbers: tuple[str, ...]


class Router:
    """Routes comments by rules.

    Args:
        knowledge: The facts to route by.

    Example:
        >>> router = Router.load()
        >>> found = router.suggest("lampu jalan provinsi mati", {"pju_mati": 0.9},
        ...                        urgency="rendah", oversight="tidak")
        >>> found.agencies[0].id, found.level_known
        ('dishub_prov', True)
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._reader = WordReader(knowledge.words)
        self._index = CueIndex(knowledge.cues())

    @classmethod
    def load(cls) -> "Router":
        """Return a router over the knowledge that ships with the package."""
        return cls(Knowledge.load())

    def suggest(
        self,
        text: str,
        subtopics: Mapping[str, float],
        *,
        urgency: str | None,
        oversight: str | None,
        places: Sequence[Place] = (),
        account: str | None = None,
        region: str | None = None,
    ) -> Routing:
        """Return the agencies that could act on a comment.

        Without any sub-topic, urgency or oversight the comment is no report, and nothing is
        suggested; a report without a probable sub-topic goes to an admin, who sorts it.

        Args:
            text: The comment as received.
            subtopics: Probability of each sub-topic, in [0, 1]; may be empty.
            urgency: The urgency label; ``darurat`` puts rescue first.
            oversight: The oversight label; ``ya`` puts overseers first.
            places: Places named in the text.
            account: Whose account was commented on; breaks ties and chooses the first recipient.
            region: Code or name of that account's region; used where the text names no place.

        Raises:
            SchemeError: If a sub-topic is unknown.
        """
        if not subtopics and urgency is None and oversight is None:
            return Routing((), False, None, ())
        tokens = self._reader.tokens(text)
        hits = self._index.find(tokens)
        here = locate(
            self.knowledge, places, account=account, region=region, hits=hits, tokens=tokens
        )
        owner = self._owner(account)
        weights = self._weights(subtopics)
        top = max(weights, key=weights.__getitem__) if weights else None
        scores = self._mixed(weights, hits, here)
        _prefer_recipient(scores, owner)
        if oversight == "ya" and top is not None:
            apply_oversight(scores, self.knowledge, top)
        numbers: tuple[str, ...] = ()
        if urgency == "darurat":
            numbers = self._rescue(scores, top or _UNSORTED, hits)
        conflicts = find_conflicts(
            self.knowledge, hits, tokens, subtopic=top, alleged=oversight == "ya"
        )
        never = apply_conflicts(scores, self.knowledge, conflicts, emergency=bool(numbers))
        known = level_is_known(scores, self.knowledge)
        if self._too_low(scores):
            known = False
            self._fall_back(scores, owner, here, never)
        question = None if known else self._question(top or _UNSORTED)
        return Routing(self._rank(scores, here, owner, never), known, question, numbers)

    def _mixed(self, weights: Mapping[str, float], hits: Mapping[str, int], here: Region) -> Scores:
        rules = self.knowledge.rules
        return mix(
            (score_rule(self.knowledge, rules[name], hits, here), weight)
            for name, weight in weights.items()
        )

    def _rescue(self, scores: Scores, subtopic: str, hits: Mapping[str, int]) -> tuple[str, ...]:
        """Put rescue first and return the numbers to call, each with its scope."""
        override = find_emergency(self.knowledge, self.knowledge.rules[subtopic], hits)
        apply_emergency(scores, override.to)
        return tuple(self.knowledge.emergency_numbers[key] for key in override.numbers)

    def _weights(self, subtopics: Mapping[str, float]) -> dict[str, float]:
        rules = self.knowledge.rules
        likely = {}
        for name, probability in subtopics.items():
            if name not in rules:
                close = difflib.get_close_matches(name, rules, 1)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                raise SchemeError(f"unknown sub-topic {name!r}{hint} ({len(rules)} are known)")
            if probability >= MIN_PROBABILITY:
                likely[name] = probability
        mass = max(sum(likely.values()), _MIN_MASS)
        return {name: probability / mass for name, probability in likely.items()}

    def _owner(self, account: str | None) -> AccountContext | None:
        if account is None:
            return None
        return next((item for item in self.knowledge.accounts if account in item.names), None)

    def _too_low(self, scores: Scores) -> bool:
        best = scores.best()
        return best is None or scores.by_agency[best].score < self.knowledge.minimum

    def _fall_back(
        self, scores: Scores, owner: AccountContext | None, here: Region, never: frozenset[str]
    ) -> None:
        """Put the admin of the first recipient first, then the national one (no wrong door)."""
        recipient = owner.recipient if owner else _NATIONAL
        if owner is None and here.get("kabkota"):
            recipient = "diskominfo_kabkota"
        elif owner is None and here.get("prov"):
            recipient = "diskominfo_prov"
        ceiling = self.knowledge.minimum
        for candidate in scores.by_agency.values():
            candidate.score = min(candidate.score, ceiling - 2 * _FALLBACK_GAP)
        reason = "kewenangan belum jelas; admin penerima pertama memilah dan meneruskan"
        for agency in dict.fromkeys((recipient, _NATIONAL)):
            if agency not in never:
                scores.raise_to(agency, ceiling, reason)
                ceiling -= _FALLBACK_GAP

    def _rank(
        self,
        scores: Scores,
        here: Region,
        owner: AccountContext | None,
        never: frozenset[str],
    ) -> tuple[AgencySuggestion, ...]:
        agencies = self.knowledge.agencies
        table = _replace(scores, here, never)
        level = owner.level if owner else None
        order = sorted(
            (-round(candidate.score, 2), agencies[key].level != level, place, key)
            for place, (key, candidate) in enumerate(table.items())
        )
        return tuple(self._suggestion(key, table[key], here) for *_, key in order[:MAX_SUGGESTIONS])

    def _suggestion(self, key: str, candidate: Candidate, here: Region) -> AgencySuggestion:
        agency = self.knowledge.agencies[key]
        pattern, level, reason = agency.pattern, agency.level, candidate.reason
        from_memory = "ingatan" in (agency.source, candidate.source)
        for exception in here.exceptions:
            if key in exception.names or key in exception.replace.values():
                pattern = exception.names.get(key, pattern)
                reason = f"{reason}; {exception.reason}"
                from_memory = from_memory or exception.source == "ingatan"
            if exception.county_level and level == "kabkota":
                level = exception.county_level
        return AgencySuggestion(
            id=key,
            name=fill(pattern, here.names, level in _COUNTY_LEVELS),
            level=level,
            score=min(1.0, round(candidate.score, 2)),
            reason=reason,
            source="ingatan" if from_memory else agency.source,
        )

    def _question(self, subtopic: str) -> str:
        return self.knowledge.question_prefix + self.knowledge.rules[subtopic].level_question


def _prefer_recipient(scores: Scores, owner: AccountContext | None) -> None:
    """Let the account choose between the admins of a regency and of a province."""
    if owner is None or owner.recipient not in _ADMINS:
        return
    other = _ADMINS[1 - _ADMINS.index(owner.recipient)]
    table = scores.by_agency
    if owner.recipient in table and other in table:
        mine, theirs = table[owner.recipient], table[other]
        if theirs.score > mine.score:
            mine.score, theirs.score = theirs.score, mine.score


def _replace(scores: Scores, here: Region, never: frozenset[str]) -> dict[str, Candidate]:
    """Return the candidates under the ids that hold in the region, without accused desks."""
    table = scores.by_agency
    for exception in here.exceptions:
        if exception.replace:
            replaced = Scores({})
            for key, candidate in table.items():
                target = exception.replace.get(key, key)
                replaced.raise_to(target, candidate.score, candidate.reason, candidate.source)
            table = replaced.by_agency
            never |= {exception.replace[key] for key in never if key in exception.replace}
    return {key: candidate for key, candidate in table.items() if key not in never}
