"""Find the column that says when a comment was posted, and read days from it.

Knows the ways in which exports write dates; knows nothing about what is counted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from ..errors import InputError
from ..files import slug
from ..scheme import did_you_mean

WIB = timezone(timedelta(hours=7))  # a time with an offset becomes a day of western Indonesia
_EARLIEST = date(2005, 1, 1)  # before the platforms that comments come from
_NAMES = (  # usual names, most telling first; compared as slugs
    "posted_at tanggal_komentar waktu_komentar created_at create_time published_at tanggal waktu "
    "tgl timestamp datetime date time createtime created published"
).split()
_PART = re.compile(
    r"(?:.+_)?(?:tanggal|tgl|waktu|date|time|timestamp|posted|created|published|dibuat|diposting)"
    r"(?:_.+)?"
)
_NOT = re.compile(r"lahir|birth|update|ubah|edit|proses|deadline|tenggat|batas")
_MONTHS = {
    month: number
    for number, names in enumerate(
        "jan feb mar apr mei/may jun jul agu/aug/ags/agt sep okt/oct nov des/dec".split(), 1
    )
    for month in names.split("/")
}
_NUMBERS = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?!\d)")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)")
_DAY_MONTH = re.compile(r"(?<!\d)(\d{1,2})[ -]([a-z]{3,})\.?[ -](\d{4})(?!\d)")
_MONTH_DAY = re.compile(r"\b([a-z]{3,})\.? (\d{1,2}),?(?: [\d:]+ \+0000)? (\d{4})(?!\d)")


@dataclass(frozen=True, slots=True)
class DateColumn:
    """The column of the posting dates.

    Attributes:
        name: Its name in the file.
        month_first: Whether ``11/02/2026`` is 2 November, as some exports write.
        guessed: Whether it was chosen by its name and values.
    """

    name: str
    month_first: bool = False
    guessed: bool = True

    def day(self, values: Mapping[str, Any], today: date) -> date | None:
        """Return the day of a row; ``None`` if it is unreadable, too early or in the future."""
        day = read_day(values.get(self.name), month_first=self.month_first)
        return day if day and _EARLIEST <= day <= today + timedelta(days=1) else None


def find_date_column(
    columns: Sequence[str],
    sample: Sequence[Mapping[str, Any]],
    wanted: str | None = None,
    *,
    skip: Iterable[str] = (),
) -> DateColumn | None:
    """Return the column of the dates: the wanted one, or a guess from names and values.

    Args:
        columns: All columns.
        sample: The first rows.
        wanted: Its name, where the user says it.
        skip: Columns that hold something else.

    Raises:
        InputError: If there is no column ``wanted``.
    """
    if wanted is not None:
        if wanted not in columns:
            known = ", ".join(columns)
            raise InputError(
                f"no column {wanted!r}{did_you_mean(wanted, columns)} (columns: {known})"
            )
        return DateColumn(wanted, _month_first(wanted, sample), guessed=False)
    names = [name for name in columns if name not in set(skip) and not _NOT.search(slug(name))]
    ranked = sorted(
        (name for name in names if slug(name) in _NAMES), key=lambda name: _NAMES.index(slug(name))
    )
    ranked += [name for name in names if name not in ranked and _PART.fullmatch(slug(name))]
    for name in ranked:
        month_first = _month_first(name, sample)
        values = [row.get(name) for row in sample if row.get(name) not in (None, "")]
        readable = [read_day(value, month_first=month_first) for value in values]
        if values and sum(day is not None for day in readable) * 2 >= len(values):
            return DateColumn(name, month_first)
    return None


def _month_first(name: str, sample: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the middle number of some date is no month and the first never is no month."""
    found = [_NUMBERS.match(str(row.get(name))) for row in sample]
    pairs = [(int(match[1]), int(match[2])) for match in found if match]
    return any(b > 12 for _, b in pairs) and not any(a > 12 for a, _ in pairs)


def read_day(value: Any, *, month_first: bool = False) -> date | None:
    """Return the day that a value of a table says, or ``None``.

    Example:
        >>> read_day("02/11/2026").isoformat(), read_day("2026-11-01T20:00:00Z").isoformat()
        ('2026-11-02', '2026-11-02')
        >>> read_day("Senin, 2 November 2026 10.15").isoformat(), read_day("kemarin")
        ('2026-11-02', None)
    """
    try:
        if isinstance(value, datetime):
            return (value.astimezone(WIB) if value.tzinfo else value).date()
        if isinstance(value, date):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _epoch(value)
        return _written(value.strip(), month_first) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def _epoch(seconds: float) -> date | None:
    if seconds >= 1e11:  # milliseconds
        seconds /= 1000
    return datetime.fromtimestamp(seconds, UTC).astimezone(WIB).date() if seconds > 1e9 else None


def _written(text: str, month_first: bool) -> date | None:
    if re.fullmatch(r"\d{10}(?:\.\d+)?|\d{13}", text):
        return _epoch(float(text))
    if re.match(r"\d{4}-?\d\d-?\d\d", text):
        stamp = datetime.fromisoformat(text)
        return (stamp.astimezone(WIB) if stamp.tzinfo else stamp).date()
    if found := _YEAR_FIRST.match(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMBERS.match(text):
        day, month = (found[2], found[1]) if month_first else (found[1], found[2])
        return date(int(found[3]) + (2000 if len(found[3]) == 2 else 0), int(month), int(day))
    text = text.lower()
    if found := _DAY_MONTH.search(text):
        return date(int(found[3]), _MONTHS.get(found[2][:3], 0), int(found[1]))
    if found := _MONTH_DAY.search(text):
        return date(int(found[3]), _MONTHS.get(found[1][:3], 0), int(found[2]))
    return None


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())
