"""Imitate the noise of real comments: typos, slang, other places, pleas, frames.

Changes wording only, never facts, so labels stay true (DOMAIN.md 3.3: virality, courtesy, place and
spelling may not change an answer).
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from ..places.finder import PlaceFinder
from ..places.gazetteer import Gazetteer
from . import frames

_VOWELS = frozenset("aeiou")
_SWAPPED = 0.5  # share of the changed comments in which other places are put
# Openings, closings, and the share of the changed comments that get one of them or both.
_FRAMES: tuple[tuple[Sequence[str], Sequence[str], float], ...] = (
    ((), (), 0.4),
    (frames.CALLS, frames.PLEAS, 0.3),
    (frames.POLITE_OPENINGS, frames.POLITE_CLOSINGS, 0.15),
    (frames.RUDE_OPENINGS, frames.RUDE_CLOSINGS, 0.15),
)


def as_random_state(state: Sequence[Any]) -> tuple[Any, ...]:
    """Return a state of ``random.Random`` as it was before JSON made lists of its tuples."""
    version, numbers, gauss = state
    return version, tuple(numbers), gauss


class Augmenter:
    """Rewrites a comment at random.

    Args:
        slang: Formal word to its slang spellings; may be empty.
        rate: Share of comments that are changed.
        seed: Seed of the choices.
    """

    def __init__(self, slang: Mapping[str, Sequence[str]], *, rate: float, seed: int) -> None:
        self._slang = slang
        self._rate = rate
        self._rng = random.Random(seed)
        self._finder = PlaceFinder.load()
        self._names = Gazetteer.load().names
        self._regions = sorted({region.name for region in Gazetteer.load().regions.values()})

    def state(self) -> list[Any]:
        """Return the state of the random generator as plain JSON types."""
        return list(self._rng.getstate())

    def restore(self, state: Sequence[Any]) -> None:
        """Go back to what ``state`` returned."""
        self._rng.setstate(as_random_state(state))

    def __call__(self, text: str, *, always: bool = False) -> str:
        """Return ``text``, changed with probability ``rate``, or certainly if ``always``."""
        rng = self._rng
        if not always and rng.random() >= self._rate:
            return text
        if rng.random() < _SWAPPED:
            text = self._elsewhere(text)
        words = text.split()
        share = rng.choice((0.0, 0.05, 0.1, 0.2, 0.4))
        words = [self._noisy(word) if rng.random() < share else word for word in words]
        return " ".join(self._framed(words))

    def _elsewhere(self, text: str) -> str:
        """Put other regions in place of those that the text names."""
        for place in reversed(self._finder.find(text)):
            if place.text.lower() in self._names:  # the bare name, with no "kab." to agree with
                other = self._rng.choice(self._regions)
                other = other.lower() if place.text.islower() else other
                text = text[: place.start] + other + text[place.end :]
        return text

    def _framed(self, words: list[str]) -> list[str]:
        rng = self._rng
        openings, closings, _ = rng.choices(_FRAMES, [share for *_, share in _FRAMES])[0]
        if not openings:
            return words
        ends = rng.choice((1, 2, 3))  # an opening, a closing, or both
        if ends & 1:
            words = [rng.choice(openings), *words]
        if ends & 2:
            words = [*words, rng.choice(closings)]
        return words

    def _noisy(self, word: str) -> str:
        rng = self._rng
        plain = word.lower()
        if plain in self._slang and rng.random() < 0.6:
            return rng.choice(self._slang[plain])
        if len(plain) < 4 or not plain.isalpha():
            return word
        at = rng.randrange(1, len(plain) - 1)
        match rng.randrange(4):
            case 0:
                inner = "".join(char for char in plain[1:-1] if char not in _VOWELS)
                return plain[0] + inner + plain[-1]
            case 1:
                return plain[:at] + plain[at + 1 :]
            case 2:
                return plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :]
            case _:
                return plain[:at] + plain[at] + plain[at:]
