from concurrent.futures import ThreadPoolExecutor

import pytest

from pengaduan_nlp.recent import Recent


def test_a_value_is_kept():
    kept = Recent(4)
    kept.put("a", 1)
    assert (kept.get("a"), kept.get("b")) == (1, None)


@pytest.mark.parametrize("size", [2, 5, 100])
def test_it_never_holds_more_than_its_size(size):
    kept = Recent(size)
    for i in range(5 * size):
        kept.put(i, i)
        assert len(kept) <= size
    assert kept.get(5 * size - 1) == 5 * size - 1
    assert kept.get(0) is None


def test_what_is_asked_for_stays():
    kept = Recent(10)
    kept.put("viral", 1)
    for i in range(100):
        kept.put(i, i)
        assert kept.get("viral") == 1


def test_it_forgets_when_told():
    kept = Recent(4)
    kept.put("a", 1)
    kept.clear()
    assert len(kept) == 0


def test_threads_share_it():
    kept = Recent(16)

    def work(start):
        for i in range(start, start + 3000):
            kept.put(i % 40, i % 40)
            assert kept.get(i % 37) in (None, i % 37)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert len(kept) <= 24  # a few more where threads met at a full generation
