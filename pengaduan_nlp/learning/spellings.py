"""Spellings of heads and labels that people use in tables, matched to those of the scheme.

Knows the scheme and how officers name things; nothing about files.
"""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..errors import InputError, SchemeError
from ..scheme import Head, LabelScheme

ALTERNATIVES = re.compile(r"[|;]")  # "a | b" in a cell: one of them holds
_WORD = re.compile(r"[^\W_]+")
_FLOAT = re.compile(r"^(\d+)\.0$")
_UNKNOWN = frozenset(("", "na", "nan", "none", "null"))  # cells that say nothing, as keys
_YES_NO = {"true": "ya", "yes": "ya", "y": "ya", "false": "tidak", "no": "tidak", "n": "tidak"}
_HEADS: dict[str, tuple[str, ...]] = {  # usual names of columns besides the head's name and title
    "kind": ("jenis", "jenis_laporan", "jenis_pesan", "jenis_komentar", "klasifikasi_laporan"),
    "sector": ("kategori", "kategori_laporan", "category", "bidang", "topik", "topic", "urusan"),
    "subtopic": ("sub_sektor", "sub_kategori", "sub_bidang", "sub_category", "rincian_topik"),
    "urgency": ("prioritas", "priority", "tingkat_urgensi", "kegawatan", "severity"),
    "oversight": ("pengawasan", "berkadar_pengawasan", "aduan_pengawasan"),
    "reason": ("alasan", "alasan_bukan", "alasan_bukan_pengaduan", "bukan_laporan_karena"),
}
_OTHERS: dict[str, tuple[str, ...]] = {  # columns that are no label, best name first
    "id": ("id", "comment_id", "id_komentar", "no", "nomor"),
    "source": ("source", "sumber"),
    "split": ("split", "bagian", "subset", "pembagian"),
}
_PREFIX = re.compile("^(?:label|gold|kelas)(?=.)")
_SAME = 0.8  # similarity of keys from which a column is taken for a misspelled head


def spelling_key(value: object) -> str:
    """Return what spellings are compared by: letters and digits, without case and "dan".

    Example:
        >>> spelling_key("Jalan dan Jembatan") == spelling_key("JALAN_JEMBATAN")
        True
    """
    words = _WORD.findall(unicodedata.normalize("NFKC", str(value)).casefold())
    return "".join(word for word in words if word != "dan")


def says_nothing(value: object) -> bool:
    """Tell whether a cell leaves a head unlabelled: empty, a dash, n/a or not a number."""
    return value is None or value != value or spelling_key(value) in _UNKNOWN


@dataclass(frozen=True)
class LabelSpellings:
    """The spellings of one head's labels.

    Attributes:
        head: The head.
        foreign: Labels of another label set by key, with the slug that each stands for, or an
            empty string for one that is to be left out.
    """

    head: Head
    foreign: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _slugs(self) -> dict[str, str]:
        """Slug by key; foreign spellings win over slugs, slugs over names."""
        names: dict[str, str] = {}
        for label in self.head.labels:
            key = spelling_key(label.name)
            names[key] = "" if key in names else label.slug  # a name of two labels tells nothing
        known = {key: slug for key, slug in names.items() if slug}
        if {"ya", "tidak"} <= set(self.head.slugs):
            known |= _YES_NO
        known |= {spelling_key(slug): slug for slug in self.head.slugs}
        return known

    def find(self, value: object) -> str:
        """Return the slug that a spelling stands for; empty if a mapping leaves it out.

        Raises:
            SchemeError: If it is no label of this head; says which was probably meant.
        """
        key = spelling_key(_whole(value))
        if key in self.foreign:
            return self.foreign[key]
        if key in self._slugs:
            return self._slugs[key]
        near = self.nearest(value)
        hint = f"; did you mean {near!r}?" if near else ""
        n = len(self.head.labels)
        known = f"({n} labels)" if n > 6 else f"(labels: {', '.join(self.head.slugs)})"
        shown = str(value).strip()
        shown = shown if len(shown) <= 40 else shown[:39] + "…"
        raise SchemeError(f"unknown label {shown!r} for head {self.head.name!r}{hint} {known}")

    def nearest(self, value: object) -> str:
        """Return the slug of the most similar spelling, or an empty string."""
        key = spelling_key(value)
        known = {**self._slugs, **self.foreign}
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
        if not near and len(key) >= 4:  # "jalan" for "jalan_jembatan", if only one begins so
            near = [other for other in known if other.startswith(key)]
            near = near if len({known[other] for other in near}) == 1 else []
        return known[near[0]] if near else ""


def _whole(value: object) -> str:
    """Return "1" for 1.0: a sheet keeps whole numbers as floats."""
    return _FLOAT.sub(r"\1", str(value))


@dataclass(frozen=True)
class ColumnMatch:
    """What the columns of a table stand for.

    Attributes:
        heads: Column of each head that has one.
        others: Column of ``id``, ``source`` and ``split``, where there is one.
        unused: Columns that repeat a head which another column gives already, with that head.
        misspelled: Columns that nearly name a head without a column, with that head.
    """

    heads: dict[str, str]
    others: dict[str, str]
    unused: dict[str, str]
    misspelled: dict[str, str]


def match_columns(columns: Sequence[str], scheme: LabelScheme, *, where: str) -> ColumnMatch:
    """Match columns to heads: by name, then by official title, then by common variants.

    Args:
        columns: Names of the columns that may hold labels.
        scheme: The heads.
        where: File name for messages.

    Raises:
        InputError: If two columns have an equal claim to one head.
    """
    heads: dict[str, str] = {}
    unused: dict[str, str] = {}
    keys = {column: _PREFIX.sub("", spelling_key(column)) for column in columns}
    for head in scheme.heads:
        tiers = ((head.name,), (head.title,), _HEADS.get(head.name, ()))
        claims = [
            [column for column in columns if keys[column] in {spelling_key(n) for n in names}]
            for names in tiers
        ]
        found = next((claim for claim in claims if claim), [])
        if len(found) > 1:
            raise InputError(
                f"{where}: columns {' and '.join(map(repr, found))} both mean head "
                f"{head.name!r}; rename or remove one"
            )
        if found:
            heads[head.name] = found[0]
            unused |= {c: head.name for claim in claims for c in claim if c != found[0]}
    others = _match_others(columns)
    taken = {*heads.values(), *unused, *others.values()}
    open_heads = [head for head in scheme.heads if head.name not in heads]
    misspelled = {
        column: head.name
        for column in columns
        for head in open_heads
        if column not in taken and _nearly(keys[column], head)
    }
    return ColumnMatch(heads, others, unused, misspelled)


def _match_others(columns: Sequence[str]) -> dict[str, str]:
    known = {spelling_key(column): column for column in reversed(columns)}
    keys = {name: [spelling_key(v) for v in variants] for name, variants in _OTHERS.items()}
    return {
        name: next(known[key] for key in variants if key in known)
        for name, variants in keys.items()
        if known.keys() & set(variants)
    }


def _nearly(key: str, head: Head) -> bool:
    names = [spelling_key(n) for n in (head.name, head.title, *_HEADS.get(head.name, ()))]
    return bool(difflib.get_close_matches(key, names, n=1, cutoff=_SAME))
