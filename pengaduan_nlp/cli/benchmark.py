"""``pengaduan benchmark``: this model and an IndoBERT-base-shaped one, side by side in one run."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from .options import add_command


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "benchmark",
        "Measure this model and an IndoBERT-base-shaped one, side by side in one run.",
        _run,
    )
    parser.add_argument(
        "--bundle", default="triage", help="name of a bundled model, or a folder (default: triage)"
    )
    parser.add_argument(
        "--rows", type=int, default=2000, help="comments a repetition (default: 2000)"
    )
    parser.add_argument("--texts", metavar="FILE", help="file of comments to read")
    parser.add_argument("--repetitions", type=int, default=5, help="of every model (default: 5)")
    parser.add_argument("--threads", type=int, help="of every model (default: all, up to 4)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for benchmark.json and .png"
    )
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")


def _run(arguments: argparse.Namespace) -> int:
    from ..benchmarking import Settings, benchmark, write_report

    report = benchmark(
        arguments.bundle,
        texts=arguments.texts,
        settings=Settings(
            rows=arguments.rows, repetitions=arguments.repetitions, threads=arguments.threads
        ),
        progress=lambda message: print(message, file=sys.stderr, flush=True),
    )
    if arguments.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
    else:
        print(report.table())
    if arguments.out:
        for path in write_report(report, arguments.out):
            print(f"wrote {path}", file=sys.stderr)
    return 0
