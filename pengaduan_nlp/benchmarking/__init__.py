"""Race this library against an IndoBERT-base-shaped model, side by side in one run."""

from .chart import write_report
from .race import Settings, benchmark
from .report import BenchmarkReport, Contender
from .texts import read_texts

__all__ = [
    "BenchmarkReport",
    "Contender",
    "Settings",
    "benchmark",
    "read_texts",
    "write_report",
]
