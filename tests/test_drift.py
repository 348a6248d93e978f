import json

import numpy as np
import pytest

from pengaduan_nlp import InputError, files
from pengaduan_nlp.bundle import Bundle
from pengaduan_nlp.drift import (
    PROFILE,
    Profile,
    bundled_profile,
    compare_profiles,
    profile_of_probabilities,
    profile_of_triage,
    read_profile,
    render,
    write_profile,
)
from pengaduan_nlp.examples import read_examples

from .conftest import ROOT, TINY

SECRET = "081234567890"


@pytest.fixture(scope="module")
def texts(scheme):
    return [e.text for e in read_examples(ROOT / "data" / "comments.jsonl", scheme)[:120]]


def _drawn(rng, n, shares):
    counts = rng.multinomial(n, shares)
    return {f"label{i}": int(count) for i, count in enumerate(counts)}


def _profile(rng, n, changed=()):
    """Return a profile of six features; those in ``changed`` have other shares."""
    flat, steep = np.full(5, 0.2), np.array([0.5, 0.2, 0.15, 0.1, 0.05])
    features = {f"f{i}": _drawn(rng, n, steep if i in changed else flat) for i in range(6)}
    return Profile("m 1", n, 0, features)


def test_planted_drift_is_found_where_it_was_planted():
    rng = np.random.default_rng(0)
    report = compare_profiles(_profile(rng, 2000), _profile(rng, 1500, changed=(2,)))
    assert [shift.feature for shift in report.drifted] == ["f2"]
    shift = report.drifted[0]
    truth = (0.3 * np.log(2.5)) + (-0.05 * np.log(0.75)) + (-0.1 * np.log(0.5))
    truth += -0.15 * np.log(0.25)
    assert shift.low < truth < shift.high
    assert shift.level == "large"


def test_the_index_is_near_the_truth_in_small_samples():
    rng = np.random.default_rng(1)
    found = [
        compare_profiles(_profile(rng, 150), _profile(rng, 150), n_resamples=100).shifts[0].psi
        for _ in range(20)
    ]
    assert np.mean(found) < 0.08  # without the correction the largest of six is about 0.12


def test_no_drift_on_resamples_of_the_same_comments():
    alarms = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        report = compare_profiles(
            _profile(rng, 400), _profile(rng, 400), n_resamples=400, seed=seed
        )
        alarms.append(any(shift.level != "none" for shift in report.shifts))
        assert not report.drifted
    assert np.mean(alarms) <= 0.12


def test_advice_says_how_many_to_label():
    rng = np.random.default_rng(2)
    calm = compare_profiles(_profile(rng, 2000), _profile(rng, 2000))
    assert (calm.n_label, calm.random_share) == (0, 0.0)
    large = compare_profiles(_profile(rng, 2000), _profile(rng, 50_000, changed=(0,)))
    assert 760 <= large.n_label <= 770  # twice the 385 that give an accuracy within 5 points
    assert large.random_share == 0.5
    assert f"suggest NEW -n {large.n_label} --random 0.5" in large.advice


def test_never_more_labels_than_comments():
    rng = np.random.default_rng(3)
    report = compare_profiles(_profile(rng, 2000), _profile(rng, 120, changed=(0, 1, 2)))
    assert 0 < report.n_label <= 120


def test_few_comments_and_another_model_are_said():
    rng = np.random.default_rng(4)
    new = _profile(rng, 30)
    report = compare_profiles(_profile(rng, 2000), Profile("m 2", 30, 0, new.features))
    assert any("fewer than 100" in note for note in report.notes)
    assert any("answered by m 1" in note for note in report.notes)


def test_profiles_without_a_common_feature_are_refused():
    with pytest.raises(InputError, match="no feature in common"):
        compare_profiles(Profile("", 1, 0, {"a": {"x": 1}}), Profile("", 1, 0, {"b": {"x": 1}}))


def test_a_profile_of_comments_counts_copies_once_and_holds_no_text(triage, texts):
    rare = f"zamrud kuarsa {SECRET}"
    profile = profile_of_triage(triage, [*texts, rare, *texts[:30], rare])
    assert profile.n_copies >= 31
    assert sum(profile.features["kind"].values()) == profile.n
    written = json.dumps(profile.to_dict())
    assert "zamrud" not in written
    assert SECRET not in written
    labels = {label.slug for head in triage.scheme.heads for label in head.labels}
    for head in triage.scheme.heads:
        assert set(profile.features.get(head.name, {})) <= labels


def test_probabilities_give_the_same_profile_as_the_model(triage, texts):
    shares = triage.probabilities(texts)
    found = profile_of_probabilities(Bundle.open(TINY), texts, shares)
    assert found == profile_of_triage(triage, texts)


def test_probabilities_must_be_of_the_texts(triage, texts):
    with pytest.raises(InputError, match="3 texts, but rows"):
        profile_of_probabilities(Bundle.open(TINY), texts[:3], triage.probabilities(texts[:2]))


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_triaged_files_give_the_profile_of_their_comments(triage, texts, tmp_path, suffix):
    from pengaduan_nlp.batch_files import triage_file

    source, target = tmp_path / "in.jsonl", tmp_path / f"out.{suffix}"
    source.write_text("".join(json.dumps({"komentar": t}) + "\n" for t in texts))
    triage_file(triage, str(source), str(target))

    def refuse():
        raise AssertionError("the model is not needed for what was triaged before")

    bundle = Bundle.open(TINY)
    stored = read_profile(str(target), bundle, refuse, text_column="komentar")
    fresh = read_profile(str(source), bundle, lambda: triage)
    assert stored.features == fresh.features
    assert (stored.model, fresh.model) == ("", "tiny 0.0.1")


def test_longer_comments_are_seen_as_drift(triage, texts):
    short = [" ".join(text.split()[:4]) + f" {i}" for i, text in enumerate(texts)]
    long = [f"{text} {text} {text} {i}" for i, text in enumerate(texts)]
    report = compare_profiles(profile_of_triage(triage, short), profile_of_triage(triage, long))
    assert "length in words" in [shift.feature for shift in report.drifted]


def test_profiles_survive_the_disk(triage, texts, tmp_path):
    profile = profile_of_triage(triage, texts)
    assert Profile.load(write_profile(tmp_path / "p.json", profile)) == profile
    assert write_profile(tmp_path, profile) == tmp_path / PROFILE


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read as a profile"),
        ("[]", "not a profile"),
        ('{"format": 9}', "profile format 9, this version reads 1"),
        ('{"format": 1, "features": {"a": 3}}', "not a profile"),
    ],
)
def test_broken_profiles_are_named(tmp_path, content, message):
    (tmp_path / "p.json").write_text(content)
    with pytest.raises(InputError, match=message):
        Profile.load(tmp_path / "p.json")


def test_a_bundle_without_profile_says_what_to_pass():
    with pytest.raises(InputError, match="--reference"):
        bundled_profile(Bundle.open(TINY))


def test_bins_stand_in_order(triage, texts):
    profile = profile_of_triage(triage, [*texts, *(f"{text} {text}" for text in texts), "ya", "ok"])
    bins = list(profile.features["length in words"])
    names = ["up to 2", "3 to 5", "6 to 10", "11 to 20", "21 to 40", "over 40"]
    assert bins == [name for name in names if name in bins]
    assert len(bins) > 3


def test_a_broken_probability_is_named_with_its_line(triage, tmp_path, texts):
    path = tmp_path / "out.csv"
    row = {"komentar": texts[0], **files.flatten(triage.predict(texts[0]))}
    row["kind_probability"] = "tinggi"
    files.write_all(files.open_writer(str(path), list(row)), iter([row]))
    with pytest.raises(InputError, match=r"out\.csv: line 2: kind_probability is 'tinggi'"):
        read_profile(str(path), Bundle.open(TINY), lambda: triage, text_column="komentar")


def test_the_page_loads_nothing_and_escapes():
    rng = np.random.default_rng(5)
    report = compare_profiles(_profile(rng, 500), _profile(rng, 500, changed=(1,)))
    page = render(report, names=("a<b>.csv", "new.csv"))
    assert "a&lt;b&gt;.csv" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "Drift in f1" in page
    assert page.count("<svg") == 6
