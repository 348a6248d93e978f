"""``pengaduan train``: make a better bundle from one's own labelled comments."""

import argparse
import json
import sys
from typing import Any

from .options import EPILOG, add_command

_EXAMPLE = """\
example:
  pengaduan label-check perbaikan.csv               is the table in order?
  pengaduan train perbaikan.csv --out models/mine   15 minutes on two cores; Ctrl-C and the same
                                                    command again go on
  pengaduan predict "jalan rusak pak" --bundle models/mine

DATA has a column with the comments and one for each head that was labelled, such as kind, sector
or urgency (klasifikasi, kategori, urgensi ...); names may be official or slugs. Rows and heads
may have gaps. To add, rename or drop labels copy scheme.json of a bundle, edit it, pass --scheme.
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "train",
        "Train on your own labelled comments and say whether the new model is better.",
        _run,
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"{_EXAMPLE}\n{EPILOG}"
    parser.add_argument("data", metavar="DATA", help="csv, tsv, xlsx, jsonl or parquet with labels")
    parser.add_argument(
        "-o", "--out", required=True, metavar="OUT", help="folder of the new bundle"
    )
    parser.add_argument(
        "--from", dest="start", default="triage", metavar="BUNDLE",
        help="bundle to start from and to compare with (default: triage, the bundled one)",
    )  # fmt: skip
    parser.add_argument(
        "--encoder", metavar="DIR|NAME",
        help="start from this encoder with fresh heads: a folder, or a Hugging Face model",
    )  # fmt: skip
    parser.add_argument("--scheme", metavar="FILE", help="scheme file with other heads or labels")
    parser.add_argument(
        "--mapping", metavar="TSV", help="head, foreign label, slug: to read another label set"
    )
    parser.add_argument("--text-column", help="column with the comment (default: guessed, said)")
    parser.add_argument(
        "--replay", default="own", metavar="own|none|FILE",
        help="comments mixed in so that nothing is forgotten (default: own, the project's)",
    )  # fmt: skip
    _add_settings(parser)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--minutes", type=float, default=15.0, help="time that the run is sized for (default: 15)"
    )
    parser.add_argument("--epochs", type=int, help="passes over DATA (default: from --minutes)")
    parser.add_argument("--learning-rate", type=float, help="peak rate (default: by encoder)")
    parser.add_argument(
        "--min-per-label", type=int, default=8, metavar="N",
        help="rows that a label needs which the start does not know (default: 8)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=20261124, help="of split, weights and order")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace OUT, and drop another unfinished run"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def _run(arguments: argparse.Namespace) -> int:
    from ..learning.retraining import TrainOptions, train

    options = TrainOptions(
        start=arguments.start,
        encoder=arguments.encoder,
        scheme=arguments.scheme,
        mapping=arguments.mapping,
        text_column=arguments.text_column,
        replay=arguments.replay,
        minutes=arguments.minutes,
        epochs=arguments.epochs,
        learning_rate=arguments.learning_rate,
        min_per_label=arguments.min_per_label,
        overwrite=arguments.overwrite,
        seed=arguments.seed,
    )
    report = train(
        arguments.data,
        arguments.out,
        options,
        progress=not arguments.quiet,
        notify=None if arguments.quiet else lambda note: print(note, file=sys.stderr),
    )
    if arguments.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
    else:
        print(report)
    return 0
