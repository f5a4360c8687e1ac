"""Tells how far a long reading is while it goes on, and at last what it gives (text/event-stream).

`progress` {"done", "total"} says how many of the codes to be looked at have been; one comes every
few seconds at least, so that nobody takes the line for dead. The last event is `answer` with the
JSON object that is answered without a stream, or `problem` with a problem document.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable

from fastapi import Request
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel

from runtime.errors import Unavailable
from runtime.problems import document, problem_of

BEAT_SECONDS = 5.0
"""So often at least something is said; a client waits for a minute."""

Told = Callable[[int, int], None]
"""Takes how many codes are done, and of how many."""


def nobody(_done: int, _total: int) -> None:
    """Nobody is told."""


def is_wanted(request: Request) -> bool:
    """Whether the one who asks takes the stream, and says so by name."""
    return EventSourceResponse.media_type in request.headers.get("accept", "")


async def telling(
    read: Callable[[Told], Awaitable[BaseModel]], stopping: asyncio.Event
) -> AsyncGenerator[bytes, None]:
    """The events of a reading; who goes away ends it."""
    news = asyncio.Event()
    progress = {"done": 0, "total": 0}

    def told(done: int, total: int) -> None:
        progress.update(done=done, total=total)
        news.set()

    reading = asyncio.ensure_future(read(told))
    reading.add_done_callback(lambda _: news.set())
    try:
        while not reading.done() and not stopping.is_set():
            await _first(news, stopping)
            news.clear()
            yield format_sse_event(event="progress", data_str=json.dumps(progress))
        yield _last(reading)
    finally:
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await reading


def _last(reading: "asyncio.Future[BaseModel]") -> bytes:
    error = reading.exception() if reading.done() else Unavailable("the service is stopping")
    if error is None:
        answer = reading.result().model_dump_json(exclude_unset=True)
        return format_sse_event(event="answer", data_str=answer)
    problem = document(problem_of(error))
    return format_sse_event(event="problem", data_str=json.dumps(problem, ensure_ascii=False))


async def _first(*events: asyncio.Event) -> None:
    """Wait for one of the events, or for the next beat."""
    waiting = {asyncio.ensure_future(event.wait()) for event in events}
    try:
        await asyncio.wait(waiting, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
