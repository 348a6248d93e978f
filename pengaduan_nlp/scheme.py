"""The label system: which heads there are, their labels, and what belongs under what.

Read from a bundle's ``scheme.json`` and validated; knows nothing about models or text.
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .errors import SchemeError

SCHEME_FILE = "scheme.json"


@dataclass(frozen=True)
class Label:
    """One possible answer.

    Attributes:
        slug: Stable identifier, such as ``"jalan_rusak"``.
        name: Official Indonesian name.
        parent: Slug of the label of the parent head that it belongs under, if any.
    """

    slug: str
    name: str
    parent: str | None = None


@dataclass(frozen=True)
class Head:
    """One question that the model answers.

    Attributes:
        name: Key in results, such as ``"urgency"``.
        title: Official Indonesian name, such as ``"urgensi"``.
        labels: Possible answers, in the order of the model's outputs; ordinal heads ascend.
        ordinal: The labels have an order, and near misses are smaller errors.
        applies_to: Labels of the first head for which this one is asked.
        parent: Head whose answer restricts this one's labels, if any.
    """

    name: str
    title: str
    labels: tuple[Label, ...]
    ordinal: bool = False
    applies_to: tuple[str, ...] = ()
    parent: str | None = None

    @cached_property
    def slugs(self) -> tuple[str, ...]:
        """Slugs of the labels, in order."""
        return tuple(label.slug for label in self.labels)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {slug: i for i, slug in enumerate(self.slugs)}

    def index(self, slug: str) -> int:
        """Return the position of a label.

        Raises:
            SchemeError: If the head has no such label.
        """
        try:
            return self._index[slug]
        except KeyError:
            raise SchemeError(
                f"unknown label {slug!r} for head {self.name!r}{did_you_mean(slug, self.slugs)} "
                f"({len(self.labels)} labels: see {SCHEME_FILE})"
            ) from None


@dataclass(frozen=True)
class LabelScheme:
    """All heads, the first of which says what kind of message a comment is.

    Attributes:
        version: Version of the taxonomy.
        heads: The questions; output columns of the model are their labels one after another.
    """

    version: str
    heads: tuple[Head, ...]

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Columns of the model's output that belong to each head."""
        found, start = {}, 0
        for head in self.heads:
            found[head.name] = slice(start, start + len(head.labels))
            start += len(head.labels)
        return found

    @property
    def n_outputs(self) -> int:
        """Number of output columns of the model."""
        return sum(len(head.labels) for head in self.heads)

    def head(self, name: str) -> Head:
        """Return a head by name.

        Raises:
            SchemeError: If there is none of that name.
        """
        for head in self.heads:
            if head.name == name:
                return head
        names = [head.name for head in self.heads]
        raise SchemeError(
            f"unknown head {name!r}{did_you_mean(name, names)}; heads: {', '.join(names)}"
        )

    def has(self, name: str) -> bool:
        """Tell whether the scheme asks the question ``name``."""
        return any(head.name == name for head in self.heads)

    def children(self, head: Head) -> dict[str, list[int]]:
        """Return, for each label of the parent head, the positions of its labels in ``head``."""
        groups: dict[str, list[int]] = {slug: [] for slug in self.head(head.parent or "").slugs}
        for i, label in enumerate(head.labels):
            groups[str(label.parent)].append(i)
        return groups

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; ``from_dict`` reads them back."""
        return {
            "version": self.version,
            "heads": [
                {
                    "name": head.name,
                    "title": head.title,
                    "ordinal": head.ordinal,
                    "applies_to": list(head.applies_to),
                    "parent": head.parent,
                    "labels": [
                        {"slug": label.slug, "name": label.name}
                        | ({"parent": label.parent} if label.parent else {})
                        for label in head.labels
                    ],
                }
                for head in self.heads
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, where: str = SCHEME_FILE) -> "LabelScheme":
        """Build and check a scheme.

        Args:
            data: What ``to_dict`` returns.
            where: File name for messages.

        Raises:
            SchemeError: If a field is missing, a slug repeats or a reference leads nowhere.
        """
        try:
            heads = tuple(_head(item) for item in data["heads"])
            scheme = cls(str(data["version"]), heads)
        except (KeyError, TypeError) as error:
            raise SchemeError(
                f"{where}: {error} is missing or has the wrong type; "
                "expected 'version' and 'heads', each head with 'name', 'title' and "
                "'labels' of 'slug' and 'name'"
            ) from error
        _check(scheme, where)
        return scheme

    @classmethod
    def load(cls, path: Path) -> "LabelScheme":
        """Read a scheme file.

        Raises:
            SchemeError: If the file is missing, is not JSON or is not a valid scheme.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SchemeError(f"{path}: cannot be read as a scheme: {error}") from error
        return cls.from_dict(data, where=str(path))


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the nearest known word, or an empty string."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def _head(item: Mapping[str, Any]) -> Head:
    labels = tuple(
        Label(label["slug"], label["name"], label.get("parent")) for label in item["labels"]
    )
    return Head(
        name=item["name"],
        title=item["title"],
        labels=labels,
        ordinal=bool(item.get("ordinal", False)),
        applies_to=tuple(item.get("applies_to", ())),
        parent=item.get("parent"),
    )


def _check(scheme: LabelScheme, where: str) -> None:
    names = [head.name for head in scheme.heads]
    if not names or len(set(names)) != len(names):
        raise SchemeError(f"{where}: heads must be at least one and have different names: {names}")
    first = scheme.heads[0]
    for head in scheme.heads:
        if len(head.labels) < 2 or len(set(head.slugs)) != len(head.slugs):
            raise SchemeError(f"{where}: head {head.name!r} needs two or more different labels")
        for slug in head.applies_to:
            first.index(slug)
        if head.parent is not None:
            parent = scheme.head(head.parent)
            for label in head.labels:
                parent.index(label.parent or "")
