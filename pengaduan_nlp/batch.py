"""Triage for batch engines: one picklable class for pandas, pyarrow, datasets, Ray Data and Spark.

Knows tables and the loaded model; imports no engine.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from ._version import __version__
from .bundle import Bundle
from .errors import BundleError, InputError, MissingDependency
from .files import RESULT_TYPES, flatten
from .scheme import did_you_mean
from .triage import Triage

_SPARK_TYPES = {bool: "boolean", float: "double", str: "string"}
_DATASET_TYPES = {bool: "bool", float: "float64", str: "string"}


class TriageBatch:
    """Maps a batch with a text column to the same batch plus result columns.

    The model is loaded on first use, once a process, so instances are cheap to pickle; the package
    must be installed on every machine. Ray Data and Spark take an instance as it is::

        batches = TriageBatch(text_column="komentar")
        dataset.map_batches(batches, batch_format="pyarrow", batch_size=1024)
        frame.mapInPandas(batches, batches.spark_schema(frame.schema))

    Both engines run a batch again whose worker died. Labels do not depend on how an engine cuts
    its batches; a probability may, in the last of its four digits.
    ``notebooks/cluster/stream_folder.py`` is a whole job for each engine.

    Hugging Face datasets are told the types of the results::

        dataset.map(batches, batched=True, features=batches.features(dataset))

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

    def __getstate__(self) -> dict[str, Any]:
        # datasets keeps results on the disk under a hash of this: another model of the same name
        # must not be given the answers of the last one.
        return {**self.__dict__, "_model": _identity(self.bundle)}

    def features(self, dataset: Any) -> Any:
        """Return the features of a Hugging Face dataset with those of the results.

        Without them ``map`` takes the types from its first batch, and a column that is empty there
        refuses the values of later ones.

        Args:
            dataset: A ``datasets.Dataset`` or ``IterableDataset`` that knows its features.

        Raises:
            InputError: If it does not know them.
            MissingDependency: If the package datasets is not installed.
        """
        try:
            from datasets import Features, Value
        except ImportError as error:
            raise MissingDependency(
                "features needs datasets; install it with: pip install 'pengaduan-nlp[train]'"
            ) from error
        known = getattr(dataset, "features", None)
        if not isinstance(known, Mapping):
            raise InputError(
                f"expected a dataset that knows its features, got {type(dataset).__name__}; choose "
                "a split, or resolve the features of a stream first"
            )
        results = {name: Value(_DATASET_TYPES[kind]) for name, kind in RESULT_TYPES.items()}
        return Features({**known, **results})

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

    def spark_schema(self, schema: Any) -> Any:
        """Return the schema of a Spark frame with the result columns added.

        Args:
            schema: ``frame.schema`` of the frame that is to be mapped; it is left as it is.
        """
        whole = type(schema)(list(schema.fields))
        for name, kind in RESULT_TYPES.items():
            whole.add(name, _SPARK_TYPES[kind])
        return whole

    def _arrow(self, batch: Any) -> Any:
        import pyarrow

        found = self._results(batch, batch.schema.names)
        # Typed, since a batch without any complaint would else have columns of type null.
        types = {bool: pyarrow.bool_(), float: pyarrow.float64(), str: pyarrow.string()}
        schema, arrays = batch.schema, list(batch.columns)
        for name, kind in RESULT_TYPES.items():
            schema = schema.append(pyarrow.field(name, types[kind]))
            arrays.append(pyarrow.array(found[name], types[kind]))
        return type(batch).from_arrays(arrays, schema=schema)

    def _results(self, columns: Any, names: list[str]) -> dict[str, list[Any]]:
        if self.text_column not in names:
            raise InputError(
                f"no column {self.text_column!r}{did_you_mean(self.text_column, names)}; "
                f"columns: {', '.join(names)}. Pass text_column=..."
            )
        taken = [name for name in RESULT_TYPES if name in names]
        if taken:
            raise InputError(f"columns {', '.join(taken)} exist already; rename them first")
        values = columns[self.text_column]
        values = values.to_pylist() if hasattr(values, "to_pylist") else values  # Arrow's scalars
        texts = [text if isinstance(text, str) else "" for text in values]
        rows = [flatten(result) for result in self._triage().predict_many(texts)]
        return {name: [row[name] for row in rows] for name in RESULT_TYPES}

    def _triage(self) -> Triage:
        return _load(self.bundle, self.runtime, self.threads)


def _identity(bundle: str) -> str:
    """Return a hash of what a bundle holds and of the rules' version; empty if there is none."""
    try:
        manifest = json.dumps(Bundle.open(bundle).manifest, sort_keys=True)
    except BundleError:
        return ""
    return hashlib.sha256(f"{__version__}{manifest}".encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def _load(bundle: str, runtime: str, threads: int) -> Triage:
    return Triage.load(bundle, runtime=runtime, threads=threads)
