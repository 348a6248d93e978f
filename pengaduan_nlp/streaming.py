"""Batches of a live source: what has arrived, without waiting long for more.

Knows nothing about what the items are.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from typing import TypeVar

T = TypeVar("T")


async def arrived(items: AsyncIterable[T], size: int, max_wait: float) -> AsyncIterator[list[T]]:
    """Yield lists of items in order: at most ``size``, or fewer once one has waited.

    The source is asked for the next item only while a list is being filled; at most one item is
    under way while the caller works on a list.

    Args:
        items: The source.
        size: Most items of a list.
        max_wait: Seconds between the first item of a list and its end.
    """
    source = aiter(items)
    clock = asyncio.get_running_loop().time
    following: asyncio.Future[T] = asyncio.ensure_future(anext(source))
    try:
        while True:
            try:
                found = [await following]
            except StopAsyncIteration:
                return
            deadline = clock() + max_wait
            following = asyncio.ensure_future(anext(source))
            while len(found) < size:
                # An item that is late stays under way: to cancel it would end the source.
                await asyncio.wait({following}, timeout=max(0.0, deadline - clock()))
                if not following.done() or following.exception() is not None:
                    break  # the end, or an error, comes after what was found before it
                found.append(following.result())
                following = asyncio.ensure_future(anext(source))
            yield found
    finally:
        following.cancel()
