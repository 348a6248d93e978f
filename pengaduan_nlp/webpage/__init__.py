"""Web pages as one file: no script, no link, light and dark, from a phone's width upwards.

Knows the shell, the style and plain parts; nothing about what a page tells.
"""

from .page import document, write_page
from .pairs import Pair, paired_bars
from .parts import breakable, data_table, section, svg
from .plot import Curve, plot, round_top

__all__ = [
    "Curve",
    "Pair",
    "breakable",
    "data_table",
    "document",
    "paired_bars",
    "plot",
    "round_top",
    "section",
    "svg",
    "write_page",
]
