"""Streams the progress of a long query and finally its result (text/event-stream).

`progress` {"done", "total"} counts the codes that are read; one is sent every few seconds at least,
so that no proxy closes the connection as idle. The last event is `answer` with the JSON object that
is returned without a stream, or `problem` with a problem document.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable

from fastapi import Request
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel

from runtime.process.errors import Unavailable
from runtime.web.problems import problem_document, problem_of
from services.reporting.queries.as_of import ProgressCallback

_HEARTBEAT_SECONDS = 5.0
"""The longest pause between two events; clients wait for a minute."""


def accepts_stream(request: Request) -> bool:
    """Return whether the Accept header of a request names the media type of the stream."""
    return EventSourceResponse.media_type in request.headers.get("accept", "")


async def progress_stream(
    read: Callable[[ProgressCallback], Awaitable[BaseModel]], stopping: asyncio.Event
) -> AsyncGenerator[bytes, None]:
    """Yield the events of a query; the query is cancelled when the client disconnects."""
    changed = asyncio.Event()
    progress = {"done": 0, "total": 0}

    def report(done: int, total: int) -> None:
        progress.update(done=done, total=total)
        changed.set()

    reading = asyncio.ensure_future(read(report))
    reading.add_done_callback(lambda _: changed.set())
    try:
        while not reading.done() and not stopping.is_set():
            await _wait_for_any(changed, stopping)
            changed.clear()
            yield format_sse_event(event="progress", data_str=json.dumps(progress))
        yield _final_event(reading)
    finally:
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await reading


def _final_event(reading: "asyncio.Future[BaseModel]") -> bytes:
    error = reading.exception() if reading.done() else Unavailable("the service is stopping")
    if error is None:
        answer = reading.result().model_dump_json(exclude_unset=True)
        return format_sse_event(event="answer", data_str=answer)
    problem = problem_document(problem_of(error))
    return format_sse_event(event="problem", data_str=json.dumps(problem, ensure_ascii=False))


async def _wait_for_any(*events: asyncio.Event) -> None:
    """Wait for one of the events, or until a heartbeat is due."""
    waiting = {asyncio.ensure_future(event.wait()) for event in events}
    try:
        await asyncio.wait(waiting, timeout=_HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
