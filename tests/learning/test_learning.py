import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers import BertConfig, DistilBertConfig  # noqa: E402

from pengaduan_nlp import RecipeError, TrainingError  # noqa: E402
from pengaduan_nlp.examples import Example, gold_positions, read_examples  # noqa: E402
from pengaduan_nlp.learning import frames  # noqa: E402
from pengaduan_nlp.learning.augment import Augmenter  # noqa: E402
from pengaduan_nlp.learning.baseline import baseline_probabilities  # noqa: E402
from pengaduan_nlp.learning.calibrate import fit_calibration  # noqa: E402
from pengaduan_nlp.learning.data import group_folds, near_copy_groups, targets  # noqa: E402
from pengaduan_nlp.learning.export import export_graph, write_bundle  # noqa: E402
from pengaduan_nlp.learning.linear import choose_shares, fit_wide  # noqa: E402
from pengaduan_nlp.learning.loop import TrainingData, _Batches, fit, predict_logits  # noqa: E402
from pengaduan_nlp.learning.loss import TriageLoss  # noqa: E402
from pengaduan_nlp.learning.model import build_network  # noqa: E402
from pengaduan_nlp.learning.recipe import Recipe  # noqa: E402
from pengaduan_nlp.runtime.torch_model import from_config  # noqa: E402
from pengaduan_nlp.tokenizer import Tokenizer  # noqa: E402
from pengaduan_nlp.wide import WideModel  # noqa: E402

from ..conftest import ROOT, TINY  # noqa: E402

RECIPE = Recipe(
    encoder="none", epochs=60, batch=8, learning_rate=3e-3, dropout=0.0, piece_dropout=0.0,
    subword_sampling=0.0, augment=0.0, ema=0.0, seed=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer(TINY / "vocabulary.model")


@pytest.fixture(scope="module")
def examples(scheme):
    kinds = scheme.head("kind").slugs
    pool = read_examples(ROOT / "data" / "comments.jsonl", scheme)
    return [example for kind in kinds for example in pool if example.labels["kind"] == (kind,)][:8]


def _config(**changes):
    shape = {
        "vocab_size": 600, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 64, "max_position_embeddings": 128, "attn_implementation": "eager",
    }  # fmt: skip
    return BertConfig(**(shape | changes))


def _network(scheme):
    torch.manual_seed(0)
    return from_config(_config(), scheme.n_outputs)


def test_loop_overfits_eight_examples(scheme, tokenizer, examples):
    data = TrainingData(examples, np.ones(len(examples)))
    network = fit(_network(scheme), data, tokenizer, scheme, RECIPE)
    logits = predict_logits(network, [example.text for example in examples], tokenizer)
    gold = gold_positions(examples, scheme)
    for name in ("kind", "sector"):
        known = gold[name] >= 0
        found = logits[:, scheme.slices[name]].argmax(1)
        assert (found[known] == gold[name][known]).all(), name


def test_two_runs_with_one_seed_give_equal_weights(scheme, tokenizer, examples):
    recipe = Recipe(encoder="none", epochs=2, batch=4, seed=9)
    data = TrainingData(examples, np.ones(len(examples)))
    first, second = (fit(_network(scheme), data, tokenizer, scheme, recipe) for _ in range(2))
    for left, right in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(left, right)


def test_loop_reports_every_step(scheme, tokenizer, examples):
    seen = []
    data = TrainingData(examples, np.ones(len(examples)))
    recipe = Recipe(encoder="none", epochs=2, batch=4)
    fit(
        _network(scheme), data, tokenizer, scheme, recipe,
        progress=lambda step, steps, loss: seen.append((step, steps)),
    )  # fmt: skip
    assert seen == [(step, 4) for step in range(1, 5)]


def test_loop_stops_on_a_loss_that_is_no_number(scheme, tokenizer, examples):
    network = _network(scheme)
    with torch.no_grad():
        network.heads.weight.fill_(float("nan"))
    with pytest.raises(TrainingError, match="lower learning_rate"):
        fit(network, TrainingData(examples, np.ones(8)), tokenizer, scheme, RECIPE)


def test_targets_mark_allowed_labels_and_leave_unknown_heads_zero(scheme):
    row = targets([Example("x", {"kind": ("aspirasi", "bukan_laporan")}, "s")], scheme)[0]
    assert row[scheme.slices["kind"]].tolist() == [0, 1, 0, 1]
    assert row[scheme.slices["sector"]].sum() == 0


def test_loss_ignores_unknown_heads(scheme):
    logits = torch.randn(3, scheme.n_outputs, requires_grad=True)
    allowed = torch.zeros(3, scheme.n_outputs)
    allowed[:, 0] = 1  # kind = pengaduan, nothing else known
    TriageLoss(scheme)(logits, allowed).backward()
    gradient = logits.grad
    assert gradient[:, scheme.slices["kind"]].abs().sum() > 0
    assert gradient[:, scheme.slices["kind"].stop :].abs().sum() == 0


def test_loss_of_a_partial_label_is_that_of_the_allowed_mass(scheme):
    logits = torch.randn(1, scheme.n_outputs)
    allowed = torch.zeros(1, scheme.n_outputs)
    allowed[0, 1:4] = 1
    expected = -torch.log(torch.softmax(logits[0, :4], 0)[1:4].sum())
    assert TriageLoss(scheme)(logits, allowed).item() == pytest.approx(expected.item(), rel=1e-5)


def test_subtopics_compete_under_their_own_sector_only(scheme):
    head = scheme.head("subtopic")
    start = scheme.slices["subtopic"].start
    logits = torch.zeros(1, scheme.n_outputs)
    allowed = torch.zeros(1, scheme.n_outputs)
    allowed[0, start + head.index("dana_desa")] = 1
    loss = TriageLoss(scheme)(logits, allowed).item()
    assert loss == pytest.approx(np.log(2), rel=1e-4)  # two sub-topics under desa


@pytest.mark.parametrize("neighbour", ["rendah", "tinggi"])
def test_ordinal_near_miss_costs_less_than_a_far_one(scheme, neighbour):
    head, start = scheme.head("urgency"), scheme.slices["urgency"].start
    allowed = torch.zeros(1, scheme.n_outputs)
    allowed[0, start + head.index("sedang")] = 1

    def loss(slug):
        logits = torch.zeros(1, scheme.n_outputs)
        logits[0, start + head.index(slug)] = 4.0
        return TriageLoss(scheme)(logits, allowed).item()

    assert loss("sedang") < loss(neighbour) < loss("darurat")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("jalan rusak parah di depan pasar", "JALAN RUSAK PARAH di depan pasar!!!", True),
        ("jalan rusak parah di depan pasar besar", "jalan rusak di depan pasar besar", True),
        ("jalan rusak parah di depan pasar", "lampu mati di depan sekolah", False),
        ("", "jalan", False),
    ],
)
def test_near_copies_share_a_group(left, right, same):
    first, second = near_copy_groups([left, right])
    assert (first == second) is np.bool_(same)


def test_near_copies_equal_a_search_over_all_pairs():
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice(list("abcdefgh"), rng.integers(3, 7))) for _ in range(120)]
    groups = near_copy_groups(texts)
    for i in range(120):
        for j in range(i):
            left, right = set(texts[i].split()), set(texts[j].split())
            if len(left & right) >= 0.7 * len(left | right):
                assert groups[i] == groups[j]


def test_folds_share_no_source_and_no_near_copy():
    sources = [f"s{i % 7}" for i in range(70)]
    groups = np.arange(70) // 2
    held_out = []
    for train, held in group_folds(groups, sources, 3, seed=0):
        assert not {sources[i] for i in train} & {sources[i] for i in held}
        assert not set(groups[train]) & set(groups[held])
        held_out += held.tolist()
    assert sorted(held_out) == list(range(70))


def test_augmenter_changes_about_its_share_and_keeps_order_of_seeds():
    words = "jalan depan sekolah rusak parah sekali tolong diperbaiki segera pak"
    augment = Augmenter({"tidak": ["gak"]}, rate=0.5, seed=1)
    changed = np.mean([augment(words) != words for _ in range(400)])
    assert 0.3 < changed < 0.5
    assert Augmenter({}, rate=0.0, seed=1)(words) == words


def test_augmenter_swaps_regions_and_frames_with_other_words_than_the_tests():
    augment = Augmenter({}, rate=1.0, seed=1)
    versions = [augment("air PDAM di Kuningan cuma menetes") for _ in range(200)]
    assert sum("kuningan" not in version.lower() for version in versions) > 60
    words = {*frames.POLITE_OPENINGS, *frames.RUDE_CLOSINGS}
    assert sum(any(word in version for word in words) for version in versions) > 20
    plain = Augmenter({}, rate=0.0, seed=1)
    assert any(plain("banjir di Demak", always=True) != "banjir di Demak" for _ in range(20))


def test_frames_are_not_those_of_the_flip_test():
    rows = (ROOT / "tests" / "data" / "metamorphic.jsonl").read_text(encoding="utf-8").lower()
    longer = [
        frame
        for group in (
            frames.POLITE_OPENINGS, frames.POLITE_CLOSINGS, frames.RUDE_OPENINGS,
            frames.RUDE_CLOSINGS,
        )
        for frame in group
        if len(frame.split()) > 3
    ]  # fmt: skip
    assert [frame for frame in longer if frame.lower() in rows] == []


def test_disagreement_is_zero_for_equal_answers_and_ignores_unlisted_heads(scheme):
    loss = TriageLoss(scheme, {"kind": 2.0})
    first = torch.randn(5, scheme.n_outputs, generator=torch.Generator().manual_seed(0))
    assert loss.disagreement(first, first).item() == pytest.approx(0, abs=1e-6)
    other = first.clone()
    other[:, scheme.slices["kind"].start] += 1.0
    p, q = (torch.softmax(x[:, scheme.slices["kind"]], 1) for x in (first, other))
    symmetric = ((p - q) * (p.log() - q.log())).sum(1).mean().item() / 2
    assert loss.disagreement(first, other).item() == pytest.approx(2 * symmetric, rel=1e-4)


def test_a_quarter_of_a_batch_are_second_versions_of_its_first_comments(
    scheme, tokenizer, examples
):
    recipe = replace(RECIPE, batch=8, consistency=1.0)
    data = TrainingData(examples * 3, np.ones(24))
    batches = _Batches(data, tokenizer, scheme, recipe, {})
    assert (batches.n_twice, batches.per_epoch) == (2, 4)
    found = list(batches.epoch())
    assert [len(ids) for ids, _, _ in found] == [8, 8, 8, 8]
    assert all(torch.equal(allowed[:2], allowed[-2:]) for _, _, allowed in found)
    assert any(not torch.equal(ids[:2], ids[-2:]) for ids, _, _ in found)


def test_training_with_consistency_makes_versions_agree(scheme, tokenizer, examples):
    data = TrainingData(examples, np.ones(len(examples)))
    recipe = replace(RECIPE, epochs=30, augment=0.5)
    apart = []
    for weight in (0.0, 3.0):
        network = fit(
            _network(scheme), data, tokenizer, scheme, replace(recipe, consistency=weight)
        )
        noise = Augmenter({}, rate=1.0, seed=9)
        texts = [example.text for example in examples]
        plain, changed = (
            torch.from_numpy(predict_logits(network, version, tokenizer))
            for version in (texts, [noise(text) for text in texts])
        )
        apart.append(TriageLoss(scheme).disagreement(plain, changed).item())
    assert apart[1] < apart[0]
    with pytest.raises(RecipeError, match="batch must be at least 4 with consistency, got 2"):
        replace(recipe, batch=2, consistency=1.0)


def test_baseline_learns_what_is_easy(scheme):
    train = [Example(f"jalan rusak {i}", {"kind": ("pengaduan",)}, "s") for i in range(20)]
    train += [Example(f"sehat selalu {i}", {"kind": ("bukan_laporan",)}, "s") for i in range(20)]
    shares = baseline_probabilities(train, ["jalan rusak", "sehat selalu"], scheme, ["kind"])
    assert shares["kind"].argmax(1).tolist() == [0, 3]


def test_calibration_of_overconfident_outputs_softens(scheme):
    rng = np.random.default_rng(0)
    gold = {head.name: np.full(300, -1) for head in scheme.heads}
    gold["kind"] = rng.integers(0, 4, 300)
    logits = rng.normal(size=(300, scheme.n_outputs)).astype(np.float32) * 8
    calibration = fit_calibration(logits, gold, scheme)
    assert calibration.of("kind").temperature > 2
    assert calibration.of("sector").temperature == 1.0


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"encoder": "x", "epoch": 3}, r"unknown setting 'epoch'; did you mean 'epochs'\?"),
        ({"epochs": 3}, "'encoder' is missing"),
        ({"encoder": "x", "epochs": 0}, "at least 1"),
        ({"encoder": "x", "dropout": 1.5}, "dropout must be a share"),
    ],
)
def test_recipe_refuses_what_it_cannot_do(table, message):
    with pytest.raises(RecipeError, match=message):
        Recipe.from_dict(table)


def test_recipe_of_the_shipped_model_is_valid():
    recipe = Recipe.load(ROOT / "training" / "recipes" / "triage.toml")
    assert recipe == Recipe.from_dict(recipe.to_dict())


@pytest.mark.parametrize(
    "config",
    [_config(), DistilBertConfig(vocab_size=600, dim=32, n_layers=2, n_heads=2, hidden_dim=64)],
    ids=["bert", "distilbert"],
)
def test_any_local_checkpoint_can_be_the_encoder(scheme, tmp_path, config):
    from transformers import AutoModel

    AutoModel.from_config(config).save_pretrained(tmp_path)
    network = build_network(Recipe(encoder=str(tmp_path)), scheme.n_outputs)
    export_graph(network, tmp_path / "model.onnx")


def test_missing_encoder_is_named(scheme, tmp_path):
    with pytest.raises(RecipeError, match="cannot be loaded"):
        build_network(Recipe(encoder=str(tmp_path / "nothing")), scheme.n_outputs)


def test_failed_export_leaves_the_old_bundle(scheme, tmp_path):
    from pengaduan_nlp.calibration import Calibration

    out = tmp_path / "mine"
    out.mkdir()
    (out / "old").touch()
    with pytest.raises(FileNotFoundError):
        write_bundle(
            _network(scheme), out, scheme=scheme, tokenizer_file=tmp_path / "none.model",
            calibration=Calibration(), wide=None, metrics={}, entries={},
        )  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (out / "old").exists()


def test_card_shows_the_scores_of_the_metrics(tmp_path):
    from pengaduan_nlp.learning.card import write_card

    score = {"value": 0.8765, "low": 0.85, "high": 0.9}
    report = {"heads": {"kind": {"n": 321, "scores": {"complaint_macro_f1": score}}}}
    floor = {"heads": {"kind": {"scores": {"complaint_macro_f1": score | {"value": 0.5}}}}}
    (tmp_path / "metrics.json").write_text(
        json.dumps(
            {"date": "2026-01-01", "data": "d", "protocol": "p", "model": report,
             "tfidf_logistic_regression": floor, "keyword_rules": {"heads": {}}}
        )
    )  # fmt: skip
    (tmp_path / "manifest.json").write_text(
        json.dumps(
            {"name": "m", "version": "1", "created": "2026-01-01", "licence": "Apache-2.0",
             "data": [{"source": "own", "rows": 7, "sha256": "abc"}], "recipe": {"epochs": 2}}
        )
    )  # fmt: skip
    card = write_card(tmp_path).read_text(encoding="utf-8")
    assert "| 321 | 0.876 [0.850, 0.900] | 0.500 [0.850, 0.900] | - |" in card


def test_wide_model_learns_what_is_easy_and_saves_it(scheme, tmp_path):
    train = [Example(f"jalan rusak {i}", {"kind": ("pengaduan",)}, "s") for i in range(20)]
    train += [Example(f"sehat selalu {i}", {"kind": ("bukan_laporan",)}, "s") for i in range(20)]
    model = fit_wide(train, scheme, ["kind"])
    found = model.logits(["jalan rusak", "sehat selalu"])
    assert found.argmax(1).tolist() == [0, 3]
    model.save(tmp_path / "wide.npz")
    assert (WideModel.load(tmp_path / "wide.npz").logits(["jalan rusak"]) == found[0]).all()


def test_shares_go_to_the_model_that_is_right(scheme):
    gold = {head.name: np.full(90, -1) for head in scheme.heads}
    gold["kind"] = np.arange(90) % 3
    right = np.eye(4, dtype=np.float32)[gold["kind"]] * 4
    logits = np.zeros((90, scheme.n_outputs), dtype=np.float32)
    model = WideModel(*[np.zeros(1)] * 4, {"kind": (0, 4)}, {"kind": 0.3})
    assert choose_shares(logits, right, model, gold, scheme)["kind"] > 0
    logits[:, scheme.slices["kind"]] = right
    assert choose_shares(logits, np.roll(right, 1, axis=1) * 3, model, gold, scheme)["kind"] == 0
