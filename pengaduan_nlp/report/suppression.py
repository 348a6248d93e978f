"""Hide small counts so that no total gives them away: cells, and the sums that tie them together.

Knows numbers only, nothing about what is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

SMALLEST = 5  # comments; the smallest count that is published. Source: DOMAIN.md 5.3, "k >= 5"
_NO_LIMIT = 10**12  # more than any count
_ROUNDS = 50  # of narrowing; sums that form a tree settle in fewer rounds than it is deep


class State(Enum):
    """How a cell is published.

    ``SMALL`` says "fewer than 5", ``CLOSED`` "5 or more, hidden because another cell could be
    computed from it", ``ABSENT`` nothing at all.
    """

    SHOWN = "shown"
    SMALL = "small"
    CLOSED = "closed"
    ABSENT = "absent"


@dataclass(slots=True, eq=False)
class Cell:
    """One count of the report and how it is published."""

    value: int
    state: State = State.SHOWN

    @property
    def shown(self) -> bool:
        """Whether the number itself is published."""
        return self.state is State.SHOWN


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """A sum that readers know to hold: the parts add up to the whole."""

    whole: Cell
    parts: tuple[Cell, ...]


def protect(partitions: Sequence[Partition]) -> None:
    """Set the state of every cell so that nobody can narrow down a count of 1 to 4.

    A count under 5 is hidden. Where totals would still tell it, more cells are closed until each
    hidden count could be anything from 1 to 4 for a reader who knows all that is published. What
    lies under a count of 1 to 4 is not published at all.

    Args:
        partitions: The sums. They form a forest (each cell is a part of at most one), so that
            narrowing intervals is exact.

    Example:
        >>> total, few, many, most = Cell(100), Cell(2), Cell(38), Cell(60)
        >>> protect([Partition(total, (few, many, most))])
        >>> [cell.state.value for cell in (total, few, many, most)]
        ['shown', 'small', 'closed', 'shown']
    """
    active = _first_states(partitions)
    small = [c for p in active for c in (p.whole, *p.parts) if c.state is State.SMALL]
    pending = list(dict.fromkeys(small))
    while unsafe := next((cell for cell in pending if not _is_safe(cell, active)), None):
        if not _close_one(unsafe, active):
            pending.remove(unsafe)  # nothing is left that could be closed


def _first_states(partitions: Sequence[Partition]) -> list[Partition]:
    """Hide small cells and drop what lies under them; return the sums that are published."""
    for cell in (c for p in partitions for c in (p.whole, *p.parts)):
        cell.state = State.SMALL if 0 < cell.value < SMALLEST else State.SHOWN
    active = list(partitions)
    while dropped := [p for p in active if p.whole.state in (State.SMALL, State.ABSENT)]:
        for cell in (c for p in dropped for c in p.parts):
            cell.state = State.ABSENT
        active = [p for p in active if p not in dropped]
    return active


def _is_safe(cell: Cell, partitions: Sequence[Partition]) -> bool:
    """Tell whether a reader must still take every value from 1 to 4 for possible."""
    low, high = _narrowed(_around(cell, partitions))[cell]
    return (low, high) == (1, SMALLEST - 1)


def _around(cell: Cell, partitions: Sequence[Partition]) -> list[Partition]:
    """Return the sums that tell something about a cell: those tied to it by hidden cells."""
    found: list[Partition] = []
    reached, fresh = {cell}, {cell}
    while fresh:
        new = [p for p in partitions if p not in found and fresh & {p.whole, *p.parts}]
        found += new
        hidden = {c for p in new for c in (p.whole, *p.parts) if not c.shown}
        fresh = hidden - reached
        reached |= hidden
    return found


def _narrowed(partitions: Sequence[Partition]) -> dict[Cell, tuple[int, int]]:
    """Return the interval in which each cell must lie, given all that is published."""
    bounds = {c: _published(c) for p in partitions for c in (p.whole, *p.parts)}
    for _ in range(_ROUNDS):
        before = dict(bounds)
        for partition in partitions:
            _narrow(partition, bounds)
        if before == bounds:
            break
    return bounds


def _published(cell: Cell) -> tuple[int, int]:
    if cell.shown:
        return cell.value, cell.value
    return (1, SMALLEST - 1) if cell.state is State.SMALL else (SMALLEST, _NO_LIMIT)


def _narrow(partition: Partition, bounds: dict[Cell, tuple[int, int]]) -> None:
    low = sum(bounds[cell][0] for cell in partition.parts)
    high = sum(bounds[cell][1] for cell in partition.parts)
    whole = bounds[partition.whole]
    bounds[partition.whole] = whole = max(whole[0], low), min(whole[1], high)
    for cell in partition.parts:
        own = bounds[cell]
        least = max(own[0], whole[0] - (high - own[1]))
        most = min(own[1], whole[1] - (low - own[0]))
        low, high = low - own[0] + least, high - own[1] + most
        bounds[cell] = least, most


def _close_one(unsafe: Cell, partitions: Sequence[Partition]) -> bool:
    """Close the cell that costs a reader least: one that suffices, else the smallest; parts first.

    Returns:
        Whether there was a cell to close.
    """
    around = _around(unsafe, partitions)
    wholes = {partition.whole for partition in around}
    cells = dict.fromkeys(c for p in around for c in (p.whole, *p.parts))
    open_ = [cell for cell in cells if cell.shown and cell.value >= SMALLEST]
    open_.sort(key=lambda cell: (cell in wholes, cell.value))
    for cell in open_:
        cell.state = State.CLOSED
        if _is_safe(unsafe, partitions):
            return True
        cell.state = State.SHOWN
    if open_:
        open_[0].state = State.CLOSED
    return bool(open_)
