"""Open boards are woken when their council's numbers change, and are let go in good order."""

import asyncio

import pytest

from runtime.errors import Unavailable
from services.reporting.board.live import BEAT, CHANGED, Live, news

NEVER_S = 60.0


def test_only_the_boards_of_the_council_are_woken() -> None:
    live = Live()
    with live.reading("70998") as here, live.reading("70998") as too, live.reading("79022") as away:
        live.wake("70998")
        live.wake("RS")

        assert (here.is_set(), too.is_set(), away.is_set()) == (True, True, False)


def test_all_boards_are_woken_when_nobody_knows_what_changed() -> None:
    live = Live()
    with live.reading("70998") as here, live.reading("79022") as there:
        live.wake_all()

        assert here.is_set()
        assert there.is_set()


def test_there_is_room_for_so_many_boards_and_a_closed_one_makes_room() -> None:
    live = Live(readers_max=1)
    with live.reading("70998"), pytest.raises(Unavailable), live.reading("79022"):
        pass
    with live.reading("79022"):
        assert live.readers == 1

    assert live.readers == 0


async def test_a_stream_tells_that_it_is_alive_and_then_what_changed() -> None:
    woken, stopping = asyncio.Event(), asyncio.Event()
    stream = news(woken, stopping, NEVER_S)
    first = await anext(stream)
    woken.set()
    second = await anext(stream)

    assert (first, second) == (BEAT, CHANGED)
    assert not woken.is_set()
    await stream.aclose()


async def test_changes_while_a_reader_was_busy_are_told_once() -> None:
    woken, stopping = asyncio.Event(), asyncio.Event()
    stream = news(woken, stopping, beat_s=0.001)
    await anext(stream)
    for _ in range(3):
        woken.set()

    assert [await anext(stream), await anext(stream)] == [CHANGED, BEAT]
    await stream.aclose()


async def test_a_stream_ends_at_once_when_the_process_stops() -> None:
    woken, stopping = asyncio.Event(), asyncio.Event()
    stream = news(woken, stopping, NEVER_S)
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream, "the end"))
    stopping.set()

    async with asyncio.timeout(5):
        assert await waiting == "the end"


async def test_a_stream_ends_before_long_so_that_nobody_vanished_keeps_a_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.reporting.board.live.STREAM_SECONDS_MAX", 0.0)

    assert [each async for each in news(asyncio.Event(), asyncio.Event())] == [BEAT]
