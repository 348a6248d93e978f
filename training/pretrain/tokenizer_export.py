"""Write the sentencepiece vocabulary as a fast tokenizer that ``AutoTokenizer`` loads.

On normalised text (``pengaduan_nlp.text.normalize``) its ids equal sentencepiece's; the tests prove
it. Raw text is lower-cased and NFKC-folded only, so links, handles and emoji runs differ.
"""

from pathlib import Path

import sentencepiece as spm
from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers, processors
from tokenizers import Tokenizer as FastTokenizer
from transformers import PreTrainedTokenizerFast

from training.pretrain.vocabulary import BEGIN, END, MASK, PAD, UNKNOWN

MAX_LENGTH = 128


def write_fast_tokenizer(model: Path, out: Path) -> None:
    """Write ``tokenizer.json`` and ``tokenizer_config.json`` into ``out``.

    Args:
        model: Unigram sentencepiece model with byte fallback, identity normalisation.
        out: Folder of the encoder.
    """
    processor = spm.SentencePieceProcessor(model_file=str(model))
    names = [processor.id_to_piece(i) for i in range(len(processor))]
    # User-defined symbols score 0 in the model; any other segmentation of theirs scores below, so
    # the search keeps them whole as sentencepiece does by rule.
    pieces = [(name, processor.get_score(i)) for i, name in enumerate(names)]
    fast = FastTokenizer(models.Unigram(pieces, unk_id=UNKNOWN, byte_fallback=True))
    fast.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
        ]
    )
    fast.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    fast.decoder = decoders.Sequence(
        [decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="first")]
    )
    begin, end = names[BEGIN], names[END]
    fast.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} $B {end}",
        special_tokens=[(begin, BEGIN), (end, END)],
    )
    fast.enable_padding(pad_id=PAD, pad_token=names[PAD])
    PreTrainedTokenizerFast(
        tokenizer_object=fast,
        model_max_length=MAX_LENGTH,
        bos_token=begin,
        eos_token=end,
        cls_token=begin,
        sep_token=end,
        unk_token=names[UNKNOWN],
        pad_token=names[PAD],
        mask_token=names[MASK],
    ).save_pretrained(out)
