"""What may be wrong with labelled comments: one function a check.

Knows the scheme and read tables; nothing about models, files or how findings are shown.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..examples import Example
from ..privacy import find_pii
from ..scheme import Head, LabelScheme
from .data import near_copy_groups
from .labels import LabelledTable

TO_TRAIN = 30  # examples of a label, below which its F1 on held-out comments is mostly chance
TO_TEST = 10  # examples of a label; PRODUCT.md scores labels seen at least that often
LONG_ENOUGH = 4  # words; shorter comments ("mantap pak") coincide by chance
_SHORT = 2  # words below which a report cannot be understood
_TEST_SPLITS = frozenset("test tes uji val valid validation validasi dev eval held_out".split())

Check = Literal[
    "unreadable", "unknown_label", "contradiction", "same_text", "similar_text", "duplicate",
    "leakage", "personal_data", "short_text", "likely_error",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at.

    Attributes:
        line: Row in the file; 0 for the table as a whole.
        check: Which check found it.
        column: Column or head that it is about, or an empty string.
        message: What is wrong.
        suggested: ``head=slug`` that would resolve it, or an empty string.
    """

    line: int
    check: Check
    column: str
    message: str
    suggested: str = ""


@dataclass(frozen=True, slots=True)
class LabelCount:
    """How often a label occurs, and how many more examples it needs.

    Attributes:
        head: The head.
        label: The label's slug.
        train: Examples to train on; all of them where the table has no split.
        test: Examples to test on; 0 where the table has no split.
        needs_train: Missing to ``TO_TRAIN``.
        needs_test: Missing to ``TO_TEST``.
    """

    head: str
    label: str
    train: int
    test: int
    needs_train: int
    needs_test: int


def reading_problems(table: LabelledTable) -> Iterator[Finding]:
    """Yield what could not be read."""
    for problem in table.problems:
        fix = f"{problem.head}={problem.suggested}" if problem.suggested else ""
        check: Check = "unknown_label" if problem.head else "unreadable"
        yield Finding(problem.line, check, problem.column, problem.message, fix)


def contradictions(table: LabelledTable, scheme: LabelScheme) -> Iterator[Finding]:
    """Yield labels that cannot hold together: a sub-topic of another sector, a head too many."""
    for example, line in zip(table.examples, table.lines, strict=True):
        for head in scheme.heads:
            if head.name in example.labels:
                yield from _does_not_apply(example, line, head, scheme.heads[0])
                yield from _wrong_parent(example, line, head)


def _does_not_apply(example: Example, line: int, head: Head, first: Head) -> Iterator[Finding]:
    kinds = example.labels.get(first.name, ())
    if head.applies_to and kinds and not set(kinds) & set(head.applies_to):
        given = " | ".join(example.labels[head.name])
        message = f"{head.name} is {given!r} although {first.name} is {' | '.join(kinds)!r}"
        yield Finding(line, "contradiction", head.name, message)


def _wrong_parent(example: Example, line: int, head: Head) -> Iterator[Finding]:
    given = example.labels.get(head.parent or "", ())
    parents = {head.labels[head.index(slug)].parent for slug in example.labels[head.name]}
    if head.parent and given and not set(given) & parents:
        right = sorted(filter(None, parents))
        message = (
            f"{head.name} {' | '.join(example.labels[head.name])!r} is under {head.parent} "
            f"{' | '.join(right)!r}, not under {' | '.join(given)!r}"
        )
        fix = f"{head.parent}={right[0]}" if len(right) == 1 else ""
        yield Finding(line, "contradiction", head.name, message, fix)


def plain_text(text: str) -> str:
    """Return what two texts share that are the same but for case and spaces."""
    return " ".join(text.casefold().split())


def exact_groups(texts: Sequence[str]) -> list[int]:
    """Return the position of the first equal text for every text, case and spaces aside."""
    first: dict[str, int] = {}
    return [first.setdefault(plain_text(text), i) for i, text in enumerate(texts)]


def similar_groups(texts: Sequence[str]) -> list[int]:
    """Return the position of the first near-copy for every text; short texts only copy exactly."""
    exact = exact_groups(texts)
    near = near_copy_groups(texts).tolist()
    first: dict[int, int] = {}
    found = []
    for i, text in enumerate(texts):
        long = len(text.split()) >= LONG_ENOUGH
        found.append(first.setdefault(near[i], i) if long else exact[i])
    return found


def conflicts(
    table: LabelledTable, scheme: LabelScheme, groups: Sequence[int], check: Check
) -> Iterator[Finding]:
    """Yield examples of one group of texts whose label is not that of the others.

    Where most agree, those that do not are named; where none prevails, all but the first are.
    """
    members = defaultdict(list)
    for row, group in enumerate(groups):
        members[group].append(row)
    for rows in members.values():
        for head in scheme.heads if len(rows) > 1 else ():
            known = [row for row in rows if len(table.examples[row].labels.get(head.name, ())) == 1]
            yield from _conflict(table, head.name, known, check)


def _conflict(table: LabelledTable, head: str, rows: list[int], check: Check) -> Iterator[Finding]:
    labels = {row: table.examples[row].labels[head][0] for row in rows}
    counts = Counter(labels.values()).most_common(2)
    if len(counts) < 2:
        return
    usual = counts[0][0]
    fix = f"{head}={usual}" if counts[0][1] > counts[1][1] else ""
    other = table.lines[next(row for row in rows if labels[row] == usual)]
    what = "the same text" if check == "same_text" else "nearly the same text"
    for row in rows:
        if labels[row] != usual:
            message = f"{head} is {labels[row]!r}, line {other} with {what} has {usual!r}"
            yield Finding(table.lines[row], check, head, message, fix)


def duplicates(table: LabelledTable, groups: Sequence[int]) -> dict[int, int]:
    """Return, for each row that repeats an earlier one, that row; conflicting labels repeat not."""
    found = {}
    for row, first in enumerate(groups):
        if row != first and _compatible(table.examples[row], table.examples[first]):
            found[row] = first
    return found


def _compatible(left: Example, right: Example) -> bool:
    return all(right.labels.get(head, slugs) == slugs for head, slugs in left.labels.items())


def repeated(table: LabelledTable, copies: dict[int, int]) -> Iterator[Finding]:
    """Yield the rows that ``duplicates`` found."""
    for row, first in copies.items():
        message = f"repeats line {table.lines[first]}"
        yield Finding(table.lines[row], "duplicate", table.text_column, message)


def leaks(table: LabelledTable, groups: Sequence[int]) -> Iterator[Finding]:
    """Yield texts that stand, nearly the same, in another split as well."""
    for row, first in enumerate(groups):
        here, there = table.splits[row], table.splits[first]
        if here and there and here != there:
            message = (
                f"in split {here!r}, and nearly the same on line {table.lines[first]} in "
                f"split {there!r}"
            )
            yield Finding(table.lines[row], "leakage", "split", message)


def personal_data(table: LabelledTable) -> tuple[list[Finding], dict[str, int]]:
    """Return the texts with personal data, and how many spans there are of each kind."""
    found, counts = [], Counter[str]()
    for example, line in zip(table.examples, table.lines, strict=True):
        kinds = [span.kind for span in find_pii(example.text)]
        counts.update(kinds)
        if kinds:
            message = f"personal data in the text: {', '.join(dict.fromkeys(kinds))}"
            found.append(Finding(line, "personal_data", table.text_column, message))
    return found, dict(counts.most_common())


def short_texts(table: LabelledTable, scheme: LabelScheme) -> Iterator[Finding]:
    """Yield one-word comments that are labelled as reports: nobody can tell what they are about.

    A report is a kind to which the second head applies; a one-word "mantap" is no report.
    """
    first = scheme.heads[0].name
    reports = {slug for head in scheme.heads[1:2] for slug in head.applies_to}
    for example, line in zip(table.examples, table.lines, strict=True):
        n_words = len(example.text.split())
        kinds = set(example.labels.get(first, ()))
        if n_words < _SHORT and (kinds & reports or not kinds):
            message = f"{n_words} word; a report needs at least {_SHORT} to be understood"
            yield Finding(line, "short_text", table.text_column, message)


def label_counts(table: LabelledTable, scheme: LabelScheme) -> list[LabelCount]:
    """Return how often every label of the heads in the table occurs, in the scheme's order."""
    has_split = any(table.splits)
    counts: dict[bool, Counter[tuple[str, str]]] = {False: Counter(), True: Counter()}
    for example, split in zip(table.examples, table.splits, strict=True):
        certain = [(head, slugs[0]) for head, slugs in example.labels.items() if len(slugs) == 1]
        counts[split.casefold() in _TEST_SPLITS].update(certain)
    found = []
    for head in scheme.heads:
        for slug in head.slugs if head.name in table.columns else ():
            train, test = (counts[is_test][head.name, slug] for is_test in (False, True))
            spare = test if has_split else max(0, train - TO_TRAIN)
            needs = max(0, TO_TRAIN - train), max(0, TO_TEST - spare)
            found.append(LabelCount(head.name, slug, train, test, *needs))
    return found
