"""Run the exported graph with onnxruntime on the CPU."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BundleCorrupt, MissingDependency

try:
    import onnxruntime
except ImportError as error:
    raise MissingDependency(
        "runtime 'onnx' needs onnxruntime; install it with: pip install onnxruntime"
    ) from error

Batch = tuple[NDArray[np.int64], NDArray[np.int64]]  # ids and mask, each (n_rows, n_tokens)
ROWS_INDEPENDENT = "rows_independent"  # key of the graph's metadata, set by the export
# Its kernel for the CPU is slower than the nodes that it replaces: a tenth of a call's time,
# measured on AVX2 with 4 x 256 and 28 tokens a row.
_SLOWER = ["SkipLayerNormFusion"]


class OnnxRuntime:
    """An onnxruntime session; safe to call from several threads and in a forked process.

    Calls run side by side, each on one thread. Comments are too short to share out the work of
    one call, and a session that owned threads would hang in a forked process, where they are not.

    Args:
        path: The ``.onnx`` file.
        threads: Calls that run side by side.

    Attributes:
        rows_independent: Whether a row's output is the same whatever rows are beside it.

    Raises:
        BundleCorrupt: If the file is not a graph that onnxruntime loads.
    """

    name = "onnx"

    def __init__(self, path: Path, *, threads: int) -> None:
        self._path, self._threads = path, threads
        self._session = self._open()
        self._workers: ThreadPoolExecutor | None = None
        self._process = os.getpid()
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.rows_independent = ROWS_INDEPENDENT in metadata

    def _open(self) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(
                str(self._path),
                options,
                providers=["CPUExecutionProvider"],
                disabled_optimizers=_SLOWER,
            )
        except Exception as error:  # onnxruntime raises its own types, all plain Exceptions
            raise BundleCorrupt(
                f"{self._path}: onnxruntime cannot load it ({error}); get the bundle again",
                path=self._path,
            ) from error

    def __reduce__(self) -> tuple[object, ...]:
        return (_reopen, (self._path, self._threads))

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return raw outputs, float32 of shape (n_rows, n_outputs)."""
        (logits,) = self._session.run(None, {"ids": ids, "mask": mask})
        return np.asarray(logits, dtype=np.float32)

    def run_all(self, batches: Sequence[Batch]) -> list[NDArray[np.float32]]:
        """Return the raw outputs of several batches, in their order."""
        if self._threads == 1 or len(batches) < 2:
            return [self.run(*batch) for batch in batches]
        return list(self._pool().map(lambda batch: self.run(*batch), batches))

    def _pool(self) -> ThreadPoolExecutor:
        # Threads that meet here may make two pools; the one that is lost ends by itself.
        if self._workers is None or self._process != os.getpid():  # forked: its threads are gone
            self._workers, self._process = ThreadPoolExecutor(self._threads), os.getpid()
        return self._workers


def _reopen(path: Path, threads: int) -> OnnxRuntime:
    return OnnxRuntime(path, threads=threads)
