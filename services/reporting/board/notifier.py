"""Notifies the open boards of a council when something new is published about it."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Final, NoReturn

from runtime.context import Context
from runtime.process.errors import Unavailable
from runtime.process.failures import DATABASE_UNAVAILABLE
from runtime.process.retry import RetryPolicy
from runtime.storage.pool import Connection

_CHANNEL: Final = "published"
"""The publisher notifies it with the place as payload."""
_OPEN_BOARDS_MAX: Final = 200
"""Open boards per process; each holds a connection, and the server allows 500 in all."""
_HEARTBEAT_SECONDS: Final = 10.0
"""The interval of heartbeats in a quiet stream; a board waits three times as long."""
_STREAM_SECONDS_MAX: Final = 15 * 60.0
"""Then a board connects again, so that a reader who vanished frees its slot."""
_CONNECTION_CHECK_SECONDS: Final = 10.0
"""The interval at which the listening connection is checked."""

CHANGED: Final = "changed"
HEARTBEAT: Final = "heartbeat"


class BoardNotifier:
    """The open boards of one process, by council."""

    def __init__(self, open_boards_max: int = _OPEN_BOARDS_MAX) -> None:
        self._open_boards_max = open_boards_max
        self._by_council: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @property
    def open_boards(self) -> int:
        """The number of open boards."""
        return sum(map(len, self._by_council.values()))

    @contextlib.contextmanager
    def subscribe(self, council: str) -> Iterator[asyncio.Event]:
        """Yield an event that is set when the council's numbers change; Unavailable if full."""
        if self.open_boards >= self._open_boards_max:
            raise Unavailable(f"{self._open_boards_max} boards are open")
        changed = asyncio.Event()
        self._by_council[council].add(changed)
        try:
            yield changed
        finally:
            self._by_council[council].discard(changed)
            if not self._by_council[council]:
                del self._by_council[council]

    def notify(self, council: str) -> None:
        """Notify the boards of a council."""
        for changed in self._by_council.get(council, ()):
            changed.set()

    def notify_all(self) -> None:
        """Notify every board: which councils changed meanwhile is not known."""
        for council in tuple(self._by_council):
            self.notify(council)


async def board_events(
    changed: asyncio.Event,
    stopping: asyncio.Event,
    heartbeat_s: float = _HEARTBEAT_SECONDS,
    stream_s_max: float = _STREAM_SECONDS_MAX,
) -> AsyncGenerator[str, None]:
    """Yield CHANGED after each change, HEARTBEAT while nothing changes.

    It ends after `stream_s_max` seconds, or when the process stops.
    """
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + stream_s_max
    yield HEARTBEAT
    while not stopping.is_set() and loop.time() < ends_at:
        await _wait_for_either(changed, stopping, heartbeat_s)
        if changed.is_set():
            changed.clear()
            yield CHANGED
        elif not stopping.is_set():
            yield HEARTBEAT


def notifier_task(notifier: BoardNotifier) -> Callable[[Context], Awaitable[None]]:
    """Return the task that listens to the publisher over one connection and notifies boards."""

    async def listen(context: Context) -> None:
        # Without a metric: the consumer already counts unavailable dependencies.
        retry = RetryPolicy(lambda _: None)
        while True:
            await retry.retry_forever(lambda: _listen(context, notifier))

    return listen


async def _listen(context: Context, notifier: BoardNotifier) -> NoReturn:
    """Listen until the connection is lost; then raise one of DATABASE_UNAVAILABLE."""

    def notify(_connection: object, _pid: int, _channel: str, place: object) -> None:
        notifier.notify(str(place))

    lost = asyncio.Event()
    async with context.pool.acquire() as connection:
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(_CHANNEL, notify)
        try:
            notifier.notify_all()
            await _check_connection(connection, lost)
        finally:
            with contextlib.suppress(*DATABASE_UNAVAILABLE):
                await connection.remove_listener(_CHANNEL, notify)


async def _check_connection(connection: Connection, lost: asyncio.Event) -> NoReturn:
    """Check the connection at intervals: a loss without a TCP reset is not noticed otherwise."""
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(lost.wait(), _CONNECTION_CHECK_SECONDS)
        await connection.execute("SELECT 1")


async def _wait_for_either(
    changed: asyncio.Event, stopping: asyncio.Event, heartbeat_s: float
) -> None:
    """Wait for one of the events, or until a heartbeat is due."""
    waiting = {asyncio.ensure_future(event.wait()) for event in (changed, stopping)}
    try:
        await asyncio.wait(waiting, timeout=heartbeat_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
