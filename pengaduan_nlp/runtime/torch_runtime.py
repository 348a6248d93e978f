"""Run the fp16 weights with torch: for machines without onnxruntime, and as its oracle."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from .. import bundle as layout
from ..bundle import Bundle
from ..errors import BundleCorrupt
from .torch_model import TriageNetwork, from_config, read_config


class TorchRuntime:
    """The network in fp32 on the CPU.

    Args:
        config: The encoder's ``config.json``.
        weights: The ``.safetensors`` file.
        threads: Threads of one call; a setting of the whole process in torch.

    Raises:
        BundleCorrupt: If the files do not fit each other.
    """

    name = "torch"
    rows_independent = False  # its kernels depend on the shape of the batch

    def __init__(self, config: Path, weights: Path, *, threads: int) -> None:
        self._arguments = (config, weights, threads)
        torch.set_num_threads(threads)
        self._network = _load(config, weights).eval()
        self._process = os.getpid()

    def __reduce__(self) -> tuple[object, ...]:
        return (_reopen, self._arguments)

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return raw outputs, float32 of shape (n_rows, n_outputs)."""
        if self._process != os.getpid():  # forked: torch's threads stayed behind
            torch.set_num_threads(1)
            self._process = os.getpid()
        with torch.inference_mode():
            logits = self._network(torch.from_numpy(ids), torch.from_numpy(mask))
        return logits.float().numpy()  # type: ignore[no-any-return]

    def run_all(
        self, batches: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]
    ) -> list[NDArray[np.float32]]:
        """Return the raw outputs of several batches, in their order."""
        return [self.run(*batch) for batch in batches]


def load_network(bundle: Bundle) -> TriageNetwork:
    """Return a bundle's network in fp32, for training on.

    Raises:
        BundleCorrupt: If its files are missing or do not fit each other.
    """
    return _load(bundle.file(layout.CONFIG), bundle.file(layout.WEIGHTS))


def _load(config: Path, weights: Path) -> TriageNetwork:
    try:
        tensors = {name: tensor.float() for name, tensor in load_file(weights).items()}
        network = from_config(read_config(str(config)), len(tensors["heads.bias"]))
        network.load_state_dict(tensors)
    except Exception as error:  # safetensors, transformers and torch each raise their own
        raise BundleCorrupt(
            f"{weights}: cannot be loaded into the network of {config.name} ({error}); "
            "get the bundle again",
            path=weights,
        ) from error
    return network


def _reopen(config: Path, weights: Path, threads: int) -> TorchRuntime:
    return TorchRuntime(config, weights, threads=threads)
