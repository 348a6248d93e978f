"""``pengaduan suggest``: what to label next."""

from typing import Any

from ..learning import suggest
from .options import add_command, add_model_options


def add(commands: Any) -> None:
    """Add the command to the parser."""
    summary = "Choose what to label next from unlabelled comments, as a sheet to fill in."
    parser = add_command(commands, "suggest", summary, suggest.run)
    suggest.add_arguments(parser)
    add_model_options(parser)
