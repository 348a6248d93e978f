"""Probabilities to triage results: decisions, agencies, places, gaps, personal data.

Knows what the answers mean; knows nothing about models or files.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .bundle import Bundle
from .calibration import Calibration, Probabilities
from .errors import InputError
from .places.finder import PlaceFinder
from .places.gazetteer import Gazetteer, Region
from .privacy import find_pii, mask
from .records import Comment, Decision, Details, Place, TriageResult
from .routing.completeness import confidentiality, missing_facts
from .routing.router import MIN_PROBABILITY, Router
from .scheme import Head, LabelScheme
from .text import normalize

N_ALTERNATIVES = 3  # labels shown beside the chosen one
CLOSE = 0.1  # two answers whose probabilities differ by less need a person's eye
MAX_TITLE = 100  # characters (DOMAIN.md 5.1)
EMERGENCY_DOUBT = 0.2  # chance of a complaint from which a possible danger is shown to a person
_UNREADABLE = "tidak_terbaca"
_GREETING = "sapaan_tagging"
_LATIN_WORD = re.compile(r"[a-z]{2,}")
_LETTER = re.compile(r"[^\W\d_]")
# Placeholders of masked handles and links are no words of the writer.
_PLACEHOLDER = re.compile(r"<[a-z]+>")


@dataclass(frozen=True, slots=True)
class Choices:
    """The decisions of a batch, one list a head, and the sub-topic distributions."""

    decisions: Mapping[str, list[Decision]]
    subtopics: Probabilities | None


class Interpreter:
    """Turns the probabilities of a batch into results.

    Args:
        scheme: Heads and labels; the first label of the first head is the complaint.
        calibration: Thresholds.
        bundle: Whose version the records carry.
    """

    def __init__(self, scheme: LabelScheme, calibration: Calibration, bundle: Bundle) -> None:
        self._scheme = scheme
        self._calibration = calibration
        self._kinds = scheme.heads[0]
        self._router = Router.load()
        self._finder = PlaceFinder.load()
        self._gazetteer = Gazetteer.load()
        self._model_version = f"{bundle.name} {bundle.version}"

    def choices(self, probabilities: Mapping[str, Probabilities]) -> Choices:
        """Return the decisions of every head for every row."""
        decisions = {
            head.name: self._decide(head, probabilities[head.name]) for head in self._scheme.heads
        }
        return Choices(decisions, probabilities.get("subtopic"))

    def _decide(self, head: Head, probabilities: Probabilities) -> list[Decision]:
        chosen = self._calibration.choose(head.name, probabilities)
        threshold = self._calibration.of(head.name).abstain_below
        order = np.argsort(-probabilities, axis=1, kind="stable")[:, : N_ALTERNATIVES + 1]
        ranked = np.take_along_axis(probabilities, order, axis=1)
        found = []
        for row, (best, labels, values) in enumerate(
            zip(chosen.tolist(), order.tolist(), ranked.tolist(), strict=True)
        ):
            probability = float(probabilities[row, best])
            others = tuple(
                (head.slugs[label], round(value, 4))
                for label, value in zip(labels, values, strict=True)
                if label != best
            )
            found.append(
                Decision(
                    head.slugs[best],
                    round(probability, 4),
                    others[:N_ALTERNATIVES],
                    probability < threshold,
                )
            )
        return found

    def result(self, comment: Comment, normal: str, row: int, choices: Choices) -> TriageResult:
        """Return the result of one comment.

        Args:
            comment: The comment as received.
            normal: Its normalised text.
            row: Its row in ``choices``.
            choices: What ``choices`` returned.
        """
        decided = {name: column[row] for name, column in choices.decisions.items()}
        reason = unreadable_reason(normal)
        if reason is not None:
            decided = self._certain_non_report(reason)
        kind = decided[self._kinds.name]
        applies = {
            head.name: decided[head.name]
            for head in self._scheme.heads[1:]
            if head.name in decided and kind.label in head.applies_to
        }
        subtopics = self._subtopics(row, choices) if "subtopic" in applies else {}
        review = _needs_review(kind, applies) or self._may_be_emergency(kind, decided)
        return self._assemble(comment, normal, kind, applies, subtopics, needs_review=review)

    def _may_be_emergency(self, kind: Decision, decided: Mapping[str, Decision]) -> bool:
        """Tell whether a comment taken for no complaint could be one about a life in danger.

        A missed emergency costs more than a comment that a person looks at for nothing.
        """
        if kind.label == self._kinds.slugs[0] or "urgency" not in decided:
            return False
        chance = dict(kind.alternatives).get(self._kinds.slugs[0], 0.0)
        top = self._scheme.head("urgency").slugs[-2:]
        return chance >= EMERGENCY_DOUBT and decided["urgency"].label in top

    def _certain_non_report(self, reason: str) -> dict[str, Decision]:
        found = {self._kinds.name: Decision(self._kinds.slugs[-1], 1.0)}
        if self._scheme.has("reason") and reason in self._scheme.head("reason").slugs:
            found["reason"] = Decision(reason, 1.0)
        return found

    def _subtopics(self, row: int, choices: Choices) -> dict[str, float]:
        if choices.subtopics is None:
            return {}
        slugs = self._scheme.head("subtopic").slugs
        shares = choices.subtopics[row]
        return {slugs[i]: float(shares[i]) for i in np.flatnonzero(shares >= MIN_PROBABILITY)}

    def _assemble(
        self,
        comment: Comment,
        normal: str,
        kind: Decision,
        applies: Mapping[str, Decision],
        subtopics: Mapping[str, float],
        *,
        needs_review: bool,
    ) -> TriageResult:
        text = comment.text
        is_report = kind.label != self._kinds.slugs[-1]
        label = {name: decision.label for name, decision in applies.items()}
        pii = find_pii(text)
        account_region = self._region(comment.region) if is_report else None
        places = self._places(text, account_region) if is_report else ()
        routing = self._router.suggest(
            text,
            subtopics,
            urgency=label.get("urgency"),
            oversight=label.get("oversight"),
            places=places,
            account=comment.account,
            region=self._region_name(places, account_region),
        )
        facts = missing_facts(text, kind=kind.label, subtopic=label.get("subtopic"), places=places)
        secrecy = confidentiality(
            text,
            kind=kind.label,
            sector=label.get("sector"),
            subtopic=label.get("subtopic"),
            oversight=label.get("oversight"),
        )
        masked = mask(text, pii)
        subtopic = label.get("subtopic")
        details = Details(
            masked_text=masked,
            normal_text=normalize(masked) if pii else normal,
            title=self._title(masked, subtopic, places),
            lapor_category=self._router.knowledge.lapor_category(subtopic),
            second_sector=self._second_sector(applies),
            feasibility=facts.feasibility if is_report else None,
            emergency_numbers=routing.emergency_numbers,
            model_version=self._model_version,
            scheme_version=self._scheme.version,
            comment=comment,
        )
        return TriageResult(
            is_complaint=kind.label == self._kinds.slugs[0],
            kind=kind,
            sector=applies.get("sector"),
            subtopic=applies.get("subtopic"),
            urgency=applies.get("urgency"),
            oversight=applies.get("oversight"),
            reason=applies.get("reason"),
            agencies=routing.agencies,
            level_known=routing.level_known,
            question=routing.question,
            places=places,
            missing=facts.missing,
            questions=facts.questions,
            confidentiality=secrecy,
            pii=pii,
            needs_review=needs_review,
            details=details,
        )

    def _region(self, region: str | None) -> Region | None:
        """Return the account's region; one that nobody knows breaks no ties and stops no file."""
        if not region or not region.strip():
            return None
        try:
            return self._gazetteer.resolve(region)
        except InputError:
            return None

    def _places(self, text: str, account_region: Region | None) -> tuple[Place, ...]:
        return self._finder.find(text, region=account_region.code if account_region else None)

    def _region_name(self, places: Sequence[Place], account_region: Region | None) -> str | None:
        """Return the regency or city of a named district, else the account's region."""
        for place in places:
            if place.code and place.level not in ("provinsi", "kabupaten", "kota"):
                return self._gazetteer.get(place.code).full_name
        return account_region.full_name if account_region else None

    def _title(self, masked: str, subtopic: str | None, places: Sequence[Place]) -> str:
        """Return a title without personal data: the sub-topic's name and the first coded place."""
        if subtopic is None:
            return masked[:MAX_TITLE]
        head = self._scheme.head("subtopic")
        title = head.labels[head.index(subtopic)].name
        coded = next((place.name for place in places if place.code), None)
        return (f"{title} - {coded}" if coded else title)[:MAX_TITLE]

    def _second_sector(self, applies: Mapping[str, Decision]) -> str | None:
        sector = applies.get("sector")
        if sector is None or not sector.alternatives:
            return None
        label, probability = sector.alternatives[0]
        return label if probability >= 0.25 else None


def _needs_review(kind: Decision, applies: Mapping[str, Decision]) -> bool:
    """Tell whether the model abstained on a head that steers handling, or nearly tied."""
    steering = [kind, *(applies[name] for name in ("sector", "urgency") if name in applies)]
    return any(decision.abstained or _is_close(decision) for decision in steering)


def _is_close(decision: Decision) -> bool:
    return bool(
        decision.alternatives and abs(decision.probability - decision.alternatives[0][1]) < CLOSE
    )


def unreadable_reason(normal: str) -> str | None:
    """Return why normalised text needs no model: nothing to read, or only marks and emoji.

    Text mostly in a script other than Latin is unreadable to this library.

    Example:
        >>> unreadable_reason(""), unreadable_reason("😭"), unreadable_reason("jalan rusak")
        ('tidak_terbaca', 'sapaan_tagging', None)
    """
    words = _PLACEHOLDER.sub("", normal)
    latin = sum(map(len, _LATIN_WORD.findall(words)))
    letters = len(_LETTER.findall(words))
    if latin and 2 * latin >= letters:
        return None
    if letters or not normal or normal.isspace():
        return _UNREADABLE
    return _GREETING if not any(char.isdigit() for char in words) else _UNREADABLE
