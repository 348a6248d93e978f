"""A bounded memory of what was asked lately.

Knows nothing about what it keeps.
"""

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Keeps the entries that were asked for lately, at most ``size`` of them.

    Two generations: what is asked for moves to the young one, and when that is full the old one is
    forgotten. No lock is needed, since every step is one operation of a dict: threads may share
    it, and a process may fork while it is in use. Threads that meet at a full generation forget
    some entries early, which costs a second look.

    Args:
        size: Largest number of entries; at least two.
    """

    def __init__(self, size: int) -> None:
        self._half = max(1, size // 2)
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def get(self, key: K) -> V | None:
        """Return the value of a key, or ``None`` where it is not kept."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        """Keep a value."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = value

    def clear(self) -> None:
        """Forget everything."""
        self._young, self._old = {}, {}
