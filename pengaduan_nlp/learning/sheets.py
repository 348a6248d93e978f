"""Tables for people who label: csv that no spreadsheet runs, xlsx with a list of labels to choose.

Knows files and the scheme; nothing about which comments are in them.
"""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import files
from ..errors import InputError
from ..files.formats import load_package
from ..scheme import LabelScheme

_FORMULA = tuple("=+-@")  # a cell that starts so is run by spreadsheets; labels.py takes "'" off
_WIDE = 80  # characters; width of the text column
_LISTS = "labels"  # second sheet of a workbook: slugs and official names of every head


def check_new(path: str | None, *, overwrite: bool, suffixes: Sequence[str] = ()) -> None:
    """Refuse a target that exists or cannot be written, before the work is done.

    Args:
        path: The target; ``None`` or ``-`` is stdout.
        overwrite: Whether it may exist: a sheet may hold hours of labelling.
        suffixes: Suffixes that the target may have; those of tables if empty.

    Raises:
        InputError: If it exists, has another suffix or lies in no folder.
        MissingDependency: If its format needs a package that is not installed.
    """
    if path in (None, "-"):
        return
    target = Path(str(path))
    if suffixes and target.suffix.lower() not in suffixes:
        raise InputError(f"{path}: expected a name that ends in {' or '.join(suffixes)}")
    if not suffixes:
        files.check_writable(str(path))
    if not target.parent.is_dir():
        raise InputError(f"{path}: there is no folder {target.parent}; make it first")
    if target.exists() and not overwrite:
        raise InputError(f"{path}: exists already; choose another -o, or pass --overwrite")


def write_table(
    path: str | None, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Write rows to a csv, tsv, xlsx, jsonl or parquet file, or csv to stdout if ``None``."""
    kind = "csv" if path is None else files.format_of(path)
    if kind in ("csv", "tsv"):
        rows = ({name: _harmless(value) for name, value in row.items()} for row in rows)
    writer: files.Writer = (
        files.TextWriter(sys.stdout.buffer, "csv", columns)
        if path is None
        else files.open_writer(path, columns)
    )
    files.write_all(writer, iter(rows))


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def add_choices(path: str, columns: Sequence[str], scheme: LabelScheme) -> None:
    """Give a saved xlsx a list to choose from in every column that is a head's, and a legend."""
    openpyxl = load_package("openpyxl", "xlsx")
    validation = load_package("openpyxl.worksheet.datavalidation", "xlsx").DataValidation
    letter = load_package("openpyxl.utils", "xlsx").get_column_letter
    book = openpyxl.load_workbook(path)
    sheet, legend = book.worksheets[0], book.create_sheet(_LISTS)
    sheet.freeze_panes = "A2"
    for i, name in enumerate(columns, 1):
        sheet.column_dimensions[letter(i)].width = _WIDE if name == "text" else 18
    for i, head in enumerate(scheme.heads):
        column = letter(2 * i + 1)
        entries = [(head.name, head.title), *((label.slug, label.name) for label in head.labels)]
        for row, entry in enumerate(entries, 1):
            for offset, value in enumerate(entry, 1):
                legend.cell(row, 2 * i + offset, value)
        if head.name in columns:
            cells = f"${column}$2:${column}${len(entries)}"
            # A spelling that is not in the list gets a warning only: labels.py reads many.
            choice = validation("list", formula1=f"{_LISTS}!{cells}", errorStyle="warning")
            own = letter(list(columns).index(head.name) + 1)
            choice.add(f"{own}2:{own}{sheet.max_row}")
            sheet.add_data_validation(choice)
    book.save(path)


def label_studio_config(scheme: LabelScheme) -> str:
    """Return the labelling interface for Label Studio that fits the exported tasks.

    Source:
        https://labelstud.io/tags/choices
    """
    first = scheme.heads[0]
    lines = ["<View>", '  <Text name="text" value="$text"/>']
    for head in scheme.heads:
        shown = (
            f' visibleWhen="choice-selected" whenTagName="{first.name}" '
            f'whenChoiceValue="{",".join(head.applies_to)}"'
        )
        lines.append(f'  <Header value="{_escaped(head.title)}"/>')
        lines.append(
            f'  <Choices name="{head.name}" toName="text" choice="single" showInline="true"'
            f"{shown if head.applies_to else ''}>"
        )
        lines += [
            f'    <Choice value="{label.slug}" hint="{_escaped(label.name)}"/>'
            for label in head.labels
        ]
        lines.append("  </Choices>")
    return "\n".join([*lines, "</View>", ""])


def _escaped(text: str) -> str:
    named = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    return re.sub('[&<>"]', lambda match: named[match.group()], text)
