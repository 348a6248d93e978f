"""The files of a benchmark: its numbers as JSON, its bars as a picture.

Knows a finished report; nothing about how it was measured.
"""

import importlib.util
import json
from pathlib import Path
from typing import Any

from .report import BenchmarkReport

_REPORT, _CHART = "benchmark.json", "benchmark.png"
_OURS, _PEER = "#1f6f8b", "#b0b7bf"


def write_report(report: BenchmarkReport, folder: Path) -> list[Path]:
    """Write ``benchmark.json``, and ``benchmark.png`` where matplotlib is installed.

    Returns:
        The files written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report.to_dict(), ensure_ascii=False, indent=1)
    (folder / _REPORT).write_text(text + "\n", encoding="utf-8")
    drawn = write_chart(report, folder / _CHART)
    return [folder / _REPORT, *([folder / _CHART] if drawn else [])]


def write_chart(report: BenchmarkReport, path: Path) -> bool:
    """Write rates, single-comment latency, cold start and memory as a PNG.

    Returns:
        Whether it was written; without matplotlib it is not.
    """
    if importlib.util.find_spec("matplotlib") is None:
        return False
    from matplotlib.figure import Figure  # without pyplot, which would choose a display

    contenders = list(reversed(report.contenders))  # bars are drawn from below
    panels: list[tuple[str, list[float]]] = [
        ("comments a second (more is better)", [c.rate for c in contenders]),
        ("one comment, median ms", [c.latency(0.5) * 1e3 for c in contenders]),
        ("first answer, seconds", [c.cold_start for c in contenders]),
        ("peak memory, MB", [c.peak_mb for c in contenders]),
    ]
    figure = Figure(figsize=(14, 1.2 + 0.45 * len(contenders)), layout="constrained")
    axes: Any = figure.subplots(1, len(panels), sharey=True)
    colours = [_OURS if c.is_ours else _PEER for c in contenders]
    for axis, (title, values) in zip(axes, panels, strict=True):
        bars = axis.barh([c.name for c in contenders], values, color=colours)
        axis.bar_label(bars, fmt="{:,.4g}", padding=3, fontsize=8)
        axis.set_title(title, fontsize=9)
        axis.margins(x=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(
        f"{report.machine['processor']}, {report.threads} threads, "
        f"{report.texts['n']:,} comments of {report.texts['source']}",
        fontsize=9,
    )
    figure.savefig(path, dpi=120)
    return True
