"""Turn normalised text into windows of piece ids; the only tokenisation there is.

Knows the vocabulary's file and nothing about heads or models.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import BundleCorrupt, MissingDependency

MAX_TOKENS = 128  # pieces a window, specials included; the encoder was pretrained at this length
STRIDE = 96  # pieces between the starts of two windows of a longer text


class Tokenizer:
    """A vocabulary with the two specials that close every window.

    Args:
        path: The sentencepiece model, or the ``tokenizer.json`` of an encoder from Hugging Face.

    Raises:
        BundleCorrupt: If the file cannot be read, or knows no specials.
        MissingDependency: If the package that reads it is not installed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        reader: type[_SentencePieces | _HuggingFacePieces] = (
            _HuggingFacePieces if path.suffix == ".json" else _SentencePieces
        )
        try:
            self._pieces = reader(path)
        except ImportError as error:
            raise MissingDependency(
                f"{path}: needs {error.name}; install it with: pip install {error.name}"
            ) from error
        except Exception as error:  # the packages raise their own, all plain Exceptions
            raise BundleCorrupt(
                f"{path}: not a {reader.format} ({error}); get the bundle again", path=path
            ) from error
        self.pad, self.begin, self.end, self.unknown = self._pieces.specials

    def __len__(self) -> int:
        return len(self._pieces)

    def __reduce__(self) -> tuple[type["Tokenizer"], tuple[Path]]:
        return (Tokenizer, (self._path,))

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the pieces of normalised texts, without specials and of any length."""
        return self._pieces.encode(list(texts))

    def likely(self, text: str, n: int = 8) -> list[list[int]]:
        """Return the ``n`` likeliest segmentations, best first; drawing one is noise for training.

        Source:
            Kudo (2018), https://arxiv.org/abs/1804.10959.
        """
        return self._pieces.likely(text, n)

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


class _SentencePieces:
    format = "sentencepiece model"

    def __init__(self, path: Path) -> None:
        import sentencepiece

        self._processor: Any = sentencepiece.SentencePieceProcessor(model_file=str(path))
        names = ("pad_id", "bos_id", "eos_id", "unk_id")
        pad, begin, end, unknown = (int(getattr(self._processor, name)()) for name in names)
        self.specials = (pad, begin, end, unknown)

    def __len__(self) -> int:
        return len(self._processor)

    def encode(self, texts: list[str]) -> list[list[int]]:
        return list(self._processor.encode(texts, num_threads=1))

    def likely(self, text: str, n: int) -> list[list[int]]:
        return [list(ids) for ids in self._processor.nbest_encode_as_ids(text, n)]


class _HuggingFacePieces:
    """Reads ``tokenizer.json``, padding included; knows one segmentation only."""

    format = "tokenizer of Hugging Face with begin, end and padding"

    def __init__(self, path: Path) -> None:
        import tokenizers

        self._processor: Any = tokenizers.Tokenizer.from_file(str(path))
        self._processor.no_truncation()
        begin, end = self._processor.encode("").ids
        padding: Any = self._processor.padding
        pad = int(padding["pad_id"])
        self._processor.no_padding()
        model = json.loads(path.read_text(encoding="utf-8"))["model"]
        unknown = self._processor.token_to_id(str(model.get("unk_token")))
        self.specials = (pad, begin, end, pad if unknown is None else unknown)

    def __len__(self) -> int:
        return int(self._processor.get_vocab_size())

    def encode(self, texts: list[str]) -> list[list[int]]:
        found = self._processor.encode_batch(texts, add_special_tokens=False)
        return [list(item.ids) for item in found]

    def likely(self, text: str, n: int) -> list[list[int]]:
        return self.encode([text])
