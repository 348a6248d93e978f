"""The folder of an unfinished run, from which the same command goes on.

Every file is written beside its place and then moved, so that none is ever half there. Knows
tensors and files; nothing about what they mean.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from ...errors import InputError
from ..loop import Trainer

_PLAN = "plan.json"
_STATE = "state.safetensors"
_BEST = "best.safetensors"


class WorkFolder:
    """``OUT.partial``.

    Args:
        out: Folder that the run is to write.
        run: All that determines the run; an unfinished run with other values is not taken up.
        overwrite: Whether ``out`` may exist and another unfinished run may be dropped.

    Raises:
        InputError: If ``out`` exists, has no parent, or another run is unfinished.
    """

    def __init__(self, out: Path, run: Mapping[str, Any], *, overwrite: bool) -> None:
        self.out = out
        self.path = out.with_name(f"{out.name}.partial")
        self._run = dict(run)
        if out.exists() and not overwrite:
            raise InputError(f"{out}: exists already; choose another --out, or pass --overwrite")
        if out.is_file() or (out.is_dir() and any(out.iterdir()) and not _is_bundle(out)):
            raise InputError(f"{out}: is not the folder of a bundle; choose another --out")
        found = self._read(_PLAN)
        if found and found["run"] != self._run:
            if not overwrite:
                raise InputError(
                    f"{self.path}: an unfinished run with another {_differing(found, run)}; go on "
                    "with the same command, remove the folder, or pass --overwrite"
                )
            shutil.rmtree(self.path)
            found = {}
        self.plan: dict[str, Any] | None = found["plan"] if found else None

    def prepare(self) -> None:
        """Make the folder; drop what a run left that did not come to its plan."""
        if self.plan is None:
            self.discard()
        self.path.mkdir(parents=True, exist_ok=True)

    def discard(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def begin(self, plan: Mapping[str, Any]) -> None:
        """Note the plan."""
        self.plan = dict(plan)
        text = json.dumps({"run": self._run, "plan": self.plan}, ensure_ascii=False, indent=1)
        self._write(_PLAN, lambda path: path.write_text(text, encoding="utf-8"))

    def save(self, trainer: Trainer) -> None:
        """Save a trainer after an epoch."""
        tensors, plain = trainer.state()
        tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
        metadata = {"plain": json.dumps(plain)}
        self._write(_STATE, lambda path: save_file(tensors, path, metadata=metadata))

    def resume(self, trainer: Trainer) -> bool:
        """Bring a trainer to its last saved epoch; tell whether there is one."""
        path = self.path / _STATE
        if not path.is_file():
            return False
        with safe_open(path, framework="pt") as file:
            plain = json.loads(file.metadata()["plain"])
        trainer.restore(load_file(path), plain)
        return True

    def save_best(self, network: torch.nn.Module) -> None:
        """Save the weights of the best epoch so far."""
        weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
        self._write(_BEST, lambda path: save_file(weights, path))

    def load_best(self, network: torch.nn.Module) -> None:
        """Load them into a network of the same shape."""
        network.load_state_dict(load_file(self.path / _BEST))

    def save_array(self, name: str, array: NDArray[Any]) -> None:
        """Save an array."""

        def write(path: Path) -> None:
            with path.open("wb") as file:
                np.save(file, array, allow_pickle=False)

        self._write(f"{name}.npy", write)

    def load_array(self, name: str) -> NDArray[np.float32]:
        """Return an array that was saved."""
        found: NDArray[np.float32] = np.load(self.path / f"{name}.npy", allow_pickle=False)
        return found

    def finish(self, bundle: Path) -> None:
        """Move a finished bundle to ``out`` and remove what the run no longer needs."""
        if self.out.exists():
            self.out.rename(self.path / "replaced")
        bundle.rename(self.out)
        shutil.rmtree(self.path)

    def _read(self, name: str) -> dict[str, Any]:
        path = self.path / name
        try:
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def _write(self, name: str, write: Callable[[Path], object]) -> None:
        part = self.path / f".{name}"
        write(part)
        os.replace(part, self.path / name)


def _is_bundle(path: Path) -> bool:
    return (path / "manifest.json").is_file()


def _differing(found: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    before = found["run"]
    names = [name for name in run if before.get(name) != run[name]]
    return " and ".join(names) or "content"
