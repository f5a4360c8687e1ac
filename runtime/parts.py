"""The parts of a running process: started in order, watched together, stopped in reverse."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from runtime import log

STOP_SECONDS_MAX = 10.0
"""For a part to leave by itself; after it the part is cancelled."""
CANCEL_SECONDS_MAX = 15.0
"""For a cancelled part to put away what it holds; after it the part is left behind."""

_LOG = log.get(__name__)


@dataclass(frozen=True)
class _Part:
    name: str
    task: asyncio.Task[None]
    leave: Callable[[], None] | None


class Parts:
    """Tasks that live and end together."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []

    def start(
        self, name: str, work: Coroutine[object, object, None], leave: Callable[[], None] | None
    ) -> None:
        """Begin `work`; `leave` asks it to end by itself, without it it is cancelled at the end."""
        self._parts.append(_Part(name, asyncio.create_task(work, name=name), leave))

    async def watch(self, stopping: asyncio.Event) -> None:
        """Return when `stopping` is set; raise what a part raises. A part may end before."""
        told: asyncio.Task[object] = asyncio.create_task(stopping.wait())
        running: set[asyncio.Task[object]] = {*(part.task for part in self._parts)}
        try:
            while not told.done():
                done, _ = await asyncio.wait({told, *running}, return_when=asyncio.FIRST_COMPLETED)
                for task in done - {told}:
                    running.remove(task)
                    task.result()
        finally:
            told.cancel()

    async def stop(self) -> None:
        """End every part, the last one first, each within its time."""
        for part in reversed(self._parts):
            await _end(part)
        self._parts.clear()


async def _end(part: _Part) -> None:
    if part.leave is not None and not part.task.done():
        part.leave()
        await asyncio.wait({part.task}, timeout=STOP_SECONDS_MAX)
    part.task.cancel()
    await asyncio.wait({part.task}, timeout=CANCEL_SECONDS_MAX)
    if not part.task.done():
        _LOG.error("part does not stop", part=part.name)
    elif not part.task.cancelled() and (error := part.task.exception()) is not None:
        _LOG.error("part failed", part=part.name, trouble=log.describe(error))
