"""Find e-mail addresses, links (a wa.me link is a phone number) and account handles.

Knows nothing about numbers or names.
"""

import re
from collections.abc import Iterator

from ..records import PiiSpan

_AT = r"(?:@| ?[\[({] ?at ?[\])}] ?)"
_DOT = r"(?:\.| ?[\[({] ?dot ?[\])}] ?)"
_PROVIDER = "(?:gmail|ymail|yahoo|hotmail|outlook|icloud|rocketmail)"
_EMAIL = re.compile(
    rf"(?<![\w.+\-])[\w.+\-]{{1,64}}(?:{_AT}(?:[a-z0-9\-]{{1,40}}{_DOT}){{1,4}}[a-z]{{2,10}}"
    r"| ?@ ?(?:[a-z0-9\-]{1,40}\.){1,4}(?:com|net|org|id|edu)"
    rf"|{_AT}{_PROVIDER}"
    rf"| at {_PROVIDER}(?: dot |{_DOT})[a-z.]{{2,6}})(?![\w\-])",
    re.IGNORECASE,
)
_WHATSAPP = re.compile(
    r"(?:https?://)?(?:wa\.me/|api\.whatsapp\.com/send/?\?phone=)\+?[0-9]{8,15}[^\s<>\"\[\]]*",
    re.IGNORECASE,
)
# Endings that need no path to be a link, and endings of shorteners, which do.
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"\[\]]+"
    r"|(?<![\w@.\-/])(?:[a-z0-9\-]{1,40}\.){1,4}"
    r"(?:(?:com|net|org|xyz|vip|biz|site|shop|club|co\.id|my\.id|web\.id|or\.id)(?![\w.\-])"
    r"(?:/[^\s<>\"\[\]]*)?"
    r"|(?:me|ly|gl|ee|be|gg|io|id|co|app|page|link|info|cc|tv|to)/[^\s<>\"\[\]]+)",
    re.IGNORECASE,
)
_HANDLE = re.compile(
    r"(?<![\w@\]])@(?![0-9]+(?:[.,][0-9]+)*\s?(?:rb|ribu|k|jt|juta)?(?![\w]))\w(?:[\w.]{0,40}\w)"
)
_NAMED_HANDLE = re.compile(
    r"(?<![a-z])(?:ig|instagram|tiktok|telegram|twitter|fb|facebook)\s?[:=]\s?(?=\w)"
    r"([\w.]{2,40}\w)",
    re.IGNORECASE,
)
_CLOSING = ".,;:!?)]}'\"*_…"


def find_links(text: str) -> Iterator[PiiSpan]:
    """Yield e-mail addresses, then WhatsApp links as phone numbers, then other links."""
    for match in _EMAIL.finditer(text):
        yield PiiSpan("email", *match.span())
    for kind, pattern in (("telepon", _WHATSAPP), ("tautan", _LINK)):
        for match in pattern.finditer(text):
            yield PiiSpan(kind, match.start(), match.start() + len(match[0].rstrip(_CLOSING)))


def find_handles(text: str) -> Iterator[PiiSpan]:
    """Yield ``@name`` and the name after "ig:" and the like."""
    for match in _HANDLE.finditer(text):
        yield PiiSpan("akun", *match.span())
    for match in _NAMED_HANDLE.finditer(text):
        yield PiiSpan("akun", *match.span(1))
