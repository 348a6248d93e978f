"""The command line ``pengaduan``: thin wrappers over the library's functions.

Data goes to stdout, messages to stderr; exit status 0 is success, 1 an error that the message
explains, 2 wrong usage.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._version import __version__
from .errors import InputError, PengaduanError

if TYPE_CHECKING:
    from .batch_files import Summary
    from .records import Decision, TriageResult

_EPILOG = "It suggests; an officer decides. It is not an emergency service: call 112 or 110."


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
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"pengaduan-nlp {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_predict(commands)
    _add_triage(commands)
    _add_evaluate(commands)
    _add_info(commands)
    return parser


def _add_command(commands: Any, name: str, summary: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=summary, epilog=_EPILOG
    )
    parser.set_defaults(run=run)
    return parser


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bundle", default="triage", help="name of a bundled model, or a folder (default: triage)"
    )
    parser.add_argument("--runtime", choices=["auto", "onnx", "torch"], default="auto")
    parser.add_argument("--threads", type=int, help="threads of the model (default: all, up to 4)")


def _add_predict(commands: Any) -> None:
    parser = _add_command(commands, "predict", "Triage one comment.", _predict)
    parser.add_argument("text", help="the comment; - reads it from stdin")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    parser.add_argument("--record", action="store_true", help="print the hand-over record as JSON")
    parser.add_argument("--account", help="whose page it is: gubernur, bupati, wali_kota ...")
    parser.add_argument("--region", help="official code or name of the account's region")
    _add_model_options(parser)


def _add_triage(commands: Any) -> None:
    parser = _add_command(
        commands,
        "triage",
        "Triage a file of comments: csv, tsv, xlsx, jsonl, parquet, txt, or - for a jsonl pipe.",
        _triage,
    )
    parser.add_argument("source", metavar="IN", help="the file, or - for stdin (jsonl)")
    parser.add_argument(
        "-o", "--output", metavar="OUT", required=True,
        help="file to write, format by its suffix, or - for stdout (jsonl); rows that cannot be "
        "read go to OUT.errors.jsonl",
    )  # fmt: skip
    parser.add_argument("--text-column", help="column with the comment (default: guessed, said)")
    parser.add_argument("--account", help="whose page the comments stand under")
    parser.add_argument("--region", help="official code or name of the account's region")
    parser.add_argument("--batch-size", type=int, default=64, help="comments a model call")
    parser.add_argument(
        "--show", type=int, default=0, metavar="N", help="also print the first N results to read"
    )
    parser.add_argument("--no-resume", action="store_true", help="start over, drop partial output")
    parser.add_argument("--overwrite", action="store_true", help="replace a finished OUT")
    _add_model_options(parser)


def _add_evaluate(commands: Any) -> None:
    parser = _add_command(
        commands, "evaluate", "Score a bundle on labelled comments, with intervals.", _evaluate
    )
    parser.add_argument(
        "gold", type=Path, help="JSONL with 'text' and any of kind, sector, subtopic, urgency ..."
    )
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    _add_model_options(parser)


def _add_info(commands: Any) -> None:
    parser = _add_command(commands, "info", "Describe the installed models.", _info)
    parser.add_argument("bundle", nargs="?", help="name or folder of one bundle (default: all)")
    parser.add_argument("--verify", action="store_true", help="compare every file with its hash")


def _load(arguments: argparse.Namespace) -> Any:
    from .triage import Triage

    return Triage.load(arguments.bundle, runtime=arguments.runtime, threads=arguments.threads)


def _check_region(region: str | None) -> None:
    """Refuse a region that no gazetteer knows: on the command line it is a typing mistake."""
    if region is not None:
        from .places.gazetteer import Gazetteer

        Gazetteer.load().resolve(region)


def _predict(arguments: argparse.Namespace) -> int:
    from .records import Comment

    _check_region(arguments.region)

    text = sys.stdin.read() if arguments.text == "-" else arguments.text
    comment = Comment(text, account=arguments.account, region=arguments.region)
    result = _load(arguments).predict(comment)
    if arguments.record:
        print(json.dumps(result.to_record().to_dict(), ensure_ascii=False, indent=1))
    elif arguments.json:
        print(json.dumps(result.to_dict(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_describe(result)))
    return 0


def _describe(result: "TriageResult") -> list[str]:
    """Return a result as lines a person reads, in Indonesian."""
    rows: list[tuple[str, str]] = [("klasifikasi", _shown(result.kind))]
    for name, decision in (
        ("sektor", result.sector),
        ("subtopik", result.subtopic),
        ("urgensi", result.urgency),
        ("pengawasan", result.oversight),
        ("alasan", result.reason),
    ):
        if decision is not None:
            rows.append((name, _shown(decision)))
    for number in result.details.emergency_numbers:
        rows.append(("darurat", number))
    for place in result.places:
        rows.append(("tempat", f"{place.text} ({place.name}, {place.code or place.level})"))
    for agency in result.agencies[:3]:
        rows.append(("instansi", f"{agency.name} ({agency.score:.2f}): {agency.reason}"))
    for question in (*([result.question] if result.question else []), *result.questions):
        rows.append(("tanyakan", question))
    if result.is_complaint:
        rows.append(("kerahasiaan", result.confidentiality))
    rows.append(("tinjau", "ya, model ragu" if result.needs_review else "seperti biasa"))
    return [f"{name:<12} {value}" for name, value in rows]


def _shown(decision: "Decision") -> str:
    return f"{decision.label} ({decision.probability:.2f})"


def _triage(arguments: argparse.Namespace) -> int:
    from .batch_files import triage_file

    _check_region(arguments.region)

    context = {
        name: value
        for name in ("account", "region")
        if (value := getattr(arguments, name)) is not None
    }
    triage = _Shown(_load(arguments), arguments.show)
    summary = triage_file(
        triage,
        arguments.source,
        arguments.output,
        text_column=arguments.text_column,
        batch_size=arguments.batch_size,
        resume=not arguments.no_resume,
        overwrite=arguments.overwrite,
        progress=_progress_bar() if sys.stderr.isatty() else None,
        context=context,
    )
    _report(summary, arguments.output)
    for line in triage.lines:
        print(line, file=sys.stderr)
    return 0


def _progress_bar() -> Any:
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


class _Shown:
    """A triage that keeps the first results of its stream, so that they can be printed."""

    def __init__(self, triage: Any, n_shown: int) -> None:
        self.bundle = triage.bundle
        self.lines: list[str] = []
        self._triage = triage
        self._n_shown = n_shown

    def stream(self, comments: Any, *, batch_size: int = 64) -> Any:
        """Pass the stream on."""
        for comment, result in self._triage.stream(comments, batch_size=batch_size):
            if len(self.lines) < self._n_shown:
                self.lines.append(_one_line(result))
            yield comment, result


def _one_line(result: "TriageResult") -> str:
    """Return a result on one line: kind, urgency, topic or reason, masked text, agency."""
    answer = result.subtopic or result.reason
    urgency = result.urgency.label if result.urgency else "-"
    agency = f" -> {result.agencies[0].name}" if result.agencies else ""
    text = " ".join(result.details.masked_text.split())
    text = text if len(text) <= 60 else text[:59] + "…"
    label = answer.label if answer else "-"
    return f"{result.kind.label:<20} {urgency:<8} {label:<24} {text}{agency}"


def _report(summary: "Summary", target: str) -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)
    for note in summary.notes:
        print(note, file=sys.stderr)
    rate = summary.rows / max(1e-9, summary.seconds)
    urgency = ", ".join(f"{label} {n}" for label, n in sorted(summary.urgency.items()))
    print(
        f"{summary.rows:,} comments in {summary.seconds:.1f} s ({rate:,.0f}/s): "
        f"{summary.complaints:,} complaints; urgency of reports: {urgency or 'none'}",
        file=sys.stderr,
    )
    if summary.skipped:
        print(f"{summary.skipped:,} rows were done by an earlier run", file=sys.stderr)
    if summary.errors:
        print(f"{summary.errors:,} rows could not be read: {target}.errors.jsonl", file=sys.stderr)


def _evaluate(arguments: argparse.Namespace) -> int:
    from .evaluation import evaluate

    report = evaluate(_load(arguments), arguments.gold)
    if arguments.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
    else:
        print(report.table())
    return 0


def _info(arguments: argparse.Namespace) -> int:
    from .bundle import Bundle, bundled

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
