"""What executes the model: one protocol, two implementations, chosen by what is installed."""

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..bundle import CONFIG, ONNX, ONNX_FULL, WEIGHTS, Bundle
from ..errors import BundleCorrupt, InputError, MissingDependency

Batch = tuple[NDArray[np.int64], NDArray[np.int64]]  # ids and mask, each (n_rows, n_tokens)
RUNTIMES = ("auto", "onnx", "torch")


class Runtime(Protocol):
    """Executes the model on padded windows.

    Attributes:
        name: ``"onnx"`` or ``"torch"``.
        rows_independent: Whether a row's output is the same, bit for bit, whatever rows are beside
            it; only then may it be kept and given again.
    """

    name: str
    rows_independent: bool

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return raw outputs, shape (n_rows, n_outputs), of ids and mask (n_rows, n_tokens)."""
        ...

    def run_all(self, batches: Sequence[Batch]) -> list[NDArray[np.float32]]:
        """Return the raw outputs of several batches, in their order."""
        ...


def choose(bundle: Bundle, runtime: str = "auto", *, threads: int | None = None) -> Runtime:
    """Return the runtime for a bundle.

    Args:
        bundle: The opened model folder.
        runtime: ``"onnx"``, ``"torch"``, or ``"auto"`` for onnxruntime where it is installed.
        threads: Threads of one call; ``None`` takes what the process may use, at most four,
            because comments are too short to feed more.

    Raises:
        InputError: If the name of the runtime or the number of threads is not one of those.
        MissingDependency: If the package that the runtime needs is not installed.
        BundleCorrupt: If the bundle has no file for that runtime.
    """
    if runtime not in RUNTIMES:
        raise InputError(f"unknown runtime {runtime!r}; expected one of {', '.join(RUNTIMES)}")
    if threads is not None and threads < 1:
        raise InputError(f"threads must be at least 1, got {threads}; pass None for the default")
    threads = threads or default_threads()
    if runtime == "auto":
        runtime = _available(bundle)
    _require_file(bundle, _graph(bundle) if runtime == "onnx" else WEIGHTS, runtime)
    if runtime == "onnx":
        from .onnx_runtime import OnnxRuntime

        return OnnxRuntime(bundle.file(_graph(bundle)), threads=threads)
    _require("torch", runtime)
    _require("transformers", runtime)
    from .torch_runtime import TorchRuntime

    return TorchRuntime(bundle.file(CONFIG), bundle.file(WEIGHTS), threads=threads)


def default_threads() -> int:
    """Return how many threads one call should use: the process's share of cores, at most four.

    A container's CPU quota counts, which ``os.cpu_count`` does not know.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, _quota(), 4))


def _quota(path: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Return the cores that the control group allows, rounded up; many where there is no limit."""
    try:
        limit, period = path.read_text().split()
        return -(-int(limit) // int(period))
    except (OSError, ValueError):  # not Linux, no control group, or "max"
        return 1 << 16


def _graph(bundle: Bundle) -> str:
    return ONNX_FULL if bundle.has(ONNX_FULL) and not bundle.has(ONNX) else ONNX


def _available(bundle: Bundle) -> str:
    if bundle.has(_graph(bundle)) and importlib.util.find_spec("onnxruntime"):
        return "onnx"
    if bundle.has(WEIGHTS) and importlib.util.find_spec("torch"):
        return "torch"
    raise MissingDependency(
        f"bundle {bundle.name!r} needs onnxruntime or torch; "
        "install one with: pip install onnxruntime, or: pip install 'pengaduan-nlp[train]'"
    )


def _require(package: str, runtime: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise MissingDependency(
            f"runtime {runtime!r} needs {package}; "
            "install it with: pip install 'pengaduan-nlp[train]'"
        )


def _require_file(bundle: Bundle, name: str, runtime: str) -> None:
    if not bundle.has(name):
        raise BundleCorrupt(
            f"{bundle.path}: no {name}, which runtime {runtime!r} needs; "
            "export the bundle again, or choose the other runtime",
            path=bundle.path / name,
        )
