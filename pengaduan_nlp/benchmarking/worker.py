"""One contender in a process of its own: answers commands from stdin, one JSON object a line.

Started as ``python -m pengaduan_nlp.benchmarking.worker``; knows one model and clocks.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

Job = dict[str, Any]


def main() -> None:
    """Load the model of the first line, answer one comment, then serve until stdin ends."""
    replies = sys.stdout
    with redirect_stdout(sys.stderr):  # whatever a package prints is no reply
        job = json.loads(sys.stdin.readline())
        _serve(job, lambda reply: print(json.dumps(reply), file=replies, flush=True))


def _serve(job: Job, reply: Callable[[Any], None]) -> None:
    if job["kind"] == "build":
        from .peer import build_peer

        build_peer(Path(job["folder"]), job["texts"], job["changes"])
        reply({"built": True})
        return
    triage, answer = _load(job)
    answer([job["first"]])
    reply({"answered": True})
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "round":
            reply(_seconds(triage, answer, command["texts"]))
        elif command["do"] == "single":
            reply([_seconds(triage, answer, [text]) for text in command["texts"]])
        elif command["do"] == "memory":
            reply(_peak_mb())
        else:
            from .stages import stage_shares

            reply(stage_shares(triage, command["texts"]) if triage else {})


def _load(job: Job) -> tuple[Any, Callable[[Sequence[str]], None]]:
    """Return the loaded ``Triage``, if it is ours, and what answers comments."""
    if job["kind"].startswith("peer"):
        import torch

        from .peer import load_best, load_pipeline

        torch.set_num_threads(job["threads"])
        folder = Path(job["folder"])
        if job["kind"] == "peer pipeline":
            return None, load_pipeline(folder)
        return None, load_best(folder, bf16=job["bf16"])
    from .ours import load_ours

    triage = load_ours(job["bundle"], job["kind"], job["threads"])

    def answer(texts: Sequence[str]) -> None:
        triage.predict_many(texts)

    return triage, answer


def _seconds(triage: Any, answer: Callable[[Sequence[str]], None], texts: list[str]) -> float:
    if triage is not None:
        triage.forget()  # an answer that was kept would be no work
    started = time.perf_counter()
    answer(texts)
    return time.perf_counter() - started


def _peak_mb() -> float:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024


if __name__ == "__main__":
    main()
