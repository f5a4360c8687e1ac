"""Open boards are notified of changes of their council's numbers, and streams end regularly."""

import asyncio

import pytest

from runtime.process.errors import Unavailable
from services.reporting.board.notifier import CHANGED, HEARTBEAT, BoardNotifier, board_events

NEVER_S = 60.0


def test_only_the_boards_of_the_council_are_notified() -> None:
    notifier = BoardNotifier()
    with (
        notifier.subscribe("70998") as here,
        notifier.subscribe("70998") as too,
        notifier.subscribe("79022") as away,
    ):
        notifier.notify("70998")
        notifier.notify("RS")

        assert (here.is_set(), too.is_set(), away.is_set()) == (True, True, False)


def test_all_boards_are_notified_when_the_changes_are_not_known() -> None:
    notifier = BoardNotifier()
    with notifier.subscribe("70998") as here, notifier.subscribe("79022") as there:
        notifier.notify_all()

        assert here.is_set()
        assert there.is_set()


def test_the_number_of_open_boards_is_limited_and_a_closed_board_frees_its_slot() -> None:
    notifier = BoardNotifier(open_boards_max=1)
    with notifier.subscribe("70998"), pytest.raises(Unavailable), notifier.subscribe("79022"):
        pass
    with notifier.subscribe("79022"):
        assert notifier.open_boards == 1

    assert notifier.open_boards == 0


async def test_a_stream_starts_with_a_heartbeat_and_then_reports_changes() -> None:
    changed, stopping = asyncio.Event(), asyncio.Event()
    stream = board_events(changed, stopping, NEVER_S)
    first = await anext(stream)
    changed.set()
    second = await anext(stream)

    assert (first, second) == (HEARTBEAT, CHANGED)
    assert not changed.is_set()
    await stream.aclose()


async def test_changes_while_a_reader_is_busy_are_reported_once() -> None:
    changed, stopping = asyncio.Event(), asyncio.Event()
    stream = board_events(changed, stopping, heartbeat_s=0.001)
    await anext(stream)
    for _ in range(3):
        changed.set()

    assert [await anext(stream), await anext(stream)] == [CHANGED, HEARTBEAT]
    await stream.aclose()


async def test_a_stream_ends_at_once_when_the_process_stops() -> None:
    changed, stopping = asyncio.Event(), asyncio.Event()
    stream = board_events(changed, stopping, NEVER_S)
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream, "the end"))
    stopping.set()

    async with asyncio.timeout(5):
        assert await waiting == "the end"


async def test_a_stream_has_a_limited_duration_so_that_vanished_readers_free_their_slots() -> None:
    stream = board_events(asyncio.Event(), asyncio.Event(), stream_s_max=0.0)

    assert [each async for each in stream] == [HEARTBEAT]
