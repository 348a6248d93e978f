"""Profiles of files: raw comments, what triage wrote, or a saved profile.

Knows files and bundles; the counting is done elsewhere.
"""

from collections.abc import Callable, Iterator

from .. import files
from ..bundle import Bundle
from ..errors import InputError
from ..files import ResultColumns, Row, Rows
from ..tokenizer import Tokenizer
from ..triage import Triage
from .profile import CONFIDENT, HEADS, PROFILE, Profile, ProfileBuilder, profile_of_triage

_USED = (*HEADS, *(f"{head}_probability" for head in CONFIDENT), "needs_review")


def bundled_profile(bundle: Bundle) -> Profile:
    """Return the profile of the comments that a bundle was measured on.

    Raises:
        InputError: If the bundle has none.
    """
    if not bundle.has(PROFILE):
        raise InputError(
            f"bundle {bundle.name!r} has no {PROFILE}; pass earlier comments, or a profile saved "
            "with --save, as --reference"
        )
    return Profile.load(bundle.file(PROFILE))


def read_profile(
    path: str,
    bundle: Bundle,
    load: Callable[[], Triage],
    *,
    text_column: str | None = None,
) -> Profile:
    """Return the profile of a file.

    Args:
        path: A profile (``.json``), what ``pengaduan triage`` wrote, or comments, which are
            triaged now.
        bundle: Whose vocabulary is used.
        load: Loads the model; called for raw comments only.
        text_column: Column of the comments; guessed if ``None``.

    Raises:
        InputError: If the file cannot be read or holds no comments.
        MissingDependency: If its format needs a package that is not installed.
    """
    if path.lower().endswith(".json"):
        return Profile.load(path)
    rows = files.open_table(path, text_column=text_column)
    results = files.find_results(path, rows.columns, rows.sample, _USED)
    files.choose_text_column(rows, text_column)
    try:
        if results is None:
            return profile_of_triage(load(), (row.text for row in _good(rows)))
        return _stored(rows, results, bundle)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _stored(rows: Rows, results: ResultColumns, bundle: Bundle) -> Profile:
    builder = ProfileBuilder(Tokenizer(bundle.vocabulary))
    for row in _good(rows):
        try:
            builder.add(row.text, results.take(row.values))
        except InputError as error:
            raise InputError(f"line {row.line}: {error}") from error
    return builder.build("")


def _good(rows: Rows) -> Iterator[Row]:
    return (item for item in rows if isinstance(item, Row))
