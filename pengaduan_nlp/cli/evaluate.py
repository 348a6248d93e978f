"""``pengaduan evaluate``: score a bundle on labelled comments, alone or against another."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .options import add_command, add_model_options, load

if TYPE_CHECKING:
    from ..evaluation import Answers, Comparison, EvaluationReport
    from ..learning.labels import LabelledTable


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "evaluate",
        "Score a bundle on labelled comments, with intervals and slices; --versus says whether "
        "another bundle may replace it.",
        _run,
    )
    parser.add_argument(
        "gold", metavar="GOLD",
        help="csv, tsv, xlsx, jsonl or parquet with comments and any of kind, sector, subtopic, "
        "urgency ...; source, lect, tags, sarcasm, province and channel make slices",
    )  # fmt: skip
    parser.add_argument("--versus", metavar="B", help="bundle that may replace the first")
    parser.add_argument(
        "--margin", type=float, default=0.02,
        help="loss of a head's score that is still no loss (default: 0.02)",
    )  # fmt: skip
    parser.add_argument("--html", metavar="FILE", help="also write a page with tables and charts")
    parser.add_argument("--overwrite", action="store_true", help="replace an older page")
    parser.add_argument(
        "--no-text", action="store_true", help="no comments on the page, not even masked ones"
    )
    parser.add_argument("--text-column", help="column with the comment (default: guessed, said)")
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    add_model_options(parser)


def _run(arguments: argparse.Namespace) -> int:
    from ..evaluation import Answers, slices_of
    from ..learning.labels import read_labelled_table
    from ..triage import Triage

    if arguments.html:
        _check_page(arguments)
    triage = load(arguments)
    table = read_labelled_table(
        arguments.gold, triage.scheme, text_column=arguments.text_column
    )  # fmt: skip
    table.raise_for_problems()
    for note in table.notes:
        print(note, file=sys.stderr)
    slices = slices_of(table.examples, triage.scheme, table.values)
    answers = Answers.of(triage, table.examples)
    report = answers.report(slices=slices)
    compared = None
    if arguments.versus is not None:
        second = Triage.load(
            arguments.versus, runtime=arguments.runtime, threads=arguments.threads
        )  # fmt: skip
        other = Answers.of(second, table.examples)
        compared = answers.compare(other, margin=arguments.margin, slices=slices), other
    if arguments.html:
        _write_page(arguments, table, report, answers, compared)
    _print(arguments, report, compared[0] if compared else None)
    return 0


def _check_page(arguments: argparse.Namespace) -> None:
    from ..errors import InputError
    from ..files import check_target

    if Path(arguments.html).suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{arguments.html}: a page; choose a name that ends in .html")
    check_target(arguments.gold, arguments.html, arguments.overwrite)


def _write_page(
    arguments: argparse.Namespace,
    table: "LabelledTable",
    report: "EvaluationReport",
    answers: "Answers",
    compared: "tuple[Comparison, Answers] | None",
) -> None:
    from ..evaluation import WorstErrors, render
    from ..webpage import write_page

    page = render(
        report, answers, table.examples, source=Path(arguments.gold).name, comparison=compared,
        errors=WorstErrors(with_text=not arguments.no_text),
    )  # fmt: skip
    write_page(arguments.html, page)
    print(f"page written: {arguments.html}", file=sys.stderr)


def _print(
    arguments: argparse.Namespace, report: "EvaluationReport", compared: "Comparison | None"
) -> None:
    if arguments.json:
        found = report.to_dict()
        if compared:
            found["comparison"] = compared.to_dict()
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    print(report.table())
    if compared:
        print(f"\n{compared.table()}")
