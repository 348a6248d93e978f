"""The shell of a page and how it reaches the disk: whole or not at all."""

import os
from html import escape
from importlib.resources import files
from pathlib import Path


def document(title: str, body: str, *, language: str) -> str:
    """Return a whole page that loads nothing: its content policy forbids it.

    Args:
        title: Plain text.
        body: HTML of what is inside ``main``.
        language: Code of the language it is written in.
    """
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def write_page(target: str | os.PathLike[str], page: str) -> None:
    """Write a page beside the target and move it there once it is on the disk."""
    partial = Path(f"{os.fspath(target)}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
