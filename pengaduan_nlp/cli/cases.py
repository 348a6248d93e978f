"""``pengaduan cases``: group complaints about the same matter."""

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .options import add_command, add_model_options, load

if TYPE_CHECKING:
    from ..case import Case
    from ..files import Rows
    from ..records import Comment


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "cases",
        "Group complaints about the same matter, so that a viral pothole is one case.",
        _run,
    )
    parser.add_argument("source", metavar="IN", help="comments, in any format of 'triage'")
    parser.add_argument("-o", "--output", metavar="OUT", help="jsonl file of all cases (masked)")
    parser.add_argument("--text-column", help="column with the comment (default: guessed, said)")
    parser.add_argument("-n", type=int, default=20, help="cases to print, largest first")
    parser.add_argument(
        "--salt", help="key of the pseudonyms of comment ids (default: drawn anew, not linkable)"
    )
    add_model_options(parser)


def _run(arguments: argparse.Namespace) -> int:
    from ..cluster import CaseStream
    from ..files import open_rows, open_writer

    rows = open_rows(arguments.source, text_column=arguments.text_column)
    triage = load(arguments)
    stream = CaseStream(salt=arguments.salt)
    for comment, result in triage.stream(_comments(rows)):
        stream.add(comment, result)
    for note in rows.notes:
        print(note, file=sys.stderr)
    cases = stream.cases()
    for case in cases[: arguments.n]:
        print(_one_line(case))
    if arguments.output:
        writer = open_writer(arguments.output, list(cases[0].to_dict()) if cases else ["id"])
        writer.write([case.to_dict() for case in cases])
        writer.close()
    n_comments = sum(case.n_comments for case in cases)
    print(f"{len(cases):,} cases of {n_comments:,} complaints", file=sys.stderr)
    return 0


def _comments(rows: "Rows") -> Iterator["Comment"]:
    """Yield the readable rows as comments; say which lines are left out."""
    from ..files import Row, context_columns, to_comment

    fields = context_columns(rows)
    for row in rows:
        if isinstance(row, Row):
            yield to_comment(row, fields, {})
        else:
            print(f"line {row.line} is left out: {row.cause}", file=sys.stderr)


def _one_line(case: "Case") -> str:
    place = case.place.name if case.place else "tempat belum diketahui"
    levels = ", ".join(f"{label} {n}" for label, n in case.urgency_counts if n)
    topic = f"{case.urgency or '-':<8} {case.subtopic or '-':<24}"
    return f"{case.n_comments:>6}  {topic} {place} ({levels})"
