"""The simplest thing that could work: words of the taxonomy, counted; a floor for every model.

Knows the taxonomy's cue words, a few words of asking and wishing, and nothing that was learned.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..scheme import LabelScheme
from ..text import normalize

HEADS = ("kind", "sector", "urgency")
_COMPLAINT, _WISH, _QUESTION, _NONE = (
    "pengaduan", "aspirasi", "permintaan_informasi", "bukan_laporan"
)  # fmt: skip
_OTHER = "lainnya"
_ASKING = re.compile(
    r"\b(?:apa|apakah|kapan|gimana|gmn|bagaimana|berapa|dimana|di mana|syarat|cara|caranya|info)\b"
)
_WISHING = re.compile(
    r"\b(?:semoga|moga|harap|berharap|usul|saran|kalau bisa|kalo bisa|mohon ada|minta ada|"
    r"pengen|ingin|sebaiknya)\b"
)
# Said of lives at stake now; a report with one of them is taken for an emergency.
_DANGER = re.compile(
    r"\b(?:terjebak|hanyut|tenggelam|kebakaran|tewas|meninggal|sekarat|evakuasi|dievakuasi|"
    r"kejang|tertimbun)\b"
)


@dataclass(frozen=True)
class KeywordRules:
    """Cue words by sub-topic, with the sector and the lowest urgency of each.

    Attributes:
        cues: Words and phrases of each sub-topic.
        sectors: Sector of each sub-topic.
        floors: Urgency that the taxonomy starts each sub-topic from.
    """

    cues: Mapping[str, tuple[str, ...]]
    sectors: Mapping[str, str]
    floors: Mapping[str, str]

    @classmethod
    def from_taxonomy(cls, taxonomy: Mapping[str, Any]) -> "KeywordRules":
        """Take the rules out of ``data/taxonomy.yaml`` as parsed.

        Raises:
            InputError: If it does not have the expected shape.
        """
        try:
            subtopics = [
                (sector["slug"], item)
                for sector in taxonomy["sektor"]
                for item in sector["subtopik"]
            ]
            return cls(
                {item["slug"]: tuple(map(str, item["petunjuk"])) for _, item in subtopics},
                {item["slug"]: sector for sector, item in subtopics},
                {item["slug"]: item["lantai"] for _, item in subtopics},
            )
        except (KeyError, TypeError) as error:
            raise InputError(
                f"taxonomy: {error} is missing; expected 'sektor', each with 'subtopik' of "
                "'slug', 'petunjuk' and 'lantai'"
            ) from error

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        found = {}
        for slug, cues in self.cues.items():
            words = sorted({normalize(cue) for cue in cues} - {""}, key=len, reverse=True)
            if words:
                found[slug] = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")
        return found

    def probabilities(
        self, texts: Sequence[str], scheme: LabelScheme
    ) -> dict[str, NDArray[np.float64]]:
        """Answer kind, sector and urgency of every text.

        The chosen label has the largest share, which grows with the words that were found; the
        shares rank texts but were never fitted, so their calibration means nothing.

        Args:
            texts: Comments.
            scheme: Heads and labels.

        Returns:
            For each of ``HEADS`` an array of shape (n_texts, n_labels) whose rows sum to one.
        """
        rows = [self._answer(normalize(text)) for text in texts]
        found = {}
        for place, name in enumerate(HEADS):
            head = scheme.head(name)
            n_labels = len(head.labels)
            shares = np.zeros((len(texts), n_labels))
            for i, row in enumerate(rows):
                labels, n_words = row
                label = labels[place] if labels[place] in head.slugs else head.slugs[-1]
                chosen = 0.5 + 0.5 * n_words / (1 + n_words)
                shares[i] = (1 - chosen) / (n_labels - 1)
                shares[i, head.index(label)] = chosen
            found[name] = shares
        return found

    def _answer(self, text: str) -> tuple[tuple[str, str, str], float]:
        """Return kind, sector and urgency, and how many words speak for them."""
        words = {
            slug: sum(len(match.split()) for match in pattern.findall(text))
            for slug, pattern in self._patterns.items()
        }
        best = max(words, key=lambda slug: words[slug], default="")
        n_words = words.get(best, 0)
        if not n_words:
            return (_NONE, _OTHER, "rendah"), 0.5
        kind = _COMPLAINT
        if _WISHING.search(text):
            kind = _WISH
        elif "?" in text or _ASKING.search(text):
            kind = _QUESTION
        urgency = "darurat" if _DANGER.search(text) else self.floors[best]
        return (kind, self.sectors[best], urgency), float(n_words)
