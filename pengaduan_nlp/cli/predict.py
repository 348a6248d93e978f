"""``pengaduan predict``: triage one comment."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from .options import add_command, add_model_options, check_region, load

if TYPE_CHECKING:
    from ..records import Decision, TriageResult


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "predict", "Triage one comment.", _run)
    parser.add_argument("text", help="the comment; - reads it from stdin")
    parser.add_argument("--json", action="store_true", help="print the whole result as JSON")
    parser.add_argument("--record", action="store_true", help="print the hand-over record as JSON")
    parser.add_argument("--account", help="whose page it is: gubernur, bupati, wali_kota ...")
    parser.add_argument("--region", help="official code or name of the account's region")
    add_model_options(parser)


def _run(arguments: argparse.Namespace) -> int:
    from ..records import Comment

    check_region(arguments.region)
    text = sys.stdin.read() if arguments.text == "-" else arguments.text
    comment = Comment(text, account=arguments.account, region=arguments.region)
    result = load(arguments).predict(comment)
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
