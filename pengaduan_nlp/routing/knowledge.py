"""The agencies, rules and words that routing uses, read from ``knowledge.json``.

The file is built from ``data/agencies.yaml`` and ``data/taxonomy.yaml`` by
``training/build_knowledge.py``; this module only reads it and decides nothing.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ..errors import SchemeError
from .facts import (
    AccountContext,
    Agency,
    Case,
    CompletenessRules,
    Conflict,
    Emergency,
    LevelCue,
    Oversight,
    RegionCase,
    RegionException,
    Rule,
    Sensitivity,
    SlaProfile,
)

__all__ = ["FORMAT", "Agency", "Knowledge", "Rule", "SlaProfile", "parse"]

FORMAT = 1  # of knowledge.json; raised when an older reader could not read it


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that routing knows; immutable, one per process."""

    version: str
    date: str
    agencies: Mapping[str, Agency]
    rules: Mapping[str, Rule]
    level_cues: Mapping[str, tuple[LevelCue, ...]]  # by sector
    accounts: tuple[AccountContext, ...]
    regions: tuple[RegionException, ...]
    conflicts: tuple[Conflict, ...]
    oversight: Oversight
    emergencies: tuple[Emergency, ...]
    emergency_numbers: Mapping[str, str]
    minimum: float
    single: float
    question_prefix: str
    provinces: Mapping[str, str]  # code to name
    province_codes: Mapping[str, str]  # lower-case name to code
    sensitivity: Sensitivity
    completeness: CompletenessRules
    surfaces: Mapping[str, str]
    words: Mapping[str, Any]
    sla_profiles: Mapping[str, SlaProfile]

    @staticmethod
    def load() -> "Knowledge":
        """Return the knowledge that ships with the package; read once per process."""
        return _load()

    def lapor_category(self, subtopic: str | None) -> str | None:
        """Return the category path on SP4N-LAPOR! of a sub-topic, ``None`` where there is none."""
        rule = self.rules.get(subtopic) if subtopic is not None else None
        return rule.lapor if rule is not None else None

    def sla(self, profile: str) -> SlaProfile:
        """Return a named set of deadlines.

        Raises:
            SchemeError: If there is no such profile.
        """
        try:
            return self.sla_profiles[profile]
        except KeyError:
            known = ", ".join(self.sla_profiles)
            raise SchemeError(f"no SLA profile {profile!r}; known: {known}") from None

    def cues(self) -> Iterator[str]:
        """Yield every cue that a comment is searched for, in normal form."""
        for rule in self.rules.values():
            for case in rule.cases:
                yield from case.any + case.also + case.unless
        for region in self.regions:
            yield from region.cues
            for extra in region.cases:
                yield from extra.any
        for conflict in self.conflicts:
            yield from conflict.cues + conflict.unless
        for levels in self.level_cues.values():
            for level in levels:
                yield from level.cues
        for emergency in self.emergencies:
            yield from emergency.cues


@cache
def _load() -> Knowledge:
    raw = json.loads(files(__package__).joinpath("knowledge.json").read_text(encoding="utf-8"))
    return parse(raw)


def parse(raw: Mapping[str, Any]) -> Knowledge:
    """Return the knowledge in ``raw``, the parsed content of a ``knowledge.json``.

    Raises:
        SchemeError: If it has another format.
    """
    if raw.get("format") != FORMAT:
        raise SchemeError(
            f"knowledge.json has format {raw.get('format')!r}, this version reads {FORMAT}; "
            "rebuild it with: python -m training.build_knowledge"
        )
    data = {key: _frozen(value) for key, value in raw.items() if key != "format"}
    data["agencies"] = {item["id"]: Agency(**item) for item in data["agencies"]}
    data["rules"] = {item["subtopic"]: _rule(item) for item in data["rules"]}
    levels = [LevelCue(**item) for item in data["level_cues"]]
    data["level_cues"] = {
        sector: tuple(item for item in levels if sector in item.sectors)
        for sector in dict.fromkeys(name for item in levels for name in item.sectors)
    }
    data["accounts"] = tuple(AccountContext(**item) for item in data["accounts"])
    data["regions"] = tuple(_region(item) for item in data["regions"])
    data["province_codes"] = {name.lower(): code for code, name in data["provinces"].items()}
    data["conflicts"] = tuple(Conflict(**item) for item in data["conflicts"])
    data["oversight"] = Oversight(**data["oversight"])
    data["emergencies"] = tuple(Emergency(**item) for item in data["emergencies"])
    data["sensitivity"] = Sensitivity(**data["sensitivity"])
    data["completeness"] = CompletenessRules(**data["completeness"])
    data["sla_profiles"] = {item["id"]: SlaProfile(**item) for item in data["sla_profiles"]}
    return Knowledge(**data)


def _rule(item: dict[str, Any]) -> Rule:
    return Rule(**{**item, "cases": tuple(Case(**case) for case in item["cases"])})


def _region(item: dict[str, Any]) -> RegionException:
    cases = tuple(RegionCase(**case) for case in item["cases"])
    return RegionException(**{**item, "cases": cases})


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value
