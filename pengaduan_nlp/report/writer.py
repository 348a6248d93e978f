"""Make the report of a file: read, count, protect, write, all or nothing.

Knows the order of work; the other modules of this package know the rest.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ..errors import InputError
from ..files import check_target
from ..webpage import write_page
from .counts import Counts
from .model import DeferredTriage, ReportsWith
from .page import About, render
from .reader import Source, open_source, read_facts
from .tables import build

_EVERY = 1024  # comments between two calls of ``progress``


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a report.

    Attributes:
        rows: Comments counted.
        errors: Rows that could not be used, those that triage had put aside included.
        causes: Where and why, of the first of them.
        triaged_before: Whether the input held results already.
        notes: What was guessed or noticed.
        seconds: Duration.
    """

    rows: int
    errors: int
    causes: tuple[str, ...]
    triaged_before: bool
    notes: tuple[str, ...]
    seconds: float


def write_report(
    source: str,
    target: str,
    *,
    triage: ReportsWith | None = None,
    text_column: str | None = None,
    date_column: str | None = None,
    overwrite: bool = False,
    context: Mapping[str, str] | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    today: date | None = None,
) -> Written:
    """Count what is in a file and write the counts as an HTML page, without text of comments.

    Counts of 1 to 4 are hidden, and others wherever they would tell a hidden one.

    Args:
        source: What ``pengaduan triage`` wrote, or raw comments, which are triaged now; ``-`` reads
            jsonl from stdin.
        target: The page, ``.html``; written whole or not at all.
        triage: Names the labels and triages raw comments; the bundled model if ``None``.
        text_column: Column of raw comments; guessed if ``None``.
        date_column: Column of the posting dates; guessed if ``None``.
        overwrite: Replace an older page.
        context: Fields of ``Comment`` for raw rows that do not have them, such as ``account``.
        progress: Called with the rows read and their total, if known.
        today: Day of the report; the current one if ``None``.

    Raises:
        InputError: If a file or column is unusable, or no row of it is.
        BundleError: If there is no such model.
        MissingDependency: If the input's format needs a package that is not installed.
    """
    started = time.monotonic()
    _check_target(source, target, overwrite)
    model = triage or DeferredTriage()
    opened = open_source(
        source, text_column=text_column, date_column=date_column, today=today or date.today()
    )
    counts = Counts(model.scheme)
    for facts in read_facts(opened, model, context=context or {}):
        counts.add(facts)
        if progress and counts.rows % _EVERY == 0:
            progress(opened.read, opened.rows.total)
    if not counts.rows:
        cause = f"; first: {opened.causes[0]}" if opened.causes else ""
        raise InputError(f"{source}: none of its {opened.read} rows could be used{cause}")
    report = build(counts, model.scheme, dated=opened.dates is not None)
    write_page(target, render(report, _about(opened, model, counts)))
    return Written(
        counts.rows,
        opened.errors,
        tuple(opened.causes),
        opened.results is not None,
        _notes(opened),
        time.monotonic() - started,
    )


def _about(opened: Source, model: ReportsWith, counts: Counts) -> About:
    return About(
        "stdin" if opened.rows.path == "-" else Path(opened.rows.path).name,
        f"{model.bundle.name} {model.bundle.version}",
        opened.results is not None,
        opened.errors,
        opened.today,
        opened.dates.name if opened.dates else "",
        counts.days,
    )


def _check_target(source: str, target: str, overwrite: bool) -> None:
    path = Path(target)
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{target}: a report is a web page; choose a name that ends in .html")
    check_target(source, target, overwrite)


def _notes(opened: Source) -> tuple[str, ...]:
    if opened.dates is None:
        note = "no column of dates found, so no weeks; choose one with --date-column"
    else:
        order = ", month before day" if opened.dates.month_first else ""
        how = "guessed" if opened.dates.guessed else "given"
        note = f"date column {how}: {opened.dates.name!r}{order}"
    return (*opened.rows.notes, note)
