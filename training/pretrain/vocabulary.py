"""Train the sentencepiece vocabulary and turn documents into packed token files.

Knows nothing about models. The token file is a flat ``uint16`` array: documents one after another,
each closed by the end-of-sequence piece.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import sentencepiece as spm
from numpy.typing import NDArray
from tqdm import tqdm

from pengaduan_nlp.text import PLACEHOLDERS

PAD, UNKNOWN, BEGIN, END, MASK = 0, 1, 2, 3, 4
MASK_PIECE = "<mask>"


def train_vocabulary(
    texts: Iterable[str], prefix: Path, *, n_pieces: int, n_sentences: int, threads: int = 2
) -> Path:
    """Train a unigram vocabulary with byte fallback; return the path of the ``.model`` file.

    The text arrives normalised (``pengaduan_nlp.text``), so sentencepiece's own normaliser is off.

    Args:
        texts: Normalised documents; the first ``n_sentences`` of a shuffled stream are used.
        prefix: Path without suffix of the files to write.
        n_pieces: Size of the vocabulary, specials and 256 bytes included; at most 65,535.
        n_sentences: Documents that sentencepiece loads.
        threads: Threads of the trainer.
    """
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_prefix=str(prefix),
        model_type="unigram",
        vocab_size=n_pieces,
        character_coverage=0.9995,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        split_digits=True,
        input_sentence_size=n_sentences,
        shuffle_input_sentence=True,
        num_threads=threads,
        pad_id=PAD,
        unk_id=UNKNOWN,
        bos_id=BEGIN,
        eos_id=END,
        control_symbols=[MASK_PIECE],
        user_defined_symbols=list(PLACEHOLDERS),
        max_sentence_length=8192,
        minloglevel=1,
    )
    return prefix.with_suffix(".model")


def pack(texts: Iterable[str], model: Path, out: Path, *, threads: int = 2) -> int:
    """Encode ``texts`` into the token file ``out``; return the number of tokens.

    Raises:
        ValueError: If the vocabulary does not fit 16 bits.
    """
    processor = spm.SentencePieceProcessor(model_file=str(model))
    if len(processor) > 65_536:
        raise ValueError(f"vocabulary of {len(processor)} pieces; token files hold at most 65,536")
    n_tokens = 0
    with out.open("wb") as file, tqdm(unit=" documents", desc=out.name, mininterval=2) as bar:
        for batch in _batches(texts, 10_000):
            for ids in processor.encode(batch, num_threads=threads):
                row = np.asarray([*ids, END], dtype=np.uint16)
                row.tofile(file)
                n_tokens += row.size
            bar.update(len(batch))
    return n_tokens


def load_tokens(path: Path) -> NDArray[np.uint16]:
    """Map a token file into memory, shape (n_tokens,)."""
    return np.memmap(path, dtype=np.uint16, mode="r")


def _batches(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
