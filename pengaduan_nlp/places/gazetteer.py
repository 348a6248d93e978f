"""Provinces, regencies, cities and well-known districts of Indonesia, read from the package data.

Knows official codes, names, aliases and neighbours; knows nothing about running text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple, Self, cast

from ..errors import InputError

Kind = Literal["provinsi", "kabupaten", "kota"]
_KINDS = ("provinsi", "kabupaten", "kota")
_DISTRICT_LEVELS = ("kecamatan", "desa")
_REGION_COLUMNS = ("code", "name", "kind", "province", "aliases", "neighbours")
_DISTRICT_COLUMNS = ("name", "level", "regency")
_KIND_WORDS = {
    "kabupaten": "kabupaten",
    "kab": "kabupaten",
    "kota": "kota",
    "provinsi": "provinsi",
    "prov": "provinsi",
}


@dataclass(frozen=True, slots=True)
class Region:
    """A province, regency or city.

    Attributes:
        code: Official code: ``"18"`` for a province, ``"18.02"`` for a regency or city.
        name: Official name without ``Kabupaten`` or ``Kota``.
        kind: ``provinsi``, ``kabupaten`` or ``kota``.
        province: Code of its province; its own code where it is one.
        aliases: Abbreviations, nicknames, old names and seats that people write for it.
        neighbours: Codes of regencies and cities that border it, where known.
    """

    code: str
    name: str
    kind: Kind
    province: str
    aliases: tuple[str, ...]
    neighbours: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """The name as an officer writes it: ``Kota Bandung``, ``Kabupaten Bandung``, ``Riau``."""
        return self.name if self.kind == "provinsi" else f"{self.kind.capitalize()} {self.name}"


class Entry(NamedTuple):
    """One thing that a name can mean.

    Attributes:
        name: Official name, such as ``Kota Bandung`` or ``Coblong``.
        level: ``provinsi``, ``kabupaten``, ``kota``, ``kecamatan`` or ``desa``.
        code: Official code of the region; for a district or village that of the regency or city
            it lies in.
    """

    name: str
    level: str
    code: str


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The table of regions and districts.

    Attributes:
        regions: Every province, regency and city by official code.
        districts: Districts and villages known by name; not complete.
        names: What each folded name or alias can mean.

    Example:
        >>> [region.code for region in Gazetteer.load().find("tangsel")]
        ['36.74']
    """

    regions: Mapping[str, Region]
    districts: tuple[Entry, ...]
    names: Mapping[str, tuple[Entry, ...]]

    @classmethod
    def load(cls) -> Self:
        """Return the gazetteer of the package, read once per process.

        Raises:
            InputError: If the package data is damaged.
        """
        return cast(Self, _bundled())

    @classmethod
    def parse(cls, regions: str, districts: str) -> Self:
        """Build a gazetteer from the text of two TSV tables and check it.

        Args:
            regions: Rows as in ``gazetteer.tsv``.
            districts: Rows as in ``districts.tsv``.

        Raises:
            InputError: If a row is malformed or names a region that does not exist.
        """
        table: dict[str, Region] = {}
        for line, row in _rows(regions, _REGION_COLUMNS, "gazetteer.tsv"):
            region = _region(row, line)
            if region.code in table:
                raise InputError(f"gazetteer.tsv:{line}: code {region.code!r} stands there twice")
            table[region.code] = region
        _check_links(table)
        found = tuple(
            _district(row, line, table)
            for line, row in _rows(districts, _DISTRICT_COLUMNS, "districts.tsv")
        )
        return cls(table, found, _names(table, found))

    def get(self, code: str) -> Region:
        """Return the region of an official code, written with or without dots.

        Raises:
            InputError: If there is no such code.
        """
        digits = code.replace(".", "").strip()
        region = self.regions.get(digits if len(digits) <= 2 else f"{digits[:2]}.{digits[2:]}")
        if region is None:
            raise InputError(f"no region has the code {code!r}; expected '32' or '32.73'")
        return region

    def find(self, name: str) -> tuple[Region, ...]:
        """Return the regions of a name or alias, any case; cities first.

        ``Kabupaten``, ``Kota`` or ``Provinsi`` before the name narrows the answer.

        Example:
            >>> [region.code for region in Gazetteer.load().find("Bandung")]
            ['32.73', '32.04']
            >>> [region.code for region in Gazetteer.load().find("kab. Bandung")]
            ['32.04']
        """
        key = fold(name.replace(".", " "))
        first, _, rest = key.partition(" ")
        matches = self._regions_named(key)
        if rest and first in _KIND_WORDS:
            narrowed = [r for r in self._regions_named(rest) if r.kind == _KIND_WORDS[first]]
            matches = narrowed or matches
        return tuple(sorted(matches, key=lambda region: (region.kind != "kota", region.code)))

    def resolve(self, code_or_name: str) -> Region:
        """Return one region for a code or a name; a city before a regency of the same name.

        Raises:
            InputError: If nothing has that code or name.
        """
        if code_or_name.replace(".", "").strip().isdigit():
            return self.get(code_or_name)
        matches = self.find(code_or_name)
        if not matches:
            from difflib import get_close_matches  # only for the message; slow to import

            names = {fold(region.name): region.name for region in self.regions.values()}
            close = get_close_matches(fold(code_or_name), names, n=1)
            hint = f"; did you mean {names[close[0]]!r}?" if close else ""
            raise InputError(f"no province, regency or city is called {code_or_name!r}{hint}")
        return matches[0]

    def province_name(self, code: str) -> str:
        """Return the name of the province that a region's code lies in."""
        return self.regions[code[:2]].name

    def _regions_named(self, key: str) -> list[Region]:
        entries = self.names.get(key, ())
        return [self.regions[entry.code] for entry in entries if entry.level in _KINDS]


def fold(name: str) -> str:
    """Return the form under which names are compared: lower case, single spaces, no marks."""
    name = name.lower()
    if "-" in name or "'" in name:
        name = name.replace("-", " ").replace("'", "")
    return " ".join(name.split())


@cache
def _bundled() -> Gazetteer:
    folder = files(__package__)
    return Gazetteer.parse(
        folder.joinpath("gazetteer.tsv").read_text(encoding="utf-8"),
        folder.joinpath("districts.tsv").read_text(encoding="utf-8"),
    )


def _rows(text: str, columns: tuple[str, ...], name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of a TSV whose first row names its columns."""
    header = "\t".join(columns)
    seen = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if not seen:
            if line != header:
                raise InputError(f"{name}:{number}: the header must be {header!r}, got {line!r}")
            seen = True
            continue
        cells = line.split("\t")
        if len(cells) != len(columns):
            raise InputError(f"{name}:{number}: {len(cells)} cells, expected {len(columns)}")
        yield number, cells


def _region(row: list[str], line: int) -> Region:
    code, name, kind, province, aliases, neighbours = row
    shape = len(code) == 2 if kind == "provinsi" else len(code) == 5 and code[2] == "."
    if kind not in _KINDS or not name or not shape or not code.replace(".", "").isdigit():
        raise InputError(
            f"gazetteer.tsv:{line}: {row[:4]!r} needs a code such as '32' or '32.73', a name and "
            f"a kind of {_KINDS} that fits the code"
        )
    return Region(
        code,
        name,
        cast(Kind, kind),
        province,
        tuple(filter(None, aliases.split(";"))),
        tuple(filter(None, neighbours.split(";"))),
    )


def _district(row: list[str], line: int, table: Mapping[str, Region]) -> Entry:
    name, level, code = row
    if (
        code not in table
        or table[code].kind == "provinsi"
        or level not in _DISTRICT_LEVELS
        or not name
    ):
        raise InputError(
            f"districts.tsv:{line}: {row!r} needs a name, a level of {_DISTRICT_LEVELS} and the "
            "code of a regency in gazetteer.tsv"
        )
    return Entry(name, level, code)


def _names(
    table: Mapping[str, Region], districts: tuple[Entry, ...]
) -> Mapping[str, tuple[Entry, ...]]:
    """Return what each folded name can mean; regions stand before districts.

    A seat that stands for its regency (``Soreang``) is read as the district where it is one.
    """
    names: dict[str, tuple[Entry, ...]] = {}
    for region in table.values():
        entry = Entry(region.full_name, region.kind, region.code)
        for key in {fold(region.name), *map(fold, region.aliases)}:
            names[key] = (*names.get(key, ()), entry)
    for entry in districts:
        key = fold(entry.name)
        known = names.get(key)
        if known is not None:
            seat = entry.code
            known = tuple(e for e in known if e.code != seat or fold(table[e.code].name) == key)
        names[key] = (*known, entry) if known else (entry,)
    return names


def _check_links(table: Mapping[str, Region]) -> None:
    for region in table.values():
        parent = table.get(region.province)
        if parent is None or parent.kind != "provinsi" or region.code[:2] != region.province:
            raise InputError(
                f"gazetteer.tsv: {region.code} {region.name!r} names the province "
                f"{region.province!r}, which is not the province of its code"
            )
        for code in region.neighbours:
            if code not in table or region.code not in table[code].neighbours:
                raise InputError(
                    f"gazetteer.tsv: neighbour {code!r} of {region.code} {region.name!r} is "
                    "unknown or does not name it back"
                )
