"""Training on labelled comments; needs the ``[train]`` extra."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .estimator import TriageClassifier as TriageClassifier

__all__ = ["TriageClassifier"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .estimator import TriageClassifier

    return TriageClassifier
