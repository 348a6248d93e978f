"""The pretraining pipeline on a corpus of a few hundred lines; needs the training packages."""

import json
import shutil
import tomllib
from dataclasses import replace

import numpy as np
import pytest

from pengaduan_nlp.text import normalize
from pengaduan_nlp.tokenizer import Tokenizer

torch = pytest.importorskip("torch")
zstandard = pytest.importorskip("zstandard")

from training.pretrain.corpus import Selection, documents, fingerprint, is_local  # noqa: E402
from training.pretrain.embeddings import cooccurrence, ppmi_embeddings  # noqa: E402
from training.pretrain.loop import Mixture, Recipe, build, pretrain, schedule  # noqa: E402
from training.pretrain.muon import orthogonalize  # noqa: E402
from training.pretrain.objective import corrupt  # noqa: E402
from training.pretrain.publish import publish  # noqa: E402
from training.pretrain.run import _selection, unigram, write_encoder  # noqa: E402
from training.pretrain.tokenizer_export import write_fast_tokenizer  # noqa: E402
from training.pretrain.vocabulary import END, MASK, load_tokens, pack, train_vocabulary  # noqa: E402

from ..conftest import ROOT  # noqa: E402

N_PIECES = 500
RECIPE = Recipe(
    minutes=1, steps=6, layers=1, width=16, heads=2, inner=32, length=24, batch=4, n_sampled=50
)


@pytest.fixture(scope="module")
def texts():
    with (ROOT / "data" / "comments.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line, _ in zip(lines, range(500), strict=False)]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("corpus")
    rows = [("own/comments", text) for text in texts] + [("own/comments", texts[0])] * 3
    rows += [("own/english", "this is an english sentence that nobody here wants to read")] * 5
    lines = "".join(f"{source}\t{text}\n" for source, text in rows).encode()
    (folder / "informal.tsv.zst").write_bytes(zstandard.ZstdCompressor().compress(lines))
    header = "repository\tfile\tdocuments\tcharacters\n"
    sizes = f"{header}own/comments\tinformal.tsv.zst\t503\t{len(lines)}\n"
    (folder / "sources.tsv").write_text(sizes)
    return folder / "informal.tsv.zst"


@pytest.fixture(scope="module")
def packed(tmp_path_factory, corpus):
    folder = tmp_path_factory.mktemp("work")
    kept = list(documents(Selection(corpus, 1.0, 10**9, 10**9)))
    model = train_vocabulary(kept, folder / "vocabulary", n_pieces=N_PIECES, n_sentences=500)
    n_tokens = pack(kept, model, folder / "informal.bin")
    return folder, kept, n_tokens


def _model(packed):
    tokens = {"informal": load_tokens(packed[0] / "informal.bin")}
    vectors = ppmi_embeddings(cooccurrence([tokens["informal"]], N_PIECES), RECIPE.width)
    return build(RECIPE, unigram(tokens, {"informal": 1.0}, N_PIECES), vectors), tokens["informal"]


def _run(packed, out, **options):
    model, tokens = _model(packed)
    pretrain(RECIPE, Mixture([(tokens, 1.0)], length=RECIPE.length), model, out, **options)
    return model


def test_documents_drop_copies_and_foreign_text(packed, texts):
    kept = packed[1]
    assert len(kept) == len(set(map(fingerprint, kept)))
    assert 0.8 * len(texts) < len(kept) <= len(texts)
    assert not any("english" in text for text in kept)


def test_cap_of_a_source_thins_it(corpus):
    everything = sum(map(len, documents(Selection(corpus, 1.0, 10**9, 10**9))))
    thinned = sum(map(len, documents(Selection(corpus, 1.0, 10**9, everything // 4))))
    assert 0.1 * everything < thinned < 0.4 * everything


def test_sources_are_chosen_by_name(corpus):
    def found(**names):
        names = {key: frozenset(value) for key, value in names.items()}
        return len(list(documents(Selection(corpus, 1.0, 10**9, 10**9, **names))))

    everything = found()
    assert found(only=["own/comments"]) == found(skip=["own/english"]) == everything
    assert found(only=["own/nothing"]) == found(skip=["own/comments"]) == 0


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("jalan di kampung kami rusak dan gelap", True),
        ("dalan neng desaku wis rusak ora didandani", True),
        ("the road is broken and they have not fixed it", False),
        ("a b", False),
    ],
)
def test_language_filter(text, local):
    assert is_local(text) is local


def test_packed_tokens_close_every_document(packed):
    folder, kept, n_tokens = packed
    tokens = load_tokens(folder / "informal.bin")
    assert len(tokens) == n_tokens
    assert (tokens == END).sum() == len(kept)
    assert tokens.max() < N_PIECES


def test_corruption_hides_about_its_rate_and_never_specials():
    ids = torch.randint(0, 100, (50, 40))
    corrupted, labels = corrupt(ids, rate=0.3, keep=0.2, generator=torch.Generator().manual_seed(0))
    chosen = labels >= 0
    assert 0.25 < chosen.float().mean() < 0.33
    assert (labels[chosen] == ids[chosen]).all()
    assert (ids[chosen] > MASK).all()
    assert (corrupted[~chosen] == ids[~chosen]).all()
    assert 0.7 < (corrupted[chosen] == MASK).float().mean() < 0.9


def test_ppmi_puts_words_of_one_context_together():
    rng = np.random.default_rng(0)
    # Pieces 10 and 11 stand between the same neighbours; 12 elsewhere.
    rows = [np.array([5, rng.choice([10, 11]), 6, 3]) for _ in range(800)]
    rows += [np.array([7, 12, 8, 3]) for _ in range(400)]
    tokens = np.concatenate(rows).astype(np.uint16)
    vectors = ppmi_embeddings(cooccurrence([tokens], 20, window=2), 4)
    unit = torch.nn.functional.normalize(vectors, dim=1)
    assert unit[10] @ unit[11] > unit[10] @ unit[12]


def test_orthogonalize_brings_singular_values_near_one():
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalize(torch.randn(20, 40)))
    assert values.min() > 0.5
    assert values.max() < 1.5


@pytest.mark.parametrize(("progress", "factor"), [(0.0, 0.0), (0.1, 1.0), (0.55, 0.5), (1.0, 0.0)])
def test_schedule_rises_and_anneals_to_zero(progress, factor):
    assert schedule(progress, 0.1) == pytest.approx(factor)


def test_resumed_run_equals_an_uninterrupted_one(packed, tmp_path):
    whole = _run(packed, tmp_path / "whole")
    _run(packed, tmp_path / "parts", stop_after=3)
    resumed = _run(packed, tmp_path / "parts")
    for left, right in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(left, right)


def test_encoder_folder_loads_with_stock_transformers(packed, tmp_path):
    from transformers import AutoModel

    folder = packed[0]
    _run(packed, folder)
    (folder / "log.jsonl").write_text('{"tokens": 1, "loss": 5.0}\n{"tokens": 2, "loss": 4.0}\n')
    write_encoder(folder, tmp_path / "encoder", RECIPE, {})
    encoder = AutoModel.from_pretrained(tmp_path / "encoder", add_pooling_layer=False)
    assert encoder.config.hidden_size == RECIPE.width
    assert (tmp_path / "encoder" / "loss.png").stat().st_size > 1000
    assert "MLM" in (text := (tmp_path / "encoder" / "training.json").read_text()) or "mask" in text


@pytest.fixture(scope="module")
def masked_run(packed, tmp_path_factory):
    out = tmp_path_factory.mktemp("mlm")
    _run(packed, out)
    return out / "state.pt"


def test_going_on_starts_from_the_earlier_weights(packed, masked_run, tmp_path):
    earlier = torch.load(masked_run, weights_only=False)
    recipe = replace(RECIPE, start=str(masked_run), seed=7)
    model, tokens = _model(packed)
    pretrain(recipe, Mixture([(tokens, 1.0)], length=24), model, tmp_path, stop_after=0)
    assert all((model.state_dict()[name] == w).all() for name, w in earlier["model"].items())
    assert torch.load(tmp_path / "state.pt", weights_only=False)["before"] == earlier["n_tokens"]


def test_replaced_token_detection_learns_and_keeps_its_generator(packed, masked_run, tmp_path):
    recipe = replace(
        RECIPE, start=str(masked_run), objective="rtd", steps=150, muon_lr=0.05, peak_lr=0.01
    )
    tokens = load_tokens(packed[0] / "informal.bin")
    model = build(recipe, torch.full((N_PIECES,), 1 / N_PIECES), None)
    frozen = [weight.clone() for weight in model._generator[0].parameters()]
    pretrain(recipe, Mixture([(tokens, 1.0)], length=24), model, tmp_path)
    assert all(
        (before == after).all()
        for before, after in zip(frozen, model._generator[0].parameters(), strict=True)
    )
    state = torch.load(tmp_path / "state.pt", weights_only=False)
    assert not any("generator" in name for name in state["model"])
    assert len(state["model"]["encoder.embeddings.word_embeddings.weight"]) == N_PIECES
    # The answer "all original" costs the entropy of the replaced share; less is learnt.
    share = RECIPE.rate * (1 - RECIPE.keep)
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    assert state["loss"] < entropy


@pytest.mark.parametrize("path", sorted(ROOT.glob("training/recipes/pretrain*.toml")), ids=str)
def test_every_recipe_can_be_read(path):
    settings = tomllib.loads(path.read_text(encoding="utf-8"))
    recipe = Recipe(**settings["model"])
    assert recipe.width % recipe.heads == 0
    selections = [_selection(n, v, ROOT / "corpus") for n, v in settings["corpus"].items()]
    assert all(selection.path.name.endswith(".tsv.zst") for selection in selections)
    assert settings["vocabulary"]["pieces"] < 2**16  # packed as uint16


def test_published_encoder_has_a_card_with_its_scores(packed, masked_run, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    shutil.copy(masked_run, work)
    shutil.copy(packed[0] / "vocabulary.model", work)
    (work / "log.jsonl").write_text('{"tokens": 1, "loss": 5.0}\n{"tokens": 2, "loss": 4.0}\n')
    write_encoder(work, tmp_path / "encoder", RECIPE, {"corpus": "a few lines"})
    with pytest.raises(FileNotFoundError, match=r"benchmarks\.json is missing; run"):
        publish(tmp_path / "encoder", tmp_path / "out")
    scores = {"test": 61.25, "low": 58.0, "high": 64.0, "tfidf": 60.0, "published": {}}
    report = {"seeds": 3, "date": "2026-01-01", "tasks": {"EmoT": scores}}
    (tmp_path / "encoder" / "benchmarks.json").write_text(json.dumps(report))
    publish(tmp_path / "encoder", tmp_path / "out")
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "| EmoT | 61.25 [58.0, 64.0] | 60.0 |" in text
    assert "a few lines" in text
    assert (tmp_path / "out" / "tokenizer.json").is_file()


def test_fast_tokenizer_gives_the_ids_of_sentencepiece(packed, texts):
    transformers = pytest.importorskip("transformers")
    folder, _, _ = packed
    out = folder / "fast"
    write_fast_tokenizer(folder / "vocabulary.model", out)
    fast = transformers.AutoTokenizer.from_pretrained(out)
    ours = Tokenizer(folder / "vocabulary.model")
    hard = ["<user> di <url>", "日本 🇮🇩 ✅", "a<user>b", "08 <phone>", "", " "]
    normal = [normalize(text) for text in [*texts, *hard]]
    expected = [[ours.begin, *ids, ours.end] for ids in ours.encode(normal)]
    assert fast(normal, truncation=False)["input_ids"] == expected
    assert fast.mask_token_id == MASK
    assert fast.decode(expected[0], skip_special_tokens=True).strip() == normal[0]
