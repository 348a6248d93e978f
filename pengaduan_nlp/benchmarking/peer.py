"""A model of IndoBERT-base's shape, as people use it and at its best.

The weights are random: speed does not depend on them, and nothing is downloaded. Knows torch and
transformers, and nothing about this library's models.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# indobenchmark/indobert-base-p1, config.json: BERT 12 x 768, 12 heads, 3,072 inside.
_SHAPE = {"vocab_size": 30_522, "max_position_embeddings": 512}
_N_LABELS = 4
_MAX_TOKENS = 128  # as this library's windows
PIPELINE_BATCH = 8
BEST_BATCH = 16

Answer = Callable[[Sequence[str]], None]


def build_peer(folder: Path, texts: Sequence[str], changes: dict[str, int]) -> None:
    """Write the model and a WordPiece tokenizer that was trained on the very comments.

    Such a tokenizer cuts them into fewer pieces than IndoBERT's own would, which favours the peer.

    Args:
        folder: Where to.
        texts: The comments of the benchmark.
        changes: Settings of the shape that differ, for tests.
    """
    import transformers
    from tokenizers import BertWordPieceTokenizer

    library: Any = transformers
    words: Any = BertWordPieceTokenizer(lowercase=True)
    size = changes.get("vocab_size", _SHAPE["vocab_size"])
    words.train_from_iterator(texts, vocab_size=size, show_progress=False)
    tokenizer = library.PreTrainedTokenizerFast(
        tokenizer_object=words._tokenizer,
        model_max_length=_MAX_TOKENS,
        unk_token="[UNK]",
        sep_token="[SEP]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        mask_token="[MASK]",
    )
    tokenizer.save_pretrained(folder)
    config = library.BertConfig(**(_SHAPE | changes), num_labels=_N_LABELS)
    library.BertForSequenceClassification(config).save_pretrained(folder)


def load_pipeline(folder: Path) -> Answer:
    """Return a text-classification pipeline with its usual settings."""
    from transformers import pipeline

    classify: Any = pipeline("text-classification", model=str(folder), device="cpu")

    def answer(texts: Sequence[str]) -> None:
        classify(list(texts), batch_size=PIPELINE_BATCH, truncation=True)

    return answer


def load_best(folder: Path, *, bf16: bool) -> Answer:
    """Return the same model without the pipeline: batches sorted by length, no gradients."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    dtype = torch.bfloat16 if bf16 else torch.float32
    model: Any = AutoModelForSequenceClassification.from_pretrained(
        folder, local_files_only=True, dtype=dtype
    ).eval()

    def answer(texts: Sequence[str]) -> None:
        ids = tokenizer(list(texts), truncation=True)["input_ids"]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        with torch.inference_mode():
            for at in range(0, len(order), BEST_BATCH):
                rows = {"input_ids": [ids[i] for i in order[at : at + BEST_BATCH]]}
                batch = tokenizer.pad(rows, return_tensors="pt")
                model(**batch).logits.float().softmax(-1).tolist()

    return answer
