"""``pengaduan report``: count what came in, as one HTML page."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from .options import account_context, add_command, add_model_options, progress_bar

if TYPE_CHECKING:
    from ..report import Written


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "report",
        "Count what came in as one HTML page without comments or personal data.",
        _run,
    )
    parser.add_argument(
        "source", metavar="IN",
        help="what 'pengaduan triage' wrote, or raw comments, which are triaged first; - is a "
        "jsonl pipe",
    )  # fmt: skip
    parser.add_argument("-o", "--output", metavar="HTML", required=True, help="page to write")
    parser.add_argument("--text-column", help="column of raw comments (default: guessed, said)")
    parser.add_argument("--date-column", help="column of posting dates (default: guessed, said)")
    parser.add_argument("--account", help="whose page raw comments stand under")
    parser.add_argument("--region", help="official code or name of the account's region")
    parser.add_argument("--overwrite", action="store_true", help="replace an older page")
    add_model_options(parser)


def _run(arguments: argparse.Namespace) -> int:
    from ..report import DeferredTriage, write_report

    context = account_context(arguments)
    written = write_report(
        arguments.source,
        arguments.output,
        triage=DeferredTriage(
            arguments.bundle, runtime=arguments.runtime, threads=arguments.threads
        ),
        text_column=arguments.text_column,
        date_column=arguments.date_column,
        overwrite=arguments.overwrite,
        context=context,
        progress=progress_bar() if sys.stderr.isatty() else None,
    )
    _tell(written, arguments.output)
    return 0


def _tell(written: "Written", target: str) -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)
    for note in written.notes:
        print(note, file=sys.stderr)
    how = "already triaged" if written.triaged_before else "triaged now"
    print(
        f"{written.rows:,} comments, {how}, counted in {written.seconds:.1f} s: {target}",
        file=sys.stderr,
    )
    if written.errors:
        print(f"{written.errors:,} rows could not be used", file=sys.stderr)
    for cause in written.causes:
        print(f"  {cause}", file=sys.stderr)
