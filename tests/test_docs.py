"""The README's promises hold: its code runs, its commands exist, it stays short."""

import doctest
import importlib
import pkgutil
import re

import pytest

import pengaduan_nlp
from pengaduan_nlp.bundle import bundled
from pengaduan_nlp.cli import _parser

from .conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
needs_model = pytest.mark.skipif("triage" not in bundled(), reason="no shipped model")


@needs_model
def test_python_block_runs(capsys):
    block = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
    exec(compile(block, "README.md", "exec"), {})
    printed = capsys.readouterr().out.strip()
    shown = re.search(r"<!-- begin: python -->\n```text\n(.*?)\n```", README, re.DOTALL)[1]
    assert printed == shown


@pytest.mark.parametrize(
    "command", sorted(set(re.findall(r"^pengaduan ([\w-]+)", README, re.MULTILINE)))
)
def test_commands_of_the_readme_exist(command):
    assert command in _parser().format_help().split()


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_links_of_the_readme_lead_somewhere(link):
    assert (ROOT / link).exists()


def test_readme_is_short():
    assert len(README.splitlines()) < 150


def _modules():
    for info in pkgutil.walk_packages(pengaduan_nlp.__path__, "pengaduan_nlp."):
        if not info.name.startswith(("pengaduan_nlp.learning", "pengaduan_nlp.models")):
            if not info.name.endswith(("__main__", "torch_runtime", "torch_model")):
                yield info.name


@pytest.mark.parametrize("name", list(_modules()))
def test_docstring_examples_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
