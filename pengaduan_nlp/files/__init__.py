"""Read comments from tables, row by row, and write rows back in the same formats.

Knows formats, encodings and columns, nothing about models; one bad row never stops a file.
"""

from .context import CONTEXT, context_columns, to_comment
from .flat import RESULT_TYPES, column_types, flatten, flatten_dict, free_name, to_json
from .formats import check_target, check_writable, format_of
from .guess import slug
from .readers import SAMPLE, all_columns, choose_text_column, open_rows, open_table
from .results import ResultColumns, find_results
from .rows import BadRow, Row, Rows
from .writers import XLSX_ROWS, TextWriter, Writer, open_writer, pack, write_all, xlsx_overflow

__all__ = [
    "CONTEXT",
    "RESULT_TYPES",
    "SAMPLE",
    "XLSX_ROWS",
    "BadRow",
    "ResultColumns",
    "Row",
    "Rows",
    "TextWriter",
    "Writer",
    "all_columns",
    "check_target",
    "check_writable",
    "choose_text_column",
    "column_types",
    "context_columns",
    "find_results",
    "flatten",
    "flatten_dict",
    "format_of",
    "free_name",
    "open_rows",
    "open_table",
    "open_writer",
    "pack",
    "slug",
    "to_comment",
    "to_json",
    "write_all",
    "xlsx_overflow",
]
