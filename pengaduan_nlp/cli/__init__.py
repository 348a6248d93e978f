"""The command line ``pengaduan``: thin wrappers over the library's functions.

Data goes to stdout, messages to stderr; exit status 0 is success, 1 an error that the message
explains, 2 wrong usage. One module a command; each imports what it runs when it runs.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from .._version import __version__
from ..errors import PengaduanError
from . import (
    benchmark,
    cases,
    evaluate,
    info,
    label_check,
    monitor,
    predict,
    report,
    suggest,
    train,
    triage,
)
from .options import EPILOG

# In the order of the help.
_COMMANDS = (
    predict,
    triage,
    cases,
    report,
    evaluate,
    monitor,
    label_check,
    suggest,
    train,
    benchmark,
    info,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except PengaduanError as error:
        print(f"pengaduan: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("pengaduan: interrupted; run the same command again to go on", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of a pipe has gone, which is its right
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pengaduan",
        description="Find complaints in Indonesian comments and suggest who should handle them.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"pengaduan-nlp {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser
