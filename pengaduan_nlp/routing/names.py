"""Say where a comment comes from and put that into an agency's name.

Knows places, regions and name patterns; knows nothing about which agency is responsible.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..records import Place
from .facts import RegionException
from .knowledge import Knowledge

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LOOSE = re.compile(r"\s*\(\s*\)|\s+(?=[,;)])|\(\s+")
_SPACES = re.compile(r"\s{2,}")
_UNIT_TYPE = re.compile(r"^(?:puskesmas|rsud|rsup|rs|rumah sakit|lapas|rutan|sppg)\s+", re.I)
_PROVINCE = re.compile(r"^(?:provinsi|prov\.?)\s+", re.I)
_COUNTY = re.compile(r"^(?:kabupaten|kab\.?|kota)\s+", re.I)
_COMPARISONS = frozenset(("kaya", "kayak", "seperti", "macam", "kek", "kyk", "ala"))
_COUNTY_PREFIX = {
    "bupati": "Kabupaten",
    "wakil_bupati": "Kabupaten",
    "pemkab": "Kabupaten",
    "wali_kota": "Kota",
    "walikota": "Kota",
    "wakil_wali_kota": "Kota",
    "pemkot": "Kota",
}
_PROVINCE_ALIASES = {
    "daerah khusus ibukota jakarta": "31",
    "daerah khusus jakarta": "31",
    "jakarta": "31",
    "daerah istimewa yogyakarta": "34",
    "yogyakarta": "34",
    "diy": "34",
    "bangka belitung": "19",
}


@dataclass(frozen=True, slots=True)
class Region:
    """What is known about the place that a comment is about.

    Attributes:
        names: Placeholder to name, as sorted pairs, for filling patterns.
        exceptions: The regional exceptions that hold there.
        has_village: Whether a village government can exist there (``False`` in a city or
            kelurahan).
        village_named: Whether a village was named.
    """

    names: tuple[tuple[str, str], ...] = ()
    exceptions: tuple[RegionException, ...] = ()
    has_village: bool = True
    village_named: bool = False

    def get(self, placeholder: str) -> str | None:
        """Return the name for a placeholder, or ``None``."""
        return dict(self.names).get(placeholder)


def locate(
    knowledge: Knowledge,
    places: Sequence[Place],
    *,
    account: str | None,
    region: str | None,
    hits: Mapping[str, int],
    tokens: Sequence[str],
) -> Region:
    """Return the region of a comment: named places first, then the account's region, then words.

    Args:
        knowledge: The routing knowledge.
        places: Places named in the text.
        account: Kind of account, as in ``Comment.account``.
        region: Code or name of the account's region.
        hits: Cues found, with token positions.
        tokens: The comment's tokens.
    """
    names: dict[str, str] = {}
    code = _read_places(places, names)
    if "kabkota" not in names and "prov" not in names and region:
        code = _read_region(knowledge, region, account, names) or code
    code = code or _province_code(knowledge, names.get("prov"))
    if code and "prov" not in names:
        known = knowledge.provinces.get(code)
        if known:
            names["prov"] = known
    exceptions = tuple(
        item
        for item in knowledge.regions
        if code in item.codes
        or (hits and not (code and item.codes) and _told(item.cues, hits, tokens))
    )
    return Region(
        names=tuple(sorted(names.items())),
        exceptions=exceptions,
        has_village=_has_village(places, names),
        village_named="desa" in names,
    )


def _read_places(places: Sequence[Place], names: dict[str, str]) -> str | None:
    code = None
    for place in places:
        if place.level in ("kabupaten", "kota"):
            prefix = "" if _COUNTY.match(place.name) else f"{place.level.capitalize()} "
            names.setdefault("kabkota", prefix + place.name)
        elif place.level == "provinsi":
            names.setdefault("prov", _PROVINCE.sub("", place.name))
        elif place.level == "kecamatan":
            names.setdefault("kec", place.name)
        elif place.level == "desa":
            names.setdefault("kel" if _is_kelurahan(place.code) else "desa", place.name)
        elif place.level == "faskes":
            names.setdefault("nama", _UNIT_TYPE.sub("", place.name))
            names.setdefault("nama_rs", names["nama"])
        elif place.level == "jalan":
            names.setdefault("ruas", place.name)
        if place.province:
            names.setdefault("prov", _PROVINCE.sub("", place.province))
        if place.code:
            code = code or place.code[:2]
    return code


def _read_region(
    knowledge: Knowledge, region: str, account: str | None, names: dict[str, str]
) -> str | None:
    if region[:2].isdigit():
        return region[:2]
    bare = _PROVINCE.sub("", region.strip())
    code = _province_code(knowledge, bare)
    if _COUNTY.match(bare):
        names["kabkota"] = bare
    elif code and bare == region.strip() and account in _COUNTY_PREFIX and code != "31":
        names["kabkota"] = f"{_COUNTY_PREFIX[account]} {bare}"
        return None
    elif code:
        names["prov"] = bare
    elif account in _COUNTY_PREFIX:
        names["kabkota"] = f"{_COUNTY_PREFIX[account]} {bare}"
    return code


def _province_code(knowledge: Knowledge, name: str | None) -> str | None:
    if not name:
        return None
    wanted = name.lower()
    return knowledge.province_codes.get(wanted) or _PROVINCE_ALIASES.get(wanted)


def _told(cues: Sequence[str], hits: Mapping[str, int], tokens: Sequence[str]) -> bool:
    """Return whether a cue occurs other than in a comparison ("kayak di jakarta")."""
    if hits.keys().isdisjoint(cues):
        return False
    starts = (hits[cue] for cue in cues if cue in hits)
    return any(_COMPARISONS.isdisjoint(tokens[max(0, at - 2) : at]) for at in starts)


def _has_village(places: Sequence[Place], names: Mapping[str, str]) -> bool:
    if "desa" in names:
        return True
    if "kel" in names:
        return False
    county = names.get("kabkota", "").lower()
    return not county.startswith("kota ") and not any(place.level == "kota" for place in places)


def _is_kelurahan(code: str | None) -> bool:
    """Return whether a ten-digit code is a kelurahan: its last group starts with 1, not 2."""
    last = code.rpartition(".")[2] if code else ""
    return len(last) == 4 and last.startswith("1")


@lru_cache(maxsize=4096)
def fill(pattern: str, names: tuple[tuple[str, str], ...], county: bool) -> str:
    """Return ``pattern`` with known names filled in and unknown placeholders left out.

    Args:
        pattern: A name with placeholders, such as ``"Dinas Sosial {kabkota}"``.
        names: Placeholder to name, as pairs.
        county: Whether the agency belongs to a regency or city, so that ``{daerah}`` must not
            become a province.

    Example:
        >>> fill("Polres {kabkota} / Polda {prov}", (("prov", "Jawa Tengah"),), False)
        'Polres / Polda Jawa Tengah'
    """
    known = dict(names)
    place = known.get("kabkota") or (None if county else known.get("prov"))
    if place:
        known.setdefault("daerah", place)
        for name in ("wilayah", "regional"):
            known.setdefault(name, f"wilayah {place}")
    filled = _PLACEHOLDER.sub(lambda match: known.get(match[1], ""), pattern)
    return _SPACES.sub(" ", _LOOSE.sub("", filled)).strip()
