"""What setup.cfg promises is what the checkout holds."""

import configparser
import re

import pengaduan_nlp

from .conftest import ROOT


def _setup():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_every_package_folder_is_listed():
    listed = set(_setup()["options"]["packages"].split())
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "pengaduan_nlp").rglob("__init__.py")
    }
    assert listed == found | {"pengaduan_nlp.data", "pengaduan_nlp.models"}


def test_data_files_are_listed():
    listed = _setup()["options.package_data"]
    for path in (ROOT / "pengaduan_nlp").rglob("*"):
        if path.suffix in (".tsv", ".json"):
            package = ".".join(path.parent.relative_to(ROOT).parts)
            assert f"*{path.suffix}" in listed[package], path


def test_version_is_the_newest_of_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[([\d.]+)\]", changelog, re.MULTILINE)
    assert newest is not None
    assert newest[1] == pengaduan_nlp.__version__


def test_no_file_is_too_large_for_git():
    for path in (ROOT / "models").rglob("*"):
        assert not path.is_file() or path.stat().st_size < 45_000_000, path
