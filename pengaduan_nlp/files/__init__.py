"""Read comments from tables, row by row, and write rows back in the same formats.

Knows formats, encodings and columns, nothing about models; one bad row never stops a file.
"""

from .flat import RESULT_TYPES, column_types, flatten, flatten_dict, free_name, to_json
from .formats import check_writable, format_of
from .guess import slug
from .readers import SAMPLE, all_columns, open_rows
from .rows import BadRow, Row, Rows
from .writers import XLSX_ROWS, TextWriter, Writer, open_writer, pack, write_all, xlsx_overflow

__all__ = [
    "RESULT_TYPES",
    "SAMPLE",
    "XLSX_ROWS",
    "BadRow",
    "Row",
    "Rows",
    "TextWriter",
    "Writer",
    "all_columns",
    "check_writable",
    "column_types",
    "flatten",
    "flatten_dict",
    "format_of",
    "free_name",
    "open_rows",
    "open_writer",
    "pack",
    "slug",
    "to_json",
    "write_all",
    "xlsx_overflow",
]
