"""What runs inside the workers of an engine: a mapper that counts, and one that dies once.

Knows no engine; it is a module of its own, so that workers can import it.
"""

import os
from collections.abc import Iterator, Mapping

from pengaduan_nlp.batch import TriageBatch, _load

WORKER_COLUMNS = {"pid": "long", "loads": "long"}  # with the names of Spark's types


class Counted(TriageBatch):
    """Adds the worker's process and how often that process has loaded the model."""

    def __call__(self, batch):
        if isinstance(batch, Iterator):
            return map(self, batch)
        found = super().__call__(batch)
        columns = {"pid": os.getpid(), "loads": _load.cache_info().misses}
        n_rows = len(batch["text"])
        if isinstance(found, Mapping):
            return {**found, **{name: [value] * n_rows for name, value in columns.items()}}
        if hasattr(found, "assign"):
            return found.assign(**columns)
        for name, value in columns.items():
            found = found.append_column(name, [[value] * n_rows])
        return found


class DiesOnce(Counted):
    """Kills its own process, without a farewell, at the first batch that holds a given row.

    Args:
        bundle: The bundle.
        mark: File that says that a worker has died; with its process.
        at: ``id`` of the row.
    """

    def __init__(self, bundle, *, mark, at):
        super().__init__(bundle)
        self.mark = mark
        self.at = at

    def __call__(self, batch):
        if not isinstance(batch, Iterator) and self.at in [int(i) for i in _plain(batch["id"])]:
            self._die()
        return super().__call__(batch)

    def _die(self):
        try:
            with open(self.mark, "x") as mark:
                mark.write(str(os.getpid()))
        except FileExistsError:
            return
        os._exit(1)


def _plain(column):
    return column.to_pylist() if hasattr(column, "to_pylist") else list(column)
