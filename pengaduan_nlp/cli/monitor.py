"""``pengaduan monitor``: have the comments changed, and is it time to label more?"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .options import add_command, add_model_options, load

if TYPE_CHECKING:
    from ..bundle import Bundle
    from ..drift import Profile
    from ..triage import Triage


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "monitor",
        "Compare new comments with a reference, say what changed and how many to label.",
        _run,
    )
    parser.add_argument(
        "new", metavar="NEW", help="new comments, what 'pengaduan triage' wrote, or a profile"
    )
    parser.add_argument(
        "--reference", metavar="FILE",
        help="earlier comments, triaged or not, or a profile (.json); default: what the bundle was "
        "measured on, which is no stream: last month is better",
    )  # fmt: skip
    parser.add_argument("--save", metavar="FILE", help="keep NEW's profile (.json) for next time")
    parser.add_argument("--html", metavar="FILE", help="also write a page with charts")
    parser.add_argument("--overwrite", action="store_true", help="replace older files")
    parser.add_argument("--text-column", help="column with the comment (default: guessed)")
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    add_model_options(parser)


def _run(arguments: argparse.Namespace) -> int:
    from ..bundle import Bundle
    from ..drift import compare_profiles, read_profile, render, write_profile
    from ..webpage import write_page

    _check_targets(arguments)
    bundle = Bundle.open(arguments.bundle)
    column = arguments.text_column

    def model() -> Any:
        return load(arguments)

    reference = _reference(arguments, bundle, model)
    new = read_profile(arguments.new, bundle, model, text_column=column)
    if arguments.save:
        print(f"profile kept: {write_profile(arguments.save, new)}", file=sys.stderr)
    if reference is None:
        print("nothing to compare with: no --reference, and none in the bundle", file=sys.stderr)
        return 0
    report = compare_profiles(reference, new)
    if arguments.html:
        name = Path(arguments.reference).name if arguments.reference else bundle.name
        write_page(arguments.html, render(report, names=(name, Path(arguments.new).name)))
        print(f"page written: {arguments.html}", file=sys.stderr)
    print(json.dumps(report.to_dict(), indent=1) if arguments.json else report.table())
    return 0


def _reference(
    arguments: argparse.Namespace, bundle: "Bundle", model: "Callable[[], Triage]"
) -> "Profile | None":
    """Return the profile to compare with; ``None`` if NEW is only to be kept and there is none."""
    from ..drift import PROFILE, bundled_profile, read_profile

    if arguments.reference is not None:
        return read_profile(
            arguments.reference, bundle, model, text_column=arguments.text_column
        )  # fmt: skip
    if arguments.save and not arguments.html and not bundle.has(PROFILE):
        return None
    return bundled_profile(bundle)


def _check_targets(arguments: argparse.Namespace) -> None:
    from ..errors import InputError
    from ..files import check_target

    for target, suffix in ((arguments.save, ".json"), (arguments.html, ".html")):
        if target and Path(target).suffix.lower() != suffix:
            raise InputError(f"{target}: choose a name that ends in {suffix}")
        if target:
            check_target(arguments.new, target, arguments.overwrite)
