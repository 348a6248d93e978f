"""Where the time of a prediction goes: the share of every stage.

Wraps the parts of one loaded ``Triage`` with clocks for a while; other threads must wait.
"""

import time
from collections.abc import Sequence
from typing import Any

from .. import interpretation
from .. import triage as triage_module
from ..triage import Triage

_REST = "the rest"


class _Clocks:
    """Seconds by stage; a stage inside another counts for itself only."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inside: list[float] = []
        self._wrapped: list[tuple[Any, str, Any]] = []

    def wrap(self, owner: Any, name: str, stage: str) -> None:
        """Replace a function of a module or object by one that takes the time."""
        inner = getattr(owner, name)

        def timed(*arguments: Any, **options: Any) -> Any:
            self._inside.append(0.0)
            started = time.perf_counter()
            try:
                return inner(*arguments, **options)
            finally:
                spent = time.perf_counter() - started
                own = spent - self._inside.pop()
                self.seconds[stage] = self.seconds.get(stage, 0.0) + own
                if self._inside:
                    self._inside[-1] += spent

        self._wrapped.append((owner, name, vars(owner).get(name)))
        object.__setattr__(owner, name, timed)  # frozen dataclasses refuse a plain assignment

    def unwrap(self) -> None:
        """Put everything back: the finder of places is shared by all models of a process."""
        for owner, name, before in reversed(self._wrapped):
            if before is None:  # a method, which the object has from its class
                object.__delattr__(owner, name)
            else:
                object.__setattr__(owner, name, before)


def stage_shares(triage: Triage, texts: Sequence[str]) -> dict[str, float]:
    """Return the share of each stage in ``predict_many``, in [0, 1], in the order of work.

    Args:
        triage: The loaded model; what it remembers is forgotten.
        texts: Comments.
    """
    clocks = _Clocks()
    interpreter: Any = triage._interpreter
    clocks.wrap(triage_module, "normalize", "normalise")
    clocks.wrap(triage._tokenizer, "windows", "tokenise")
    clocks.wrap(triage._tokenizer, "pad_batch", "tokenise")
    clocks.wrap(triage._runtime, "run_all", "encode and heads")
    if triage._wide is not None:
        clocks.wrap(triage._wide, "blend", "wide model")
    clocks.wrap(triage.calibration, "probabilities", "calibrate and decide")
    clocks.wrap(interpreter, "choices", "calibrate and decide")
    clocks.wrap(interpretation, "find_pii", "personal data")
    clocks.wrap(interpreter._finder, "find", "places")
    clocks.wrap(interpreter._router, "suggest", "routing")
    clocks.wrap(interpretation, "missing_facts", "what is missing")
    triage.forget()
    try:
        started = time.perf_counter()
        triage.predict_many(texts)
        total = time.perf_counter() - started
    finally:
        clocks.unwrap()
    shares = {stage: seconds / total for stage, seconds in clocks.seconds.items()}
    return shares | {_REST: max(0.0, 1.0 - sum(shares.values()))}
