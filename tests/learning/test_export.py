"""The eight-bit graph: independent of the batch, near to fp32, refused where it is not."""

import json
import logging

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers import BertConfig, DistilBertConfig  # noqa: E402

from pengaduan_nlp import Triage  # noqa: E402
from pengaduan_nlp.bundle import ONNX, ONNX_FULL, Bundle  # noqa: E402
from pengaduan_nlp.calibration import Calibration  # noqa: E402
from pengaduan_nlp.examples import read_examples  # noqa: E402
from pengaduan_nlp.learning import export, fidelity  # noqa: E402
from pengaduan_nlp.learning.export import export_graph, measured_batches, write_bundle  # noqa: E402
from pengaduan_nlp.learning.quantization import quantize  # noqa: E402
from pengaduan_nlp.runtime.onnx_runtime import OnnxRuntime  # noqa: E402
from pengaduan_nlp.runtime.torch_model import from_config  # noqa: E402
from pengaduan_nlp.runtime.torch_runtime import load_network  # noqa: E402
from pengaduan_nlp.tokenizer import Tokenizer  # noqa: E402

from ..conftest import ROOT, TINY  # noqa: E402

SHAPES = {
    "bert": BertConfig(
        vocab_size=600, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=128,
    ),
    "distilbert": DistilBertConfig(
        vocab_size=600, dim=32, n_layers=1, n_heads=2, hidden_dim=64, max_position_embeddings=128
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def examples(scheme):
    return read_examples(ROOT / "data" / "comments.jsonl", scheme)[:120]


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer(TINY / "vocabulary.model")


@pytest.fixture(scope="module", params=SHAPES)
def graphs(request, scheme, examples, tokenizer, tmp_path_factory):
    """Return the fp32 and the int8 graph of a random network."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp(request.param)
    full, small = folder / "full.onnx", folder / "small.onnx"
    export_graph(from_config(SHAPES[request.param], scheme.n_outputs), full)
    quantize(full, small, measured_batches(examples, tokenizer))
    return OnnxRuntime(full, threads=1), OnnxRuntime(small, threads=1)


@pytest.fixture(scope="module")
def rows(tokenizer, examples):
    texts = [example.text.lower() for example in examples[::3]]
    return tokenizer.windows([*texts, "jalan", "x" * 900])[0]


def test_a_row_has_the_same_output_in_every_batch(graphs, rows, tokenizer):
    _, small = graphs
    assert small.rows_independent
    alone = np.concatenate([small.run(*tokenizer.pad_batch([row])) for row in rows])
    for size in (2, 7, len(rows)):
        starts = range(0, len(rows), size)
        found = [small.run(*tokenizer.pad_batch(rows[at : at + size])) for at in starts]
        assert (np.concatenate(found) == alone).all(), size


def test_outputs_are_near_those_of_fp32(graphs, rows, tokenizer):
    full, small = graphs
    batch = tokenizer.pad_batch(rows)
    expected, found = full.run(*batch), small.run(*batch)
    assert not full.rows_independent
    assert np.abs(found - expected).mean() < 0.05 * expected.std()


def test_side_by_side_calls_keep_their_order(graphs, rows, tokenizer):
    _, small = graphs
    parallel = OnnxRuntime(small._path, threads=3)
    batches = [tokenizer.pad_batch([row]) for row in rows]
    for left, right in zip(small.run_all(batches), parallel.run_all(batches), strict=True):
        assert (left == right).all()


def _write(out, scheme, check):
    network = load_network(Bundle.open(TINY))
    return write_bundle(
        network, out, scheme=scheme, tokenizer_file=TINY / "vocabulary.model",
        calibration=Calibration(), wide=None, metrics={},
        entries={"name": "mine", "version": "1"}, check=check,
    )  # fmt: skip


def test_a_faithful_int8_graph_is_shipped(scheme, examples, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "score_gaps", lambda *_: {"kind": 0.5, "sector": 0.0})
    out = _write(tmp_path / "mine", scheme, examples)
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["graph"]["shipped"] == "int8"
    assert (ONNX in manifest["files"], ONNX_FULL in manifest["files"]) == (True, False)


def test_an_int8_graph_that_is_too_far_off_is_refused(
    scheme, examples, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(export, "score_gaps", lambda *_: {"kind": 0.1, "urgency": 0.51})
    with caplog.at_level(logging.WARNING):
        out = _write(tmp_path / "mine", scheme, examples)
    assert "its score of 'urgency' differs by 0.51 points" in caplog.text
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["graph"]["shipped"] == "fp32"
    assert (ONNX in manifest["files"], ONNX_FULL in manifest["files"]) == (False, True)
    triage = Triage.load(out, runtime="onnx")
    oracle = Triage.load(out, runtime="torch")
    texts = [example.text for example in examples[:20]]
    for name, found in triage.probabilities(texts).items():
        assert np.allclose(found, oracle.probabilities(texts)[name], atol=5e-3)  # fp16 weights


def test_gaps_are_those_of_the_scores(examples, tmp_path, scheme):
    bundle = Bundle.open(TINY)
    same = fidelity.score_gaps(bundle, bundle.file(ONNX), examples)
    assert set(same) <= {head.name for head in scheme.heads}
    assert set(same.values()) == {0.0}
    other = tmp_path / "other.onnx"
    torch.manual_seed(3)
    export_graph(from_config(SHAPES["bert"], scheme.n_outputs), other)
    assert max(fidelity.score_gaps(bundle, other, examples).values()) > fidelity.LARGEST_GAP


def test_without_comments_to_check_on_ranges_come_from_each_batch(scheme, tmp_path):
    out = _write(tmp_path / "mine", scheme, [])
    assert not Triage.load(out, runtime="onnx")._runtime.rows_independent
