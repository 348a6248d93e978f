"""Turn counts into named, protected tables: the only thing that a page is made from.

Knows names of labels, regions and agencies; knows nothing about HTML.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ..places.gazetteer import Gazetteer
from ..routing.knowledge import Knowledge
from ..scheme import Head, LabelScheme
from .counts import COMPLAINT, FACTS, NONE, NOWHERE, UNKNOWN, Counts
from .suppression import Cell, Partition, State, protect
from .wording import day_name

MAX_WEEKS = 53  # weeks that are shown one by one; earlier ones are summed up
_ALLEGED = "ya"  # label of oversight
_NOT_FILLED = "(tidak terisi)"
_FACT_NAMES = {
    "objek": "Apa yang diadukan",
    "lokasi": "Lokasi kejadian",
    "waktu": "Waktu kejadian",
    "unit": "Nama kantor atau unit layanan",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table.

    Attributes:
        name: What is counted, in Indonesian.
        cell: Its count.
        group: What it lies under, in a table of two levels.
        aside: Whether it is a remainder, which charts leave out.
    """

    name: str
    cell: Cell
    group: str = ""
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Counts of one question; shares are of ``whole``."""

    whole: Cell
    lines: tuple[Line, ...]

    @property
    def visible(self) -> tuple[Line, ...]:
        """The lines that are published."""
        return tuple(line for line in self.lines if line.cell.state is not State.ABSENT)


@dataclass(slots=True)
class Report:
    """All tables, protected together.

    Attributes:
        total: All comments counted.
        reports: Those that are complaints, wishes or questions.
        complaints: Those that are complaints.
        review: Those that a person should look at first.
        emergencies: Reports of the highest urgency.
        oversight: Complaints that allege misconduct.
        placeless: Reports that name no place.
        tables: By name: kind, urgency, weeks, sector, subtopic, provinces, regencies, agencies,
            oversight, missing, reason.
        dated: Whether a column of dates was found.
    """

    total: Cell
    reports: Cell
    complaints: Cell
    review: Cell
    emergencies: Cell
    oversight: Cell
    placeless: Cell
    dated: bool
    tables: dict[str, Table] = field(default_factory=dict)


def build(counts: Counts, scheme: LabelScheme, *, dated: bool) -> Report:
    """Return the report of the counts, small ones hidden.

    Args:
        counts: The finished counts.
        scheme: Names and order of the labels.
        dated: Whether weeks are known.
    """
    maker = _Maker(counts, scheme)
    report = maker.report(dated)
    protect(maker.partitions)
    for name, table in report.tables.items():
        keeps = name in (
            "kind",
            "urgency",
            "oversight",
            "weeks",
        )  # these have an order of their own
        lines = table.lines if keeps else sorted(table.lines, key=_rank)
        report.tables[name] = Table(table.whole, tuple(lines))
    return report


def _rank(line: Line) -> tuple[bool, int, str]:
    """Sort by count; hidden counts last and by name, for their place would tell their size."""
    shown = line.cell.shown
    return not shown, -line.cell.value if shown else 0, line.name


class _Maker:
    """Makes cells and notes every sum that ties them together."""

    def __init__(self, counts: Counts, scheme: LabelScheme) -> None:
        self._counts, self._scheme = counts, scheme
        self.partitions: list[Partition] = []
        found, kinds = counts.labels["kind"], scheme.head("kind").slugs
        self._kinds = {slug: Cell(found[slug]) for slug in kinds}
        reporting = [slug for slug in kinds if slug in counts.report_kinds]
        self._total = Cell(counts.rows)
        self._reports = Cell(sum(found[slug] for slug in reporting))
        others = [self._kinds[slug] for slug in kinds if slug not in reporting]
        self._tie(self._total, [self._reports, *others])
        self._tie(self._reports, [self._kinds[slug] for slug in reporting])

    def report(self, dated: bool) -> Report:
        scheme, complaints = self._scheme, self._kinds[COMPLAINT]
        kinds = [Line(label.name, self._kinds[label.slug]) for label in scheme.head("kind").labels]
        tables = {
            "kind": Table(self._total, tuple(kinds)),
            "urgency": self._head("urgency"),
            "weeks": self._weeks() if dated else Table(self._reports, ()),
            **dict(zip(("sector", "subtopic"), self._topics(), strict=True)),
            **dict(zip(("provinces", "regencies"), self._places(), strict=True)),
            "agencies": self._agencies(),
            "oversight": self._head("oversight"),
            "missing": self._missing(complaints),
            "reason": self._head("reason"),
        }
        return Report(
            self._total,
            self._reports,
            complaints,
            review=self._yes_no(self._total, self._counts.review),
            emergencies=tables["urgency"].lines[len(scheme.head("urgency").labels) - 1].cell,
            oversight=tables["oversight"].lines[scheme.head("oversight").index(_ALLEGED)].cell,
            placeless=tables["provinces"].lines[-1].cell,
            dated=dated,
            tables=tables,
        )

    def _tie(self, whole: Cell, parts: Iterable[Cell]) -> None:
        self.partitions.append(Partition(whole, tuple(parts)))

    def _split(self, whole: Cell, lines: Iterable[Line]) -> Table:
        table = Table(whole, tuple(lines))
        self._tie(whole, [line.cell for line in table.lines])
        return table

    def _yes_no(self, whole: Cell, n_yes: int) -> Cell:
        """Return the cell of "yes"; that of "no" is computed by any reader, so it is tied too."""
        yes = Cell(n_yes)
        self._tie(whole, [yes, Cell(whole.value - n_yes)])
        return yes

    def _asked(self, name: str) -> Cell:
        """Return the cell of the comments that a head is asked for."""
        kinds = self._scheme.head(name).applies_to
        if set(kinds) == self._counts.report_kinds:
            return self._reports
        if len(kinds) == 1:
            return self._kinds[kinds[0]]
        cell = Cell(sum(self._kinds[slug].value for slug in kinds))
        self._tie(cell, [self._kinds[slug] for slug in kinds])
        return cell

    def _head(self, name: str) -> Table:
        found = self._counts.labels[name]
        lines = [
            Line(label.name, Cell(found[label.slug])) for label in self._scheme.head(name).labels
        ]
        lines += [Line(_NOT_FILLED, Cell(found[NONE]))] if found[NONE] else []
        return self._split(self._asked(name), lines)

    def _topics(self) -> tuple[Table, Table]:
        names, below = _names(self._scheme.head("sector")), _names(self._scheme.head("subtopic"))
        sectors = {
            slug: Line(names[slug], Cell(n)) for slug, n in self._counts.labels["sector"].items()
        }
        return self._two_levels(sectors, self._counts.topics, below)

    def _places(self) -> tuple[Table, Table]:
        regions, counts = Gazetteer.load().regions, self._counts
        names = {code: region.full_name for code, region in regions.items()}
        found = {code: n for code, n in counts.provinces.items() if code in regions}
        provinces = {code: Line(names[code], Cell(n)) for code, n in found.items()}
        for key, name in ((UNKNOWN, "(tempat tanpa kode wilayah)"), (NOWHERE, "(tanpa tempat)")):
            provinces[key] = Line(name, Cell(counts.provinces[key]), aside=True)
        return self._two_levels(provinces, counts.regencies, names | {NONE: "(hanya provinsi)"})

    def _two_levels(
        self,
        upper: Mapping[str, Line],
        lower: Mapping[tuple[str, str], int],
        names: Mapping[str, str],
    ) -> tuple[Table, Table]:
        """Return the tables of reports by one thing and by what lies under it."""
        below: list[Line] = []
        for key, line in upper.items():
            found = {inner: n for (outer, inner), n in lower.items() if outer == key}
            lines = [
                Line(names[inner], Cell(n), line.name, aside=inner == NONE)
                for inner, n in found.items()
            ]
            if lines:
                self._tie(line.cell, [each.cell for each in lines])
            below += lines
        return self._split(self._reports, upper.values()), Table(self._reports, tuple(below))

    def _agencies(self) -> Table:
        names = {agency.id: agency.name for agency in Knowledge.load().agencies.values()}
        found: Counter[str] = Counter()
        for key, n in self._counts.agencies.items():
            found[names.get(key, "(di luar daftar)") if key else "(tanpa saran)"] += n
        return self._split(self._reports, [Line(name, Cell(n)) for name, n in found.items()])

    def _missing(self, complaints: Cell) -> Table:
        found = self._counts.missing
        cells = {fact: self._yes_no(complaints, found[fact]) for fact in FACTS}
        return Table(complaints, tuple(Line(_FACT_NAMES[fact], c) for fact, c in cells.items()))

    def _weeks(self) -> Table:
        found = self._counts.weeks
        weeks = sorted(week for week in found if week is not None)
        lines: list[Line] = []
        if weeks:
            first = max(weeks[0], weeks[-1] - timedelta(weeks=MAX_WEEKS - 1))
            before = sum(found[week] for week in weeks if week < first)
            lines += (
                [Line(f"sebelum {day_name(first)}", Cell(before), aside=True)] if before else []
            )
            span = range((weeks[-1] - first).days // 7 + 1)
            shown = [first + timedelta(weeks=i) for i in span]
            lines += [Line(day_name(week), Cell(found[week])) for week in shown]
        if found[None]:
            lines.append(Line("(tanpa tanggal)", Cell(found[None]), aside=True))
        return self._split(self._reports, lines)


def _names(head: Head) -> dict[str, str]:
    return {label.slug: label.name for label in head.labels} | {NONE: _NOT_FILLED}
