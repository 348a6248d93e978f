"""The kinds of facts that routing works with: agencies, rules, exceptions, conflicts, deadlines.

Plain frozen data; knows nothing about files and decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agency:
    """A body that can receive a report; ``pattern`` has placeholders such as ``{kabkota}``."""

    id: str
    name: str
    pattern: str
    level: str
    source: str


@dataclass(frozen=True, slots=True)
class Case:
    """One conditional line of a rule: agencies for comments with certain cues.

    Attributes:
        any: Cues of which one must occur.
        also: Cues of which one must occur besides; empty for no such condition.
        unless: Cues of which none may occur.
        to: Agency ids, best first.
        reason: Why, in Indonesian.
        certain: Whether the cue settles the level of government.
    """

    any: tuple[str, ...]
    also: tuple[str, ...]
    unless: tuple[str, ...]
    to: tuple[str, ...]
    reason: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """Where the reports of one sub-topic go.

    Attributes:
        subtopic: Its slug.
        sector: Its sector's slug.
        name: Its display name.
        lapor: Its category path on SP4N-LAPOR!.
        confidentiality: ``anonim`` or ``rahasia`` unless the comment calls for more.
        cases: Tried in order; the first that matches decides.
        default: Agency ids with prior scores, for when no case matches.
        reason: Why the default is what it is.
        ask: What a complaint of this sub-topic usually lacks.
        level_question: One question whose answer settles the level of government.
    """

    subtopic: str
    sector: str
    name: str
    lapor: str
    confidentiality: str
    cases: tuple[Case, ...]
    default: tuple[tuple[str, float], ...]
    reason: str
    ask: str
    level_question: str


@dataclass(frozen=True, slots=True)
class LevelCue:
    """Words that tell the level of government within some sectors."""

    level: str
    agency: str | None
    sectors: tuple[str, ...]
    cues: tuple[str, ...]
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class AccountContext:
    """Whose account was commented on, and who receives there first."""

    owner: str
    names: tuple[str, ...]
    recipient: str
    level: str | None


@dataclass(frozen=True, slots=True)
class RegionCase:
    """An extra case of one region; ``subtopics`` is empty where it holds for all of them."""

    subtopics: tuple[str, ...]
    any: tuple[str, ...]
    to: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class RegionException:
    """A region whose government is organised differently.

    Attributes:
        id: Its key.
        name: Its name.
        codes: Two-digit province codes; empty where only cues tell.
        cues: Words of a comment that tell it when nothing else does.
        replace: Agencies that another one stands in for there.
        names: Name patterns that differ there.
        county_level: What level the agencies of a regency count as, or ``None`` for the usual one.
        cases: Extra cases, tried before the sub-topic's own.
        reason: Why, in Indonesian.
        source: The mark of its source.
    """

    id: str
    name: str
    codes: tuple[str, ...]
    cues: tuple[str, ...]
    replace: Mapping[str, str]
    names: Mapping[str, str]
    county_level: str | None
    cases: tuple[RegionCase, ...]
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Desks that must not receive a report about themselves, and who does instead."""

    accused: str
    cues: tuple[str, ...]
    unless: tuple[str, ...]
    vocative: bool
    subtopics: tuple[str, ...]
    never: tuple[str, ...]
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Oversight:
    """Who watches whom when misconduct is alleged."""

    overseers: tuple[str, ...]
    own_rules: tuple[str, ...]
    by_level: Mapping[str, tuple[str, ...]]
    by_agency: Mapping[str, tuple[str, ...]]
    accusing_subtopics: tuple[str, ...]
    accusing_words: tuple[str, ...]
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Emergency:
    """Who comes first in an emergency; neither sub-topic nor sector for the default."""

    subtopic: str | None
    sector: str | None
    cues: tuple[str, ...]
    to: tuple[str, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SlaProfile:
    """Deadlines under one regulation or practice.

    Attributes:
        id: Its key.
        name: Display name.
        status: ``belum_dibaca`` where the regulation's text has not been read.
        source: The mark of its source.
        unit: ``hari_kerja`` or ``hari``; ``None`` where unread.
        limits: Step to number of units; ``None`` where the regulation could not be read.
    """

    id: str
    name: str
    status: str
    source: str
    unit: str | None
    limits: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class CompletenessRules:
    """Which facts a complaint needs, by sub-topic, and how to ask for them."""

    no_object: tuple[str, ...]
    no_place: tuple[str, ...]
    county_enough: tuple[str, ...]
    unit_needed: tuple[str, ...]
    general_cues: tuple[str, ...]
    service_cues: tuple[str, ...]
    questions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Cues that make a report confidential beyond its sub-topic's default."""

    secret_sectors: tuple[str, ...]
    health_sectors: tuple[str, ...]
    health_cues: tuple[str, ...]
    fear_cues: tuple[str, ...]
    child_cues: tuple[str, ...]
    victim_cues: tuple[str, ...]
