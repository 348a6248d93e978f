"""Decide what each mention of a place means from the words and places around it.

Knows regions and evidence; knows nothing about tokens or offsets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .gazetteer import Entry, Gazetteer, Region

# How well a mention stands on its own.
SURE = 3  # an administrative word, a locative, or a name that means nothing else
SOFT = 2  # needs another place of the same province in the text, or one right before it
LOCATED = 1  # a common word with a locative or a capital: needs its own regency in the text
HARD = 0  # a common word: needs its province or regency right beside it

_BESIDE = 3  # tokens between a common word and the place that vouches for it

# Votes for a reading, by what speaks for it (chosen on tests/data/places.jsonl).
_SAME_REGENCY = 3.0  # another mention lies in exactly this regency or city
_SAME_PROVINCE = 1.0  # another mention lies in its province, or in a regency that borders it
_HINT_SAME = 2.0  # the account belongs to exactly this region
_HINT_PROVINCE = 0.8  # the account belongs to its province, or to a region that borders it
# Where nothing speaks for a reading: a city before a regency of the same name.
_PRIOR = {"provinsi": 0.35, "kota": 0.3, "kabupaten": 0.2, "kecamatan": -1.0, "desa": -1.1}
_DECIDED = 0.5  # a district of several regencies is linked only above this


@dataclass(slots=True)
class Mention:
    """A stretch of text that names a place.

    Attributes:
        start: Index of its first word.
        end: Index after its last word.
        level: Level of the place, ``""`` where the reading decides.
        entries: What the name can mean; empty for a street or a school.
        evidence: ``SURE``, ``SOFT``, ``LOCATED`` or ``HARD``.
        chosen: The reading decided on.
        within: Codes of a region named inside a landmark's name (``RSUD Soreang``).
    """

    start: int
    end: int
    level: str
    entries: tuple[Entry, ...]
    evidence: int = SURE
    chosen: Entry | None = None
    within: frozenset[str] = frozenset()


class Context:
    """The regions that the other mentions of a text lie in.

    Attributes:
        codes: Codes of provinces, regencies and cities.
        provinces: Codes of their provinces.
        bordering: Codes of the regencies and cities that border one of them.
    """

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self.codes: set[str] = set()
        self.provinces: set[str] = set()
        self.bordering: set[str] = set()

    def add(self, code: str) -> None:
        """Add the region of a mention."""
        if code not in self.codes:
            self.codes.add(code)
            self.provinces.add(code[:2])
            self.bordering.update(self._gazetteer.regions[code].neighbours)

    def contradicts(self, code: str) -> bool:
        """Return whether there are regencies in the text, but not this one."""
        others = len(self.codes) - (code[:2] in self.codes)
        return others > 0 and code not in self.codes


def link(
    mentions: Sequence[Mention], gazetteer: Gazetteer, account: Region | None
) -> list[Mention]:
    """Choose a reading for each mention and drop those that nothing vouches for.

    Args:
        mentions: In the order of the text, not overlapping.
        gazetteer: The regions.
        account: The region that the account belongs to; breaks ties only.

    Returns:
        The mentions kept, in the same order.
    """
    context = Context(gazetteer)
    for mention in mentions:
        for code in mention.within:
            context.add(code)
    sure = [mention for mention in mentions if mention.evidence == SURE and mention.entries]
    # Clear names first, villages last: the clear ones decide what the others mean.
    for mention in sorted(sure, key=lambda m: (m.level == "desa", len(m.entries))):
        _choose(mention, context, gazetteer, account)
    for place, mention in enumerate(mentions):
        if mention.evidence == SURE:
            continue
        if mention.evidence == SOFT:
            vouched = _supported(mention, context) or _follows(mentions, place)
        elif mention.evidence == LOCATED:
            vouched = _same_regency(mention, context) or _beside(mentions, place)
        else:
            vouched = _beside(mentions, place)
        if vouched or _agreeing(mentions, place):
            _choose(mention, context, gazetteer, account)
    return [m for m in mentions if m.chosen is not None or (m.level and m.evidence == SURE)]


def _choose(
    mention: Mention, context: Context, gazetteer: Gazetteer, account: Region | None
) -> None:
    """Set the best reading and add it to the context; none where districts tie."""
    entries = mention.entries
    if len(entries) == 1:
        if mention.level == "desa" and context.contradicts(entries[0].code):
            return
        mention.chosen = entries[0]
    else:
        scores = [_score(entry, context, gazetteer, account) for entry in entries]
        best = max(range(len(entries)), key=scores.__getitem__)
        chosen = entries[best]
        vote = scores[best] - _PRIOR[chosen.level]
        if chosen.level in ("kecamatan", "desa") and vote < _DECIDED:
            mention.level = mention.level or chosen.level
            return
        mention.chosen = chosen
    context.add(mention.chosen.code)


def _score(entry: Entry, context: Context, gazetteer: Gazetteer, account: Region | None) -> float:
    region = gazetteer.regions[entry.code]
    score = _PRIOR[entry.level]
    if region.kind != "provinsi" and entry.code in context.codes:
        score += _SAME_REGENCY
    if region.province in context.provinces or region.code in context.bordering:
        score += _SAME_PROVINCE
    if account is not None:
        if account.code == entry.code:
            score += _HINT_SAME
        elif account.province == region.province or account.code in region.neighbours:
            score += _HINT_PROVINCE
    return score


def _supported(mention: Mention, context: Context) -> bool:
    """Return whether some place of the text lies in the province of a reading."""
    return any(entry.code[:2] in context.provinces for entry in mention.entries)


def _follows(mentions: Sequence[Mention], place: int) -> bool:
    """Return whether a street, a village or a landmark ends right before: ``jl Melati medan``."""
    return place > 0 and mentions[place - 1].end == mentions[place].start


def _same_regency(mention: Mention, context: Context) -> bool:
    kept = tuple(entry for entry in mention.entries if entry.code in context.codes)
    mention.entries = kept or mention.entries
    return bool(kept)


def _beside(mentions: Sequence[Mention], place: int) -> bool:
    """Return whether a place right beside a common word makes it a place as well.

    Its province or its own regency must stand within a few words: ``Batu, Jawa Timur``.
    """
    mention = mentions[place]
    for beside in _neighbours(mentions, place):
        if beside.chosen is None or beside.evidence != SURE:
            continue
        code = beside.chosen.code
        kept = tuple(e for e in mention.entries if e.code == code or e.code[:2] == code)
        if kept:
            mention.entries = kept
            return True
    return False


def _agreeing(mentions: Sequence[Mention], place: int) -> bool:
    """Return whether two doubtful names lie in one regency: ``sda banjir, porong macet``."""
    mention = mentions[place]
    for beside in _neighbours(mentions, place):
        if HARD in (mention.evidence, beside.evidence) and SOFT not in (
            mention.evidence,
            beside.evidence,
        ):
            continue
        codes = {entry.code for entry in beside.entries}
        kept = tuple(entry for entry in mention.entries if entry.code in codes)
        if kept and len(kept[0].code) > 2 and kept[0] not in beside.entries:
            mention.entries = kept
            return True
    return False


def _neighbours(mentions: Sequence[Mention], place: int) -> Iterator[Mention]:
    """Yield the mentions before and after that stand within a few words."""
    mention = mentions[place]
    if place and mention.start - mentions[place - 1].end < _BESIDE:
        yield mentions[place - 1]
    if place + 1 < len(mentions) and mentions[place + 1].start - mention.end < _BESIDE:
        yield mentions[place + 1]
