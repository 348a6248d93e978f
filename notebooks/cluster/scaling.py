"""Measure ``stream_folder.py`` with 1 and 2 workers, and estimate what more would give.

Knows how the script is called and what it writes; starts no engine itself.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pengaduan_nlp import PengaduanError

SIZES = (2_000, 20_000)  # rows; the difference of the two runs has no start-up in it
WORKERS = (1, 2)
BEYOND = (4, 8, 16, 32)  # workers of the estimate
_CAVEATS = (
    "Rows/s by Amdahl's law, with the serial share that the speed-up at 2 implies (Karp and Flatt",
    "1990). What this cannot know: on two cores the engine's own processes (the JVM; Ray's store",
    "and readers) have a free core beside one worker and none beside two, so the serial share is",
    "too high for a machine with cores to spare; and nothing here crossed a network, read remote",
    "storage or waited for the slowest machine, which more workers do. Comments need no exchange",
    "between workers, so only reading, writing and scheduling are shared. At the measured rate one",
    "process without an engine triages the 100,000 comments of a busy day in",
)


def write(script: Path, bundle: str, data: Path) -> str:
    """Measure, write ``scaling.json`` and ``scaling.md`` beside the script, return the page."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(script, bundle, data, Path(folder))
    text = json.dumps(found, indent=1) + "\n"
    script.with_name("scaling.json").write_text(text, encoding="utf-8")
    page = as_markdown(found)
    script.with_name("scaling.md").write_text(page, encoding="utf-8")
    return page


def measure(script: Path, bundle: str, data: Path, folder: Path) -> dict[str, Any]:
    """Run every engine with each number of workers on two sizes, each in a process of its own.

    Args:
        script: ``stream_folder.py``.
        bundle: The model.
        data: jsonl with comments, of which the files are made.
        folder: An empty folder for files and results.
    """
    for size in SIZES:
        _make_folder(data, folder / f"rows-{size}", size)
    found: dict[str, dict[str, Any]] = {}
    for engine, workers in [("alone", 1), *((e, n) for e in ("spark", "ray") for n in WORKERS)]:
        times = [_timed(script, engine, workers, bundle, folder / f"rows-{size}") for size in SIZES]
        small, large = (took["job_s"] for took in times)
        rate = (SIZES[1] - SIZES[0]) / (large - small)
        found[f"{engine} {workers}"] = {
            "engine": engine,
            "workers": workers,
            "job_s": {str(size): took["job_s"] for size, took in zip(SIZES, times, strict=True)},
            "engine_start_s": times[1]["engine_start_s"],
            "fixed_s": round(small - SIZES[0] / rate, 2),
            "rows_per_s": round(rate, 1),
        }
        print(json.dumps(found[f"{engine} {workers}"]), flush=True)
    return {"cores": os.cpu_count(), "sizes": SIZES, "runs": list(found.values())} | {
        engine: _scaling(*(found[f"{engine} {n}"]["rows_per_s"] for n in WORKERS))
        for engine in ("spark", "ray")
    }


def _make_folder(data: Path, folder: Path, n_rows: int) -> None:
    """Write comments into sixteen files; those that come again have another ending."""
    with data.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    folder.mkdir(parents=True)
    rows = []
    for i in range(n_rows):
        again, place = divmod(i, len(texts))
        text = f"{texts[place]} lapor ke {again}" if again else texts[place]
        rows.append(json.dumps({"id": i, "text": text}, ensure_ascii=False) + "\n")
    for i in range(16):
        (folder / f"part-{i:02}.jsonl").write_text("".join(rows[i::16]), encoding="utf-8")


def _timed(script: Path, engine: str, workers: int, bundle: str, source: Path) -> dict[str, float]:
    """Return the seconds of one job; checks that every row was written once."""
    work = Path(tempfile.mkdtemp(dir=source.parent))
    done = subprocess.run(
        [sys.executable, str(script), "--engine", engine, "--workers", str(workers),
         "--bundle", bundle, str(source), str(work / "out"),
         "--checkpoint", str(work / "checkpoint")],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    wanted, found = _ids(source), _ids(work / "out")
    if wanted != found:
        raise PengaduanError(
            f"{engine} with {workers} workers wrote {len(found)} rows, expected the "
            f"{len(wanted)} of {source}, each once; nothing is measured"
        )
    took: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return took


def _ids(folder: Path) -> list[int]:
    files = [
        path
        for path in folder.rglob("*.json*")
        if path.parent.name != "_spark_metadata" and not path.name.startswith(".")  # checksums
    ]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").split("\n")]
    return sorted(json.loads(line)["id"] for line in lines if line)


def _scaling(one: float, two: float) -> dict[str, Any]:
    """Return the speed-up, the serial share that it implies and Amdahl's estimate beyond.

    Source:
        Karp and Flatt (1990), Measuring parallel processor performance, CACM 33(5).
    """
    speed_up = two / one
    serial = max(0.0, 2 / speed_up - 1)
    return {
        "speed_up_at_2": round(speed_up, 3),
        "serial_share": round(serial, 4),
        "estimate_rows_per_s": {str(n): round(one * n / (1 + serial * (n - 1))) for n in BEYOND},
    }


def as_markdown(found: dict[str, Any]) -> str:
    """Return what was measured as a page to read; every number is from ``scaling.json``."""
    small, large = found["sizes"]
    lines = [
        "# Spark and Ray, 1 and 2 workers",
        "",
        "Written by `python notebooks/cluster/stream_folder.py --measure`; do not edit.",
        f"{found['cores']} cores; {small:,} and {large:,} comments in 16 jsonl files, read,",
        "triaged and written; rows/s is of the rows between the two sizes, without the fixed",
        "seconds of a job (workers, model, first batch). One run each.",
        "",
        "| engine | workers | rows/s | fixed s of a job | start of the engine s |",
        "|---|---|---|---|---|",
    ]
    for run_ in found["runs"]:
        name = "none, one process" if run_["engine"] == "alone" else run_["engine"]
        lines.append(
            f"| {name} | {run_['workers']} | {run_['rows_per_s']:,.0f} | {run_['fixed_s']:.1f} "
            f"| {run_['engine_start_s']:.1f} |"
        )
    lines += [
        "",
        "## Beyond two workers: an estimate, not a measurement",
        "",
        "| engine | speed-up at 2 | serial share | "
        + " | ".join(f"{n} workers" for n in BEYOND)
        + " |",
        "|---|---|---|" + "---|" * len(BEYOND),
    ]
    for engine in ("spark", "ray"):
        scaling = found[engine]
        cells = " | ".join(f"{rate:,}" for rate in scaling["estimate_rows_per_s"].values())
        lines.append(
            f"| {engine} | {scaling['speed_up_at_2']:.2f} | {scaling['serial_share']:.1%} "
            f"| {cells} |"
        )
    alone = found["runs"][0]["rows_per_s"]
    return "\n".join([*lines, "", *_CAVEATS, f"{100_000 / alone:.0f} seconds.", ""])
