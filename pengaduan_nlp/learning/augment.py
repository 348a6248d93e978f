"""Imitate the noise of real comments: dropped vowels, typos, slang, pleas, emoji.

Changes wording only, never facts, so labels stay true (DOMAIN.md 3.3: virality, pleas and
spelling may not change an answer).
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

_PLEAS = (
    "viralkan", "viralkan!!! 😭😭", "tolong pak", "tolong dibaca pak 🙏", "up", "up terus",
    "mohon ditindaklanjuti", "please", "🙏🙏🙏", "😭😭😭", "😡😡", "min tolong",
    "no viral no justice", "semoga dibaca", "bismillah", "@user", "cc @user @user", "!!!", "...",
    "pak", "bu", "bang",
)  # fmt: skip
_OPENINGS = (
    "pak", "pak gub", "bu", "min", "assalamualaikum pak", "izin lapor", "maaf", "halo min",
    "woi", "bapak", "kang", "mas", "bang", "yth bapak", "@user", "@user @user", "tolong",
)  # fmt: skip
_VOWELS = frozenset("aeiou")


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

    def state(self) -> list[Any]:
        """Return the state of the random generator as plain JSON types."""
        return list(self._rng.getstate())

    def restore(self, state: Sequence[Any]) -> None:
        """Go back to what ``state`` returned."""
        self._rng.setstate(as_random_state(state))

    def __call__(self, text: str) -> str:
        """Return ``text``, changed with probability ``rate``."""
        rng = self._rng
        if rng.random() >= self._rate:
            return text
        words = text.split()
        share = rng.choice((0.05, 0.1, 0.2, 0.3))
        words = [self._noisy(word) if rng.random() < share else word for word in words]
        if rng.random() < 0.25:
            words.append(rng.choice(_PLEAS))
        if rng.random() < 0.2:
            words.insert(0, rng.choice(_OPENINGS))
        return " ".join(words)

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
