"""Keep a report away from the desk that it accuses.

Knows who is accused by which words; knows nothing about sub-topics' rules or names.
"""

from collections.abc import Mapping, Sequence

from .facts import Conflict
from .knowledge import Knowledge
from .scoring import CASE_SCORES, Scores, first_hit, quote

_ADDRESS = frozenset("pak bapak pa bu ibu bpk yth bang mas gus kang halo woi tolong min".split())
_INSTEAD_SCORE = 0.9  # of the first desk that stands in: the accused was named
_IN_EMERGENCY = 0.5  # overseers do not come before rescue
_REACH = 4  # tokens after "bupati" within which an accusing word makes it the accused
_NUMBERED = frozenset(("rt", "rw"))  # "rt 04" is an address, "pak rt" a person


def find_conflicts(
    knowledge: Knowledge,
    hits: Mapping[str, int],
    tokens: Sequence[str],
    *,
    subtopic: str | None,
    alleged: bool,
) -> list[tuple[Conflict, str]]:
    """Return the conflicts in a comment, each with the cue that names the accused.

    Args:
        knowledge: The routing knowledge.
        hits: Cues found, with token positions.
        tokens: The comment's tokens.
        subtopic: The most probable sub-topic.
        alleged: Whether misconduct is alleged (oversight ``ya``).
    """
    if not alleged and subtopic not in knowledge.oversight.accusing_subtopics:
        return []
    found = []
    for conflict in knowledge.conflicts:
        if conflict.subtopics and subtopic not in conflict.subtopics:
            continue
        if first_hit(conflict.unless, hits):
            continue
        for cue in conflict.cues:
            if cue in hits and _accuses(knowledge, conflict, cue, hits[cue], tokens):
                found.append((conflict, cue))
                break
    return found


def _accuses(
    knowledge: Knowledge, conflict: Conflict, cue: str, at: int, tokens: Sequence[str]
) -> bool:
    following = tokens[at + 1 : at + _REACH]
    if cue in _NUMBERED:
        return not (following and following[0].isdigit())
    if not conflict.vocative:
        return True
    if at and tokens[at - 1] in _ADDRESS:
        following = following[:1]
    return not frozenset(knowledge.oversight.accusing_words).isdisjoint(following)


def apply_conflicts(
    scores: Scores,
    knowledge: Knowledge,
    conflicts: Sequence[tuple[Conflict, str]],
    *,
    emergency: bool,
) -> frozenset[str]:
    """Remove accused desks and put those in that stand in for them.

    Returns:
        The agencies that must not be suggested.
    """
    never = frozenset(agency for conflict, _ in conflicts for agency in conflict.never)
    for conflict, cue in conflicts:
        removed = [agency for agency in conflict.never if scores.by_agency.pop(agency, None)]
        if not removed:
            continue
        reason = quote(knowledge, cue, f"terlapor {conflict.accused}, jadi ke pengawas di luarnya")
        steps: tuple[float, ...]
        if emergency:
            steps = (_IN_EMERGENCY, *CASE_SCORES[2:])
        elif scores.best() in conflict.instead:  # the rule already chose among the stand-ins
            steps = CASE_SCORES[1:]
        else:
            steps = (_INSTEAD_SCORE, *CASE_SCORES[1:])
        for agency, score in zip(conflict.instead, steps, strict=False):
            if agency not in never:
                scores.raise_to(agency, score, reason)
    return never
