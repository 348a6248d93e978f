"""Normalise the raw text of a comment: pure ``str -> str``, used by training and inference alike.

Knows nothing about files, models, personal data or labels.
"""

import re
import unicodedata

USER = "<user>"
URL = "<url>"
PHONE = "<phone>"
NUMBER = "<number>"
PLACEHOLDERS = (USER, URL, PHONE, NUMBER)

# Letters of other scripts that spammers use in place of Latin ones; NFKC already folds the
# mathematical alphabets (𝐒𝐋𝐎𝐓), full width forms and ligatures.
_HOMOGLYPHS = str.maketrans(
    "аеорсухіјѕԁһӏьвкмнтАЕОРСУХІЈЅВКМНТαειοκνρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧɡɑԀҺӀЬꞬⱭ",
    "aeopcyxijsdhlbbkmhtAEOPCYXIJSBKMHTaeiokvptuxABEZHIKMNOPTYXgaDHlbGA",
)
_HOMOGLYPH_SCRIPT = re.compile("[\u0370-\u03ff\u0400-\u04ff\u0500-\u052fɡɑꞬⱭ]")
_LATIN = re.compile("[A-Za-z]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufffc\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MARK_PILE = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+")
_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"]+|\bHTTPURL\b", re.IGNORECASE)
_USER = re.compile(r"@[\w.]*\w|@+USER\b")
# The masks of the shared corpora; only the upper-case forms are masks.
_PHONE = re.compile(r"\bNOMOR_HP\b|(?<![\w.,])(?:\+?62|0)8[\d .\-]{6,15}\d(?!\w)")
_NUMBER = re.compile(r"\bNOMOR\b|(?<![\w.,])\d{7,}(?!\w)")
_LONG_LETTERS = re.compile(r"([^\W\d_])\1{2,}")
_REPEATED_MARKS = re.compile(r"([^\w\s<>])(?:\s*\1)+")
# Calls for attention at the end of a comment. They say nothing about the matter and must not move
# an answer (DOMAIN.md 3.3), so the model never sees them there.
_PLEAS = frozenset(("viralkan", "viralin", "viral", "viralkn", "up"))
_PLEA_MARKS = "😭🙏🥺😢😡🤬😤😩!?.,"
_END_MARKS = " !.,"
_KEPT_WORDS = 3  # a comment that is nothing but a plea keeps it
_SPACES = re.compile(r"\s+")

# UTF-8 read as Windows-1252: a lead byte seen as one of these, then one to three trail bytes.
_MOJIBAKE = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]{1,3}"
)


def repair_mojibake(text: str) -> str:
    r"""Undo UTF-8 that was read as Windows-1252, run by run (``ðŸ™`` becomes an emoji).

    Runs that are not valid UTF-8 after the reversal are left as they are.

    Example:
        >>> repair_mojibake("jalan rusak â€œlagiâ€\x9d")
        'jalan rusak “lagi”'
    """
    if text.isascii():
        return text
    return _MOJIBAKE.sub(_redecode, text)


def _redecode(match: re.Match[str]) -> str:
    run = match.group()
    raw = bytearray()
    for char in run:
        try:
            raw += char.encode("cp1252")
        except UnicodeEncodeError:
            if ord(char) > 0xFF:
                return run
            raw.append(ord(char))  # the five bytes that Windows-1252 leaves undefined
    for end in range(len(raw), 1, -1):  # the greedy run may have taken one letter too many
        try:
            return raw[:end].decode("utf-8") + run[end:]
        except UnicodeDecodeError:
            continue
    return run


def _fold_homoglyphs(word: str) -> str:
    """Fold look-alikes in a word that also has Latin letters; Russian and Greek stay themselves."""
    return word.translate(_HOMOGLYPHS) if _LATIN.search(word) else word


def normalize(text: str) -> str:
    """Return the form of ``text`` that the model reads.

    Compatibility forms, look-alike letters, invisible characters and case are folded; handles,
    links and long numbers become placeholders; letters repeated three or more times and repeated
    marks or emoji collapse to one, and pleas at the end go, because intensity must never change an
    answer (DOMAIN.md 3.3). The function is idempotent.

    Example:
        >>> normalize("TOLOOOONG pak @gub!!! 😭😭😭 jln   rusak VIRALKAN!!! 😭")
        'tolong pak <user>! 😭 jln rusak'
    """
    text = _URL.sub(URL, text)
    # What one fold leaves can be what another folds; few texts need a second round.
    while not text.isascii() and (folded := _fold_letters(text)) != text:
        text = folded
    text = _CONTROL.sub(" ", text)
    text = _USER.sub(USER, text)
    text = _PHONE.sub(PHONE, text)
    text = _NUMBER.sub(NUMBER, text)
    text = text.lower()
    text = _LONG_LETTERS.sub(r"\1", text)
    text = _REPEATED_MARKS.sub(r"\1", text)
    return _drop_pleas(_SPACES.sub(" ", text).strip())


def _fold_letters(text: str) -> str:
    text = repair_mojibake(text)
    text = unicodedata.normalize("NFKC", text)
    text = _INVISIBLE.sub("", text)
    text = _MARK_PILE.sub("", unicodedata.normalize("NFD", text))
    text = unicodedata.normalize("NFC", text)
    if _HOMOGLYPH_SCRIPT.search(text):
        text = " ".join(map(_fold_homoglyphs, text.split(" ")))
    return text


def _drop_pleas(text: str) -> str:
    """Drop calls for virality, pleading emoji and final marks from a normalised text.

    A question mark stays: it tells a question from a complaint.
    """
    words = text.split(" ")
    end = len(words)
    while end > _KEPT_WORDS:
        bare = words[end - 1].strip(_PLEA_MARKS)
        if bare and bare not in _PLEAS:
            break
        end -= 1
    return " ".join(words[:end]).rstrip(_END_MARKS) or text
