"""The tasks of a running process: started in order, watched together, stopped in reverse order."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from runtime.process import log

_STOP_SECONDS_MAX = 10.0
"""For a task to end by itself; after it the task is cancelled."""
_CANCEL_SECONDS_MAX = 15.0
"""For a cancelled task to clean up; after it the task is abandoned."""

_LOG = log.get(__name__)


@dataclass(frozen=True)
class _SupervisedTask:
    name: str
    task: asyncio.Task[None]
    request_stop: Callable[[], None] | None


class TaskSupervisor:
    """Runs tasks that live and end together."""

    def __init__(self, stop_s_max: float = _STOP_SECONDS_MAX) -> None:
        self._stop_s_max = stop_s_max
        self._tasks: list[_SupervisedTask] = []

    def start(
        self,
        name: str,
        work: Coroutine[object, object, None],
        request_stop: Callable[[], None] | None,
    ) -> None:
        """Start `work` as a task; `request_stop` asks it to end, without it it is cancelled."""
        task = asyncio.create_task(work, name=name)
        self._tasks.append(_SupervisedTask(name, task, request_stop))

    async def watch(self, stopping: asyncio.Event) -> None:
        """Return when `stopping` is set; raise what a task raises. A task may end earlier."""
        stop: asyncio.Task[object] = asyncio.create_task(stopping.wait())
        running: set[asyncio.Task[object]] = {*(each.task for each in self._tasks)}
        try:
            while not stop.done():
                done, _ = await asyncio.wait({stop, *running}, return_when=asyncio.FIRST_COMPLETED)
                for task in done - {stop}:
                    running.remove(task)
                    task.result()
        finally:
            stop.cancel()

    async def stop(self) -> None:
        """End every task, the last one first, each within its time limit."""
        for task in reversed(self._tasks):
            await _end(task, self._stop_s_max)
        self._tasks.clear()


async def _end(supervised: _SupervisedTask, stop_s_max: float) -> None:
    task = supervised.task
    if supervised.request_stop is not None and not task.done():
        supervised.request_stop()
        await asyncio.wait({task}, timeout=stop_s_max)
    task.cancel()
    await asyncio.wait({task}, timeout=_CANCEL_SECONDS_MAX)
    if not task.done():
        _LOG.error("task does not stop", task=supervised.name)
    elif not task.cancelled() and (error := task.exception()) is not None:
        _LOG.error("task failed", task=supervised.name, failure=log.describe(error))
