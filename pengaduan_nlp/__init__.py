"""Find the complaints in Indonesian comment streams and suggest who should handle them.

::

    from pengaduan_nlp import Triage

    triage = Triage.load()
    triage.predict("pak jalan dpn SDN 3 Mekar ancur, kmrn ada anak jatoh")

Importing this package loads nothing but the standard library; the public names below load their
modules on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__
from .errors import (
    BundleCorrupt,
    BundleError,
    BundleNotFound,
    BundleTooNew,
    InputError,
    MissingDependency,
    PengaduanError,
    RecipeError,
    RecordError,
    SchemeError,
    TrainingError,
)

if TYPE_CHECKING:
    from .learning.retraining import TrainOptions as TrainOptions
    from .learning.retraining import TrainReport as TrainReport
    from .learning.retraining import train as train
    from .records import AgencySuggestion as AgencySuggestion
    from .records import Comment as Comment
    from .records import Decision as Decision
    from .records import Place as Place
    from .records import TriageRecord as TriageRecord
    from .records import TriageResult as TriageResult
    from .triage import Triage as Triage

_HOME = {
    "AgencySuggestion": "records",
    "Comment": "records",
    "Decision": "records",
    "Place": "records",
    "TrainOptions": "learning.retraining",
    "TrainReport": "learning.retraining",
    "Triage": "triage",
    "TriageRecord": "records",
    "TriageResult": "records",
    "train": "learning.retraining",
}
__all__ = [
    "AgencySuggestion",
    "BundleCorrupt",
    "BundleError",
    "BundleNotFound",
    "BundleTooNew",
    "Comment",
    "Decision",
    "InputError",
    "MissingDependency",
    "PengaduanError",
    "Place",
    "RecipeError",
    "RecordError",
    "SchemeError",
    "TrainOptions",
    "TrainReport",
    "TrainingError",
    "Triage",
    "TriageRecord",
    "TriageResult",
    "__version__",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
