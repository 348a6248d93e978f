"""The loaded model: text in, triage results out."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import bundle as layout
from .bundle import Bundle
from .calibration import Calibration, Probabilities
from .errors import InputError
from .interpretation import Interpreter
from .recent import Recent
from .records import Comment, TriageResult, describe_non_text
from .runtime import Runtime, choose
from .scheme import LabelScheme
from .streaming import arrived
from .text import normalize
from .tokenizer import Tokenizer
from .wide import WideModel

BATCH_SIZE = 64  # comments that are answered together, at least
_LOOK_AHEAD = 16  # batches that are sorted by length together
_ROWS_A_CALL = 16  # windows; more are slower: more padding, and they leave the core's cache
_KEPT_OUTPUTS = 8192  # normalised texts, about 1 kB each
_KEPT_RESULTS = 2048  # texts with their context, about 5 kB each
MAX_WAIT = 0.1  # seconds that a comment of an asynchronous stream waits for others

_Context = tuple[str, str | None, str | None]  # all of a comment that an answer depends on


class Triage:
    """Reads comments and says which are complaints, about what, how urgent, for whom.

    Load once, call often; safe to share between threads, to pickle and to fork. Answers given
    lately are kept in memory, so that a comment that is copied over and over is read once.
    It suggests; an officer decides.

    Example::

        triage = Triage.load()
        result = triage.predict("pak jalan dpn SDN 3 Mekar ancur, kmrn ada anak jatoh")
        result.is_complaint, result.sector.label, result.urgency.label
    """

    def __init__(self, bundle: Bundle, runtime: Runtime) -> None:
        self.bundle = bundle
        self.scheme = LabelScheme.load(bundle.file(layout.SCHEME))
        self.calibration = Calibration.load(bundle.file(layout.CALIBRATION))
        self._tokenizer = Tokenizer(bundle.vocabulary)
        wide = bundle.file(layout.WIDE)
        self._wide = WideModel.load(wide) if bundle.has(layout.WIDE) else None
        self._runtime = runtime
        self._interpreter = Interpreter(self.scheme, self.calibration, bundle)
        self._outputs: Recent[str, NDArray[np.float32]] = Recent(_KEPT_OUTPUTS)
        self._results: Recent[_Context, TriageResult] = Recent(_KEPT_RESULTS)

    @classmethod
    def load(
        cls,
        bundle: str | os.PathLike[str] = "triage",
        *,
        runtime: str = "auto",
        threads: int | None = None,
    ) -> "Triage":
        """Load a bundle from disk; never asks the network.

        Args:
            bundle: Name of a bundled model, or a folder written by ``pengaduan train``.
            runtime: ``"onnx"``, ``"torch"``, or ``"auto"`` for the fastest installed.
            threads: Threads of one model call; ``None`` takes what the process may use.

        Raises:
            BundleError: If the bundle is missing, corrupt or too new.
            MissingDependency: If no runtime is installed.
        """
        opened = Bundle.open(bundle)
        return cls(opened, choose(opened, runtime, threads=threads))

    def predict(self, text: str | Comment) -> TriageResult:
        """Return the result of one comment.

        Args:
            text: Text of any length, or a ``Comment`` that carries its context.

        Raises:
            InputError: If it is neither.
        """
        return self.predict_many([text])[0]

    def predict_many(
        self, texts: Sequence[str | Comment], *, batch_size: int = BATCH_SIZE
    ) -> list[TriageResult]:
        """Return one result for each comment, in the same order.

        Args:
            texts: Comments; a single string is refused, since it would be read letter by letter.
            batch_size: Comments that are answered together, at least.

        Raises:
            InputError: If ``texts`` is a string or an entry is no text.
        """
        _refuse_single(texts, "predict_many")
        comments = [_as_comment(text, i) for i, text in enumerate(texts)]
        size = _checked_batch(batch_size) * _LOOK_AHEAD
        found: list[TriageResult] = []
        for start in range(0, len(comments), size):
            found += self._chunk(comments[start : start + size], batch_size)
        return found

    def stream(
        self, comments: Iterable[str | Comment], *, batch_size: int = BATCH_SIZE
    ) -> Iterator[tuple[str | Comment, TriageResult]]:
        """Yield each comment with its result: lazy, in order, in bounded memory.

        Args:
            comments: Any iterable; read at most ``batch_size * 16`` entries ahead.
            batch_size: Comments that are answered together, at least.

        Raises:
            InputError: If ``comments`` is a string, or when an entry is reached that is no text.
        """
        _refuse_single(comments, "stream")
        return self._stream(iter(comments), _checked_batch(batch_size))

    def _stream(
        self, items: Iterator[str | Comment], batch_size: int
    ) -> Iterator[tuple[str | Comment, TriageResult]]:
        position = 0
        while chunk := deque(islice(items, batch_size * _LOOK_AHEAD)):
            comments = [_as_comment(item, position + i) for i, item in enumerate(chunk)]
            position += len(comments)
            for result in self._chunk(comments, batch_size):
                yield chunk.popleft(), result

    async def astream(
        self,
        comments: AsyncIterable[str | Comment],
        *,
        batch_size: int = BATCH_SIZE,
        max_wait: float = MAX_WAIT,
    ) -> AsyncIterator[tuple[str | Comment, TriageResult]]:
        """Yield each comment of a live source with its result, in order and in bounded memory.

        The model runs in a thread, so that the event loop goes on; the source is not read further
        than one batch ahead of the consumer.

        Args:
            comments: Any asynchronous iterable, such as a queue's or a socket's.
            batch_size: Comments that are answered together, at most.
            max_wait: Seconds that a comment waits for others to be answered with.

        Raises:
            InputError: If ``comments`` is no asynchronous iterable, or when an entry is reached
                that is no text.
        """
        if not isinstance(comments, AsyncIterable):
            raise InputError(
                f"astream takes an asynchronous iterable, got {type(comments).__name__}; "
                "use stream() for an ordinary one"
            )
        size, position = _checked_batch(batch_size), 0
        async for chunk in arrived(comments, size, max_wait):
            batch = [_as_comment(item, position + i) for i, item in enumerate(chunk)]
            position += len(batch)
            results = await asyncio.to_thread(self._chunk, batch, size)
            for item, result in zip(chunk, results, strict=True):
                yield item, result

    def forget(self) -> None:
        """Forget the comments and answers that are kept in memory."""
        self._outputs.clear()
        self._results.clear()

    def probabilities(self, texts: Sequence[str]) -> dict[str, Probabilities]:
        """Return calibrated probabilities of every head for every text.

        Args:
            texts: Comments.

        Returns:
            For each head an array of shape (n_texts, n_labels), columns in the scheme's order.
        """
        _refuse_single(texts, "probabilities")
        normal = [normalize(_as_comment(text, i).text) for i, text in enumerate(texts)]
        return self._probabilities(normal, BATCH_SIZE)

    def _chunk(self, comments: list[Comment], batch_size: int) -> list[TriageResult]:
        """Return the results of comments; copied ones ("up", forwarded text) are answered once."""
        contexts = [(comment.text, comment.account, comment.region) for comment in comments]
        found: dict[_Context, TriageResult] = {}
        fresh: dict[_Context, Comment] = {}
        for context, comment in zip(contexts, comments, strict=True):
            known = self._results.get(context)
            if known is None:
                fresh.setdefault(context, comment)
            else:
                found[context] = known
        results = self._answers(list(fresh.values()), batch_size)
        for context, result in zip(fresh, results, strict=True):
            found[context] = result
            if self._runtime.rows_independent:
                self._results.put(context, result)
        return [
            _for_comment(found[context], comment)
            for context, comment in zip(contexts, comments, strict=True)
        ]

    def _answers(self, comments: list[Comment], batch_size: int) -> list[TriageResult]:
        normal = [normalize(comment.text) for comment in comments]
        unique = {text: i for i, text in enumerate(dict.fromkeys(normal))}
        probabilities = self._probabilities(list(unique), batch_size)
        choices = self._interpreter.choices(probabilities)
        return [
            self._interpreter.result(comment, text, unique[text], choices)
            for comment, text in zip(comments, normal, strict=True)
        ]

    def _probabilities(self, normal: Sequence[str], batch_size: int) -> dict[str, Probabilities]:
        return self.calibration.probabilities(self._logits(normal, batch_size), self.scheme)

    def _logits(self, normal: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """Return raw outputs of normalised texts, shape (n_texts, n_outputs)."""
        if not self._runtime.rows_independent:  # a kept output could differ from a new one
            return self._read(normal, batch_size)
        found: dict[str, NDArray[np.float32]] = {}
        fresh = []
        for text in dict.fromkeys(normal):
            known = self._outputs.get(text)
            if known is None:
                fresh.append(text)
            else:
                found[text] = known
        for text, row in zip(fresh, self._read(fresh, batch_size), strict=True):
            found[text] = row.copy()  # a view would keep the whole batch in memory
            self._outputs.put(text, found[text])
        if not found:
            return np.zeros((0, self.scheme.n_outputs), dtype=np.float32)
        return np.stack([found[text] for text in normal])

    def _read(self, normal: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """Ask the models: the network, and the linear one where there is one."""
        rows, owners = self._tokenizer.windows(normal)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        outputs = np.zeros((len(rows), self.scheme.n_outputs), dtype=np.float32)
        size = min(batch_size, _ROWS_A_CALL)
        calls = [order[start : start + size] for start in range(0, len(order), size)]
        batches = [self._tokenizer.pad_batch([rows[i] for i in call]) for call in calls]
        for call, found in zip(calls, self._runtime.run_all(batches), strict=True):
            outputs[call] = found
        if len(rows) != len(normal):
            outputs = self._merge_windows(outputs, np.asarray(owners), len(normal))
        if self._wide is None or not len(normal):
            return outputs
        return self._wide.blend(outputs, normal, self.scheme.slices)

    def _merge_windows(
        self, outputs: NDArray[np.float32], owners: NDArray[np.int64], n_texts: int
    ) -> NDArray[np.float32]:
        """Average the windows of a text, each weighted by its chance to be a complaint.

        A long text is a complaint when a part of it is; the rest says little about the topic.
        """
        kinds = self.calibration.probabilities(outputs, self.scheme)[self.scheme.heads[0].name]
        weights = (kinds[:, 0] + 0.01).astype(np.float32)[:, None]
        total = np.zeros((n_texts, 1), dtype=np.float32)
        merged = np.zeros((n_texts, outputs.shape[1]), dtype=np.float32)
        np.add.at(total, owners, weights)
        np.add.at(merged, owners, weights * outputs)
        return merged / total

    def __reduce__(self) -> tuple[Any, ...]:
        # Sessions and vocabularies cannot be pickled; another process opens the same folder.
        return (_reopen, (self.bundle.path, self._runtime))

    def __repr__(self) -> str:
        name, version = self.bundle.name, self.bundle.version
        return f"Triage(bundle={name!r}, version={version!r}, runtime={self._runtime.name!r})"


def _reopen(path: os.PathLike[str], runtime: Runtime) -> Triage:
    return Triage(Bundle.open(path), runtime)


def _for_comment(result: TriageResult, comment: Comment) -> TriageResult:
    """Return a result as that of another comment of the same text and context."""
    if result.details.comment is comment:
        return result
    return replace(result, details=replace(result.details, comment=comment))


def _as_comment(value: Any, position: int) -> Comment:
    if isinstance(value, Comment):
        return value
    if isinstance(value, str):
        return Comment(value)
    raise InputError(f"entry {position}: {describe_non_text(value)}")


def _refuse_single(texts: object, name: str) -> None:
    if isinstance(texts, str | bytes | Comment):
        raise InputError(
            f"{name} takes a list of comments, got one {type(texts).__name__}; "
            "use predict(text) for one comment, or wrap it: [text]"
        )
    if not isinstance(texts, Iterable):
        raise InputError(f"{name} takes a list of comments, got {type(texts).__name__} {texts!r}")


def _checked_batch(batch_size: int) -> int:
    if not isinstance(batch_size, int) or batch_size < 1:
        raise InputError(f"batch_size must be a whole number of at least 1, got {batch_size!r}")
    return batch_size
