"""Build ``pengaduan_nlp/routing/knowledge.json`` from the project's YAML sources.

Reads ``data/agencies.yaml`` and ``data/taxonomy.yaml``, refuses anything inconsistent with the
file and entry at fault, and writes one compact JSON file. ``--check`` only compares::

    python -m training.build_knowledge          # write
    python -m training.build_knowledge --check  # exit 1 if the file is not what the sources give
"""

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

import yaml

from training import ROOT
from training.check_knowledge import KnowledgeError, check_output, check_sources
from training.compile_knowledge import KnowledgeCompiler

AGENCIES = ROOT / "data" / "agencies.yaml"
TAXONOMY = ROOT / "data" / "taxonomy.yaml"
OUTPUT = ROOT / "pengaduan_nlp" / "routing" / "knowledge.json"

Source = Mapping[str, Any]


def build(agencies: Source, taxonomy: Source) -> dict[str, Any]:
    """Return the content of ``knowledge.json`` for parsed sources.

    Raises:
        KnowledgeError: If the sources are inconsistent; says where.
    """
    check_sources(agencies, taxonomy)
    compiler = KnowledgeCompiler(agencies, taxonomy)
    knowledge = compiler.knowledge()
    check_output(knowledge)
    return knowledge


def render(knowledge: Mapping[str, Any]) -> str:
    """Return the file's text: compact, one line per top-level key so that diffs stay readable."""
    lines = (
        f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
        for key, value in knowledge.items()
    )
    return "{" + ",\n".join(lines) + "}\n"


def main(arguments: list[str] | None = None) -> int:
    """Build or check the file; return the exit status."""
    parser = argparse.ArgumentParser(description="Build pengaduan_nlp/routing/knowledge.json.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 if stale")
    options = parser.parse_args(arguments)
    try:
        sources = [yaml.safe_load(path.read_text("utf-8")) for path in (AGENCIES, TAXONOMY)]
        text = render(build(*sources))
    except KnowledgeError as error:
        print(error, file=sys.stderr)
        return 1
    if not options.check:
        OUTPUT.write_text(text, encoding="utf-8")
        return 0
    if OUTPUT.exists() and OUTPUT.read_text("utf-8") == text:
        return 0
    print(f"{OUTPUT} is stale; run: python -m training.build_knowledge", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
