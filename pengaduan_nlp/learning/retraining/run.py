"""The run itself: read, plan, train, choose, compare, export.

Ties the parts of this package together; each of them can be tested alone.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ... import bundle as layout
from ...calibration import Calibration
from ...errors import PengaduanError
from ...examples import gold_positions
from ...runtime.torch_model import TriageNetwork
from ...text import normalize
from ...tokenizer import Tokenizer
from ...triage import Triage
from ...wide import mix
from ..loop import Trainer, TrainingData, predict_logits
from . import choice, comparison, result
from .choice import Choice, HeldOut, WideOption
from .material import Material, identity, linear_models, make_recipe, peak_rate, read_material
from .options import TrainOptions
from .plan import Plan, make_plan, time_step
from .replay import draw_weights
from .report import Comparison, TrainReport
from .start import same_labels
from .work import WorkFolder

_N_FIDELITY = 2000  # comments on which the exported graph is measured and checked
_PATIENCE = 2  # epochs without a better one on the held-out comments, after which a run stops

Logits = NDArray[np.float32]


def run(
    data: str | os.PathLike[str],
    out: str | os.PathLike[str],
    options: TrainOptions,
    *,
    progress: bool,
    notify: Callable[[str], None] | None,
) -> TrainReport:
    """Do what ``train`` promises."""
    started = time.monotonic()
    material = read_material(data, options)
    work = WorkFolder(Path(out), identity(material, options), overwrite=options.overwrite)
    session = _Session(material, work, options, progress=progress, notify=notify)
    epochs = session.train()
    held = session.held_out()
    chosen = choice.choose(epochs, held, np.arange(len(held.groups)), min_rows=choice.MIN_ROWS)
    session.note_choice(chosen, len(epochs) - 1)
    network = session.best()
    heads, mean = session.compare(choice.cross_fit(epochs, held, seed=options.seed))
    report = TrainReport(
        path=Path(out),
        old=material.start.name,
        n_train=len(material.own.train),
        n_validation=len(material.own.validation),
        n_replay=session.n_replayed(chosen.epoch),
        heads=heads,
        mean=mean,
        kept=session.kept(network, chosen),
        notes=session.notes,
        seconds=time.monotonic() - started,
    )
    return session.write(network, chosen, report, started)


class _Session:
    """A run from its plan to its bundle; what can be taken up lies in the work folder."""

    def __init__(
        self,
        material: Material,
        work: WorkFolder,
        options: TrainOptions,
        *,
        progress: bool,
        notify: Callable[[str], None] | None,
    ) -> None:
        self.notes: list[str] = []
        self._material, self._work, self._options = material, work, options
        self._progress, self._notify = progress, notify
        self._scheme = material.scheme
        for note in material.notes:
            self._say(note)
        recipe = make_recipe(material, options)
        network = material.start.build(self._scheme, recipe)
        self._recipe = replace(recipe, learning_rate=peak_rate(network, material.start, options))
        work.prepare()
        try:
            self.tokenizer_file = material.start.write_tokenizer(work.path)
        except PengaduanError:
            work.discard()
            raise
        self._tokenizer = Tokenizer(self.tokenizer_file)
        self._plan = self._make_plan(network)
        self._recipe = replace(self._recipe, epochs=self._plan.epochs)
        own, replayed = material.own.train, material.replay.examples
        self._draw = draw_weights(replayed, self._plan.n_replay) if replayed else np.zeros(0)
        examples = TrainingData([*own, *replayed], np.concatenate([np.ones(len(own)), self._draw]))
        self._network = network
        self._trainer = Trainer(network, examples, self._tokenizer, self._scheme, self._recipe)
        self._validation = [example.text for example in material.own.validation]
        self._gold = gold_positions(material.own.validation, self._scheme)

    def _say(self, note: str) -> None:
        self.notes.append(note)
        if self._notify:
            self._notify(note)

    def _make_plan(self, network: TriageNetwork) -> Plan:
        own, replay = self._material.own, self._material.replay
        if self._work.plan is None:
            seconds = time_step(network, own.train, self._tokenizer, self._scheme, self._recipe)
            plan = make_plan(
                self._options,
                seconds,
                batch=self._recipe.batch,
                n_own=len(own.train),
                n_replay=len(replay.examples),
            )
            self._work.begin(plan.to_dict())
        plan = Plan(**(self._work.plan or {}))
        self._say(
            f"up to {plan.epochs} epochs of {len(own.train):,} own and {plan.n_replay:,} replayed "
            f"comments: about {plan.seconds / 60:.1f} minutes of training"
        )
        if plan.seconds > 60 * self._options.minutes:
            self._say(
                f"{self._options.minutes:g} minutes are too few for this encoder and so many "
                "comments; it takes longer"
            )
        return plan

    def n_replayed(self, n_epochs: int) -> int:
        """Return how many different replayed comments so many epochs draw on average."""
        return round(float((1 - (1 - self._draw) ** n_epochs).sum()))

    def train(self) -> list[Logits]:
        """Train, or go on with training; return the held-out outputs after every epoch."""
        trainer, work = self._trainer, self._work
        epochs: list[Logits] = []
        if work.resume(trainer):
            self._say(f"goes on after epoch {trainer.epoch}")
            epochs = [work.load_array(f"epoch{i}") for i in range(trainer.epoch + 1)]
        else:
            self._take(epochs)
        with self._bar() as bar:
            while not self._is_done(epochs):
                trainer.run_epoch(_updater(bar, self._losses(epochs)))
                self._take(epochs)
                work.save(trainer)
        return epochs

    def _bar(self) -> "tqdm[Any]":
        return tqdm(
            desc="training", unit="step", file=sys.stderr, disable=not self._progress,
            total=self._trainer.n_steps, initial=self._trainer.step,
            mininterval=1 if sys.stderr.isatty() else 20,
        )  # fmt: skip

    def _take(self, epochs: list[Logits]) -> None:
        """Keep the outputs of the network as it is now, and its weights if it is the best."""
        logits = predict_logits(self._trainer.kept, self._validation, self._tokenizer)
        epochs.append(logits)
        losses = self._losses(epochs)
        if losses[-1] == min(losses):
            self._work.save_best(self._trainer.kept)
        self._work.save_array(f"epoch{len(epochs) - 1}", logits)

    def _losses(self, epochs: Sequence[Logits]) -> list[float]:
        return [choice.loss(logits, self._gold, self._scheme) for logits in epochs]

    def _is_done(self, epochs: Sequence[Logits]) -> bool:
        n_done = len(epochs) - 1
        best = int(np.argmin(self._losses(epochs)))
        return n_done >= self._plan.epochs or n_done - max(best, 1) >= _PATIENCE

    def best(self) -> TriageNetwork:
        """Return the network of the best epoch."""
        self._work.load_best(self._network)
        return self._network.eval()

    def held_out(self) -> HeldOut:
        """Return what the choice is made from; fits the linear model anew."""
        normal = [normalize(text) for text in self._validation]
        wides = [
            WideOption(name, model, model.logits(normal))
            for name, model in linear_models(self._material, self._work.path).items()
        ]
        old = Calibration()
        if self._material.start.bundle is not None and self._material.start.encoder is None:
            before = Calibration.load(self._material.start.bundle.file(layout.CALIBRATION))
            same = same_labels(self._material.start.old_scheme, self._scheme)
            old = Calibration({name: before.of(name) for name in same})
        return HeldOut(self._scheme, self._gold, self._material.own.groups, wides, old)

    def note_choice(self, chosen: Choice, n_epochs: int) -> None:
        """Say what was chosen on the held-out comments."""
        which = f"epoch {chosen.epoch} of {n_epochs}" if chosen.epoch else "the network as it was"
        self._say(f"kept: {which}; linear model: {chosen.option}")
        kept = [name for name in self._scheme.slices if name not in chosen.refitted]
        if kept:
            self._say(
                f"calibration of {', '.join(kept)} is as before: fewer than {choice.MIN_ROWS} "
                "held-out labels"
            )

    def _old_answers(self, texts: Sequence[str]) -> dict[str, NDArray[np.int64]]:
        """Return the old bundle's labels in the positions of the new scheme."""
        bundle = self._material.start.bundle
        if bundle is None or not texts:
            return {}
        triage = Triage.load(bundle.path)
        found = {}
        for name, shares in triage.probabilities(texts).items():
            if self._scheme.has(name):
                labels = triage.calibration.choose(name, shares)
                found[name] = comparison.translate(
                    labels, triage.scheme.head(name), self._scheme.head(name)
                )
        return found

    def compare(
        self, found: Mapping[str, NDArray[np.int64]]
    ) -> tuple[list[Comparison], Comparison | None]:
        """Score what was found for the held-out comments beside the old bundle."""
        answers = comparison.Answers(
            self._gold, found, self._old_answers(self._validation), self._material.own.groups
        )
        return comparison.compare(answers, self._scheme)

    def kept(self, network: TriageNetwork, chosen: Choice) -> Comparison | None:
        """Score both on replayed comments set aside."""
        check = self._material.replay.check
        if not check or self._material.start.bundle is None:
            return None
        texts = [example.text for example in check]
        logits = predict_logits(network, texts, self._tokenizer)
        if chosen.wide is not None:
            wide = chosen.wide.logits([normalize(text) for text in texts])
            logits = mix(logits, wide, chosen.wide, self._scheme.slices)
        shares = chosen.calibration.probabilities(logits, self._scheme)
        answers = comparison.Answers(
            gold_positions(check, self._scheme),
            {name: chosen.calibration.choose(name, part) for name, part in shares.items()},
            self._old_answers(texts),
            np.arange(len(check)),
        )
        return comparison.compare(answers, self._scheme)[1]

    def write(
        self, network: TriageNetwork, chosen: Choice, report: TrainReport, started: float
    ) -> TrainReport:
        """Write the bundle, see that its graph answers alike, and move it into its place."""
        material = self._material
        source = result.Source(
            material.own.path,
            material.replay.path,
            material.start,
            self._recipe,
            self._scheme,
            material.spread(_N_FIDELITY),
        )
        folder = result.write(
            network, self._work.path / report.path.name, self.tokenizer_file, chosen, source, report
        )
        share = result.agreement(folder, network, chosen, self._validation, self._tokenizer)
        self._say(f"the exported graph decides as the network does in {share:.1%} of the cases")
        self._work.finish(folder)
        return replace(report, notes=self.notes, seconds=time.monotonic() - started)


def _updater(bar: "tqdm[Any]", losses: Sequence[float]) -> Callable[[int, int, float], None]:
    """Return a callback that moves the bar; shows how the held-out comments went so far."""
    held_out = " ".join(f"{value:.3f}" for value in losses)

    def show(step: int, steps: int, loss: float) -> None:
        bar.set_postfix_str(f"loss {loss:.3f}, held-out {held_out}", refresh=False)
        bar.update(step - bar.n)

    return show
