"""Count facts in a stream: memory grows with the number of labels, regions and weeks only.

Knows nothing about names, suppression or pages.
"""

from collections import Counter
from datetime import date

from ..places.gazetteer import Gazetteer
from ..scheme import LabelScheme
from .dates import week_of
from .facts import HEADS, Facts

COMPLAINT = "pengaduan"  # the kind that can lack facts and be subject to oversight
FACTS = ("objek", "lokasi", "waktu", "unit")  # what a valid complaint must say
NOWHERE = "tanpa_tempat"  # key of reports that name no place
UNKNOWN = "tanpa_kode"  # key of places and agencies that are not in the tables
NONE = ""  # key of an answer that is not there


class Counts:
    """The running counts.

    Attributes:
        rows: Comments counted.
        labels: For each head, comments by label; ``NONE`` where a report has no answer.
        agencies: Reports by the agency suggested first.
        provinces: Reports by code of the province named first; also ``NOWHERE`` and ``UNKNOWN``.
        regencies: Reports by (code of the province, code of its regency named first or ``NONE``).
        missing: Complaints by what they lack.
        weeks: Reports by the Monday of their week; ``None`` without a day.
        review: Comments that a person should look at first.
        days: First and last day on which any comment was posted.
    """

    def __init__(self, scheme: LabelScheme) -> None:
        self.rows = 0
        self.labels: dict[str, Counter[str]] = {name: Counter() for name in HEADS}
        self.topics: Counter[tuple[str, str]] = Counter()
        self.agencies: Counter[str] = Counter()
        self.provinces: Counter[str] = Counter()
        self.regencies: Counter[tuple[str, str]] = Counter()
        self.missing: Counter[str] = Counter()
        self.weeks: Counter[date | None] = Counter()
        self.review = 0
        self.days: tuple[date, date] | None = None
        self._asked = {head.name: set(head.applies_to) for head in scheme.heads}
        self._regions = Gazetteer.load().regions

    @property
    def report_kinds(self) -> set[str]:
        """Kinds of comments that are reports: those that have a sector."""
        return self._asked["sector"]

    def add(self, facts: Facts) -> None:
        """Count one comment."""
        kind = facts.labels["kind"]
        self.rows += 1
        self.review += facts.needs_review
        self.labels["kind"][kind] += 1
        for name in HEADS[1:]:
            if kind in self._asked[name]:
                self.labels[name][facts.labels.get(name, NONE)] += 1
        if facts.day:
            first, last = self.days or (facts.day, facts.day)
            self.days = min(first, facts.day), max(last, facts.day)
        if kind in self.report_kinds:
            self._add_report(facts)
        if kind == COMPLAINT:
            self.missing.update(fact for fact in set(facts.missing) if fact in FACTS)

    def _add_report(self, facts: Facts) -> None:
        labels = facts.labels
        self.topics[labels.get("sector", NONE), labels.get("subtopic", NONE)] += 1
        self.agencies[facts.agency or NONE] += 1
        self.weeks[week_of(facts.day) if facts.day else None] += 1
        known = [code for code in facts.codes if code in self._regions]
        if not known:
            self.provinces[UNKNOWN if facts.placed else NOWHERE] += 1
            return
        province = self._regions[known[0]].province
        inside = [c for c in known if c != province and self._regions[c].province == province]
        self.provinces[province] += 1
        self.regencies[province, inside[0] if inside else NONE] += 1
