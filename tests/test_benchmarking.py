import importlib.util
import json
import math

import pytest

from pengaduan_nlp import BundleNotFound, InputError, Triage
from pengaduan_nlp.benchmarking import (
    BenchmarkReport,
    Contender,
    Settings,
    benchmark,
    read_texts,
    write_report,
)
from pengaduan_nlp.benchmarking.stages import stage_shares
from pengaduan_nlp.benchmarking.texts import _PACKAGED
from pengaduan_nlp.cli import main
from pengaduan_nlp.text import normalize

from .conftest import ROOT, TINY

SMALL = Settings(
    rows=24, repetitions=2, singles=3, threads=1,
    peer_shape={
        "vocab_size": 400, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 32,
    },
)  # fmt: skip
EXAMPLES = str(ROOT / "data" / "contoh_komentar.csv")


def _contender(name, *, is_ours, rows=10, seconds=(1.0, 1.0), latencies=(0.1,)):
    return Contender(name, is_ours, "as it is", rows, 50.0, seconds, latencies, 0.5, 99.0, {})


def _report(*contenders):
    machine = {"processor": "a processor"}
    texts = {"source": "a file", "n": 10, "mean_characters": 50.0}
    return BenchmarkReport(contenders, machine, 2, texts, ("a note",))


def test_rate_is_all_comments_over_all_seconds():
    assert _contender("x", is_ours=True, rows=30, seconds=(1.0, 2.0)).rate == 20.0


def test_interval_holds_the_rate_and_is_that_of_student():
    contender = _contender("x", is_ours=True, rows=12, seconds=(1.0, 1.2, 1.5))  # rates 12, 10, 8
    low, high = contender.interval
    assert (low, high) == pytest.approx((10 - 4.303 * 2 / 3**0.5, 10 + 4.303 * 2 / 3**0.5))


def test_one_repetition_has_no_interval():
    contender = _contender("x", is_ours=True, seconds=(1.0,))
    assert contender.interval == (0.0, math.inf)
    assert contender.to_dict()["comments_per_second"]["high"] is None


@pytest.mark.parametrize(("share", "expected"), [(0.5, 0.05), (0.99, 0.1), (0.01, 0.01)])
def test_latency_is_what_that_share_of_the_calls_stay_within(share, expected):
    latencies = tuple(i / 100 for i in range(10, 0, -1))
    assert _contender("x", is_ours=True, latencies=latencies).latency(share) == expected


def test_ratios_come_from_counts_and_times():
    peer = _contender("peer", is_ours=False, rows=5, seconds=(1.0, 1.5))  # 4 a second
    report = _report(peer, _contender("ours", is_ours=True, rows=60, seconds=(0.5, 0.5)))
    assert report.ratios() == {"ours": {"peer": 30.0}}
    assert "ours: 30 times peer" in report.table()
    assert "a note" in report.table()


def test_without_a_peer_there_is_no_ratio():
    report = _report(_contender("ours", is_ours=True))
    assert report.ratios() == {"ours": {}}


def test_comments_are_different_and_as_many_as_asked_for():
    texts, source = read_texts(EXAMPLES, 200)
    assert (len(texts), len(set(texts)), source) == (200, 200, "contoh_komentar.csv")


def test_fewer_comments_come_from_all_over_the_file():
    many, few = read_texts(EXAMPLES, 60)[0], read_texts(EXAMPLES, 6)[0]
    assert [many.index(text) for text in few] == sorted(many.index(text) for text in few)
    assert many.index(few[-1]) > 40


def test_an_installation_has_comments_of_its_own(monkeypatch):
    monkeypatch.setattr("pengaduan_nlp.benchmarking.texts._CANDIDATES", ())
    texts, source = read_texts(None, 30)
    assert source == "comments inside the package"
    assert texts[: len(_PACKAGED)] == list(_PACKAGED)
    assert len(set(texts)) == 30


@pytest.mark.parametrize("n_rows", [0, -3])
def test_rows_must_be_positive(n_rows):
    with pytest.raises(InputError, match="rows must be at least 1"):
        read_texts(EXAMPLES, n_rows)


@pytest.mark.parametrize("name", ["rows", "repetitions", "singles", "threads"])
def test_settings_must_be_positive(name):
    with pytest.raises(InputError, match=f"{name} must be at least 1"):
        benchmark(str(TINY), settings=Settings(**{name: 0}))


def test_an_unknown_bundle_is_named():
    with pytest.raises(BundleNotFound, match="no bundle 'nothing'"):
        benchmark("nothing")


def test_stages_are_shares_of_the_whole():
    triage = Triage.load(TINY, threads=1)
    shares = stage_shares(triage, read_texts(EXAMPLES, 40)[0])
    assert sum(shares.values()) == pytest.approx(1.0)
    assert {"normalise", "tokenise", "encode and heads", "wide model", "routing"} <= set(shares)
    assert "find" not in vars(triage._interpreter._finder)  # shared by all models of a process
    assert importlib.import_module("pengaduan_nlp.triage").normalize is normalize


def test_ours_alone_is_measured_where_nothing_else_is_installed(monkeypatch):
    find_spec = importlib.util.find_spec
    hidden = ("torch", "transformers", "tokenizers")
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in hidden else find_spec(name)
    )
    report = benchmark(str(TINY), texts=EXAMPLES, settings=SMALL)
    assert [contender.name for contender in report.contenders] == ["pengaduan onnx int8"]
    (ours,) = report.contenders
    assert (ours.rows, len(ours.seconds), len(ours.latencies)) == (24, 2, 3)
    assert ours.cold_start > 0
    assert ours.peak_mb > 10
    assert "no peer: torch, transformers, tokenizers not installed" in report.notes[0]


@pytest.mark.slow
def test_a_whole_report_with_peers_and_its_files(tmp_path):
    pytest.importorskip("transformers")
    report = benchmark(str(TINY), texts=EXAMPLES, settings=SMALL)
    names = [contender.name for contender in report.contenders]
    assert names[:2] == ["IndoBERT-base shape, pipeline", "IndoBERT-base shape, at its best"]
    assert {"pengaduan onnx int8", "pengaduan torch fp32"} <= set(names)
    for ours in (contender for contender in report.contenders if contender.is_ours):
        for peer in report.contenders[:2]:
            assert report.ratios()[ours.name][peer.name] == round(ours.rate / peer.rate, 2)
    files = write_report(report, tmp_path / "new")
    assert json.loads(files[0].read_text("utf-8")) == report.to_dict()
    assert [path.name for path in files] == ["benchmark.json", "benchmark.png"]
    assert files[1].read_bytes().startswith(b"\x89PNG")


def test_command_prints_the_report(monkeypatch, capsys, tmp_path):
    report = _report(_contender("ours", is_ours=True))
    monkeypatch.setattr("pengaduan_nlp.benchmarking.benchmark", lambda *a, **k: report)
    assert main(["benchmark", "--rows", "10", "--out", str(tmp_path)]) == 0
    assert "ours" in capsys.readouterr().out
    assert main(["benchmark", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == report.to_dict()
    assert (tmp_path / "benchmark.json").is_file()


def test_command_says_what_is_wrong(capsys):
    assert main(["benchmark", "--bundle", str(TINY), "--rows", "0"]) == 1
    assert "rows must be at least 1" in capsys.readouterr().err
