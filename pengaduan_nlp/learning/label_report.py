"""The report of a label check: all findings of a table, to read, as JSON and as a fixed copy.

Knows the checks and how they are shown; nothing about the command line.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

import numpy as np

from ..calibration import Probabilities
from ..examples import gold_positions
from ..privacy import find_pii, mask
from ..scheme import LabelScheme
from . import label_findings as checks
from .label_errors import MIN_EXAMPLES, find_label_errors, has_cleanlab
from .label_findings import Check, Finding, LabelCount
from .labels import LabelledTable

_TITLES: dict[Check, str] = {  # in the order in which to repair
    "unreadable": "not read",
    "unknown_label": "unknown labels",
    "contradiction": "labels that contradict each other",
    "same_text": "same text, different labels",
    "similar_text": "nearly the same text, different labels",
    "leakage": "texts in more than one split",
    "likely_error": "labels that are probably wrong",
    "personal_data": "personal data",
    "duplicate": "repeated rows",
    "short_text": "too short for a report",
}
_LISTED = 10  # labels that are named one by one
_CHUNK = 4096  # texts a call of the model, which bounds what it holds at once


class GivesProbabilities(Protocol):
    """What is asked of a ``Triage``."""

    def probabilities(self, texts: Sequence[str]) -> dict[str, Probabilities]: ...


@dataclass(frozen=True)
class LabelReport:
    """All that was found in a table.

    Attributes:
        table: The table as read.
        findings: In order of check, then of certainty or row.
        counts: How often each label occurs.
        personal: Number of spans of personal data, by kind.
        copies: Position of the first of equal rows, by position of the later one.
        notes: What was noticed, and what was not checked.
    """

    table: LabelledTable
    findings: list[Finding]
    counts: list[LabelCount]
    personal: dict[str, int]
    copies: dict[int, int]
    notes: list[str]

    @property
    def summary(self) -> dict[str, int]:
        """Number of findings of each check."""
        counts = Counter(finding.check for finding in self.findings)
        return {check: counts[check] for check in _TITLES}

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; holds no comment."""
        return {
            "path": self.table.path,
            "comments": len(self.table.examples),
            "columns": dict(self.table.columns),
            "summary": self.summary,
            "personal_data": self.personal,
            "findings": [asdict(finding) for finding in self.findings],
            "labels": [asdict(count) for count in self.counts],
            "notes": self.notes,
        }

    def text(self, *, shown: int = 5) -> str:
        """Return the report as lines to read.

        Args:
            shown: Findings of each check that are spelled out.
        """
        lines = [f"{self.table.path}: {len(self.table.examples):,} comments", ""]
        for check, title in _TITLES.items():
            found = [finding for finding in self.findings if finding.check == check]
            lines.append(f"{len(found):>6,}  {title}")
            lines += [f"        {_line(finding)}" for finding in found[:shown]]
            if len(found) > shown:
                lines.append(f"        ... {len(found) - shown:,} more: --show, --json or -o")
        if self.personal:
            kinds = ", ".join(f"{kind} {n:,}" for kind, n in self.personal.items())
            lines += ["", f"personal data by kind: {kinds}"]
        lines += ["", *self._count_lines(), "", *(f"note: {note}" for note in self.notes)]
        return "\n".join(lines)

    def _count_lines(self) -> Iterator[str]:
        yield (
            f"examples of each label; at least {checks.TO_TRAIN} are needed to train on it and "
            f"{checks.TO_TEST} others to test it"
        )
        heads = defaultdict(list)
        for count in self.counts:
            heads[count.head].append(count)
        for head, counts in heads.items():
            known = sorted(counts, key=lambda count: -(count.train + count.test))
            present = [count for count in known if count.train + count.test]
            yield f"  {head}: {', '.join(f'{c.label} {c.train + c.test:,}' for c in present)}"
            short = [count for count in present if count.needs_train or count.needs_test]
            if short:
                yield f"    too few: {_some([_needs(count) for count in short])}"
            if absent := [count.label for count in known[len(present) :]]:
                yield f"    none of {len(absent)} labels: {_some(absent)}"

    def fixed_columns(self) -> tuple[str, ...]:
        """Return the columns of the fixed copy."""
        split = ("split",) if any(self.table.splits) else ()
        return (
            "line", "id", "text", *self.table.columns, "source", *split, "problem", "suggested"
        )  # fmt: skip

    def fixed_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows under canonical names: slugs, masked texts, no repeated rows.

        Labels are never changed: what is wrong stands in ``problem``, and what would resolve it
        in ``suggested``. A repeated row gives the first the labels that it lacks.
        """
        found = defaultdict(list)
        for finding in self.findings:
            if finding.check != "duplicate":
                found[finding.line].append(finding)
        labels = [dict(example.labels) for example in self.table.examples]
        for row, first in self.copies.items():
            labels[first] = {**labels[row], **labels[first]}
        for row, example in enumerate(self.table.examples):
            if row in self.copies:
                continue
            line = self.table.lines[row]
            cells = {head: " | ".join(slugs) for head, slugs in labels[row].items()}
            yield {
                "line": line,
                "id": _masked(example.id),
                "text": _masked(example.text),
                **cells,
                "source": _masked(example.source),
                "split": self.table.splits[row],
                "problem": "; ".join(finding.message for finding in found[line]),
                "suggested": "; ".join(
                    dict.fromkeys(finding.suggested for finding in found[line] if finding.suggested)
                ),
            }


def _line(finding: Finding) -> str:
    where = f"line {finding.line}" if finding.line else "whole table"
    column = f", {finding.column}" if finding.column else ""
    fix = f" -> {finding.suggested}" if finding.suggested else ""
    return f"{where}{column}: {finding.message}{fix}"


def _some(words: list[str]) -> str:
    more = f", ... {len(words) - _LISTED} more: --json" if len(words) > _LISTED else ""
    return ", ".join(words[:_LISTED]) + more


def _needs(count: LabelCount) -> str:
    train = f"{count.needs_train} more to train" if count.needs_train else ""
    test = f"{count.needs_test} more to test" if count.needs_test else ""
    return f"{count.label} ({', '.join(filter(None, (train, test)))})"


def _masked(text: str) -> str:
    return mask(text, find_pii(text))


def check_labels(
    table: LabelledTable, scheme: LabelScheme, model: GivesProbabilities | None = None
) -> LabelReport:
    """Run every check on a table.

    Args:
        table: As read by ``read_labelled_table``.
        scheme: Heads and labels.
        model: A ``Triage`` whose probabilities show likely label errors; best one that was not
            trained on this table. Without it that check is left out.
    """
    texts = [example.text for example in table.examples]
    exact, similar = checks.exact_groups(texts), checks.similar_groups(texts)
    same = list(checks.conflicts(table, scheme, exact, "same_text"))
    known = {(finding.line, finding.column) for finding in same}
    near = checks.conflicts(table, scheme, similar, "similar_text")
    copies = checks.duplicates(table, exact)
    private, kinds = checks.personal_data(table)
    errors = [] if model is None else list(_likely_errors(table, scheme, model))
    findings = [
        *(replace(f, message=_masked(f.message)) for f in checks.reading_problems(table)),
        *checks.contradictions(table, scheme),
        *same,
        *(finding for finding in near if (finding.line, finding.column) not in known),
        *checks.leaks(table, similar),
        *errors,
        *private,
        *checks.repeated(table, copies),
        *checks.short_texts(table, scheme),
    ]
    notes = [*table.notes, _how_judged(model is not None)]
    counts = checks.label_counts(table, scheme)
    return LabelReport(table, findings, counts, kinds, copies, notes)


def _how_judged(with_model: bool) -> str:
    if not with_model:
        return "likely label errors were not looked for, since no model was asked"
    how = "cleanlab" if has_cleanlab() else "confident learning (built in)"
    return (
        f"likely label errors by {how}, for labels with at least {MIN_EXAMPLES} examples; a model "
        "trained on these very comments hides most of them"
    )


def _likely_errors(
    table: LabelledTable, scheme: LabelScheme, model: GivesProbabilities
) -> Iterator[Finding]:
    gold = gold_positions(table.examples, scheme)
    texts = [example.text for example in table.examples]
    parts = [model.probabilities(texts[i : i + _CHUNK]) for i in range(0, len(texts), _CHUNK)]
    found = []
    for head in scheme.heads if parts else ():
        probabilities = np.concatenate([part[head.name] for part in parts])
        found += [(error, head) for error in find_label_errors(probabilities, gold[head.name])]
    for error, head in sorted(found, key=lambda item: item[0].self_confidence):
        given, likely = head.slugs[error.given], head.slugs[error.likely]
        message = (
            f"{head.name} is {given!r} ({error.self_confidence:.2f}), the model says {likely!r} "
            f"({error.confidence:.2f})"
        )
        fix = f"{head.name}={likely}"
        yield Finding(table.lines[error.row], "likely_error", head.name, message, fix)
