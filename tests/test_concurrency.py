"""One loaded model, shared: by threads, by pickling, by forked and by spawned processes."""

import multiprocessing
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pengaduan_nlp import Comment, Triage

from .conftest import TINY

N_THREADS, N_CALLS = 16, 4000


@pytest.fixture(scope="module")
def many(comments):
    """Texts of many lengths, some of them copies, some under a region."""
    texts = [f"{text} {'lagi ' * (i % 9)}{i % 50}" for i in range(25) for text in comments]
    return [Comment(text, region="33") if i % 3 else text for i, text in enumerate(texts)]


@pytest.fixture(scope="module")
def expected(many):
    triage = Triage.load(TINY, threads=1)
    answers = []
    for comment in many:
        triage.forget()  # so that every answer is a new one
        answers.append(triage.predict(comment).to_dict())
    return answers


def test_sixteen_threads_get_the_sequential_answers(many, expected):
    triage = Triage.load(TINY, threads=2)
    start = threading.Barrier(N_THREADS)

    def work(thread):
        start.wait()
        for call in range(N_CALLS // N_THREADS):
            if call == 100 and thread == 0:
                triage.forget()  # in the middle of the others' work
            at = (thread * 37 + call * 11) % len(many)
            if call % 5:
                assert triage.predict(many[at]).to_dict() == expected[at]
            else:
                found = triage.predict_many(many[at : at + 4])
                assert [result.to_dict() for result in found] == expected[at : at + 4]

    with ThreadPoolExecutor(N_THREADS) as pool:
        list(pool.map(work, range(N_THREADS)))


def test_threads_share_one_stream_each(many, expected):
    triage = Triage.load(TINY, threads=1)

    def work(_):
        return [result.to_dict() for _, result in triage.stream(many, batch_size=8)]

    with ThreadPoolExecutor(4) as pool:
        assert all(found == expected for found in pool.map(work, range(4)))


@pytest.mark.parametrize("threads", [1, 2])
def test_pickle_opens_the_same_model(many, expected, threads):
    triage = Triage.load(TINY, threads=threads)
    triage.predict_many(many)
    again = pickle.loads(pickle.dumps(triage))
    assert [result.to_dict() for result in again.predict_many(many)] == expected


def _answer(triage, comments, replies):
    replies.put([result.to_dict() for result in triage.predict_many(comments)])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    "method",
    [
        pytest.param(
            "fork", marks=pytest.mark.skipif(sys.platform == "win32", reason="no fork here")
        ),
        "spawn",
    ],
)
def test_another_process_gives_the_same_answers(many, expected, method, threads):
    triage = Triage.load(TINY, threads=threads)
    triage.predict_many(many[:20])  # its threads run before the fork
    context = multiprocessing.get_context(method)
    replies = context.Queue()
    process = context.Process(target=_answer, args=(triage, many[:60], replies))
    process.start()
    try:
        assert replies.get(timeout=60) == expected[:60]
    finally:
        process.join(10)
        process.terminate()
    assert process.exitcode == 0


@pytest.mark.slow
def test_a_forked_process_may_use_torch():
    pytest.importorskip("torch")
    if sys.platform == "win32":
        pytest.skip("no fork here")
    triage = Triage.load(TINY, runtime="torch", threads=2)
    expected = [result.to_dict() for result in triage.predict_many(["jalan rusak", "lampu mati"])]
    triage.forget()
    context = multiprocessing.get_context("fork")
    replies = context.Queue()
    process = context.Process(target=_answer, args=(triage, ["jalan rusak", "lampu mati"], replies))
    process.start()
    found = replies.get(timeout=60)
    process.join(10)
    assert [one["kind"]["label"] for one in found] == [one["kind"]["label"] for one in expected]
