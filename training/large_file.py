"""Triage a large file with a crash in the middle, and print what it took as one line of JSON.

Run: python -m training.large_file --rows 1000000 [--check] [--bundle B] [--threads N] [--folder F]

``pengaduan triage`` is killed with SIGKILL when half of the rows are done and started again. With
--check the file is also triaged without a crash, and both outputs must have the same bytes.
Linux only: memory is read from /proc.
"""

import argparse
import filecmp
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pengaduan_nlp.benchmarking.texts import read_texts
from training import ROOT

_POLL = 0.02  # seconds
_WARM = 0.25  # share of a process's rows after which its caches are expected to be full


@dataclass
class Watched:
    """What a process did while it was watched.

    Attributes:
        seconds: From its start to its end.
        killed_at: Rows in the journal when it was killed; ``None`` if it ended by itself.
        samples: Rows in the journal with the peak memory in kB, whenever the rows have changed.
    """

    seconds: float = 0.0
    killed_at: int | None = None
    samples: list[tuple[int, int]] = field(default_factory=list)

    @property
    def peak_mb(self) -> float:
        """The most memory that it held."""
        return max((peak for _, peak in self.samples), default=0) / 1024

    @property
    def growth_mb(self) -> float:
        """By how much the peak grew after the first quarter of the process's own rows."""
        if not self.samples:
            return 0.0
        first, last = self.samples[0][0], self.samples[-1][0]
        warm = next(peak for rows, peak in self.samples if rows >= first + _WARM * (last - first))
        return self.peak_mb - warm / 1024


def write_source(path: Path, texts: Iterable[str]) -> None:
    """Write comments as jsonl with ids."""
    with path.open("w", encoding="utf-8") as out:
        for i, text in enumerate(texts):
            out.write(json.dumps({"id": i, "text": text}, ensure_ascii=False) + "\n")


def watch(
    source: Path, target: Path, options: Sequence[str], *, kill_at: int | None = None
) -> Watched:
    """Run ``pengaduan triage`` and read its journal and memory until it ends.

    Args:
        source: The comments.
        target: The output.
        options: More options of the command.
        kill_at: Rows in the journal at which to send SIGKILL; ``None`` lets it finish.

    Raises:
        RuntimeError: If it fails, or ends before it could be killed.
    """
    command = [sys.executable, "-m", "pengaduan_nlp", "triage", str(source), "-o", str(target)]
    journal, watched, started = Path(f"{target}.progress.json"), Watched(), time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([*command, *options], stderr=said)
        while process.poll() is None:
            rows, peak = _rows(journal), _peak_kb(process.pid)
            if peak and (not watched.samples or rows > watched.samples[-1][0]):
                watched.samples.append((rows, peak))
            if kill_at is not None and rows >= kill_at:
                process.send_signal(signal.SIGKILL)
                process.wait()
                watched.killed_at = _rows(journal)
            time.sleep(_POLL)
        watched.seconds = time.monotonic() - started
        said.seek(0)
        if kill_at is None and process.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{said.read().decode()}")
    if kill_at is not None and process.returncode != -signal.SIGKILL:
        raise RuntimeError(f"the run ended before row {kill_at} was seen; pass more --rows")
    return watched


def _rows(journal: Path) -> int:
    """Return the rows that are done; 0 before the first entry and after the last."""
    try:
        return int(json.loads(journal.read_text(encoding="utf-8"))["done"]["read"])
    except FileNotFoundError:
        return 0


def _peak_kb(pid: int) -> int:
    """Return the peak resident memory of a process; 0 when it is gone or not yet itself."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def crash_and_resume(
    source: Path, n_rows: int, folder: Path, options: Sequence[str], *, check: bool
) -> dict[str, Any]:
    """Triage a file with one crash in the middle; return what it took.

    Args:
        source: jsonl with ``n_rows`` comments.
        n_rows: Their number.
        folder: Where outputs go.
        options: Options of ``pengaduan triage``.
        check: Also triage without a crash and compare the bytes.
    """
    target = folder / "crashed.jsonl"
    before = watch(source, target, options, kill_at=n_rows // 2)
    after = watch(source, target, options)
    with target.open("rb") as lines:
        n_written = sum(1 for _ in lines)
    seconds = before.seconds + after.seconds
    runs, identical = [before, after], None
    if check:
        whole = folder / "whole.jsonl"
        runs.append(watch(source, whole, options))
        identical = filecmp.cmp(target, whole, shallow=False)
    return {
        "rows": n_rows,
        "rows_written": n_written,
        "killed_at_row": before.killed_at,
        "seconds": round(seconds, 1),
        "rows_per_s": round(n_rows / seconds, 1),
        "max_rss_mb": round(max(run.peak_mb for run in runs), 1),
        "rss_growth_mb": round(runs[-1].growth_mb, 1),
        "uninterrupted_s": round(runs[-1].seconds, 1) if check else None,
        "identical": identical,
    }


def main() -> int:
    """Make the file, run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--bundle", default="triage")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--check", action="store_true", help="compare with a run without a crash")
    parser.add_argument("--data", default=str(ROOT / "data" / "comments.jsonl"))
    parser.add_argument("--folder", type=Path, help="where files go (default: a temporary one)")
    arguments = parser.parse_args()
    options = ["--bundle", arguments.bundle]
    if arguments.threads:
        options += ["--threads", str(arguments.threads)]
    with tempfile.TemporaryDirectory(dir=arguments.folder) as made:
        folder = Path(made)
        source = folder / "comments.jsonl"
        write_source(source, read_texts(arguments.data, arguments.rows)[0])
        found = crash_and_resume(source, arguments.rows, folder, options, check=arguments.check)
    print(json.dumps(found))
    whole = found["rows_written"] == arguments.rows and found["identical"] is not False
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
