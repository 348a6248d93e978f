"""Run the exported graph with onnxruntime on the CPU."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import BundleCorrupt, MissingDependency

try:
    import onnxruntime
except ImportError as error:
    raise MissingDependency(
        "runtime 'onnx' needs onnxruntime; install it with: pip install onnxruntime"
    ) from error


class OnnxRuntime:
    """An onnxruntime session; safe to call from several threads.

    Args:
        path: The ``.onnx`` file.
        threads: Threads of one call.

    Raises:
        BundleCorrupt: If the file is not a graph that onnxruntime loads.
    """

    name = "onnx"

    def __init__(self, path: Path, *, threads: int) -> None:
        self._path, self._threads = path, threads
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Waiting threads that spin would starve other workers on the same cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises its own types, all plain Exceptions
            raise BundleCorrupt(
                f"{path}: onnxruntime cannot load it ({error}); get the bundle again", path=path
            ) from error

    def __reduce__(self) -> tuple[object, ...]:
        return (_reopen, (self._path, self._threads))

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return raw outputs, float32 of shape (n_rows, n_outputs)."""
        (logits,) = self._session.run(None, {"ids": ids, "mask": mask})
        return np.asarray(logits, dtype=np.float32)


def _reopen(path: Path, threads: int) -> OnnxRuntime:
    return OnnxRuntime(path, threads=threads)
