"""The command ``pengaduan suggest POOL``: which comments to label next.

Imports what it needs when it runs, so that the command line starts fast.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError, MissingDependency

if TYPE_CHECKING:
    from ..scheme import LabelScheme
    from .selection import Pick

MAX_SHEET = 2000  # comments; what is uncertain changes with every retraining, so label in rounds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command; those that choose the model come from the caller."""
    parser.add_argument("pool", metavar="POOL", help="unlabelled comments, as for triage")
    parser.add_argument(
        "-n", type=int, default=200, dest="n", metavar="N", help="comments (default: 200)"
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT",
        help="sheet to write (default: stdout): .csv or .xlsx to fill in, .json or .jsonl for the "
        "other formats; label-check and train read it back",
    )  # fmt: skip
    parser.add_argument("--overwrite", action="store_true", help="replace OUT if it exists")
    parser.add_argument(
        "--format", choices=["excel", "label-studio", "argilla"], default="excel",
        help="what the sheet is for (default: excel)",
    )  # fmt: skip
    parser.add_argument(
        "--random", type=float, default=0.2, metavar="SHARE",
        help="share drawn at random and flagged so, for an honest estimate (default: 0.2)",
    )  # fmt: skip
    parser.add_argument(
        "--blind", action="store_true", help="show no predictions, so that they sway nobody"
    )
    parser.add_argument(
        "--exclude", action="append", default=[], metavar="FILE",
        help="comments that have labels already and are left out; may be repeated",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="same seed, same sheet (default: 0)")
    parser.add_argument("--text-column", help="column with the comment (default: guessed, said)")


def run(arguments: argparse.Namespace) -> int:
    """Write the sheet; ``bundle``, ``runtime`` and ``threads`` choose the model."""
    from ..files import Row, open_rows
    from ..triage import Triage
    from .pool import read_pool
    from .sheets import check_new

    try:
        from .selection import choose
    except ImportError as error:
        raise MissingDependency(
            "suggest needs scikit-learn; install it with: pip install 'pengaduan-nlp[train]'"
        ) from error
    _check(arguments)
    suffixes = () if arguments.format == "excel" else (".json", ".jsonl")
    check_new(arguments.output, overwrite=arguments.overwrite, suffixes=suffixes)
    rows = open_rows(arguments.pool, text_column=arguments.text_column)
    known = [
        item.text for path in arguments.exclude for item in open_rows(path) if isinstance(item, Row)
    ]
    triage = Triage.load(arguments.bundle, runtime=arguments.runtime, threads=arguments.threads)
    pool = read_pool(
        rows, triage, keep=arguments.n, seed=arguments.seed, exclude=known, progress=_progress()
    )
    picks = choose(pool, arguments.n, random_share=arguments.random, seed=arguments.seed)
    if not picks:
        raise InputError(f"{arguments.pool}: no comment to label in {pool.n_rows:,} rows")
    agent = f"{triage.bundle.name} {triage.bundle.version}"
    _write(arguments, picks, triage.scheme, agent)
    reasons = [pick.reason for pick in picks]
    counts = ", ".join(f"{r} {reasons.count(r)}" for r in ("random", "uncertain", "diverse"))
    notes = (
        *pool.notes,
        f"{pool.n_rows:,} rows: {pool.counts.total():,} different comments, {pool.n_copies:,} "
        f"copies or labelled ones, {pool.n_bad:,} without text",
        f"{len(picks):,} comments to label: {counts}",
    )
    sys.stderr.write("".join(f"{note}\n" for note in notes))
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if not 1 <= arguments.n <= MAX_SHEET:
        raise InputError(
            f"-n must be from 1 to {MAX_SHEET:,}, got {arguments.n}; label in rounds and train "
            "between them"
        )
    if not 0 <= arguments.random <= 1:
        raise InputError(f"--random is a share from 0 to 1, got {arguments.random}")
    if arguments.seed < 0:
        raise InputError(f"--seed must be 0 or more, got {arguments.seed}")


def _progress() -> Callable[[int], None] | None:
    """Return a callback that redraws one line, on a terminal."""
    if not sys.stderr.isatty():
        return None

    def show(n_rows: int) -> None:
        sys.stderr.write(f"\r{n_rows:,} rows read\r")
        sys.stderr.flush()

    return show


def _write(
    arguments: argparse.Namespace, picks: "list[Pick]", scheme: "LabelScheme", agent: str
) -> None:
    from .sheets import add_choices, label_studio_config, write_table

    path, blind = arguments.output, arguments.blind
    if arguments.format == "excel":
        columns = sheet_columns(scheme)
        write_table(path, columns, (sheet_row(pick, blind=blind) for pick in picks))
        if path is not None and path.lower().endswith(".xlsx"):
            add_choices(path, columns, scheme)
        return
    make = label_studio_task if arguments.format == "label-studio" else argilla_record
    _write_json(path, [make(pick, agent, blind=blind) for pick in picks])
    if arguments.format == "label-studio" and path not in (None, "-"):
        config = Path(f"{path}.config.xml")
        config.write_text(label_studio_config(scheme), encoding="utf-8")
        sys.stderr.write(f"labelling interface for Label Studio: {config}\n")


def _write_json(path: str | None, items: Iterable[dict[str, Any]]) -> None:
    from ..files import to_json

    lines = [to_json(item) for item in items]
    is_array = path is not None and path.lower().endswith(".json")
    content = "[\n" + ",\n".join(lines) + "\n]\n" if is_array else "\n".join([*lines, ""])
    if path in (None, "-"):
        sys.stdout.write(content)
    else:
        Path(str(path)).write_text(content, encoding="utf-8", errors="backslashreplace")


def sheet_columns(scheme: "LabelScheme") -> tuple[str, ...]:
    """Return the columns of a sheet: what is known, then an empty one for each head."""
    names = [head.name for head in scheme.heads]
    predicted = [f"predicted_{name}{end}" for name in names for end in ("", "_probability")]
    return ("id", "text", "reason_for_choice", *predicted, *names)


def sheet_row(pick: "Pick", *, blind: bool) -> dict[str, Any]:
    """Return a comment as a row of a sheet, its labels empty."""
    item = pick.candidate
    row: dict[str, Any] = {"id": item.id, "text": item.text, "reason_for_choice": pick.reason}
    for head, (label, probability) in item.predicted.items() if not blind else ():
        row[f"predicted_{head}"] = label
        row[f"predicted_{head}_probability"] = round(probability, 3)
    return row


def label_studio_task(pick: "Pick", agent: str, *, blind: bool) -> dict[str, Any]:
    """Return a comment as a task of Label Studio with the model's answers as a prediction.

    Source:
        https://labelstud.io/guide/predictions
    """
    item = pick.candidate
    data = {"id": item.id, "text": item.text, "reason_for_choice": pick.reason}
    if blind:
        return {"data": data}
    result = [
        {
            "id": head,
            "from_name": head,
            "to_name": "text",
            "type": "choices",
            "value": {"choices": [label]},
            "score": round(probability, 3),
        }
        for head, (label, probability) in item.predicted.items()
    ]
    score = round(1.0 - item.uncertainty, 3)
    return {
        "data": data,
        "predictions": [{"model_version": agent, "score": score, "result": result}],
    }


def argilla_record(pick: "Pick", agent: str, *, blind: bool) -> dict[str, Any]:
    """Return a comment as ``argilla.Record.from_dict`` takes it, the answers as suggestions."""
    item = pick.candidate
    suggestions = {
        head: {"value": label, "score": round(probability, 3), "agent": agent}
        for head, (label, probability) in item.predicted.items()
    }
    return {
        "id": item.id,
        "fields": {"text": item.text},
        "metadata": {"reason_for_choice": pick.reason, "uncertainty": round(item.uncertainty, 3)},
        "suggestions": {} if blind else suggestions,
    }
