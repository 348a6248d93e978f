"""The exceptions that this package raises on purpose; catch ``PengaduanError`` for all of them.

::

    PengaduanError(Exception)
    ├─ InputError(ValueError)          the caller's text, file or option is unusable
    │  └─ RecordError                  one row of a file is unusable; has .path and .line
    ├─ SchemeError(ValueError)         unknown head or label; the scheme file is invalid
    ├─ BundleError(OSError)            a model folder cannot be used; has .path
    │  ├─ BundleNotFound
    │  ├─ BundleCorrupt
    │  └─ BundleTooNew
    ├─ RecipeError(ValueError)         unknown or impossible training setting
    ├─ TrainingError(RuntimeError)     training diverged, or an exported model disagrees
    └─ MissingDependency(ImportError)  an optional package is not installed

Every message says what was wrong, where, what was expected and what to do.
"""

from pathlib import Path


class PengaduanError(Exception):
    """Base of every error that this package raises on purpose."""


class InputError(PengaduanError, ValueError):
    """A text, file or option that the caller passed is unusable."""


class RecordError(InputError):
    """One row of a file is unusable.

    Attributes:
        path: The file.
        line: The row's line in it, counted from 1.
    """

    def __init__(self, message: str, *, path: str | Path, line: int) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path = Path(path)
        self.line = line


class SchemeError(PengaduanError, ValueError):
    """A head or label is unknown, or a scheme file is invalid."""


class BundleError(PengaduanError, OSError):
    """A model folder cannot be used.

    Attributes:
        path: The folder or file.
    """

    def __init__(self, message: str, *, path: str | Path) -> None:
        super().__init__(message)
        self.path = Path(path)


class BundleNotFound(BundleError):
    """There is no bundle of that name, or no such folder."""


class BundleCorrupt(BundleError):
    """A file of the bundle is missing, unreadable or not the one in its manifest."""


class BundleTooNew(BundleError):
    """The bundle was written in a format that this version does not know yet."""


class RecipeError(PengaduanError, ValueError):
    """A training setting is unknown or impossible."""


class TrainingError(PengaduanError, RuntimeError):
    """Training diverged, or an exported model disagrees with its source."""


class MissingDependency(PengaduanError, ImportError):
    """A package that this feature needs is not installed."""
