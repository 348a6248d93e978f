"""Numbers, shares and days as the report writes them, in Indonesian.

Knows how hidden counts are told; knows nothing about HTML.
"""

from datetime import date

from .suppression import SMALLEST, Cell, State

_MONTHS = "Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des".split()
_HIDDEN = {State.SMALL: f"<{SMALLEST}", State.CLOSED: "ditutup", State.ABSENT: "–"}


def number(value: int) -> str:
    """Return a count with dots between thousands.

    Example:
        >>> number(12345)
        '12.345'
    """
    return f"{value:,}".replace(",", ".")


def figure(cell: Cell) -> str:
    """Return a count, or the words for why it is hidden."""
    return _HIDDEN.get(cell.state) or number(cell.value)


def share(cell: Cell, whole: Cell) -> str:
    """Return a share of a whole; empty where one of the two is hidden or the whole is 0.

    Example:
        >>> share(Cell(1), Cell(8)), share(Cell(1), Cell(5000))
        ('12,5%', '<0,1%')
    """
    if not (cell.shown and whole.shown and whole.value):
        return ""
    percent = 100 * cell.value / whole.value
    return "<0,1%" if 0 < percent < 0.1 else f"{percent:.1f}%".replace(".", ",")


def day_name(day: date) -> str:
    """Return a day as Indonesians write it.

    Example:
        >>> day_name(date(2026, 11, 2))
        '2 Nov 2026'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
