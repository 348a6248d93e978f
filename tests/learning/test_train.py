import csv
import json
import random
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pengaduan_nlp import (  # noqa: E402
    InputError,
    RecipeError,
    SchemeError,
    TrainOptions,
    Triage,
    train,
)
from pengaduan_nlp.bundle import Bundle  # noqa: E402
from pengaduan_nlp.cli import main  # noqa: E402
from pengaduan_nlp.examples import Example  # noqa: E402
from pengaduan_nlp.learning.recipe import Recipe  # noqa: E402
from pengaduan_nlp.learning.retraining import Comparison, Estimate, TrainReport  # noqa: E402
from pengaduan_nlp.learning.retraining.comparison import (  # noqa: E402
    Answers,
    compare,
    translate,
)
from pengaduan_nlp.learning.retraining.plan import make_plan  # noqa: E402
from pengaduan_nlp.learning.retraining.replay import draw_weights, find_replay  # noqa: E402
from pengaduan_nlp.learning.retraining.rows import split_rows  # noqa: E402
from pengaduan_nlp.learning.retraining.start import carry_heads  # noqa: E402
from pengaduan_nlp.learning.retraining.work import WorkFolder  # noqa: E402
from pengaduan_nlp.runtime.torch_runtime import load_network  # noqa: E402
from pengaduan_nlp.scheme import Label, LabelScheme  # noqa: E402

from ..conftest import TINY  # noqa: E402

WORDS = (
    "kami warga desa pasar sekolah pagi sore depan dekat kantor lama baru anak ibu kota kampung "
    "besok kemarin siang malam utara selatan barat timur gang blok nomor rumah toko warung sawah "
    "kebun sungai jembatan gunung pantai kakak adik paman bibi teman guru dokter sopir petani"
).split()
ROADS = {"pengaduan": "jalan rusak berlubang", "bukan_laporan": "mantap sehat selalu"}
ASKS = {"aspirasi": "semoga dibangun taman", "permintaan_informasi": "syarat bikin ktp"}
FAST = TrainOptions(start=TINY, replay="none", epochs=5, learning_rate=5e-3, seed=3)


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _texts(label, n, *, seed):
    rng = random.Random(f"{label}{seed}")
    signal = {**ROADS, **ASKS}[label]
    return [" ".join([*rng.sample(WORDS, 5), signal, *rng.sample(WORDS, 4)]) for _ in range(n)]


def _table(path, signals, n, *, seed=0):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["komentar", "klasifikasi"])
        for label in signals:
            writer.writerows((text, label) for text in _texts(label, n, seed=seed))
    return path


def _accuracy(bundle, signals):
    triage = Triage.load(bundle, threads=1)
    right = []
    for label in signals:
        found = triage.probabilities(_texts(label, 30, seed="unseen"))["kind"].argmax(1)
        right += (found == triage.scheme.head("kind").index(label)).tolist()
    return np.mean(right)


def _weights(bundle):
    return (bundle / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return _table(tmp_path_factory.mktemp("own") / "own.csv", ROADS, 60)


@pytest.fixture(scope="module")
def trained(own, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "mine"
    return train(own, out, FAST, progress=False)


def test_planted_signal_is_learned_and_seen_to_be_better(trained):
    assert _accuracy(trained.path, ROADS) > 0.95
    assert trained.mean.difference.low > 0
    assert trained.may_replace
    assert "may replace tiny 0.0.1" in str(trained)


def test_bundle_is_whole_and_predicts(trained):
    bundle = Bundle.open(trained.path)
    assert len(bundle.verify()) >= 7
    assert bundle.manifest["data"][0]["rows"] == trained.n_train
    assert Triage.load(trained.path).predict("jalan rusak pak").is_complaint
    card = (trained.path / "README.md").read_text(encoding="utf-8")
    assert trained.sentence() in card
    assert "| tiny 0.0.1 |" in card


def test_only_the_bundle_is_left(trained):
    assert [path.name for path in trained.path.parent.iterdir()] == ["mine"]


def test_no_comment_is_in_the_bundle(trained, own):
    texts = [line.split(",")[0] for line in own.read_text(encoding="utf-8").splitlines()[1:]]
    for name in ("README.md", "metrics.json", "manifest.json"):
        content = (trained.path / name).read_text(encoding="utf-8")
        assert not any(text in content for text in texts)


def test_heads_without_rows_keep_their_calibration(trained):
    old, new = Triage.load(TINY), Triage.load(trained.path)
    assert new.calibration.of("urgency") == old.calibration.of("urgency")
    assert any("calibration of" in note and "urgency" in note for note in trained.notes)


@pytest.mark.parametrize("saved", [2])
def test_interrupted_run_goes_on_to_the_same_weights(trained, own, tmp_path, monkeypatch, saved):
    out, save = tmp_path / "mine", WorkFolder.save

    def interrupted(folder, trainer):
        save(folder, trainer)
        if trainer.epoch == saved:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(WorkFolder, "save", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(own, out, FAST, progress=False)
    assert not out.exists()
    with pytest.raises(InputError, match="unfinished run with another options"):
        train(own, out, replace(FAST, seed=4), progress=False)
    report = train(own, out, FAST, progress=False)
    assert f"goes on after epoch {saved}" in report.notes
    assert _weights(out) == _weights(trained.path)
    assert report.mean == trained.mean


def test_replay_keeps_what_the_start_knew(trained, tmp_path):
    data = _table(tmp_path / "asks.csv", ASKS, 40)
    old = _table(tmp_path / "roads.csv", ROADS, 60, seed="replayed")
    options = replace(FAST, start=trained.path, epochs=4, replay=old)
    report = train(data, tmp_path / "mixed", options, progress=False)
    assert _accuracy(tmp_path / "mixed", ROADS) > 0.9  # about 0.5 without replay
    assert _accuracy(tmp_path / "mixed", ASKS) > 0.9
    assert report.n_replay > 90
    assert report.kept.n == 12
    assert report.kept.new.value > 0.9


def test_own_scheme_adds_a_label_and_drops_heads(scheme, own, tmp_path):
    kind = scheme.head("kind")
    labels = (*kind.labels, Label("hoaks", "hoaks"))
    new = replace(scheme, heads=(replace(kind, labels=labels),))
    file = tmp_path / "scheme.json"
    file.write_text(json.dumps(new.to_dict()), encoding="utf-8")
    data = tmp_path / "own.csv"
    rows = [f"{text} kabar bohong,hoaks" for text in _texts("aspirasi", 7, seed=1)]
    data.write_text(own.read_text(encoding="utf-8") + "\n".join(rows) + "\n", encoding="utf-8")
    options = replace(FAST, scheme=file, epochs=1)
    with pytest.raises(InputError, match=r"'hoaks' of 'kind' \(7 rows, 1 more needed\)"):
        train(data, tmp_path / "mine", options, progress=False)
    train(data, tmp_path / "mine", replace(options, min_per_label=7), progress=False)
    result = Triage.load(tmp_path / "mine").predict("jalan rusak")
    assert result.sector is None
    assert LabelScheme.load(tmp_path / "mine" / "scheme.json") == new


def test_shared_heads_and_labels_are_carried_over(scheme):
    network = load_network(Bundle.open(TINY))
    before = network.heads.weight.detach().clone()
    kind, urgency = scheme.head("kind"), scheme.head("urgency")
    turned = replace(kind, labels=(Label("baru", "baru"), *reversed(kind.labels)))
    new = LabelScheme("2", (turned, urgency))
    network = carry_heads(network, scheme, new, Recipe(encoder="none"))
    after = network.heads.weight.detach()
    assert after.shape[0] == new.n_outputs
    assert torch.equal(after[1:5], before[scheme.slices["kind"]].flip(0))
    assert torch.equal(after[new.slices["urgency"]], before[scheme.slices["urgency"]])
    assert 0 < (after[0] - before[scheme.slices["kind"]].mean(0)).abs().max() < 0.2


def test_command_takes_any_hugging_face_encoder(own, tmp_path, capsys):
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    words = sorted({*WORDS, *" ".join(ROADS.values()).split()})
    vocabulary = tmp_path / "vocab.txt"
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    pieces += [f"##{letter}" for letter in letters] + words
    vocabulary.write_text("\n".join(pieces), encoding="utf-8")
    encoder = tmp_path / "encoder"
    shape = BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=160,
    )  # fmt: skip
    BertModel(shape).save_pretrained(encoder)
    fast = BertWordPieceTokenizer(str(vocabulary))
    BertTokenizerFast(tokenizer_object=fast._tokenizer).save_pretrained(encoder)
    capsys.readouterr()
    status = main(
        ["train", str(own), "--out", str(tmp_path / "mine"), "--from", str(TINY), "--encoder",
         str(encoder), "--replay", "none", "--min-per-label", "0", "--learning-rate", "0.01",
         "--epochs", "5", "--json"]
    )  # fmt: skip
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert status == 0
    assert report["n_validation"] + report["n_train"] == 120
    assert "training:" in err
    assert "kind from 'klasifikasi'" in err
    assert (tmp_path / "mine" / "tokenizer.json").is_file()
    assert _accuracy(tmp_path / "mine", ROADS) > 0.95
    assert "head 'sector' is left out: no row has a label of it" in report["notes"]


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        (lambda rows: [*rows, "x,pengadua"], {}, InputError, r"line 122.*mean 'pengaduan'\?"),
        (lambda rows: rows[:30], {}, InputError, "29 labelled comments; at least 60 are needed"),
        (lambda rows: ["komentar,klasifikassi", *rows[1:]], {}, InputError, "head 'kind'|'kind'"),
        (lambda rows: rows, {"start": "nothing"}, OSError, "no bundle 'nothing'"),
        (lambda rows: rows, {"scheme": "no.json"}, SchemeError, "no.json: cannot be read"),
        (lambda rows: rows, {"replay": "no.csv"}, InputError, "no such file: no.csv"),
        (
            lambda rows: rows,
            {"encoder": "no/such", "min_per_label": 0},
            RecipeError,
            "'no/such' cannot be loaded",
        ),
        (lambda rows: rows[:61], {"encoder": TINY}, InputError, "'bukan_laporan' of 'kind'"),
    ],
    ids=["label", "few", "column", "start", "scheme", "replay", "encoder", "min-per-label"],
)
def test_what_cannot_be_trained_is_refused_without_traces(
    own, tmp_path, change, options, error, message
):
    data = tmp_path / "data.csv"
    rows = own.read_text(encoding="utf-8").splitlines()
    data.write_text("\n".join(change(rows)) + "\n", encoding="utf-8")
    with pytest.raises(error, match=message):
        train(data, tmp_path / "mine", replace(FAST, **options), progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


def test_existing_out_is_kept(own, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").touch()
    for options in (FAST, replace(FAST, overwrite=True)):
        with pytest.raises(InputError, match=r"exists already|is not the folder of"):
            train(own, tmp_path / "mine", options, progress=False)


@pytest.mark.parametrize(
    ("setting", "message"),
    [({"minutes": 0}, "minutes must be more than 0"), ({"epochs": 0}, "epochs must be at least 1")],
)
def test_impossible_options_are_refused(setting, message):
    with pytest.raises(RecipeError, match=message):
        TrainOptions(**setting)


def _examples(n, **columns):
    return [
        Example(f"t{i}", {"kind": ("pengaduan",)}, **{k: v[i] for k, v in columns.items()})
        for i in range(n)
    ]


def test_split_holds_out_whole_sources_where_there_are_some():
    sources = [f"s{i % 10}" for i in range(100)]
    examples = _examples(100, source=sources)
    held, how = split_rows(examples, np.arange(100), [""] * 100, seed=0)
    inside, outside = ({sources[i] for i in rows} for rows in (held, set(range(100)) - set(held)))
    assert not inside & outside
    assert 15 <= len(held) <= 32
    assert "whole sources of 10" in how


def test_split_keeps_near_copies_together():
    examples = _examples(100, source=["a"] * 100)
    groups = np.arange(100) // 4
    held, _ = split_rows(examples, groups, [""] * 100, seed=0)
    assert 18 <= len(held) <= 32
    assert len(held) == 4 * len(set(groups[held]))


def test_split_of_the_table_is_kept():
    examples = _examples(4, source=["a"] * 4)
    held, _ = split_rows(examples, np.arange(4), ["train", "Test", "", "valid"], seed=0)
    assert held.tolist() == [1, 3]


def test_rare_labels_are_replayed_more_often():
    common = [Example("a", {"kind": ("pengaduan",)}, "s")] * 90
    rare = [Example("b", {"kind": ("aspirasi",)}, "s")] * 10
    weights = draw_weights([*common, *rare], 40)
    assert weights.sum() == pytest.approx(40, abs=1)
    assert weights.max() <= 1
    assert weights[-1] > 2 * weights[0]


def test_the_projects_comments_are_found():
    assert find_replay("own").name == "comments.jsonl"
    assert find_replay("none") is None


@pytest.mark.parametrize(
    ("seconds", "minutes", "epochs", "least"), [(0.05, 15, 6, 2400), (3.0, 15, 3, 400)]
)
def test_plan_fits_the_time(seconds, minutes, epochs, least):
    options = TrainOptions(minutes=minutes)
    plan = make_plan(options, seconds, batch=32, n_own=800, n_replay=9000)
    assert plan.epochs == epochs
    assert plan.n_replay >= least
    assert plan.seconds <= 60 * minutes


def test_labels_that_are_gone_are_wrong(scheme):
    old = scheme.head("kind")
    new = replace(old, labels=old.labels[1:])
    assert translate(np.array([0, 1, 3]), old, new).tolist() == [-1, 0, 2]


def test_comparison_counts_what_is_right(scheme):
    gold = np.tile(np.arange(4), 20)
    wrong = (gold + 1) % 4
    kinds = LabelScheme("1", (scheme.head("kind"),))
    answers = Answers({"kind": gold}, {"kind": gold}, {"kind": wrong}, np.arange(80))
    rows, mean = compare(answers, kinds)
    assert {row.score: row.new.value for row in rows} == {"complaint_macro_f1": 1, "macro_f1": 1}
    assert mean.difference.low > 0.3
    same, _ = compare(replace(answers, old=answers.new), kinds)
    assert all(row.difference == Estimate(0.0, 0.0, 0.0) for row in same)


def test_heads_with_few_labels_do_not_count_in_the_mean(scheme):
    heads = LabelScheme("1", (scheme.head("kind"), scheme.head("urgency")))
    gold = np.tile(np.arange(4), 20)
    few = np.where(np.arange(80) < 8, gold, -1)
    right, wrong = {"kind": gold, "urgency": gold}, {"kind": gold, "urgency": 3 - gold}
    answers = Answers({"kind": gold, "urgency": few}, right, wrong, np.arange(80))
    rows, mean = compare(answers, heads)
    assert rows[-1].difference.value > 1
    assert mean.difference.value == 0


def _report(tmp_path, *differences, kept=None):
    half = Estimate(0.5, 0.4, 0.6)
    rows = [
        Comparison(name, "s", 100, half, half, Estimate(*d))
        for name, d in zip(("mean", "kind", "sector"), differences, strict=False)
    ]
    lost = kept and Comparison("mean", "s", 100, half, half, Estimate(*kept))
    return TrainReport(tmp_path, "old 1", 300, 100, 0, rows[1:], rows[0], lost, (), 60.0)


@pytest.mark.parametrize(
    ("differences", "kept", "verdict", "words"),
    [
        ([(0.1, 0.02, 0.2)], None, "better", "may replace old 1"),
        ([(0.1, -0.02, 0.2)], None, "undecided", "about 600 labelled comments in all"),
        ([(-0.1, -0.2, -0.02)], None, "worse", "Keep old 1: the new model is worse"),
        ([(0.1, 0.02, 0.2), (-0.1, -0.2, -0.01)], None, "undecided", "clearly worse on kind"),
        ([(0.1, 0.02, 0.2)], (-0.15, -0.2, -0.1), "undecided", "it has forgotten"),
        ([(0.1, 0.02, 0.2)], (-0.05, -0.08, -0.02), "better", "may replace"),
    ],
)
def test_verdict_needs_an_interval_above_zero(tmp_path, differences, kept, verdict, words):
    report = _report(tmp_path, *differences, kept=kept)
    assert report.verdict == verdict
    assert report.may_replace is (verdict == "better")
    assert words in report.sentence()
