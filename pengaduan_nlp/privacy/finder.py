"""Put the detectors in order of certainty and return spans that do not overlap."""

import re
from collections.abc import Callable, Iterator, Sequence

from ..records import PiiSpan
from .accounts import find_accounts
from .folding import HIDDEN, JOINER, fold
from .homes import find_homes
from .identity import find_identity_numbers, find_mistyped_numbers
from .online import find_handles, find_links
from .people import find_names
from .phones import find_phones
from .plates import find_plates

# An earlier detector wins: later ones do not see what it claimed. The number is how many digits
# a text needs before the detector can find anything ("3374xxxxxxxxxxxx" has four).
_DETECTORS: tuple[tuple[Callable[[str], Iterator[PiiSpan]], int], ...] = (
    (find_links, 0),
    (find_identity_numbers, 4),
    (find_mistyped_numbers, 4),
    (find_accounts, 4),
    (find_phones, 4),
    (find_handles, 0),
    (find_homes, 1),
    (find_plates, 1),
    (find_names, 0),
)
_ASCII_DIGIT_OR_AT = re.compile("[0-9@]")
_DIGIT_OR_AT = re.compile(
    r"[\d@\u00b2\u00b3\u00b9\u2070-\u2089\u2460-\u24ff\u2776-\u2793\uff01-\uff5e"
    "\U0001d400-\U0001d7ff\U0001f100-\U0001f10c]"
)
# Without a digit, "@" or one of these, no detector can find anything.
_CUES = tuple("nama|kenal|saya|sy |aku |kami |a.n|a/n| an | an.|alm|saudar|sdr| at |:|=".split("|"))
_DIGIT = re.compile("[0-9]")
_DOTTED = re.compile(r"\.[a-z]{2}")
_MAX_ROUNDS = 4


def find_pii(text: str) -> tuple[PiiSpan, ...]:
    """Return what must be masked in ``text`` before it is stored.

    Returns:
        Spans in order, not overlapping, with offsets in ``text``. Masking them leaves a text in
        which nothing more is found.

    Example:
        >>> find_pii("wa saya 0812-0000-1234")
        (PiiSpan(kind='telepon', start=8, end=22),)
    """
    if not _may_hold_pii(text):
        return ()
    spans = _find_once(fold(text))
    for _ in range(_MAX_ROUNDS if spans else 0):
        # A mask is shorter than what it hides, which can bring a cue into reach of a number.
        more = _find_once(fold(mask(text, spans)))
        if not more:
            break
        spans = _merged(spans, more)
    return tuple(spans)


def mask(text: str, spans: Sequence[PiiSpan]) -> str:
    """Return ``text`` with each span replaced by its kind, such as ``[NIK]``.

    Args:
        text: The text in which the spans were found.
        spans: In order and not overlapping, as ``find_pii`` returns them.

    Example:
        >>> mask("wa 081200001234 ya", [PiiSpan("telepon", 3, 15)])
        'wa [TELEPON] ya'
    """
    parts, position = [], 0
    for span in spans:
        parts += [text[position : span.start], f"[{span.kind.upper()}]"]
        position = span.end
    return "".join([*parts, text[position:]])


def _may_hold_pii(text: str) -> bool:
    if (_ASCII_DIGIT_OR_AT if text.isascii() else _DIGIT_OR_AT).search(text):
        return True
    lowered = f" {text.lower()}"
    for cue in _CUES:  # a plain loop: any() takes twice as long on these short searches
        if cue in lowered:
            return True
    return _DOTTED.search(lowered) is not None


def _find_once(folded: str) -> list[PiiSpan]:
    found: list[PiiSpan] = []
    n_digits = len(_DIGIT.findall(folded))
    for detector, n_needed in _DETECTORS:
        if n_digits < n_needed:
            continue
        claimed = bytearray(len(folded))
        new = []
        for span in detector(folded):
            end = span.end
            while folded.startswith(JOINER, end):  # the frame of a last keycap digit
                end += 1
            if claimed.find(1, span.start, end) < 0:
                claimed[span.start : end] = b"\1" * (end - span.start)
                new.append(PiiSpan(span.kind, span.start, end))
        new.sort(key=_start)
        folded = _hidden(folded, new)
        found += new
    return sorted(found, key=_start)


def _start(span: PiiSpan) -> int:
    return span.start


def _hidden(text: str, spans: list[PiiSpan]) -> str:
    """Return ``text`` of the same length in which later detectors cannot see ``spans``."""
    parts, position = [], 0
    for span in spans:
        parts += [text[position : span.start], HIDDEN * (span.end - span.start)]
        position = span.end
    return "".join([*parts, text[position:]])


def _merged(spans: list[PiiSpan], more: list[PiiSpan]) -> list[PiiSpan]:
    """Add spans found in the masked text, moved back to offsets in the original."""
    moved, index, shift = [], 0, 0
    for span in more:
        while index < len(spans) and spans[index].start + shift <= span.start:
            shift += len(spans[index].kind) + 2 - (spans[index].end - spans[index].start)
            index += 1
        moved.append(PiiSpan(span.kind, span.start - shift, span.end - shift))
    return sorted([*spans, *moved], key=_start)
