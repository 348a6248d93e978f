"""``pengaduan label-check``: what is wrong with labelled comments."""

from typing import Any

from ..learning import label_check
from .options import add_command, add_model_options


def add(commands: Any) -> None:
    """Add the command to the parser."""
    summary = "Find contradictions, copies, likely label errors and personal data in labels."
    parser = add_command(commands, "label-check", summary, label_check.run)
    label_check.add_arguments(parser)
    add_model_options(parser)
