"""Run the notebooks and keep what they print and draw, for readers who do not run them.

Run: python -m training.notebooks [NAME ...]    without names: all that have outputs already

Needs no Jupyter. Cells run in order in the notebook's folder; a path of this machine in an output
is an error.
"""

import argparse
import ast
import base64
import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
from PIL import Image

from pengaduan_nlp.errors import InputError
from training import ROOT

_DPI, _COLOURS = 80, 64  # keep a notebook with four figures under 200 KB


def run(notebook: dict[str, Any]) -> dict[str, Any]:
    """Run all cells in the current folder and return the notebook with their outputs.

    Raises:
        InputError: If an output holds a path of this machine.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    cells, n_run = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            n_run += 1
            outputs = list(_run_cell("".join(cell["source"]), names, n_run))
            cell = {**cell, "execution_count": n_run, "outputs": outputs}
        cells.append(cell)
    told = json.dumps([cell.get("outputs", []) for cell in cells])
    for private in (str(ROOT), tempfile.gettempdir(), str(Path.home())):
        if f"{private}/" in told:
            raise InputError(f"an output holds the path {private}; print names only")
    return {**notebook, "cells": cells}


def _run_cell(source: str, names: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
    """Run a cell; yield what it printed, its figures, or the value of its last line."""
    import matplotlib.pyplot as plt

    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, f"cell {number}", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names)
    if printed.getvalue():
        yield {"output_type": "stream", "name": "stdout", "text": _lines(printed.getvalue())}
    figures = [plt.figure(i) for i in plt.get_fignums()]
    for figure in figures:
        data = base64.b64encode(_picture(figure)).decode()
        yield {"output_type": "display_data", "data": {"image/png": data}, "metadata": {}}
    plt.close("all")
    if value is not None and not figures:
        yield {
            "output_type": "execute_result",
            "execution_count": number,
            "data": {"text/plain": _lines(repr(value))},
            "metadata": {},
        }


def _picture(figure: Any) -> bytes:
    """Return a figure as a PNG of few colours, which is a third of the size of one of all."""
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DPI)
    Image.open(drawn).convert("RGB").quantize(_COLOURS).save(small, format="png", optimize=True)
    return small.getvalue()


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main() -> None:
    """Run and rewrite notebooks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="without .ipynb")
    arguments = parser.parse_args()
    matplotlib.use("Agg")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        has_outputs = any(cell.get("outputs") for cell in notebook["cells"])
        if path.stem in arguments.names or (not arguments.names and has_outputs):
            os.chdir(path.parent)
            text = json.dumps(run(notebook), ensure_ascii=False, indent=1)
            path.write_text(f"{text}\n", encoding="utf-8")
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
