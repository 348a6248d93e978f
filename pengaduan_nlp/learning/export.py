"""Write a trained network as a bundle: int8 graph, fp16 weights, manifest; prove they agree."""

import logging
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import save_file

from .. import bundle as layout
from ..bundle import Bundle
from ..calibration import Calibration
from ..errors import TrainingError
from ..examples import Example
from ..runtime.onnx_runtime import OnnxRuntime
from ..runtime.torch_model import TriageNetwork
from ..scheme import LabelScheme
from ..text import normalize
from ..tokenizer import Tokenizer
from ..wide import WideModel
from .fidelity import LARGEST_GAP, score_gaps
from .quantization import Batch, quantize

PARITY = 2e-3  # largest difference of raw outputs, fp32 graph against fp32 network
N_MEASURED = 2048  # comments on which the ranges of activations are measured; 512 moved rare labels
_log = logging.getLogger(__name__)


def export_graph(network: TriageNetwork, path: Path) -> None:
    """Write the fp32 graph with free batch and length axes.

    Raises:
        TrainingError: If its outputs differ from the network's by more than ``PARITY``.
    """
    network = network.eval()
    ids = torch.randint(5, network.encoder.config.vocab_size, (3, 17))
    mask = torch.ones_like(ids)
    mask[1, 9:] = 0
    axes = {"ids": {0: "n_rows", 1: "n_tokens"}, "mask": {0: "n_rows", 1: "n_tokens"}}
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # tracer warnings about shapes; parity is checked below
        torch.onnx.export(
            network,
            (ids, mask),
            str(path),
            input_names=["ids", "mask"],
            output_names=["logits"],
            dynamic_axes={**axes, "logits": {0: "n_rows"}},
            opset_version=17,
            dynamo=False,
        )
    rows = torch.randint(5, network.encoder.config.vocab_size, (5, 40))
    mask = torch.ones_like(rows)
    mask[2, 20:] = 0
    with torch.inference_mode():
        expected = network(rows, mask).numpy()
    found = OnnxRuntime(path, threads=1).run(rows.numpy(), mask.numpy())
    worst = float(np.abs(found - expected).max())
    if worst > PARITY:
        raise TrainingError(
            f"the exported graph differs from the network by {worst:.4f} (allowed {PARITY}); "
            "export with another opset or report the architecture"
        )


def quantize_by_batch(source: Path, target: Path) -> None:
    """Write an int8 version of a graph without comments to measure activations on.

    Activations get the range of the batch they are in, so an answer depends, in its last digits,
    on its neighbours. Seven bits a weight (``reduce_range``), since CPUs without VNNI saturate on
    eight (onnxruntime's guide to quantisation).
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        onnx.save(onnx.shape_inference.infer_shapes(onnx.load(source)), prepared)
        logging.getLogger().setLevel(logging.ERROR)  # it warns that no pre-processing was done
        quantize_dynamic(
            prepared,
            target,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
        )


def measured_batches(examples: Sequence[Example], tokenizer: Tokenizer) -> list[Batch]:
    """Return comments from all over a set, as the batches that ``quantize`` measures on."""
    step = -(-len(examples) // N_MEASURED)
    rows, _ = tokenizer.windows([normalize(example.text) for example in examples[::step]])
    rows.sort(key=len)
    return [tokenizer.pad_batch(rows[at : at + 16]) for at in range(0, len(rows), 16)]


def write_bundle(
    network: TriageNetwork,
    out: Path,
    *,
    scheme: LabelScheme,
    tokenizer_file: Path,
    calibration: Calibration,
    wide: WideModel | None,
    metrics: dict[str, Any],
    entries: dict[str, Any],
    check: Sequence[Example] = (),
) -> Path:
    """Write a complete bundle into ``out``, replacing it only when everything is written.

    Args:
        network: The trained network.
        out: Folder of the bundle.
        scheme: Heads and labels, in the order of the network's outputs.
        tokenizer_file: The encoder's sentencepiece file, or ``tokenizer.json``.
        calibration: Temperatures and thresholds.
        wide: The linear model that speaks beside the network, if any.
        metrics: The whole evaluation, for ``metrics.json``.
        entries: Name, version, recipe, data, seed, scores, licence for the manifest.
        check: Labelled comments on which the int8 graph's activations are measured and its scores
            held against those of the fp32 graph; where a head's differ by more than
            ``LARGEST_GAP`` points, the fp32 graph is shipped instead. Unchecked when empty.

    Raises:
        TrainingError: If an exported graph disagrees with the network.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        save_file(
            {name: w.half().contiguous() for name, w in network.state_dict().items()},
            fresh / layout.WEIGHTS,
        )
        network.encoder.config.save_pretrained(fresh)
        is_json = tokenizer_file.suffix == ".json"
        vocabulary = fresh / (layout.TOKENIZER if is_json else layout.VOCABULARY)
        shutil.copyfile(tokenizer_file, vocabulary)
        Tokenizer(vocabulary)
        layout.write_json(fresh / layout.SCHEME, scheme.to_dict())
        calibration.save(fresh / layout.CALIBRATION)
        if wide is not None:
            wide.save(fresh / layout.WIDE)
        layout.write_json(fresh / layout.METRICS, metrics)
        with tempfile.TemporaryDirectory() as folder:
            full = Path(folder) / "model.onnx"
            export_graph(network, full)
            entries = entries | _write_graph(full, fresh, entries, check)
        layout.write_manifest(fresh, **entries)
        for file in fresh.iterdir():
            file.chmod(0o644)  # safetensors writes for the owner only
        fresh.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        fresh.rename(out)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return out


def _write_graph(
    full: Path, fresh: Path, entries: dict[str, Any], check: Sequence[Example]
) -> dict[str, Any]:
    """Write the int8 graph, or the fp32 one where that is too far off; return what was found."""
    if not check:
        quantize_by_batch(full, fresh / layout.ONNX)
        return {}
    layout.write_manifest(fresh, **entries)
    bundle = Bundle.open(fresh)
    quantize(full, fresh / layout.ONNX, measured_batches(check, Tokenizer(bundle.vocabulary)))
    gaps = score_gaps(bundle, full, check)
    worst = max(gaps, key=gaps.__getitem__)
    refused = gaps[worst] > LARGEST_GAP
    if refused:
        _log.warning(
            "int8 graph refused: its score of %r differs by %.2f points from fp32 on %d comments "
            "(allowed %.1f); %s is shipped, larger and slower",
            worst, gaps[worst], len(check), LARGEST_GAP, layout.ONNX_FULL,
        )  # fmt: skip
        (fresh / layout.ONNX).unlink()
        shutil.copyfile(full, fresh / layout.ONNX_FULL)
    shipped = "fp32" if refused else "int8"
    return {"graph": {"shipped": shipped, "int8_gap_points": gaps, "comments": len(check)}}
