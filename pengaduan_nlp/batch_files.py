"""Triage a whole file into another one, resumably: what ``pengaduan triage IN -o OUT`` runs.

Knows rows and settings; ``journal`` keeps the output, the given ``triage`` answers.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from . import files
from .errors import InputError
from .files import Row, Rows
from .journal import Output
from .records import Comment, TriageResult

_CHUNK = 16  # batches between two entries of the journal; as far as Triage.stream reads ahead


class StreamsTriage(Protocol):
    """What is asked of a ``Triage``."""

    bundle: Any  # the model, with name and version

    def stream(
        self, comments: Iterable[str | Comment], *, batch_size: int = ...
    ) -> Iterator[tuple[str | Comment, TriageResult]]: ...


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a file, earlier runs of the same work included.

    Attributes:
        rows: Comments that have a result.
        complaints: How many of them are complaints.
        urgency: How many have each label of urgency.
        errors: Rows in ``TARGET.errors.jsonl``.
        skipped: Rows and errors that an earlier, interrupted run had done.
        notes: What the reader noticed.
        seconds: Duration of this run.
    """

    rows: int
    complaints: int
    urgency: dict[str, int]
    errors: int
    skipped: int
    notes: tuple[str, ...]
    seconds: float


def triage_file(
    triage: StreamsTriage,
    source: str,
    target: str,
    *,
    text_column: str | None = None,
    batch_size: int = 64,
    resume: bool = True,
    overwrite: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
    context: Mapping[str, str] | None = None,
) -> Summary:
    """Triage every comment of a file: order, columns and bad rows are all kept.

    Results grow in ``TARGET.partial`` beside ``TARGET.progress.json``; a run that was killed goes
    on from there and ends with the same bytes. Rows that cannot be used go to
    ``TARGET.errors.jsonl``; on stdout they stay in place as ``{"error": ...}``.

    Args:
        triage: The loaded model.
        source: A file that ``open_rows`` reads, or ``-``.
        target: A file that ``open_writer`` writes, or ``-``; its suffix tells the format.
        text_column: Column of the comments; guessed if ``None``.
        batch_size: Windows a model call.
        resume: Go on with an interrupted run; ``False`` discards it.
        overwrite: Replace a finished target.
        progress: Called with the rows read and their total, if known, after every chunk.
        context: Fields of ``Comment`` for rows that do not have them, such as ``account``.

    Raises:
        InputError: If a file or setting is unusable, or the interrupted run was another one.
        MissingDependency: If a format needs a package that is not installed.
    """
    started = time.monotonic()
    _check_settings(batch_size, context)
    _check_target(source, target, overwrite)
    rows = files.open_rows(source, text_column=text_column)
    fields = files.context_columns(rows)
    size = batch_size * (1 if "-" in (source, target) else _CHUNK)  # a pipe must not wait long
    # Other batches may change a probability's last digit, so their size belongs to the identity.
    settings = {"batch_size": batch_size, "context": dict(context or {})}
    identity = _identity(triage, rows, target) | settings
    with Output(rows, target, identity, resume) as output:
        items = iter(rows)
        skipped = output.done.read
        deque(islice(items, skipped), maxlen=0)
        while chunk := list(islice(items, size)):
            good = [item for item in chunk if isinstance(item, Row)]
            comments = [files.to_comment(row, fields, context or {}) for row in good]
            answers = triage.stream(comments, batch_size=batch_size)
            output.add(chunk, [result for _, result in answers])
            if progress:
                progress(output.done.read, rows.total)
    if target != "-":
        output.finish()
    done, notes, seconds = output.done, tuple(rows.notes), time.monotonic() - started
    return Summary(done.rows, done.complaints, done.urgency, done.errors, skipped, notes, seconds)


def _check_settings(batch_size: int, context: Mapping[str, str] | None) -> None:
    if not isinstance(batch_size, int) or batch_size < 1:
        raise InputError(f"batch_size must be a whole number of at least 1, got {batch_size!r}")
    unknown = sorted(set(context or {}) - set(files.CONTEXT))
    if unknown:
        raise InputError(f"unknown context {unknown}; known: {', '.join(files.CONTEXT)}")


def _check_target(source: str, target: str, overwrite: bool) -> None:
    files.check_writable(target)
    if target == "-":
        return
    files.check_target(source, target, overwrite)


def _identity(triage: StreamsTriage, rows: Rows, target: str) -> dict[str, Any]:
    """Return what decides the bytes of the target; a run resumes only where it is the same."""
    if rows.path == "-":
        return {"source": "-"}
    stat = Path(rows.path).stat()
    return {
        "source": str(Path(rows.path).resolve()),
        "size": stat.st_size,
        "modified_ns": stat.st_mtime_ns,
        "bundle": f"{triage.bundle.name} {triage.bundle.version}",
        "text_column": rows.text_column,
        "format": files.format_of(target),
    }
