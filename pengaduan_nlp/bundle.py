"""The closed model folder: everything a prediction depends on, with a manifest of hashes.

Knows the layout on disk and nothing about how the files are used.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import BundleCorrupt, BundleNotFound, BundleTooNew

FORMAT = 1  # the newest layout this version reads; older ones are patched forward by name
MANIFEST = "manifest.json"
SCHEME = "scheme.json"
VOCABULARY = "vocabulary.model"  # sentencepiece
TOKENIZER = "tokenizer.json"  # in its place, where the encoder came from Hugging Face
CALIBRATION = "calibration.json"
ONNX = "model.int8.onnx"
ONNX_FULL = "model.onnx"  # fp32, where eight bits cost too much
WEIGHTS = "model.safetensors"  # fp16
WIDE = "wide.npz"  # linear n-gram model, where there is one
CONFIG = "config.json"  # shape of the encoder, as transformers writes it
METRICS = "metrics.json"
CARD = "README.md"
REQUIRED = (SCHEME, CALIBRATION)

_HERE = Path(__file__).parent
# An installed package carries the models inside itself; a checkout has them beside it.
_ROOTS = (_HERE / "models", _HERE.parent / "models")


@dataclass(frozen=True)
class Bundle:
    """An opened model folder.

    Attributes:
        path: The folder.
        name: Name of the bundle.
        version: Version of the bundle.
        scores: Headline scores of its own evaluation, by name.
        manifest: The whole manifest, as read.
    """

    path: Path
    name: str
    version: str
    scores: Mapping[str, Any] = field(repr=False)
    manifest: Mapping[str, Any] = field(repr=False)

    @classmethod
    def open(cls, where: str | os.PathLike[str]) -> "Bundle":
        """Open a bundle by name or folder; checks format and file names, not hashes.

        Args:
            where: Name of a bundled model, or path of a folder.

        Raises:
            BundleNotFound: If there is neither.
            BundleCorrupt: If the manifest or a file it names is missing or unreadable.
            BundleTooNew: If the folder was written in a later format.
        """
        path = locate(where)
        manifest = _read_manifest(path)
        for name in (*REQUIRED, *manifest["files"]):
            if not (path / name).is_file():
                raise BundleCorrupt(
                    f"{path}: file {name!r} of the manifest is missing; get the bundle again",
                    path=path / name,
                )
        bundle = cls(
            path, manifest["name"], manifest["version"], manifest.get("scores", {}), manifest
        )
        if not bundle.vocabulary.is_file():
            raise BundleCorrupt(
                f"{path}: neither {VOCABULARY!r} nor {TOKENIZER!r} is there; get the bundle again",
                path=bundle.vocabulary,
            )
        return bundle

    @property
    def vocabulary(self) -> Path:
        """The file of its tokenizer."""
        return self.path / (TOKENIZER if self.has(TOKENIZER) else VOCABULARY)

    def file(self, name: str) -> Path:
        """Return the path of a file of the bundle."""
        return self.path / name

    def has(self, name: str) -> bool:
        """Tell whether the bundle has a file."""
        return (self.path / name).is_file()

    def verify(self) -> list[str]:
        """Compare every file with its hash in the manifest; return the names that hold.

        Raises:
            BundleCorrupt: If a file differs.
        """
        for name, entry in self.manifest["files"].items():
            found = sha256(self.path / name)
            if found != entry["sha256"]:
                raise BundleCorrupt(
                    f"{self.path / name}: content has changed: expected sha256 "
                    f"{entry['sha256'][:12]}…, found {found[:12]}…; get the bundle again",
                    path=self.path / name,
                )
        return list(self.manifest["files"])


def locate(where: str | os.PathLike[str]) -> Path:
    """Return the folder of a bundle given by name or path.

    Raises:
        BundleNotFound: If there is neither a bundled model nor a folder of that name.
    """
    path = Path(where)
    if path.is_dir():
        return path
    plain_name = len(path.parts) == 1
    for root in _ROOTS:
        if plain_name and (root / path / MANIFEST).is_file():
            return root / path
    raise BundleNotFound(
        f"no bundle {os.fspath(where)!r}; bundled: {', '.join(bundled()) or 'none'}. "
        "Pass one of these names or a folder that has a manifest.json",
        path=path,
    )


def bundled() -> list[str]:
    """Return the names of the models that came with the package."""
    found = {file.parent.name for root in _ROOTS for file in root.glob(f"*/{MANIFEST}")}
    return sorted(name for name in found if (locate(name) / SCHEME).is_file())


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(path: Path, **entries: Any) -> None:
    """Write the manifest of a finished folder: ``entries`` plus format, file sizes and hashes."""
    files = {
        file.name: {"sha256": sha256(file), "bytes": file.stat().st_size}
        for file in sorted(path.iterdir())
        if file.is_file() and file.name not in (MANIFEST, CARD)
    }
    manifest = {"format": FORMAT, **entries, "files": files}
    write_json(path / MANIFEST, manifest)


def write_json(path: Path, data: Any) -> None:
    """Write JSON as the bundles carry it: readable, with a final newline."""
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _read_manifest(path: Path) -> dict[str, Any]:
    file = path / MANIFEST
    if not file.is_file():
        raise BundleNotFound(
            f"{path}: no {MANIFEST} in this folder; a bundle is written by 'pengaduan train'",
            path=path,
        )
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        format_, _ = int(manifest["format"]), manifest["files"].items()
        _ = manifest["name"], manifest["version"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleCorrupt(
            f"{file}: not a valid manifest ({type(error).__name__}: {error}); get the bundle again",
            path=file,
        ) from error
    if format_ > FORMAT:
        raise BundleTooNew(
            f"{path}: bundle format {format_}, this version reads up to {FORMAT}; "
            "upgrade with: pip install -U pengaduan-nlp",
            path=path,
        )
    return dict(manifest)
