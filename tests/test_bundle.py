import json
import shutil

import pytest

from pengaduan_nlp import BundleCorrupt, BundleNotFound, BundleTooNew
from pengaduan_nlp.bundle import Bundle, bundled, write_manifest

from .conftest import TINY


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(TINY, tmp_path / "tiny")


def _edit(folder, **changes):
    file = folder / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_open_reads_name_and_version():
    bundle = Bundle.open(TINY)
    assert (bundle.name, bundle.version) == ("tiny", "0.0.1")


def test_verify_names_every_file():
    assert set(Bundle.open(TINY).verify()) >= {"scheme.json", "model.int8.onnx", "vocabulary.model"}


def test_unknown_name_lists_what_is_bundled():
    with pytest.raises(BundleNotFound, match=r"no bundle 'triage-lite'; bundled: "):
        Bundle.open("triage-lite")


def test_folder_without_manifest_is_no_bundle(tmp_path):
    with pytest.raises(BundleNotFound, match=r"no manifest\.json"):
        Bundle.open(tmp_path)


def test_missing_file_is_named(copy):
    (copy / "scheme.json").unlink()
    with pytest.raises(BundleCorrupt, match=r"'scheme\.json' of the manifest is missing"):
        Bundle.open(copy)


def test_changed_file_fails_verification(copy):
    with (copy / "scheme.json").open("a") as file:
        file.write(" ")
    with pytest.raises(BundleCorrupt, match=r"scheme\.json: content has changed"):
        Bundle.open(copy).verify()


def test_newer_format_asks_for_an_upgrade(copy):
    _edit(copy, format=99)
    with pytest.raises(BundleTooNew, match=r"bundle format 99.*upgrade"):
        Bundle.open(copy)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "x"}', '{"format": 1}'])
def test_broken_manifest_is_corrupt(copy, content):
    (copy / "manifest.json").write_text(content)
    with pytest.raises(BundleCorrupt, match="not a valid manifest"):
        Bundle.open(copy)


def test_write_manifest_hashes_what_is_there(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    write_manifest(tmp_path, name="x", version="1")
    entry = json.loads((tmp_path / "manifest.json").read_text())["files"]["a.txt"]
    assert entry["bytes"] == 1
    assert entry["sha256"].startswith("ca978112ca1bbdca")


def test_bundled_are_folders_with_a_scheme():
    assert all(Bundle.open(name).has("scheme.json") for name in bundled())
