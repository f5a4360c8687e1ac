"""Tasks end in the reverse order of their start, and the failure of one ends the watch."""

import asyncio

import pytest

from runtime.process.task_supervisor import TaskSupervisor


class Story:
    """What happened, in order."""

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
    story, tasks, asked = Story(), TaskSupervisor(), asyncio.Event()
    tasks.start("first", story.until_cancelled("first"), None)
    tasks.start("second", story.until_asked("second", asked), asked.set)
    tasks.start("third", story.until_cancelled("third"), None)
    await asyncio.sleep(0)
    await tasks.stop()

    assert story.stopped == ["third", "second", "first"]


async def test_watching_ends_when_the_process_is_to_stop() -> None:
    story, tasks, stopping = Story(), TaskSupervisor(), asyncio.Event()
    tasks.start("task", story.until_cancelled("task"), None)
    stopping.set()

    await asyncio.wait_for(tasks.watch(stopping), 5)
    await tasks.stop()


async def test_an_exception_of_a_task_ends_the_watch() -> None:
    story, tasks = Story(), TaskSupervisor()
    tasks.start("well", story.until_cancelled("well"), None)
    tasks.start("failing", fail(), None)
    with pytest.raises(KeyError):
        await asyncio.wait_for(tasks.watch(asyncio.Event()), 5)
    await tasks.stop()

    assert story.stopped == ["well"]


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
    story, tasks = Story(), TaskSupervisor(stop_s_max=0.01)
    tasks.start("deaf", story.until_cancelled("deaf"), lambda: None)
    await asyncio.sleep(0)
    await tasks.stop()

    assert story.stopped == ["deaf"]
