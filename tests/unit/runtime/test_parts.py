"""Parts of a process end in the reverse order of their start, and one that fails is told."""

import asyncio

import pytest

from runtime.parts import Parts


class Story:
    """What happened, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def until_cancelled(self, name: str) -> None:
        """Run for ever and tell of the end."""
        try:
            await asyncio.Event().wait()
        finally:
            self.told.append(name)

    async def until_asked(self, name: str, asked: asyncio.Event) -> None:
        """Run until asked to leave, and tell of the end."""
        await asked.wait()
        self.told.append(name)


async def fail() -> None:
    """Fail at once."""
    raise KeyError("bug")


async def test_parts_stop_in_the_reverse_order_of_their_start() -> None:
    story, parts, asked = Story(), Parts(), asyncio.Event()
    parts.start("first", story.until_cancelled("first"), None)
    parts.start("second", story.until_asked("second", asked), asked.set)
    parts.start("third", story.until_cancelled("third"), None)
    await asyncio.sleep(0)
    await parts.stop()

    assert story.told == ["third", "second", "first"]


async def test_watching_ends_when_the_process_is_told_to_stop() -> None:
    story, parts, stopping = Story(), Parts(), asyncio.Event()
    parts.start("part", story.until_cancelled("part"), None)
    stopping.set()

    await asyncio.wait_for(parts.watch(stopping), 5)
    await parts.stop()


async def test_what_a_part_raises_ends_the_watch() -> None:
    story, parts = Story(), Parts()
    parts.start("well", story.until_cancelled("well"), None)
    parts.start("failing", fail(), None)
    with pytest.raises(KeyError):
        await asyncio.wait_for(parts.watch(asyncio.Event()), 5)
    await parts.stop()

    assert story.told == ["well"]


async def test_a_part_may_end_by_itself() -> None:
    parts, stopping = Parts(), asyncio.Event()
    parts.start("short", asyncio.sleep(0), None)
    watching = asyncio.create_task(parts.watch(stopping))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not watching.done()
    stopping.set()

    await asyncio.wait_for(watching, 5)
    await parts.stop()


async def test_a_part_that_does_not_leave_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.parts.STOP_SECONDS_MAX", 0.01)
    story, parts = Story(), Parts()
    parts.start("deaf", story.until_cancelled("deaf"), lambda: None)
    await asyncio.sleep(0)
    await parts.stop()

    assert story.told == ["deaf"]
