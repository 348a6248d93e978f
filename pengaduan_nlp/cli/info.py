"""``pengaduan info``: describe the installed models."""

import argparse
from typing import Any

from ..errors import InputError
from .options import add_command


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "info", "Describe the installed models.", _run)
    parser.add_argument("bundle", nargs="?", help="name or folder of one bundle (default: all)")
    parser.add_argument("--verify", action="store_true", help="compare every file with its hash")


def _run(arguments: argparse.Namespace) -> int:
    from ..bundle import Bundle, bundled

    names = [arguments.bundle] if arguments.bundle else bundled()
    if not names:
        raise InputError("no bundle came with this installation; name a folder: pengaduan info DIR")
    for name in names:
        bundle = Bundle.open(name)
        files = bundle.manifest["files"]
        size = sum(entry["bytes"] for entry in files.values()) / 1e6
        print(f"{bundle.name} {bundle.version}  {size:.1f} MB  {bundle.path}")
        for head, scores in bundle.scores.items():
            for key, score in scores.items():
                value, low, high = score["value"], score["low"], score["high"]
                print(f"  {head:<10} {key:<26} {value:.3f} [{low:.3f}, {high:.3f}]")
        if arguments.verify:
            print(f"  {len(bundle.verify())} of {len(files)} files are as in the manifest")
    return 0
