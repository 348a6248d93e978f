"""Find and mask personal data in a comment; the offsets are those of the original text."""

from .finder import find_pii, mask

__all__ = ["find_pii", "mask"]
