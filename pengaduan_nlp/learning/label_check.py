"""The command ``pengaduan label-check DATA``: what is wrong with labelled comments.

Imports what it needs when it runs, so that the command line starts fast.
"""

import argparse
import json
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command; those that choose the model come from the caller."""
    parser.add_argument(
        "data", metavar="DATA",
        help="labelled comments: csv, tsv, xlsx, jsonl, parquet, or a JSON export of Label Studio",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", metavar="OUT",
        help="write a fixed copy: official names, repeated rows dropped, texts masked, and columns "
        "'problem' and 'suggested'; labels are not changed",
    )  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it exists")
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    parser.add_argument(
        "--show", type=int, default=5, metavar="N", help="findings to print a check (default: 5)"
    )
    parser.add_argument("--text-column", help="column with the comment (default: guessed, said)")
    parser.add_argument(
        "--mapping", metavar="TSV", help="head, foreign label, slug: to read another label set"
    )
    parser.add_argument(
        "--no-model", action="store_true", help="do not ask the model for likely label errors"
    )
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 if a label is unknown or contradicts"
    )


def run(arguments: argparse.Namespace) -> int:
    """Check a table and print the report; ``bundle``, ``runtime``, ``threads`` choose the model."""
    from ..bundle import SCHEME, Bundle
    from ..errors import InputError
    from ..scheme import LabelScheme
    from ..triage import Triage
    from .label_report import check_labels
    from .labels import read_labelled_table
    from .sheets import check_new, write_table

    if arguments.output == "-":
        raise InputError("-o -: stdout holds the report; name a file for the fixed copy")
    check_new(arguments.output, overwrite=arguments.overwrite)
    scheme = LabelScheme.load(Bundle.open(arguments.bundle).file(SCHEME))
    table = read_labelled_table(
        arguments.data, scheme, text_column=arguments.text_column, mapping=arguments.mapping
    )
    model = None
    if not arguments.no_model:
        model = Triage.load(arguments.bundle, runtime=arguments.runtime, threads=arguments.threads)
    report = check_labels(table, scheme, model)
    if arguments.json:
        shown = json.dumps(report.to_dict(), ensure_ascii=False, indent=1)
    else:
        shown = report.text(shown=max(0, arguments.show))
    sys.stdout.write(f"{shown}\n")
    if arguments.output is not None:
        write_table(arguments.output, report.fixed_columns(), report.fixed_rows())
    broken = sum(
        report.summary[check] for check in ("unreadable", "unknown_label", "contradiction")
    )
    return int(arguments.strict and broken > 0)
