"""What several commands share: options of the model, checks and the progress line.

Knows nothing about what a command does.
"""

import argparse
import sys
from collections.abc import Callable
from typing import Any

EPILOG = "It suggests; an officer decides. It is not an emergency service: call 112 or 110."


def add_command(commands: Any, name: str, summary: str, run: Any) -> argparse.ArgumentParser:
    """Add a command to the parser of ``pengaduan`` and return its own parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=summary, epilog=EPILOG
    )
    parser.set_defaults(run=run)
    return parser


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose and run a model."""
    parser.add_argument(
        "--bundle", default="triage", help="name of a bundled model, or a folder (default: triage)"
    )
    parser.add_argument("--runtime", choices=["auto", "onnx", "torch"], default="auto")
    parser.add_argument("--threads", type=int, help="threads of the model (default: all, up to 4)")


def load(arguments: argparse.Namespace) -> Any:
    """Return the loaded model that the options choose."""
    from ..triage import Triage

    return Triage.load(arguments.bundle, runtime=arguments.runtime, threads=arguments.threads)


def check_region(region: str | None) -> None:
    """Refuse a region that no gazetteer knows: on the command line it is a typing mistake."""
    if region is not None:
        from ..places.gazetteer import Gazetteer

        Gazetteer.load().resolve(region)


def account_context(arguments: argparse.Namespace) -> dict[str, str]:
    """Return what ``--account`` and ``--region`` say of comments whose rows do not say it."""
    check_region(arguments.region)
    given = {"account": arguments.account, "region": arguments.region}
    return {name: value for name, value in given.items() if value is not None}


def progress_bar() -> Callable[[int, int | None], None]:
    """Return a callback that redraws one line on the terminal."""
    import time

    started = time.monotonic()

    def show(done: int, total: int | None) -> None:
        rate = done / max(1e-9, time.monotonic() - started)
        if total:
            filled = 24 * done // total
            left = (total - done) / max(1e-9, rate)
            line = f"[{'#' * filled:<24}] {done:,}/{total:,}  {rate:,.0f}/s  {left:,.0f} s left"
        else:
            line = f"{done:,} comments  {rate:,.0f}/s"
        print(f"\r{line:<78}", end="", file=sys.stderr, flush=True)

    return show
