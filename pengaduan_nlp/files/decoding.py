"""The lines of a text file or of stdin, in whatever encoding they come.

Knows encodings and gzip, nothing about columns.
"""

import codecs
import gzip
import io
import re
import sys
from collections.abc import Iterator
from typing import BinaryIO, cast

from .rows import Rows

SURROGATE = re.compile("[\ud800-\udfff]")  # a byte that could not be decoded, or half a character
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read_lines(rows: Rows) -> Iterator[str]:
    """Yield lines with their ends; bytes that cannot be decoded become lone surrogates."""
    for line in _decoded(rows):
        rows._counts.update(["lines with NUL characters removed"] if "\0" in line else [])
        yield line.replace("\0", "")


def _decoded(rows: Rows) -> Iterator[str]:
    if rows.path == "-":
        for i, raw in enumerate(sys.stdin.buffer):
            yield raw.decode("utf-8" if i else "utf-8-sig", "surrogateescape")
        return
    rows.encoding = _encoding(rows)
    errors = "replace" if "16" in rows.encoding else "surrogateescape"
    with io.TextIOWrapper(_binary(rows.path), rows.encoding, errors, newline="") as stream:
        yield from stream


def _binary(path: str) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path) if path.lower().endswith(".gz") else open(path, "rb"))


def _encoding(rows: Rows) -> str:
    """Return the encoding of a whole file: its BOM's, UTF-8, or Windows-1252 where that fails."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = 0
    with _binary(rows.path) as file:
        block = file.read(1 << 20)
        named = [name for bom, name in _BOMS.items() if block.startswith(bom)]
        if named:
            return named[0]
        if block[1:200:2].count(0) > len(block[1:200:2]) // 2:
            return "utf-16-le"
        while block:
            text = "" if block.isascii() and not decoder.getstate()[0] else decoder.decode(block)
            broken = len(SURROGATE.findall(text))
            good, bad = good + len(re.findall(r"[^\x00-\x7f]", text)) - broken, bad + broken
            block = file.read(1 << 20)
    if bad > good:
        rows._notes.append("not UTF-8: read as Windows-1252 (cp1252)")
        return "cp1252"
    return "utf-8"  # a few broken bytes in a UTF-8 file cost their own rows only


def undecodable(rows: Rows) -> str:
    """Return why a row with such bytes is bad."""
    return f"bytes that are not {rows.encoding}; save the file as UTF-8"
