"""This library's contenders: every runtime and precision that the machine and bundle support."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..bundle import ONNX, ONNX_FULL, WEIGHTS, Bundle
from ..runtime import Batch, Runtime, choose
from ..triage import Triage

KINDS = ("onnx int8", "onnx fp32", "torch fp32", "torch bf16")
_CPU = Path("/proc/cpuinfo")


def has_bf16() -> bool:
    """Tell whether the processor multiplies bf16 itself; elsewhere bf16 is slower than fp32."""
    flags = set(_CPU.read_text(encoding="utf-8").split()) if _CPU.is_file() else set()
    return bool(flags & {"avx512_bf16", "amx_bf16"})


def supported(bundle: Bundle) -> list[str]:
    """Return which of ``KINDS`` can run here."""
    onnx = importlib.util.find_spec("onnxruntime") is not None
    torch = all(importlib.util.find_spec(name) for name in ("torch", "transformers"))
    torch = torch and bundle.has(WEIGHTS)
    able = (
        onnx and bundle.has(ONNX),
        onnx and bundle.has(ONNX_FULL),
        torch,
        torch and has_bf16(),
    )
    return [kind for kind, is_able in zip(KINDS, able, strict=True) if is_able]


def load_ours(where: str, kind: str, threads: int) -> Triage:
    """Load a bundle with one of ``KINDS``."""
    bundle = Bundle.open(where)
    if kind.startswith("onnx"):
        from ..runtime.onnx_runtime import OnnxRuntime

        name = ONNX if kind == "onnx int8" else ONNX_FULL
        return Triage(bundle, OnnxRuntime(bundle.file(name), threads=threads))
    runtime = choose(bundle, "torch", threads=threads)
    return Triage(bundle, _Bf16(runtime) if kind == "torch bf16" else runtime)


class _Bf16:
    """A torch runtime whose products are taken in bf16."""

    name = "torch"
    rows_independent = False

    def __init__(self, inner: Runtime) -> None:
        self._inner = inner

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        import torch

        autocast: Any = torch.autocast("cpu", dtype=torch.bfloat16)
        with autocast:
            return self._inner.run(ids, mask)

    def run_all(self, batches: Sequence[Batch]) -> list[NDArray[np.float32]]:
        return [self.run(*batch) for batch in batches]
