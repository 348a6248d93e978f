"""Write an fp32 graph in eight bits, with activation ranges that were measured on real comments.

A range that is fixed beforehand, instead of taken from each batch, makes the answer to a comment
independent of the comments beside it: it can be kept and reused. Knows graphs, no heads or files
of a bundle.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession, SessionOptions

from ..runtime.onnx_runtime import ROWS_INDEPENDENT

# Two products of an activation in [0, 255] and a weight must fit 16 signed bits, or CPUs without
# VNNI saturate (onnxruntime's guide to quantisation): 2 * 255 * 64 < 2**15.
_WEIGHT_LIMIT = 64
_TABLE_LIMIT = 127  # of embeddings, which are looked up and never multiplied
_TOKENS_CLIPPED = 0.1  # per cent of the tokens whose extreme lies outside the range
_CONTRIB = "com.microsoft"

Batch = tuple[NDArray[np.int64], NDArray[np.int64]]  # ids and mask, (n_rows, n_tokens)


@dataclass(frozen=True, slots=True)
class _Measured:
    """One activation on real comments.

    Attributes:
        step: Value of one unit.
        zero: Unit that stands for 0.0, in [0, 255].
        mean: Of every channel, shape (n_channels,).
        rounded_mean: The same after rounding to whole units.
    """

    step: float
    zero: int
    mean: NDArray[np.float64]
    rounded_mean: NDArray[np.float64]


def quantize(source: Path, target: Path, batches: Sequence[Batch]) -> None:
    """Write the int8 version of a graph: weights per channel, activations by fixed ranges.

    What rounding shifts on average is given back through the biases.

    Args:
        source: The fp32 graph, with inputs ``ids`` and ``mask``.
        target: The file to write.
        batches: Comments on which activations are measured.

    Source:
        Nagel et al. (2019), https://arxiv.org/abs/1906.04721, section 4.2 (bias correction).
    """
    model = onnx.load(source)
    graph = _Graph(model)
    graph.rewrite(_measure(model, graph.activations(), batches))
    model.metadata_props.add(key=ROWS_INDEPENDENT, value="1")
    onnx.save(model, target)


def _measure(
    model: ModelProto, names: Sequence[str], batches: Sequence[Batch]
) -> dict[str, _Measured]:
    lows: dict[str, list[NDArray[np.float32]]] = {name: [] for name in names}
    highs: dict[str, list[NDArray[np.float32]]] = {name: [] for name in names}
    for name, values in _activations(model, names, batches):
        lows[name].append(values.min(-1))
        highs[name].append(values.max(-1))
    units = {
        name: _units(np.concatenate(lows[name]), np.concatenate(highs[name])) for name in names
    }
    sums = {name: np.zeros(0) for name in names}
    rounded = {name: np.zeros(0) for name in names}
    n_tokens = dict.fromkeys(names, 0)
    for name, values in _activations(model, names, batches):
        step, zero = units[name]
        whole = np.clip(np.round(values / step) + zero, 0, 255) - zero
        sums[name] = sums[name] + values.sum(0) if n_tokens[name] else values.sum(0)
        rounded[name] = rounded[name] + whole.sum(0) if n_tokens[name] else whole.sum(0)
        n_tokens[name] += len(values)
    return {
        name: _Measured(
            *units[name],
            sums[name] / n_tokens[name],
            rounded[name] * units[name][0] / n_tokens[name],
        )
        for name in names
    }


def _activations(
    model: ModelProto, names: Sequence[str], batches: Sequence[Batch]
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield the values of each tensor in each batch, shape (n_tokens, n_channels)."""
    watched = ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names
    )
    options = SessionOptions()
    options.log_severity_level = 3
    session = InferenceSession(
        watched.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    for ids, mask in batches:
        outputs = session.run(list(names), {"ids": ids, "mask": mask})
        for name, values in zip(names, outputs, strict=True):
            # Padding is never read, so it must not widen a range.
            real = values[mask.astype(bool)] if values.shape[:2] == mask.shape else values
            yield name, real.reshape(-1, real.shape[-1])


def _units(lows: NDArray[np.float32], highs: NDArray[np.float32]) -> tuple[float, int]:
    """Return step and zero of the range that holds nearly all tokens, 0.0 included."""
    low = min(0.0, float(np.percentile(lows, _TOKENS_CLIPPED)))
    high = max(0.0, float(np.percentile(highs, 100 - _TOKENS_CLIPPED)))
    step = max(high - low, 1e-6) / 255
    return step, round(-low / step)


class _Graph:
    """The graph with its constants; rewrites products and look-ups in place."""

    def __init__(self, model: ModelProto) -> None:
        self._model = model
        self._graph = model.graph
        self._constants = {item.name: item for item in self._graph.initializer}
        self._consumers: dict[str, list[NodeProto]] = {}
        for node in self._graph.node:
            for name in node.input:
                self._consumers.setdefault(name, []).append(node)

    def activations(self) -> list[str]:
        """Return the tensors that a weight is multiplied with, each once."""
        products = (node for node in self._graph.node if self._is_product(node))
        return list(dict.fromkeys(node.input[0] for node in products))

    def rewrite(self, measured: Mapping[str, _Measured]) -> None:
        """Replace every product with a weight, and every large table."""
        kept: list[NodeProto] = []
        done: set[str] = set()  # names of outputs whose node was merged into another
        quantized: set[str] = set()
        for node in self._graph.node:
            if node.output[0] in done:
                continue
            if self._is_product(node):
                name = node.input[0]
                if name not in quantized:
                    quantized.add(name)
                    kept.append(self._quantize_activation(name, measured[name]))
                kept.append(self._integer_product(node, measured[name], done))
            elif self._is_look_up(node):
                kept += self._small_table(node)
            else:
                kept.append(node)
        del self._graph.node[:]
        self._graph.node.extend(kept)
        self._drop_unused_constants()
        if _CONTRIB not in {item.domain for item in self._model.opset_import}:
            self._model.opset_import.append(helper.make_opsetid(_CONTRIB, 1))

    def _is_product(self, node: NodeProto) -> bool:
        if node.op_type not in ("MatMul", "Gemm"):
            return False
        weight = self._constants.get(node.input[1])
        return weight is not None and len(weight.dims) == 2

    def _is_look_up(self, node: NodeProto) -> bool:
        table = self._constants.get(node.input[0]) if node.op_type == "Gather" else None
        return table is not None and len(table.dims) == 2 and table.dims[0] > 1000

    def _quantize_activation(self, name: str, found: _Measured) -> NodeProto:
        step = self._add(f"{name}_step", np.array(found.step, dtype=np.float32))
        zero = self._add(f"{name}_zero", np.array(found.zero, dtype=np.uint8))
        return helper.make_node("QuantizeLinear", [name, step, zero], [f"{name}_uint8"])

    def _integer_product(self, node: NodeProto, found: _Measured, done: set[str]) -> NodeProto:
        weight = self._weight(node)
        steps = np.maximum(np.abs(weight).max(0), 1e-9) / _WEIGHT_LIMIT
        whole = np.round(weight / steps)
        bias, output = self._bias(node, done)
        shift = found.mean @ weight - found.rounded_mean @ (whole * steps)
        name, at = node.output[0], node.input[0]
        inputs = [
            f"{at}_uint8",
            self._add(f"{name}_weight", whole.astype(np.int8)),
            f"{at}_step",
            self._add(f"{name}_steps", steps.astype(np.float32)),
            f"{at}_zero",
            "",
            self._add(f"{name}_bias", (bias + shift).astype(np.float32)),
        ]
        return helper.make_node("MatMulIntegerToFloat", inputs, [output], domain=_CONTRIB)

    def _weight(self, node: NodeProto) -> NDArray[np.float32]:
        """Return the weight of a product, shape (n_inputs, n_outputs)."""
        weight: NDArray[np.float32] = numpy_helper.to_array(self._constants[node.input[1]])
        options: dict[str, Any] = {
            item.name: helper.get_attribute_value(item) for item in node.attribute
        }
        return weight.T if options.get("transB") else weight

    def _bias(self, node: NodeProto, done: set[str]) -> tuple[NDArray[np.float32], str]:
        """Return the bias that is added to a product, zero if none, and the name of the sum."""
        if node.op_type == "Gemm":
            return numpy_helper.to_array(self._constants[node.input[2]]), node.output[0]
        users = self._consumers.get(node.output[0], [])
        if len(users) == 1 and users[0].op_type == "Add":
            for name in users[0].input:
                constant = self._constants.get(name)
                if constant is not None and len(constant.dims) == 1:
                    done.add(users[0].output[0])
                    return numpy_helper.to_array(constant), users[0].output[0]
        return np.zeros(1, dtype=np.float32), node.output[0]

    def _small_table(self, node: NodeProto) -> list[NodeProto]:
        """Return a look-up in a table of bytes, each row with its own scale."""
        name, ids, output = node.input[0], node.input[1], node.output[0]
        table = numpy_helper.to_array(self._constants[name])
        steps = np.maximum(np.abs(table).max(1, keepdims=True), 1e-9) / _TABLE_LIMIT
        rows = self._add(f"{name}_int8", np.round(table / steps).astype(np.int8))
        scales = self._add(f"{name}_steps", steps.astype(np.float32))
        return [
            helper.make_node("Gather", [rows, ids], [f"{output}_int8"]),
            helper.make_node("Gather", [scales, ids], [f"{output}_steps"]),
            helper.make_node("Cast", [f"{output}_int8"], [f"{output}_float"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{output}_float", f"{output}_steps"], [output]),
        ]

    def _add(self, name: str, values: NDArray[Any]) -> str:
        self._graph.initializer.append(numpy_helper.from_array(values, name))
        return name

    def _drop_unused_constants(self) -> None:
        used = {name for node in self._graph.node for name in node.input}
        kept = [item for item in self._graph.initializer if item.name in used]
        del self._graph.initializer[:]
        self._graph.initializer.extend(kept)
