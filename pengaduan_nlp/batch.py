"""Triage for batch engines: one picklable class for pandas, pyarrow, Ray Data and Spark.

Knows tables and the loaded model; imports no engine.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from .errors import InputError
from .files import RESULT_TYPES, flatten
from .scheme import did_you_mean
from .triage import Triage


class TriageBatch:
    """Maps a batch with a text column to the same batch plus result columns.

    The model is loaded on first use, once a process, so instances are cheap to pickle::

        dataset.map_batches(TriageBatch(text_column="komentar"))            # Ray Data
        frame.mapInPandas(TriageBatch(text_column="komentar"), schema)      # Spark

    Args:
        bundle: Name or folder of the bundle.
        text_column: Column with the comments; missing values count as empty text.
        runtime: See ``Triage.load``.
        threads: Threads of a model call; engines run one worker a core, so the default is one.

    Attributes:
        columns: Names of the columns that are added, in order.
    """

    columns = tuple(RESULT_TYPES)

    def __init__(
        self,
        bundle: str = "triage",
        *,
        text_column: str = "text",
        runtime: str = "auto",
        threads: int = 1,
    ) -> None:
        self.bundle = bundle
        self.text_column = text_column
        self.runtime = runtime
        self.threads = threads

    def __call__(self, batch: Any) -> Any:
        """Return ``batch`` with result columns, in the type that was passed.

        Args:
            batch: A pandas DataFrame, a pyarrow Table or RecordBatch, a mapping of column names to
                lists or arrays, or an iterator of any of these (then an iterator is returned).

        Raises:
            InputError: If the type is another, or it has no such text column.
        """
        if isinstance(batch, Iterator):
            return map(self, batch)
        if isinstance(batch, Mapping):
            return {**batch, **self._results(batch, list(batch))}
        kind = type(batch).__module__.partition(".")[0]
        if kind == "pandas":
            return batch.assign(**self._results(batch, list(map(str, batch.columns))))
        if kind == "pyarrow":
            return self._arrow(batch)
        raise InputError(
            f"a batch must be a pandas DataFrame, a pyarrow Table, a mapping of columns or an "
            f"iterator of these, got {type(batch).__name__}"
        )

    def _arrow(self, batch: Any) -> Any:
        import pyarrow

        table = pyarrow.table(batch) if isinstance(batch, pyarrow.RecordBatch) else batch
        found = self._results(table.to_pydict(), table.column_names)
        for name, values in found.items():
            table = table.append_column(name, pyarrow.array(values))
        return table

    def _results(self, columns: Any, names: list[str]) -> dict[str, list[Any]]:
        if self.text_column not in names:
            raise InputError(
                f"no column {self.text_column!r}{did_you_mean(self.text_column, names)}; "
                f"columns: {', '.join(names)}. Pass text_column=..."
            )
        taken = [name for name in RESULT_TYPES if name in names]
        if taken:
            raise InputError(f"columns {', '.join(taken)} exist already; rename them first")
        texts = [text if isinstance(text, str) else "" for text in columns[self.text_column]]
        rows = [flatten(result) for result in self._triage().predict_many(texts)]
        return {name: [row[name] for row in rows] for name in RESULT_TYPES}

    def _triage(self) -> Triage:
        return _load(self.bundle, self.runtime, self.threads)


@lru_cache(maxsize=4)
def _load(bundle: str, runtime: str, threads: int) -> Triage:
    return Triage.load(bundle, runtime=runtime, threads=threads)
