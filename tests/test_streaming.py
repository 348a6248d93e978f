import asyncio

import pytest

from pengaduan_nlp import Comment, InputError
from pengaduan_nlp.streaming import arrived


async def _source(items, pause_after=(), read=None):
    for i, item in enumerate(items):
        if read is not None:
            read.append(item)
        yield item
        if i in pause_after:
            await asyncio.sleep(0.2)


async def _collect(items):
    return [item async for item in items]


def test_lists_are_full_where_the_source_is_fast():
    found = asyncio.run(_collect(arrived(_source(range(10)), 4, 5.0)))
    assert found == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_an_item_does_not_wait_long_for_others():
    found = asyncio.run(_collect(arrived(_source(range(5), pause_after={1}), 4, 0.02)))
    assert found == [[0, 1], [2, 3, 4]]


def test_no_items_give_no_lists():
    assert asyncio.run(_collect(arrived(_source([]), 4, 0.1))) == []


def test_an_error_comes_after_the_items_before_it():
    async def broken():
        yield 1
        yield 2
        raise OSError("the line is cut")

    async def run():
        lists = arrived(broken(), 8, 1.0)
        found = await anext(lists)
        with pytest.raises(OSError, match="the line is cut"):
            await anext(lists)
        return found

    assert asyncio.run(run()) == [1, 2]


def test_astream_equals_stream_and_keeps_order(triage, comments):
    many = comments * 5
    expected = [(item, result.to_dict()) for item, result in triage.stream(many)]
    found = asyncio.run(_collect(triage.astream(_source(many), batch_size=7)))
    assert [(item, result.to_dict()) for item, result in found] == expected


def test_astream_reads_no_further_than_a_batch_ahead(triage):
    read = []

    async def run():
        source = _source((f"komentar nomor {i}" for i in range(1000)), read=read)
        stream = triage.astream(source, batch_size=4)
        for _ in range(6):
            await anext(stream)
        await asyncio.sleep(0.05)  # a slow consumer: nothing more may be read meanwhile
        n_read = len(read)
        await stream.aclose()
        return n_read

    assert asyncio.run(run()) <= 8 + 1


def test_astream_leaves_the_loop_free(triage, comments):
    async def run():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        await _collect(triage.astream(_source([Comment(text) for text in comments])))
        ticking.cancel()
        return ticks

    assert asyncio.run(run()) > 10


@pytest.mark.parametrize("value", ["jalan rusak", ["jalan rusak"], None])
def test_astream_takes_an_asynchronous_iterable(triage, value):
    with pytest.raises(InputError, match="astream takes an asynchronous iterable, got"):
        asyncio.run(_collect(triage.astream(value)))


def test_astream_names_the_position_of_a_bad_entry(triage):
    with pytest.raises(InputError, match="entry 2: a comment must be text"):
        asyncio.run(_collect(triage.astream(_source(["a", "b", None]), batch_size=2)))
