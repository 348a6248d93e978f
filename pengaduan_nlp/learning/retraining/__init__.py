"""Make a bundle better on one's own labelled comments, and know whether it is better.

Importing this loads no torch; the training packages are loaded when ``train`` is called.
"""

import os
from collections.abc import Callable

from ...errors import MissingDependency
from .options import TrainOptions
from .report import Comparison, Estimate, TrainReport

__all__ = ["Comparison", "Estimate", "TrainOptions", "TrainReport", "train"]


def train(
    data: str | os.PathLike[str],
    out: str | os.PathLike[str],
    options: TrainOptions | None = None,
    *,
    progress: bool = True,
    notify: Callable[[str], None] | None = None,
) -> TrainReport:
    """Train on labelled comments, write a bundle and say whether it may replace the old one.

    A quarter of the comments is held out; the new and the old bundle are compared on them. An
    interrupted run leaves ``OUT.partial``, and the same call goes on from its last epoch; ``out``
    appears only when it is whole.

    Args:
        data: csv, tsv, xlsx, jsonl or parquet with a column of comments and one for any of the
            heads.
        out: Folder of the new bundle, which ``Triage.load`` opens.
        options: Where to start, what to mix in, how long; the defaults fit the bundled model.
        progress: Whether to show a bar with the time left on stderr.
        notify: Called with each remark as soon as it is known, such as the columns read.

    Returns:
        Scores of both bundles with intervals, and the verdict.

    Raises:
        InputError: If the table, a label or ``out`` is unusable, or a label has too few rows.
        SchemeError: If the scheme file is invalid.
        BundleError: If the bundle to start from cannot be opened.
        RecipeError: If an option is impossible or the encoder cannot be loaded.
        TrainingError: If training diverges.
        MissingDependency: If the ``[train]`` extra is not installed.

    Example::

        report = train("perbaikan.csv", "models/mine")
        print(report)
        Triage.load("models/mine")
    """
    try:
        from .run import run
    except ImportError as error:
        raise MissingDependency(
            f"training needs {error.name}; install it with: pip install 'pengaduan-nlp[train]'"
        ) from error
    return run(data, out, options or TrainOptions(), progress=progress, notify=notify)
