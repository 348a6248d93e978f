"""What a benchmark measured, and the numbers that follow from it: rates, intervals, ratios.

Knows counts and seconds; nothing about models or processes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

# Student's t for 95 % two-sided, by degrees of freedom (any table of it); 1.96 beyond.
_STUDENT = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)


@dataclass(frozen=True, slots=True)
class Contender:
    """What was measured of one model in its own process.

    Attributes:
        name: Shown in tables, such as ``"pengaduan onnx int8"``.
        is_ours: Whether it is this library, with all heads, routing and places.
        settings: What a reader needs to repeat it.
        rows: Comments of one repetition.
        mean_characters: Their mean length.
        seconds: Duration of each repetition.
        latencies: Seconds of each single-comment call.
        cold_start: Seconds from starting the process to the first answer.
        peak_mb: Largest resident memory of the process, in MB.
        stages: Share of each stage in the time, in [0, 1]; of ours only.
    """

    name: str
    is_ours: bool
    settings: str
    rows: int
    mean_characters: float
    seconds: tuple[float, ...]
    latencies: tuple[float, ...]
    cold_start: float
    peak_mb: float
    stages: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Comments a second over all repetitions."""
        return self.rows * len(self.seconds) / sum(self.seconds)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the mean rate, by Student's t over the repetitions."""
        rates = [self.rows / seconds for seconds in self.seconds]
        if len(rates) < 2:
            return (0.0, math.inf)
        t = _STUDENT[len(rates) - 2] if len(rates) - 2 < len(_STUDENT) else 1.96
        half = t * stdev(rates) / math.sqrt(len(rates))
        return (max(0.0, mean(rates) - half), mean(rates) + half)

    def latency(self, share: float) -> float:
        """Return the latency in seconds that ``share`` of the single calls stay within."""
        ordered = sorted(self.latencies)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        low, high = self.interval
        return {
            "name": self.name,
            "is_ours": self.is_ours,
            "settings": self.settings,
            "rows": self.rows,
            "mean_characters": round(self.mean_characters, 1),
            "seconds": [round(value, 4) for value in self.seconds],
            "comments_per_second": {
                "value": round(self.rate, 2),
                "low": round(low, 2),
                "high": None if math.isinf(high) else round(high, 2),
            },
            "latency_ms": {
                "p50": round(self.latency(0.5) * 1e3, 2),
                "p99": round(self.latency(0.99) * 1e3, 2),
                "n": len(self.latencies),
            },
            "cold_start_seconds": round(self.cold_start, 3),
            "peak_mb": round(self.peak_mb, 1),
            "stages": {name: round(share, 4) for name, share in self.stages.items()},
        }


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    """All contenders of one run.

    Attributes:
        contenders: Peers first, then ours.
        machine: Processor, cores, versions.
        threads: Threads that each model call might use.
        texts: Where the comments are from, how many and how long.
        notes: What could not be measured, and why.
    """

    contenders: tuple[Contender, ...]
    machine: Mapping[str, str]
    threads: int
    texts: Mapping[str, Any]
    notes: tuple[str, ...]

    def ratios(self) -> dict[str, dict[str, float]]:
        """Return for each of ours how many times as fast as each peer it is."""
        peers = [contender for contender in self.contenders if not contender.is_ours]
        return {
            ours.name: {peer.name: round(ours.rate / peer.rate, 2) for peer in peers}
            for ours in self.contenders
            if ours.is_ours
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "machine": dict(self.machine),
            "threads": self.threads,
            "texts": dict(self.texts),
            "contenders": [contender.to_dict() for contender in self.contenders],
            "ratios": self.ratios(),
            "notes": list(self.notes),
        }

    def table(self) -> str:
        """Return a plain-text table to read."""
        width = max(len(contender.name) for contender in self.contenders)
        lines = [
            f"{self.texts['n']:,} comments ({self.texts['source']}, "
            f"{self.texts['mean_characters']:.0f} characters on average), "
            f"{self.threads} threads, {self.machine['processor']}",
            "",
            f"{'':<{width}} {'comments/s (95 %)':>24} {'p50':>9} {'p99':>9} "
            f"{'cold':>7} {'peak':>8}",
        ]
        lines += [_line(contender, width) for contender in self.contenders]
        for ours, by_peer in self.ratios().items():
            lines += [f"{ours}: {ratio:g} times {peer}" for peer, ratio in by_peer.items()]
        for contender in self.contenders:
            if contender.stages:
                shares = ", ".join(f"{name} {v:.0%}" for name, v in contender.stages.items())
                lines.append(f"{contender.name}, where the time goes: {shares}")
        lines += [
            f"{c.name}: {c.settings}; {len(c.seconds)} repetitions of n = {c.rows:,} comments of "
            f"{c.mean_characters:.0f} characters"
            for c in self.contenders
        ]
        return "\n".join([*lines, *self.notes])


def _line(contender: Contender, width: int) -> str:
    low, high = contender.interval
    rate = f"{contender.rate:,.1f} [{low:,.1f}, {high:,.1f}]"
    p50, p99 = contender.latency(0.5) * 1e3, contender.latency(0.99) * 1e3
    return (
        f"{contender.name:<{width}} {rate:>24} {p50:>6.1f} ms {p99:>6.1f} ms "
        f"{contender.cold_start:>5.2f} s {contender.peak_mb:>5.0f} MB"
    )
