"""Score agencies for one comment: rules over sub-topics, levels, oversight, emergencies.

Knows what the rules say; knows nothing about names, ties or what is shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .facts import Case, Emergency, LevelCue, RegionCase, Rule
from .knowledge import Knowledge
from .names import Region

# Ranking scores, chosen by design and not measured (DOMAIN.md 4.3).
CASE_SCORES = (0.85, 0.5, 0.38, 0.3, 0.25)  # of a matched case's agencies, in order
EMERGENCY_SCORES = (0.95, 0.85, 0.75, 0.7)
LEVEL_SCORE = 0.8  # of the best candidate on the level that a cue tells
_OTHER_LEVEL = 0.6  # factor for candidates on another level than the cue's
_BEHIND = 0.5  # factor for what an overseer or an emergency service goes before
_VILLAGE_NAMED = 0.05
_GOVERNMENT = ("pusat", "provinsi", "kabkota", "desa")


@dataclass(slots=True)
class Candidate:
    """One agency's score so far, and the reason of its largest part."""

    score: float
    reason: str
    source: str | None = None
    largest: float = field(default=0.0)


@dataclass(slots=True)
class Scores:
    """All candidates, and whether the comment settles the level of government.

    Attributes:
        by_agency: The candidates.
        certain: A cue settles the level.
        ambiguous: A case matched that names an object of unknown level (an RSUD).
    """

    by_agency: dict[str, Candidate]
    certain: bool = False
    ambiguous: bool = False

    def add(self, agency: str, part: float, reason: str, source: str | None = None) -> None:
        """Add ``part`` to an agency's score; the reason of the largest part is kept."""
        candidate = self.by_agency.get(agency)
        if candidate is None:
            self.by_agency[agency] = Candidate(part, reason, source, part)
            return
        candidate.score += part
        if part > candidate.largest:
            candidate.reason, candidate.source, candidate.largest = reason, source, part

    def raise_to(self, agency: str, score: float, reason: str, source: str | None = None) -> None:
        """Give an agency at least ``score``, with this reason if that is more than it had."""
        candidate = self.by_agency.get(agency)
        if candidate is None or candidate.score < score:
            self.by_agency[agency] = Candidate(score, reason, source, score)

    def scale(self, factor: float) -> None:
        """Multiply every score."""
        for candidate in self.by_agency.values():
            candidate.score *= factor

    def best(self) -> str | None:
        """Return the agency with the highest score, the first of equals."""
        best, highest = None, -1.0
        for agency, candidate in self.by_agency.items():
            if candidate.score > highest:
                best, highest = agency, candidate.score
        return best


def quote(knowledge: Knowledge, cue: str, reason: str) -> str:
    """Return a reason that quotes the cue it rests on."""
    shown = knowledge.surfaces.get(cue, cue).replace("_", " ")
    if reason[1:2].islower():  # not an acronym
        reason = reason[:1].lower() + reason[1:]
    return f"menyebut '{shown}'; {reason}"


def first_hit(cues: Iterable[str], hits: Mapping[str, int]) -> str | None:
    """Return the first of ``cues`` that occurs in the comment."""
    for cue in cues:
        if cue in hits:
            return cue
    return None


def score_rule(knowledge: Knowledge, rule: Rule, hits: Mapping[str, int], region: Region) -> Scores:
    """Return the scores under one sub-topic's rule, as if that sub-topic were certain."""
    scores = Scores({})
    for exception in region.exceptions:
        for extra in exception.cases:
            cue = first_hit(extra.any, hits)
            if cue and (not extra.subtopics or rule.subtopic in extra.subtopics):
                _add_case(scores, knowledge, extra, cue, region, exception.source)
                scores.certain = True
                return scores
    for case in rule.cases:
        cue = first_hit(case.any, hits)
        if cue and _holds(case, hits):
            _add_case(scores, knowledge, case, cue, region, None)
            scores.certain, scores.ambiguous = case.certain, not case.certain
            break
    else:
        for agency, prior in rule.default:
            if region.has_village or agency != "pemdes":
                scores.add(agency, prior, rule.reason)
        if region.village_named and "pemdes" in scores.by_agency:
            scores.by_agency["pemdes"].score += _VILLAGE_NAMED
    _apply_level(scores, knowledge, rule, hits)
    return scores


def _holds(case: Case, hits: Mapping[str, int]) -> bool:
    if case.also and not first_hit(case.also, hits):
        return False
    return not first_hit(case.unless, hits)


def _add_case(
    scores: Scores,
    knowledge: Knowledge,
    case: Case | RegionCase,
    cue: str,
    region: Region,
    source: str | None,
) -> None:
    agencies = [agency for agency in case.to if region.has_village or agency != "pemdes"]
    reason = quote(knowledge, cue, case.reason)
    for agency, score in zip(agencies, CASE_SCORES, strict=False):
        scores.add(agency, score, reason, source)


def _apply_level(scores: Scores, knowledge: Knowledge, rule: Rule, hits: Mapping[str, int]) -> None:
    """Promote the best candidate on the level that the comment tells, unless a case decided."""
    if scores.certain:
        return
    for item in knowledge.level_cues.get(rule.sector, ()):
        cue = first_hit(item.cues, hits)
        if cue:
            chosen = item.agency or _best_on(scores, knowledge, item)
            if chosen:
                _promote(scores, knowledge, chosen, quote(knowledge, cue, item.reason), item)
            return


def _best_on(scores: Scores, knowledge: Knowledge, item: LevelCue) -> str | None:
    on_level = {
        agency: candidate.score
        for agency, candidate in scores.by_agency.items()
        if knowledge.agencies[agency].level == item.level
    }
    return max(on_level, key=on_level.__getitem__) if on_level else None


def _promote(
    scores: Scores, knowledge: Knowledge, chosen: str, reason: str, item: LevelCue
) -> None:
    for agency, candidate in scores.by_agency.items():
        level = knowledge.agencies[agency].level
        if level in _GOVERNMENT and level != item.level:
            candidate.score *= _OTHER_LEVEL
    scores.raise_to(chosen, LEVEL_SCORE, reason, item.source)
    scores.certain = True


def mix(parts: Iterable[tuple[Scores, float]]) -> Scores:
    """Return the weighted sum of several rules' scores, each in [0, 1] with its weight."""
    mixed = Scores({})
    heaviest = 0.0
    for scores, weight in parts:
        for agency, candidate in scores.by_agency.items():
            mixed.add(agency, candidate.score * weight, candidate.reason, candidate.source)
        if weight > heaviest:
            heaviest = weight
            mixed.certain, mixed.ambiguous = scores.certain, scores.ambiguous
    return mixed


def apply_oversight(scores: Scores, knowledge: Knowledge, subtopic: str) -> None:
    """Put the overseers of the unit that would act first: misconduct is alleged against it."""
    track = knowledge.oversight
    accused = scores.best()
    if subtopic in track.own_rules or accused is None or accused in track.overseers:
        return
    level = knowledge.agencies[accused].level
    overseers = track.by_agency.get(accused) or track.by_level[level]
    del scores.by_agency[accused]
    scores.scale(_BEHIND)
    for agency, score in zip(overseers, CASE_SCORES, strict=False):
        scores.raise_to(agency, score, track.reason, track.source)


def find_emergency(knowledge: Knowledge, rule: Rule, hits: Mapping[str, int]) -> Emergency:
    """Return the override for a sub-topic, else for its sector, else the default."""
    fallback = knowledge.emergencies[-1]  # the build puts the default last
    for item in knowledge.emergencies:
        if item.subtopic == rule.subtopic and (not item.cues or first_hit(item.cues, hits)):
            return item
        if item.sector == rule.sector:
            fallback = item
    return fallback


def apply_emergency(scores: Scores, agencies: Sequence[str]) -> None:
    """Put the emergency's agencies before all others."""
    scores.scale(_BEHIND)
    reason = "keadaan darurat: keselamatan lebih dulu, hubungi nomor darurat"
    for agency, score in zip(agencies, EMERGENCY_SCORES, strict=False):
        scores.raise_to(agency, score, reason)
    scores.certain = True


def level_is_known(scores: Scores, knowledge: Knowledge) -> bool:
    """Return whether the best candidate's level of government is settled."""
    best = scores.best()
    if best is None:
        return False
    top = scores.by_agency[best].score
    if scores.certain or scores.ambiguous:
        return scores.certain
    if top >= knowledge.single:
        return True
    level, ceiling = knowledge.agencies[best].level, knowledge.minimum * top
    for agency, candidate in scores.by_agency.items():
        if candidate.score >= ceiling and knowledge.agencies[agency].level != level:
            return False
    return True
