"""Turn normalised text into windows of piece ids; the only tokenisation there is.

Knows the sentencepiece file and nothing about heads or models.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import BundleCorrupt

MAX_TOKENS = 128  # pieces a window, specials included; the encoder was pretrained at this length
STRIDE = 96  # pieces between the starts of two windows of a longer text


class Tokenizer:
    """A sentencepiece vocabulary with the two specials that close every window.

    Args:
        path: The sentencepiece model file.

    Raises:
        BundleCorrupt: If the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        import sentencepiece

        self._path = path
        try:
            self._processor: Any = sentencepiece.SentencePieceProcessor(model_file=str(path))
        except (OSError, RuntimeError) as error:
            raise BundleCorrupt(
                f"{path}: not a sentencepiece model ({error}); get the bundle again", path=path
            ) from error
        self.pad = int(self._processor.pad_id())
        self.begin = int(self._processor.bos_id())
        self.end = int(self._processor.eos_id())
        self.unknown = int(self._processor.unk_id())

    def __len__(self) -> int:
        return len(self._processor)

    def __reduce__(self) -> tuple[type["Tokenizer"], tuple[Path]]:
        return (Tokenizer, (self._path,))

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the pieces of normalised texts, without specials and of any length."""
        return list(self._processor.encode(list(texts), num_threads=1))

    def likely(self, text: str, n: int = 8) -> list[list[int]]:
        """Return the ``n`` likeliest segmentations, best first; drawing one is noise for training.

        Source:
            Kudo (2018), https://arxiv.org/abs/1804.10959.
        """
        return [list(ids) for ids in self._processor.nbest_encode_as_ids(text, n)]

    def windows(self, texts: Sequence[str]) -> tuple[list[list[int]], list[int]]:
        """Cut texts into windows of at most ``MAX_TOKENS`` pieces that overlap by a third.

        Args:
            texts: Normalised texts, of any length.

        Returns:
            The windows with their specials, and for each the position of its text.
        """
        room = MAX_TOKENS - 2
        rows: list[list[int]] = []
        owners: list[int] = []
        for owner, ids in enumerate(self.encode(texts)):
            last = max(0, len(ids) - room)
            starts = [*range(0, last, STRIDE), last] if last else [0]
            for start in starts:
                rows.append([self.begin, *ids[start : start + room], self.end])
                owners.append(owner)
        return rows, owners

    def pad_batch(
        self, rows: Sequence[Sequence[int]]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return piece ids and attention mask, both int64 of shape (n_rows, longest row)."""
        longest = max(map(len, rows))
        ids = np.full((len(rows), longest), self.pad, dtype=np.int64)
        mask = np.zeros((len(rows), longest), dtype=np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        return ids, mask
