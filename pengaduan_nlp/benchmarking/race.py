"""Run the contenders in turn, each in its own fresh process with the same threads.

Knows processes and clocks; a worker knows the model.
"""

import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..bundle import Bundle
from ..errors import InputError, MissingDependency
from ..runtime import default_threads
from .ours import has_bf16, supported
from .peer import BEST_BATCH, PIPELINE_BATCH
from .report import BenchmarkReport, Contender
from .texts import read_texts

_PEER_PACKAGES = ("torch", "transformers", "tokenizers")
_PEER_SHARE = 20  # a peer reads every twentieth comment: it is that much slower,
_PEER_ROWS = 32  # but not fewer than these, so that its batches are full
_VERSIONS = ("numpy", "onnxruntime", "torch", "transformers")
_ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """How large a benchmark is.

    Attributes:
        rows: Comments that ours reads in one repetition.
        repetitions: Of every contender, in turn.
        singles: Calls with one comment, for the latency.
        threads: Of each model call; ``None`` takes what the process may use, at most four.
        peer_shape: Settings of the peer's shape that differ from IndoBERT-base's, for tests.
    """

    rows: int = 2000
    repetitions: int = 5
    singles: int = 200
    threads: int | None = None
    peer_shape: dict[str, int] = field(default_factory=dict)


def benchmark(
    bundle: str = "triage",
    *,
    texts: str | None = None,
    settings: Settings | None = None,
    progress: Callable[[str], None] = lambda message: None,
) -> BenchmarkReport:
    """Race this library against an IndoBERT-base-shaped model.

    All processes are alive together and work in turn, so that a machine that slows down slows all
    of them. What ours remembers is forgotten before every measurement.

    Args:
        bundle: Name or folder of the bundle.
        texts: File of comments; see ``read_texts``.
        settings: How much is measured.
        progress: Called with a line about what is being done.

    Raises:
        InputError: If a setting or the file is unusable.
        BundleError: If the bundle cannot be opened.
        MissingDependency: If nothing that runs a model is installed.
    """
    settings = settings or Settings()
    _check(settings)
    opened = Bundle.open(bundle)
    threads = settings.threads or default_threads()
    found, source = read_texts(texts, settings.rows)
    missing = [name for name in _PEER_PACKAGES if importlib.util.find_spec(name) is None]
    notes = []
    if missing:
        notes.append(
            f"no peer: {', '.join(missing)} not installed; "
            "install with: pip install 'pengaduan-nlp[train]'"
        )
    with tempfile.TemporaryDirectory(prefix="pengaduan-benchmark-") as folder:
        if not missing:
            progress("building the IndoBERT-base-shaped model")
            _build(Path(folder), found, settings.peer_shape)
        jobs = [] if missing else _peer_jobs(folder)
        jobs += [(f"pengaduan {kind}", {"kind": kind}) for kind in supported(opened)]
        if not any(name.startswith("pengaduan") for name, _ in jobs):
            raise MissingDependency(
                f"bundle {opened.name!r} needs onnxruntime or torch; "
                "install one with: pip install onnxruntime"
            )
        common = {"bundle": str(opened.path), "threads": threads}
        contenders = _race([(name, common | job) for name, job in jobs], found, settings, progress)
    return BenchmarkReport(
        tuple(contenders),
        _machine(),
        threads,
        {
            "source": source,
            "n": len(found),
            "mean_characters": sum(map(len, found)) / len(found),
        },
        tuple(notes),
    )


def _check(settings: Settings) -> None:
    for name in ("rows", "repetitions", "singles"):
        if getattr(settings, name) < 1:
            raise InputError(f"{name} must be at least 1, got {getattr(settings, name)}")
    if settings.threads is not None and settings.threads < 1:
        raise InputError(f"threads must be at least 1, got {settings.threads}")


def _peer_jobs(folder: str) -> list[tuple[str, dict[str, Any]]]:
    bf16 = has_bf16()
    return [
        ("IndoBERT-base shape, pipeline", {"kind": "peer pipeline", "folder": folder}),
        ("IndoBERT-base shape, at its best", {"kind": "peer", "folder": folder, "bf16": bf16}),
    ]


def _settings_of(job: dict[str, Any]) -> str:
    if job["kind"] == "peer pipeline":
        return f"transformers pipeline, batch_size={PIPELINE_BATCH}, fp32, one head"
    if job["kind"] == "peer":
        precision = "bf16" if job["bf16"] else "fp32 (no bf16 units)"
        return f"batches of {BEST_BATCH} sorted by length, inference_mode, {precision}, one head"
    return "predict_many: all heads, routing, places, personal data"


def _race(
    jobs: Sequence[tuple[str, dict[str, Any]]],
    texts: Sequence[str],
    settings: Settings,
    progress: Callable[[str], None],
) -> list[Contender]:
    few = list(texts[:: max(1, min(_PEER_SHARE, len(texts) // _PEER_ROWS))])
    seconds: list[list[float]] = [[] for _ in jobs]
    workers: list[_Worker] = []
    try:
        for name, job in jobs:
            progress(f"{name}: first answer")
            workers.append(_Worker(job | {"first": texts[0]}))
        readings = [few if "peer" in job["kind"] else list(texts) for _, job in jobs]
        for worker, reading in zip(workers, readings, strict=True):
            worker.ask(do="round", texts=reading[:16])  # the first calls set things up
        for repetition in range(settings.repetitions):
            progress(f"repetition {repetition + 1} of {settings.repetitions}")
            for worker, reading, kept in zip(workers, readings, seconds, strict=True):
                kept.append(worker.ask(do="round", texts=reading))
        progress("single comments")
        singles = [texts[i % len(texts)] for i in range(settings.singles)]
        return [
            Contender(
                name=name,
                is_ours="peer" not in job["kind"],
                settings=_settings_of(job),
                rows=len(reading),
                mean_characters=sum(map(len, reading)) / len(reading),
                seconds=tuple(kept),
                latencies=tuple(
                    worker.ask(do="single", texts=singles if reading is not few else singles[:50])
                ),
                cold_start=worker.cold_start,
                peak_mb=worker.ask(do="memory"),
                stages=worker.ask(do="stages", texts=reading),
            )
            for (name, job), worker, reading, kept in zip(
                jobs, workers, readings, seconds, strict=True
            )
        ]
    finally:
        for worker in workers:
            worker.close()


def _build(folder: Path, texts: Sequence[str], changes: dict[str, int]) -> None:
    job = {"kind": "build", "folder": str(folder), "texts": list(texts), "changes": changes}
    with _Worker(job | {"threads": 1}):
        pass


class _Worker:
    """A process with one contender.

    Attributes:
        cold_start: Seconds from its start to its first answer.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        path = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = os.environ | {
            "OMP_NUM_THREADS": str(job["threads"]),
            "OMP_WAIT_POLICY": "passive",  # a waiting contender must not take another's core
            "TOKENIZERS_PARALLELISM": "false",
            "HF_HUB_OFFLINE": "1",
            "PYTHONPATH": path,
        }
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "pengaduan_nlp.benchmarking.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self._kind = job["kind"]
        self._send(job)
        self._reply()
        self.cold_start = time.perf_counter() - started

    def ask(self, **command: Any) -> Any:
        """Send a command and return the reply."""
        self._send(command)
        return self._reply()

    def _send(self, message: dict[str, Any]) -> None:
        if self._process.stdin is not None:
            try:
                self._process.stdin.write(json.dumps(message) + "\n")
                self._process.stdin.flush()
            except BrokenPipeError:
                pass  # it has ended; the missing reply says so

    def _reply(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            self.close()
            raise InputError(
                f"the process of contender {self._kind!r} ended without an answer (status "
                f"{self._process.returncode}); is there enough memory? Pass fewer --rows"
            )
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not stream.closed:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _machine() -> dict[str, str]:
    found = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    for name in _VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _processor() -> str:
    cpu = Path("/proc/cpuinfo")
    if cpu.is_file():
        for line in cpu.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
