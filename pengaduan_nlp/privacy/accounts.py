"""Find bank accounts and e-wallets: 8 to 18 digits close to a cue such as "rek" or "BRI".

A phone number is an account only directly after a cue ("gopay 0812..."). Knows nothing about
identity numbers or names.
"""

import re
from collections.abc import Iterator

from ..records import PiiSpan
from .folding import DIGIT
from .phones import find_mobiles

_BANKS = (
    r"bri(?:mo)?|bca|bni|mandiri|bsi|btn|btpn|cimb|bjb|bank(?: [a-z]{2,12})?|permata|danamon"
    r"|jago|jenius|sea ?bank"
)
_CUE = re.compile(
    rf"(?<![a-z\[])(?:(?:no\.? ?)?rek(?:ening)?(?:ku|nya)?|norek(?:ening)?|a[/.]n|atm"
    rf"|virtual account|(?:no\.? )va|{_BANKS}"
    r"|(?P<wallet>dana)|ovo|go-?pay|shopee ?pay|link ?aja|e-?wallet)(?![a-z])",
    re.IGNORECASE,
)
_BANK_AFTER = re.compile(rf"[\s(,/\-]{{0,4}}(?:{_BANKS})(?![a-z])", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?<![0-9])(?<![0-9][.,])(?:[0-9]|(?<!\w)[lI](?=[0-9]))"
    rf"(?:[ .\-\u200b]{{0,2}}(?:{DIGIT}|[xX*])){{7,17}}(?![0-9xX*])"
)
_DIRECT = re.compile(r"(?:\W|\b(?:ke|no|nomor|saya|ini|pribadi|nya|ku|ya)\b){0,8}", re.IGNORECASE)
_CHAIN = re.compile(r"[\s,/&]*(?:dan|atau|sama)?[\s,/&]*", re.IGNORECASE)
_GROUP = re.compile(r"[ \u200b]+")
_MONEY = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+")
_DATE = re.compile(
    r"[0-9]{1,2}([ .\-])[0-9]{1,2}\1(?:19|20)[0-9]{2}(?![0-9]).*"
    r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])"
    r"|(?:(?:19|20)[0-9]{2}[ \-]?)+"
)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_MONEY_BEFORE = re.compile(
    r"(?:rp|idr|sebesar|senilai|saldo|(?:di|ke)?potong(?:an)?|bayar|tagihan|total|hilang)\W{0,3}$",
    re.IGNORECASE,
)
_MONEY_AFTER = re.compile(r"\s*(?:rb|ribu|jt|juta|rupiah|mil[iy]ar|triliun)\b|\s*%", re.IGNORECASE)
_REACH = 25  # characters between a cue and its number; DOMAIN.md 5.2 says "about 20"


def find_accounts(text: str) -> Iterator[PiiSpan]:
    """Yield account and e-wallet numbers in ``text`` (folded), in order."""
    if not _CUE.search(text):
        return
    in_phone = bytearray(len(text))
    for span in find_mobiles(text):
        in_phone[span.start : span.end] = b"\1" * (span.end - span.start)
    position, last_end = 0, -1
    while match := _NUMBER.search(text, position):
        start, end = match.start(), _trimmed_end(match)
        phone_like = bool(in_phone[start])
        follows = not phone_like and 0 <= last_end <= start <= last_end + 12
        chained = follows and _CHAIN.fullmatch(text, last_end, start) is not None
        cued = chained or _has_cue(text, start, end, phone_like=phone_like)
        if cued and not _is_amount(text, start, end):
            start -= text[start - 1 : start] == "+"
            yield PiiSpan("rekening", start, end)
            position = last_end = end
        else:
            position = match.start() + 1


def follows_account_cue(text: str, start: int) -> bool:
    """Return whether an account cue stands shortly before ``start``."""
    return _CUE.search(text, max(0, start - _REACH), start) is not None


def _has_cue(text: str, start: int, end: int, *, phone_like: bool) -> bool:
    """Return whether a cue is near: directly before a phone; for "dana", only a phone counts."""
    for cue in _CUE.finditer(text, max(0, start - _REACH - 20), start):
        if start - cue.end() > _REACH:
            continue
        direct = _DIRECT.fullmatch(text, cue.end(), start) is not None
        if (phone_like and direct) or (not phone_like and not cue["wallet"]):
            return True
    return not phone_like and _BANK_AFTER.match(text, end) is not None


def _trimmed_end(match: re.Match[str]) -> int:
    """Leave out what follows a complete number after a space ("1234567890 2025")."""
    found = match.group()
    for gap in _GROUP.finditer(found):
        n_digits = sum(char.isalnum() for char in found[: gap.start()])
        complete = n_digits >= 10 and n_digits == gap.start()
        if complete or (n_digits >= 8 and _YEAR.fullmatch(found, gap.end())):
            return match.start() + gap.start()
    return match.end()


def _is_amount(text: str, start: int, end: int) -> bool:
    found = text[start:end]
    return (
        _MONEY.fullmatch(found) is not None
        or _DATE.fullmatch(found) is not None
        or _MONEY_AFTER.match(text, end) is not None
        or (
            _MONEY_BEFORE.search(text[max(0, start - 14) : start]) is not None
            and (end - start <= 9 or found.endswith("000"))
        )
        or found.startswith("0800")
        or sum(char in "0123456789" for char in found) < 4
    )
