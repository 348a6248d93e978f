"""Imports point down, importing the package is light, no module hides a public name."""

import ast
import subprocess
import sys

import pytest

import pengaduan_nlp

from .conftest import ROOT

PACKAGE = ROOT / "pengaduan_nlp"
# Lowest first; a module imports from strictly lower layers only. Packages with several modules
# may import among themselves, without cycles.
LAYERS = [
    ["errors", "_version"],
    ["scheme", "records", "record_schema", "text", "recent", "streaming", "webpage"],
    [
        "privacy",
        "examples",
        "files",
        "bundle",
        "tokenizer",
        "calibration",
        "metrics",
        "resampling",
        "wide",
        "places",
    ],
    ["runtime", "routing", "curves"],
    ["interpretation", "matter"],
    ["triage", "journal", "case"],
    [
        "evaluation",
        "drift",
        "cluster",
        "report",
        "batch",
        "batch_files",
        "learning",
        "benchmarking",
    ],
    ["cli"],
    ["__init__", "__main__"],
]
LAYER_OF = {name: level for level, names in enumerate(LAYERS) for name in names}
HEAVY = ("torch", "transformers", "sklearn", "datasets", "onnx")
LIGHT_FIRST = ("numpy", "onnxruntime", "sentencepiece", *HEAVY, "openpyxl", "pyarrow")


def _modules():
    return sorted(path for path in PACKAGE.rglob("*.py"))


def _unit(path):
    """Return the module or sub-package of the layer table that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path):
    """Yield (unit, target file parts) of every relative import, those inside functions too."""
    package = path.relative_to(PACKAGE).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
            names = [part for part in base if part]
            targets = [names] if names else [[alias.name] for alias in node.names]
            yield from targets


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    own = _unit(path)
    for target in _imports(path):
        unit = target[0]
        if unit == own and path.parent != PACKAGE:
            continue  # inside one sub-package
        assert LAYER_OF[unit] < LAYER_OF[own], f"{own} (layer {LAYER_OF[own]}) imports {unit}"


def test_every_module_has_a_layer():
    assert {_unit(path) for path in _modules()} == set(LAYER_OF)


@pytest.mark.parametrize(
    "package",
    [
        "benchmarking",
        "files",
        "privacy",
        "runtime",
        "learning",
        "routing",
        "places",
        "report",
        "cli",
        "evaluation",
        "drift",
        "webpage",
    ],
)
def test_sub_packages_have_no_cycles(package):
    graph = {}
    for path in (PACKAGE / package).glob("*.py"):
        graph[path.stem] = {
            target[1] for target in _imports(path) if target[0] == package and len(target) > 1
        }
    while graph:
        free = {name for name, needs in graph.items() if not needs & set(graph)}
        assert free, f"cycle among {sorted(graph)}"
        graph = {name: needs for name, needs in graph.items() if name not in free}


def _loaded_after(code):
    script = f"import sys; {code}; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return set(done.stdout.split())


def test_importing_the_package_loads_the_standard_library_only():
    assert not _loaded_after("import pengaduan_nlp") & set(LIGHT_FIRST)


def test_importing_the_command_line_loads_the_standard_library_only():
    assert not _loaded_after("import pengaduan_nlp.cli") & set(LIGHT_FIRST)


def test_predicting_never_loads_the_training_packages():
    code = (
        "from pengaduan_nlp import Triage; Triage.load('tests/data/tiny', runtime='onnx')"
        ".predict('jalan rusak')"
    )
    assert not _loaded_after(code) & set(HEAVY)


def test_no_module_hides_a_public_name():
    assert not set(LAYER_OF) & set(pengaduan_nlp.__all__)


@pytest.mark.parametrize("name", pengaduan_nlp.__all__)
def test_public_names_exist(name):
    assert getattr(pengaduan_nlp, name) is getattr(pengaduan_nlp, name)


def test_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Triaj'"):
        _ = pengaduan_nlp.Triaj


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_stay_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350
