"""A model that is opened for the names of its labels and loaded only if comments must be read.

Knows bundles; knows nothing about files or counts.
"""

import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Protocol

from .. import bundle as layout
from ..bundle import Bundle
from ..records import Comment, TriageResult
from ..scheme import LabelScheme


class ReportsWith(Protocol):
    """What the report asks of a ``Triage``."""

    @property
    def bundle(self) -> Any:
        """The model, with name and version."""

    @property
    def scheme(self) -> LabelScheme:
        """The labels and their names."""

    def stream(
        self, comments: Iterable[str | Comment], *, batch_size: int = ...
    ) -> Iterator[tuple[str | Comment, TriageResult]]: ...


class DeferredTriage:
    """A ``Triage`` that is not loaded before its first comment.

    Args:
        bundle: Name of a bundled model, or a folder.
        runtime: As in ``Triage.load``.
        threads: As in ``Triage.load``.
    """

    def __init__(
        self,
        bundle: str | os.PathLike[str] = "triage",
        *,
        runtime: str = "auto",
        threads: int | None = None,
    ) -> None:
        self._where, self._runtime, self._threads = bundle, runtime, threads

    @cached_property
    def bundle(self) -> Bundle:
        """The model, with name and version."""
        return Bundle.open(self._where)

    @cached_property
    def scheme(self) -> LabelScheme:
        """The labels and their names."""
        return LabelScheme.load(self.bundle.file(layout.SCHEME))

    def stream(
        self, comments: Iterable[str | Comment], *, batch_size: int = 64
    ) -> Iterator[tuple[str | Comment, TriageResult]]:
        """Load the model and yield each comment with its result."""
        from ..triage import Triage  # with it come numpy and the runtime, not needed for names

        loaded = Triage.load(self._where, runtime=self._runtime, threads=self._threads)
        return loaded.stream(comments, batch_size=batch_size)
