"""Write the bundle of a finished run: files, manifest, metrics, card.

Knows what a bundle says of its making; nothing about how it was trained.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ... import bundle as layout
from ...examples import Example
from ...runtime.torch_model import TriageNetwork
from ...scheme import LabelScheme
from ...text import normalize
from ...tokenizer import Tokenizer
from ...triage import Triage
from ...wide import mix
from ..card import write_card
from ..export import write_bundle
from ..loop import predict_logits
from ..recipe import Recipe
from .choice import Choice
from .report import TrainReport
from .start import Start


@dataclass(frozen=True)
class Source:
    """What a bundle is made from.

    Attributes:
        data: The own comments.
        replay: The replayed comments, if any.
        start: Where the run began.
        recipe: Settings of the training.
        scheme: Heads and labels.
        check: Labelled comments on which the exported graph is measured and checked.
    """

    data: Path
    replay: Path | None
    start: Start
    recipe: Recipe
    scheme: LabelScheme
    check: Sequence[Example]


def write(
    network: TriageNetwork,
    folder: Path,
    tokenizer_file: Path,
    chosen: Choice,
    source: Source,
    report: TrainReport,
) -> Path:
    """Write a whole bundle into ``folder`` and return it.

    Raises:
        TrainingError: If the exported graph disagrees with the network.
    """
    metrics = _metrics(report, source)
    scores = {name: head["scores"] for name, head in metrics["model"]["heads"].items()}
    write_bundle(
        network, folder, scheme=source.scheme, tokenizer_file=tokenizer_file,
        calibration=chosen.calibration, wide=chosen.wide, metrics=metrics,
        entries=_entries(folder.name, chosen, source, report) | {"scores": scores},
        check=source.check,
    )  # fmt: skip
    write_card(folder)
    return folder


def _entries(name: str, chosen: Choice, source: Source, report: TrainReport) -> dict[str, Any]:
    start = source.start.bundle
    taken = start if source.start.encoder is None else None
    shares = dict(chosen.wide.shares) if chosen.wide else {}
    return {
        "name": name,
        "version": datetime.now(UTC).strftime("%Y.%m.%d"),
        "created": _today(),
        "licence": taken.manifest.get("licence", "unknown") if taken else "that of the encoder",
        "seed": source.recipe.seed,
        "recipe": source.recipe.to_dict()
        | {"kept_epoch": chosen.epoch, "wide": chosen.option, "wide_shares": shares},
        "encoder": source.start.describe(),
        "start": f"{taken.name} {taken.version}" if taken else source.start.encoder,
        "data": _provenance(source, report),
    }


def _provenance(source: Source, report: TrainReport) -> list[dict[str, Any]]:
    entries = [
        {
            "source": f"{source.data.name} (own comments; {report.n_validation} more held out)",
            "sha256": layout.sha256(source.data),
            "rows": report.n_train,
        }
    ]
    if source.replay is not None:
        entries.append(
            {
                "source": f"{source.replay.name} (replayed)",
                "sha256": layout.sha256(source.replay),
                "rows": report.n_replay,
            }
        )
    if source.start.encoder is None and source.start.bundle is not None:
        start = source.start.bundle
        entries += [
            {**entry, "source": f"{entry['source']} (by way of {start.name} {start.version})"}
            for entry in start.manifest.get("data", ())
        ]
    return entries


def _metrics(report: TrainReport, source: Source) -> dict[str, Any]:
    model: dict[str, Any] = {}
    before: dict[str, Any] = {}
    for item in report.heads:
        for scores, value in ((model, item.new), (before, item.old)):
            if value is not None:
                head = scores.setdefault(item.head, {"n": item.n, "scores": {}})
                head["scores"][item.score] = value.to_dict()
    return {
        "date": _today(),
        "data": source.data.name,
        "protocol": f"{report.n_validation} comments held out of the table, near-copies of them "
        "left out of training; epoch, linear model and thresholds of each half were chosen on the "
        "other half",
        "model": {"heads": model},
        "before": {"name": report.old or "no model before", "heads": before},
        "verdict": report.sentence(),
        "report": report.to_dict(),
    }


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def agreement(
    folder: Path,
    network: TriageNetwork,
    chosen: Choice,
    texts: Sequence[str],
    tokenizer: Tokenizer,
) -> float:
    """Return the share of decisions in which the exported bundle agrees with the network."""
    triage = Triage.load(folder)
    logits = predict_logits(network, texts, tokenizer)
    if chosen.wide is not None:
        wide = chosen.wide.logits([normalize(text) for text in texts])
        logits = mix(logits, wide, chosen.wide, triage.scheme.slices)
    expected = chosen.calibration.probabilities(logits, triage.scheme)
    found = triage.probabilities(texts)
    same = [
        chosen.calibration.choose(name, found[name]) == chosen.calibration.choose(name, part)
        for name, part in expected.items()
    ]
    return float(np.mean(same))
