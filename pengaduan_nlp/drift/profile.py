"""A profile: how many comments had which label, confidence, length and share of rare pieces.

Counts only; no text, no account, no place, so that it may lie in a bundle and be sent around.
"""

import json
import os
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import bundle as layout
from ..bundle import Bundle
from ..calibration import Calibration, Probabilities
from ..errors import InputError
from ..files import flatten
from ..interpretation import Interpreter
from ..records import Comment, TriageResult
from ..scheme import LabelScheme
from ..text import normalize
from ..tokenizer import Tokenizer
from ..triage import Triage

PROFILE = "profile.json"  # of a bundle: the comments that it was measured on
FORMAT = 1
HEADS = ("kind", "sector", "subtopic", "urgency", "oversight", "reason")
CONFIDENT = ("kind", "sector", "urgency")  # heads whose probability triage writes into every file
_CONFIDENCE = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)  # upper ends
_LENGTH = (2, 5, 10, 20, 40)  # words
_SHARE = (0.0, 0.05, 0.1, 0.2)  # of a text's pieces
_CHUNK = 512
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Profile:
    """Counts of comments, copies of a text counted once.

    Attributes:
        model: Name and version of the model that answered; empty if a file does not say.
        n: Different comments.
        n_copies: Copies that were left out.
        features: For each feature the number of comments in each of its bins.
    """

    model: str
    n: int
    n_copies: int
    features: Mapping[str, Mapping[str, int]]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; ``from_dict`` reads them back."""
        features = {name: dict(bins) for name, bins in self.features.items()}
        return {
            "format": FORMAT, "model": self.model, "n": self.n, "n_copies": self.n_copies,
            "features": features,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Any, *, where: str = PROFILE) -> "Profile":
        """Read what ``to_dict`` returned.

        Raises:
            InputError: If it is not a profile of this format.
        """
        try:
            if data["format"] != FORMAT:
                raise InputError(
                    f"{where}: profile format {data['format']!r}, this version reads {FORMAT}; "
                    "make it again with: pengaduan monitor --save"
                )
            features = {
                str(name): {str(bin_): int(count) for bin_, count in bins.items()}
                for name, bins in data["features"].items()
            }
            return cls(str(data["model"]), int(data["n"]), int(data["n_copies"]), features)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f"{where}: not a profile ({type(error).__name__}: {error}); make one with: "
                "pengaduan monitor NEW --save FILE"
            ) from error

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Profile":
        """Read a profile from a JSON file.

        Raises:
            InputError: If there is no such file or it is not a profile.
        """
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read as a profile: {error}") from error
        return cls.from_dict(data, where=os.fspath(path))


class ProfileBuilder:
    """Counts comments one by one.

    Args:
        tokenizer: Whose rare and unknown pieces are counted.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        # In vocabularies made by sentencepiece a piece's id is its rank by frequency.
        self._rare_from = len(tokenizer) // 2
        self._seen: set[int] = set()
        self._n_copies = 0
        self._features: dict[str, Counter[str]] = {}

    def add(self, text: str, result: Mapping[str, Any]) -> None:
        """Count a comment, unless a copy of it was counted.

        Args:
            text: The comment as received.
            result: Its flat result, as ``files.flatten`` makes it or a file holds it.

        Raises:
            InputError: If a probability in the result is none.
        """
        normal = normalize(text)
        key = hash(normal)
        if key in self._seen:
            self._n_copies += 1
            return
        found = _answers(result)
        ids = self._tokenizer.encode([normal])[0]
        n_pieces = max(1, len(ids))
        rare = sum(piece >= self._rare_from for piece in ids) / n_pieces
        unknown = sum(piece == self._tokenizer.unknown for piece in ids) / n_pieces
        found["length in words"] = _bin(len(normal.split()), _LENGTH, whole=True)
        found["rare pieces"] = _bin(rare, _SHARE)
        found["unknown pieces"] = _bin(unknown, _SHARE)
        self._seen.add(key)
        for name, bin_ in found.items():
            self._features.setdefault(name, Counter())[bin_] += 1

    def build(self, model: str) -> Profile:
        """Return the profile of what was counted.

        Raises:
            InputError: If nothing was.
        """
        if not self._seen:
            raise InputError("no comments to make a profile of")
        features = {
            name: dict(sorted(bins.items(), key=_order)) for name, bins in self._features.items()
        }
        return Profile(model, len(self._seen), self._n_copies, features)


def _answers(result: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for head in HEADS:
        label = result.get(head)
        if label not in (None, ""):
            found[head] = str(label).strip()
            if head in CONFIDENT:
                probability = _probability(head, result.get(f"{head}_probability"))
                found[f"confidence of {head}"] = _bin(probability, _CONFIDENCE)
    review = str(result.get("needs_review")).strip().lower()
    found["needs review"] = "yes" if review in ("true", "1", "1.0", "benar") else "no"
    return found


def _probability(head: str, value: Any) -> float:
    try:
        probability = float(value)
    except (TypeError, ValueError):
        probability = -1.0
    if not 0 <= probability <= 1:
        raise InputError(
            f"{head}_probability is {value!r}, expected a number from 0 to 1; pass the file as "
            "pengaduan triage wrote it"
        )
    return probability


def _bin(value: float, ends: Sequence[float], *, whole: bool = False) -> str:
    """Return the name of the bin (above one end, up to the next) that holds a value.

    Example:
        >>> _bin(3, (2, 5), whole=True), _bin(0.97, (0.5, 0.95))
        ('3 to 5', 'over 0.95')
    """
    i = bisect_left(ends, value)
    if i == len(ends):
        return f"over {ends[-1]:g}"
    if i == 0:
        return f"up to {ends[0]:g}" if ends[0] else "0"
    return f"{ends[i - 1] + 1:g} to {ends[i]:g}" if whole else f"{ends[i - 1]:g} to {ends[i]:g}"


def _order(item: tuple[str, int]) -> tuple[bool, float, bool, str]:
    """Sort bins upwards and labels by name."""
    number = _NUMBER.search(item[0])
    start = float(number[0]) if number else -1.0
    return item[0].startswith("over "), start, not item[0].startswith("up to "), item[0]


def profile_of_triage(triage: Triage, comments: Iterable[str | Comment]) -> Profile:
    """Return the profile of comments that a loaded model answers now.

    Args:
        triage: The model.
        comments: Any iterable, read as a stream.

    Raises:
        InputError: If there are no comments or an entry is no text.
    """
    builder = ProfileBuilder(Tokenizer(triage.bundle.vocabulary))
    for comment, result in triage.stream(comments):
        builder.add(comment if isinstance(comment, str) else comment.text, flatten(result))
    return builder.build(_name(triage.bundle))


def profile_of_probabilities(
    bundle: Bundle, texts: Sequence[str], probabilities: Mapping[str, Probabilities]
) -> Profile:
    """Return the profile of comments from probabilities that are there already.

    Meant for held-out outputs of a cross-validation: a model is surer of comments that it was
    trained on, so that their profile would make every later month look doubtful.

    Args:
        bundle: The finished bundle, for its scheme, calibration and vocabulary.
        texts: The comments.
        probabilities: For each head, calibrated, shape (n_texts, n_labels).

    Raises:
        InputError: If there are no texts or the numbers of rows differ.
    """
    rows = {name: len(shares) for name, shares in probabilities.items()}
    if any(n != len(texts) for n in rows.values()):
        raise InputError(f"{len(texts)} texts, but rows of probabilities by head: {rows}")
    scheme = LabelScheme.load(bundle.file(layout.SCHEME))
    calibration = Calibration.load(bundle.file(layout.CALIBRATION))
    interpreter = Interpreter(scheme, calibration, bundle)
    builder = ProfileBuilder(Tokenizer(bundle.vocabulary))
    for start in range(0, len(texts), _CHUNK):
        chunk = texts[start : start + _CHUNK]
        part = {name: shares[start : start + _CHUNK] for name, shares in probabilities.items()}
        choices = interpreter.choices(part)
        for row, text in enumerate(chunk):
            result: TriageResult = interpreter.result(Comment(text), normalize(text), row, choices)
            builder.add(text, flatten(result))
    return builder.build(_name(bundle))


def write_profile(path: str | os.PathLike[str], profile: Profile) -> Path:
    """Write a profile as JSON and return its path.

    Args:
        path: A file, or the folder of a bundle, where it becomes ``profile.json``.
        profile: The profile.
    """
    target = Path(path) / PROFILE if Path(path).is_dir() else Path(path)
    layout.write_json(target, profile.to_dict())
    return target


def _name(bundle: Bundle) -> str:
    return f"{bundle.name} {bundle.version}"
