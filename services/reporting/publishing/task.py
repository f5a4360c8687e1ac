"""One copy publishes for all: it holds a lock, gathers what changed, and shows it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NoReturn

from runtime import log
from runtime.clock import Clock, belgrade_day
from runtime.context import Context
from runtime.postgres import Connection
from runtime.trouble import WORLD, Patience
from services.reporting.expecting.reading import reporters_of
from services.reporting.folding.digest import catalogue_digest
from services.reporting.folding.freshness import Freshness
from services.reporting.folding.projection import Standing
from services.reporting.indicators import catalogue
from services.reporting.publishing.exporter import (
    Gauges,
    doubted,
    gauges_of,
    late_days,
    silent_gauges,
)
from services.reporting.publishing.publisher import Publisher, Shown
from services.reporting.publishing.quality import count_quality
from services.reporting.publishing.store import Press
from services.reporting.settings import Settings
from services.reporting.tables.spans import current
from services.reporting.tables.store import Tables

LOCK_PUBLISH = 3
"""First half of the advisory lock's key; 1 and 2 are the runtime's."""
WAIT_SECONDS = 1.0
"""Between two attempts to get the lock."""
FROZEN_SECONDS_MAX = 30
"""A publisher that is stopped for so long loses its session, and with it the lock, to another."""
BACKLOG_RECORDS = 2_000
"""When more wait to be folded, what is folded now changes again at once."""
BACKLOG_SECONDS = 30.0
"""So seldom is published during a backlog: a bulk load must not be slowed down by it."""
LARGER_PAUSE = 10
"""After larger places, whose tables cost far more, a pause of so many times what they took."""
NIGHT = timedelta(minutes=5)
"""What the calendar changes is published at 00:05, when every clock is past midnight."""

_LOG = log.get(__name__)


@dataclass(slots=True)
class Due:
    """What is to be done next besides the councils."""

    day: date | None = None
    councils_s: float = 0.0
    larger_s: float = 0.0


def publishing(
    gauges: Gauges, freshness: Freshness, standing: Standing
) -> Callable[[Context], Awaitable[None]]:
    """The task that publishes and shows the gauges whenever this copy has the lock.

    It begins when the entries follow our definitions: by others it would publish wrong numbers.
    """

    async def publish(context: Context) -> None:
        context.metrics.registry.register(gauges)
        await standing.ours()
        patience = Patience(lambda _: None)  # the fold counts how often the world is away
        while True:
            await patience.insist(lambda: _lead(context, gauges, freshness))

    return publish


async def _lead(context: Context, gauges: Gauges, freshness: Freshness) -> None:
    """Publish over the connection that holds the lock, until one of them is lost."""
    async with context.pool.acquire() as connection, _lock(connection):
        await Press(connection).require(catalogue_digest())
        _LOG.info("publishes")
        try:
            await _together(
                _publish(context, connection, gauges, freshness), count_quality(context, gauges)
            )
        except WORLD as error:
            _LOG.warning("publishes no more", trouble=log.describe(error))
        finally:
            gauges.show({})
            gauges.show_pairs({})
            gauges.show_late({})


async def _together(*works: Coroutine[object, object, NoReturn]) -> None:
    """Until one of them fails; then none goes on."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _publish(
    context: Context, connection: Connection, gauges: Gauges, freshness: Freshness
) -> NoReturn:
    assert isinstance(context.settings, Settings)  # noqa: S101 - the service declares them
    definitions = catalogue(context.declared)
    reporters = reporters_of(context.settings, context.declared)
    publisher = Publisher(
        connection, Shown.of(definitions), context.clock, reporters, catalogue_digest()
    )
    await publisher.describe(definitions)
    due = Due()
    while True:
        changed = await _calendar(publisher, context.clock, due)
        changed |= await publisher.withhold()
        changed |= await _round(publisher, freshness.lag, due)
        if changed:
            periods = current(belgrade_day(context.clock()))
            published = await Press(connection).current([str(period) for period in periods])
            withheld = doubted(definitions, periods, await Tables(connection).doubts())
            complete = await publisher.completeness()
            silent = silent_gauges(definitions, complete)
            gauges.show(gauges_of(definitions, published, withheld, silent))
            gauges.show_late(late_days(complete))
        await asyncio.sleep(context.settings.publish_ms / 1000)


async def _calendar(publisher: Publisher, clock: Clock, due: Due) -> bool:
    """Publish what a new day has changed; whether there is one, or this copy has just begun."""
    day = belgrade_day(clock() - NIGHT)
    if day == due.day:
        return False
    await publisher.begin_day(day)
    due.day = day
    return True


async def _round(publisher: Publisher, lag: int, due: Due) -> bool:
    """Publish what has changed and is due; whether readers see a difference."""
    begun_s = time.monotonic()
    if begun_s < due.councils_s or not await publisher.is_waited_for():
        return False
    changed = await publisher.councils()
    # Numbers first: a zero must not be called known before what came with the report is counted.
    changed |= await publisher.reports()
    if lag > BACKLOG_RECORDS:
        due.councils_s = begun_s + BACKLOG_SECONDS
    larger_begun_s = time.monotonic()
    if larger_begun_s >= due.larger_s:
        changed |= await publisher.larger_places()
        ended_s = time.monotonic()
        due.larger_s = ended_s + LARGER_PAUSE * (ended_s - larger_begun_s)
    return changed


@contextlib.asynccontextmanager
async def _lock(connection: Connection) -> AsyncIterator[None]:
    """Wait for the lock, polling: a lock waited for would meet lock_timeout."""
    await connection.execute(f"SET idle_session_timeout = '{FROZEN_SECONDS_MAX}s'")
    while not await connection.fetchval(  # noqa: ASYNC110 - another process holds it
        "SELECT pg_try_advisory_lock($1, hashtext(current_schema()))", LOCK_PUBLISH
    ):
        await asyncio.sleep(WAIT_SECONDS)
    yield
