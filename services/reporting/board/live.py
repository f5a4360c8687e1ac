"""Wakes the open boards of a council when something else is published about it."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Final, NoReturn

from runtime.context import Context
from runtime.errors import Unavailable
from runtime.postgres import TROUBLE, Connection
from runtime.trouble import Patience

CHANNEL: Final = "published"
"""The publisher notifies it with the place as payload."""
READERS_MAX: Final = 200
"""Open boards per process; each holds a connection, and the door has 500 for everything."""
BEAT_SECONDS: Final = 10.0
"""So often a quiet stream says that it is alive; a board waits three times as long."""
STREAM_SECONDS_MAX: Final = 15 * 60.0
"""Then a board connects again: a reader who vanished without a word holds a place no longer."""
ASK_SECONDS: Final = 10.0
"""So often the listening connection is asked whether it is still there."""

CHANGED: Final = "changed"
BEAT: Final = "beat"


class Live:
    """The open boards of one process, by council."""

    def __init__(self, readers_max: int = READERS_MAX) -> None:
        self._readers_max = readers_max
        self._readers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @property
    def readers(self) -> int:
        """How many boards are open."""
        return sum(map(len, self._readers.values()))

    @contextlib.contextmanager
    def reading(self, council: str) -> Iterator[asyncio.Event]:
        """An event that is set when the council's numbers change; Unavailable if all is taken."""
        if self.readers >= self._readers_max:
            raise Unavailable(f"{self._readers_max} boards are open")
        woken = asyncio.Event()
        self._readers[council].add(woken)
        try:
            yield woken
        finally:
            self._readers[council].discard(woken)
            if not self._readers[council]:
                del self._readers[council]

    def wake(self, council: str) -> None:
        """Wake the boards of a council."""
        for woken in self._readers.get(council, ()):
            woken.set()

    def wake_all(self) -> None:
        """Wake every board: what changed meanwhile is not known."""
        for council in tuple(self._readers):
            self.wake(council)


async def news(
    woken: asyncio.Event, stopping: asyncio.Event, beat_s: float = BEAT_SECONDS
) -> AsyncGenerator[str, None]:
    """CHANGED whenever woken, BEAT when it is quiet; ends in time, or when the process stops."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + STREAM_SECONDS_MAX
    yield BEAT
    while not stopping.is_set() and loop.time() < ends_at:
        await _first(woken, stopping, beat_s)
        if woken.is_set():
            woken.clear()
            yield CHANGED
        elif not stopping.is_set():
            yield BEAT


def listening(live: Live) -> Callable[[Context], Awaitable[None]]:
    """The task that hears the publisher, over one connection of its own, and wakes the boards."""

    async def listen(context: Context) -> None:
        patience = Patience(lambda _: None)  # the fold counts how often the world is away
        while True:
            await patience.insist(lambda: _listen(context, live))

    return listen


async def _listen(context: Context, live: Live) -> NoReturn:
    """Hear until the connection is lost; raises one of TROUBLE then."""

    def wake(_connection: object, _pid: int, _channel: str, place: object) -> None:
        live.wake(str(place))

    lost = asyncio.Event()
    async with context.pool.acquire() as connection:
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(CHANNEL, wake)
        try:
            live.wake_all()
            await _watch(connection, lost)
        finally:
            with contextlib.suppress(*TROUBLE):
                await connection.remove_listener(CHANNEL, wake)


async def _watch(connection: Connection, lost: asyncio.Event) -> NoReturn:
    """Ask from time to time: a connection that was lost silently hears nothing and says nothing."""
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(lost.wait(), ASK_SECONDS)
        await connection.execute("SELECT 1")


async def _first(woken: asyncio.Event, stopping: asyncio.Event, beat_s: float) -> None:
    """Wait for one of the events, or for the next beat."""
    waiting = {asyncio.ensure_future(event.wait()) for event in (woken, stopping)}
    try:
        await asyncio.wait(waiting, timeout=beat_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
