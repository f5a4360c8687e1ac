"""Tasks end in the reverse order of their start, and the failure of one ends the watch."""

import asyncio

import pytest

from runtime.process.task_supervisor import TaskSupervisor


class TaskRecorder:
    """Tasks that record their names when they stop, in order."""

    def __init__(self) -> None:
        self.stopped: list[str] = []

    async def until_cancelled(self, name: str) -> None:
        """Run for ever and note the end."""
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.append(name)

    async def until_asked(self, name: str, asked: asyncio.Event) -> None:
        """Run until asked to stop, and note the end."""
        await asked.wait()
        self.stopped.append(name)


async def fail() -> None:
    """Fail at once."""
    raise KeyError("bug")


async def test_tasks_stop_in_the_reverse_order_of_their_start() -> None:
    recorder, tasks, asked = TaskRecorder(), TaskSupervisor(), asyncio.Event()
    tasks.start("first", recorder.until_cancelled("first"), None)
    tasks.start("second", recorder.until_asked("second", asked), asked.set)
    tasks.start("third", recorder.until_cancelled("third"), None)
    await asyncio.sleep(0)
    await tasks.stop()

    assert recorder.stopped == ["third", "second", "first"]


async def test_watching_ends_when_the_process_is_to_stop() -> None:
    recorder, tasks, stopping = TaskRecorder(), TaskSupervisor(), asyncio.Event()
    tasks.start("task", recorder.until_cancelled("task"), None)
    stopping.set()

    await asyncio.wait_for(tasks.watch(stopping), 5)
    await tasks.stop()


async def test_an_exception_of_a_task_ends_the_watch() -> None:
    recorder, tasks = TaskRecorder(), TaskSupervisor()
    tasks.start("well", recorder.until_cancelled("well"), None)
    tasks.start("failing", fail(), None)
    with pytest.raises(KeyError):
        await asyncio.wait_for(tasks.watch(asyncio.Event()), 5)
    await tasks.stop()

    assert recorder.stopped == ["well"]


async def test_a_task_may_end_by_itself() -> None:
    tasks, stopping = TaskSupervisor(), asyncio.Event()
    tasks.start("short", asyncio.sleep(0), None)
    watching = asyncio.create_task(tasks.watch(stopping))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not watching.done()
    stopping.set()

    await asyncio.wait_for(watching, 5)
    await tasks.stop()


async def test_a_task_that_does_not_stop_is_cancelled() -> None:
    recorder, tasks = TaskRecorder(), TaskSupervisor(stop_s_max=0.01)
    tasks.start("unresponsive", recorder.until_cancelled("unresponsive"), lambda: None)
    await asyncio.sleep(0)
    await tasks.stop()

    assert recorder.stopped == ["unresponsive"]
