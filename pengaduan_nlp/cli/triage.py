"""``pengaduan triage``: triage a file of comments, resumably."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from .options import account_context, add_command, add_model_options, load, progress_bar

if TYPE_CHECKING:
    from ..batch_files import Summary
    from ..records import TriageResult


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "triage",
        "Triage a file of comments: csv, tsv, xlsx, jsonl, parquet, txt, or - for a jsonl pipe.",
        _run,
    )
    parser.add_argument("source", metavar="IN", help="the file, or - for stdin (jsonl)")
    parser.add_argument(
        "-o", "--output", metavar="OUT", required=True,
        help="file to write, format by its suffix, or - for stdout (jsonl); rows that cannot be "
        "read go to OUT.errors.jsonl",
    )  # fmt: skip
    parser.add_argument("--text-column", help="column with the comment (default: guessed, said)")
    parser.add_argument("--account", help="whose page the comments stand under")
    parser.add_argument("--region", help="official code or name of the account's region")
    parser.add_argument("--batch-size", type=int, default=64, help="comments a model call")
    parser.add_argument(
        "--show", type=int, default=0, metavar="N", help="also print the first N results to read"
    )
    parser.add_argument("--no-resume", action="store_true", help="start over, drop partial output")
    parser.add_argument("--overwrite", action="store_true", help="replace a finished OUT")
    add_model_options(parser)


def _run(arguments: argparse.Namespace) -> int:
    from ..batch_files import triage_file

    context = account_context(arguments)
    triage = _Shown(load(arguments), arguments.show)
    summary = triage_file(
        triage,
        arguments.source,
        arguments.output,
        text_column=arguments.text_column,
        batch_size=arguments.batch_size,
        resume=not arguments.no_resume,
        overwrite=arguments.overwrite,
        progress=progress_bar() if sys.stderr.isatty() else None,
        context=context,
    )
    _report(summary, arguments.output)
    for line in triage.lines:
        print(line, file=sys.stderr)
    return 0


class _Shown:
    """A triage that keeps the first results of its stream, so that they can be printed."""

    def __init__(self, triage: Any, n_shown: int) -> None:
        self.bundle = triage.bundle
        self.lines: list[str] = []
        self._triage = triage
        self._n_shown = n_shown

    def stream(self, comments: Any, *, batch_size: int = 64) -> Any:
        """Pass the stream on."""
        for comment, result in self._triage.stream(comments, batch_size=batch_size):
            if len(self.lines) < self._n_shown:
                self.lines.append(_one_line(result))
            yield comment, result


def _one_line(result: "TriageResult") -> str:
    """Return a result on one line: kind, urgency, topic or reason, masked text, agency."""
    answer = result.subtopic or result.reason
    urgency = result.urgency.label if result.urgency else "-"
    agency = f" -> {result.agencies[0].name}" if result.agencies else ""
    text = " ".join(result.details.masked_text.split())
    text = text if len(text) <= 60 else text[:59] + "…"
    label = answer.label if answer else "-"
    return f"{result.kind.label:<20} {urgency:<8} {label:<24} {text}{agency}"


def _report(summary: "Summary", target: str) -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)
    for note in summary.notes:
        print(note, file=sys.stderr)
    rate = summary.rows / max(1e-9, summary.seconds)
    urgency = ", ".join(f"{label} {n}" for label, n in sorted(summary.urgency.items()))
    print(
        f"{summary.rows:,} comments in {summary.seconds:.1f} s ({rate:,.0f}/s): "
        f"{summary.complaints:,} complaints; urgency of reports: {urgency or 'none'}",
        file=sys.stderr,
    )
    if summary.skipped:
        print(f"{summary.skipped:,} rows were done by an earlier run", file=sys.stderr)
    if summary.errors:
        print(f"{summary.errors:,} rows could not be read: {target}.errors.jsonl", file=sys.stderr)
