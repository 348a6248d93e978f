"""Which formats there are: told by a file's name, with the packages that some of them need.

Knows nothing about what is in a file.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import InputError, MissingDependency

_FORMATS = ("csv", "tsv", "xlsx", "jsonl", "parquet", "txt")


def format_of(path: str) -> str:
    """Return the format that a file's name stands for; ``-`` is jsonl.

    Raises:
        InputError: If the suffix is not known.
    """
    packed = path.lower().endswith(".gz")
    suffix = "jsonl" if path == "-" else Path(path.lower().removesuffix(".gz")).suffix[1:]
    kind = {"ndjson": "jsonl"}.get(suffix, suffix)
    if kind not in _FORMATS or (packed and kind in ("xlsx", "parquet")):
        raise InputError(
            f"{path}: unknown format {Path(path).suffix!r}; expected .csv, .tsv, .xlsx, .jsonl, "
            ".parquet or .txt, or .gz of a text format; rename or convert it"
        )
    return kind


def check_writable(path: str) -> str:
    """Return the format of a file to be written, once what it needs is known to be there."""
    kind = format_of(path)
    if kind == "txt":
        raise InputError(f"{path}: .txt has no columns for results; write .csv, .xlsx or .jsonl")
    if kind in ("xlsx", "parquet"):
        load_package("openpyxl" if kind == "xlsx" else "pyarrow", kind)
    return kind


def check_target(source: str, target: str, overwrite: bool) -> None:
    """Refuse a file to be written that is the input, lies nowhere, or is there already.

    Raises:
        InputError: If it is one of these.
    """
    path = Path(target)
    if source != "-" and path.resolve() == Path(source).resolve():
        raise InputError(f"{target}: is the input itself; choose another -o")
    if path.is_dir() or not path.parent.is_dir():
        what = "is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise InputError(f"{target}: {what}; pass a file in an existing folder with -o")
    if path.exists() and not overwrite:
        raise InputError(f"{target}: exists already; choose another -o, or pass --overwrite")


def load_package(name: str, kind: str) -> Any:
    """Import and return what a format needs; it is an extra of this package."""
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingDependency(
            f".{kind} files need {name}; install it with: pip install 'pengaduan-nlp[files]'"
        ) from error
