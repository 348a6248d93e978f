"""Write data/scheme.json, the label system of the bundles, from data/taxonomy.yaml.

Run: python -m training.build_scheme [--check]
"""

import argparse
import json
from pathlib import Path
from typing import Any

import yaml

from pengaduan_nlp.scheme import LabelScheme

DATA = Path(__file__).parent.parent / "data"
REPORTS = ["pengaduan", "aspirasi", "permintaan_informasi"]


def build(taxonomy: dict[str, Any]) -> LabelScheme:
    """Return the scheme of the six heads of the contract (PRODUCT.md)."""
    sectors = taxonomy["sektor"]
    urgency = sorted(taxonomy["urgensi"], key=lambda item: item["peringkat"])
    flat = {
        "kind": ("klasifikasi", taxonomy["klasifikasi"], []),
        "sector": ("sektor", sectors, REPORTS),
        "urgency": ("urgensi", urgency, REPORTS),
        "oversight": ("kadar_pengawasan", taxonomy["kadar_pengawasan"], ["pengaduan"]),
        "reason": ("alasan_bukan_laporan", taxonomy["alasan_bukan_laporan"], ["bukan_laporan"]),
    }
    heads = {
        name: {
            "name": name,
            "title": title,
            "ordinal": name == "urgency",
            "applies_to": applies_to,
            "labels": [_label(item) for item in items],
        }
        for name, (title, items, applies_to) in flat.items()
    }
    subtopic = {
        "name": "subtopic",
        "title": "subtopik",
        "applies_to": REPORTS,
        "parent": "sector",
        "labels": [
            {**_label(sub), "parent": sector["slug"]}
            for sector in sectors
            for sub in sector["subtopik"]
        ],
    }
    order = [heads["kind"], heads["sector"], subtopic, heads["urgency"], heads["oversight"]]
    return LabelScheme.from_dict({"version": taxonomy["versi"], "heads": [*order, heads["reason"]]})


def _label(item: dict[str, Any]) -> dict[str, str]:
    name = item.get("nama") or item["slug"].replace("_", " ").capitalize()
    return {"slug": item["slug"], "name": name}


def main() -> None:
    """Write the file, or with ``--check`` fail if it is not what the taxonomy gives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    taxonomy = yaml.safe_load((DATA / "taxonomy.yaml").read_text(encoding="utf-8"))
    text = json.dumps(build(taxonomy).to_dict(), ensure_ascii=False, indent=1) + "\n"
    target = DATA / "scheme.json"
    if not arguments.check:
        target.write_text(text, encoding="utf-8")
    elif target.read_text(encoding="utf-8") != text:
        raise SystemExit(f"{target} is stale; run: python -m training.build_scheme")


if __name__ == "__main__":
    main()
