import pickle

import numpy as np
import pytest
import sentencepiece

from pengaduan_nlp import BundleCorrupt
from pengaduan_nlp.text import normalize
from pengaduan_nlp.tokenizer import MAX_TOKENS, Tokenizer

from .conftest import TINY

FILE = TINY / "vocabulary.model"


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer(FILE)


def test_encode_equals_sentencepiece(tokenizer, comments):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(FILE))
    texts = [normalize(text) for text in comments]
    assert tokenizer.encode(texts) == [processor.encode(text) for text in texts]


def test_placeholders_are_single_pieces(tokenizer):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(FILE))
    for name in ("<user>", "<url>", "<phone>", "<number>"):
        assert tokenizer.encode([f"a {name} b"])[0].count(processor.piece_to_id(name)) == 1


def test_unknown_scripts_fall_back_to_bytes(tokenizer):
    assert tokenizer.unknown not in tokenizer.encode(["日本"])[0]


def test_short_text_is_one_window_with_specials(tokenizer):
    rows, owners = tokenizer.windows(["jalan rusak"])
    assert owners == [0]
    assert (rows[0][0], rows[0][-1]) == (tokenizer.begin, tokenizer.end)


def test_windows_cover_every_piece_of_a_long_text(tokenizer):
    text = " ".join(f"jalan nomor {i} rusak" for i in range(200))
    rows, owners = tokenizer.windows(["pendek", text])
    assert owners[0] == 0
    assert set(owners[1:]) == {1}
    assert max(map(len, rows)) == MAX_TOKENS
    pieces = tokenizer.encode([text])[0]
    found = rows[1][1:-1]
    for row in rows[2:]:
        inner = row[1:-1]
        overlap = next(n for n in range(len(inner), -1, -1) if found[len(found) - n :] == inner[:n])
        found = found + inner[overlap:]
    assert found == pieces


def test_pad_batch_masks_padding(tokenizer):
    ids, mask = tokenizer.pad_batch([[2, 7, 3], [2, 3]])
    assert ids.tolist() == [[2, 7, 3], [2, 3, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 1, 0]]
    assert ids.dtype == np.int64


def test_pickle_reopens_the_file(tokenizer):
    again = pickle.loads(pickle.dumps(tokenizer))
    assert again.encode(["jalan"]) == tokenizer.encode(["jalan"])


def test_broken_file_is_corrupt(tmp_path):
    (tmp_path / "v.model").write_text("nothing")
    with pytest.raises(BundleCorrupt, match="not a sentencepiece model"):
        Tokenizer(tmp_path / "v.model")
