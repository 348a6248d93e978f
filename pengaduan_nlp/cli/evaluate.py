"""``pengaduan evaluate``: score a bundle on labelled comments."""

import argparse
import json
from pathlib import Path
from typing import Any

from .options import add_command, add_model_options, load


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands, "evaluate", "Score a bundle on labelled comments, with intervals.", _run
    )
    parser.add_argument(
        "gold", type=Path, help="JSONL with 'text' and any of kind, sector, subtopic, urgency ..."
    )
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    add_model_options(parser)


def _run(arguments: argparse.Namespace) -> int:
    from ..evaluation import evaluate

    report = evaluate(load(arguments), arguments.gold)
    if arguments.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
    else:
        print(report.table())
    return 0
