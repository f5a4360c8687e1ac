"""The publication task: the replica that holds the lock publishes what has changed, for all."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NoReturn

from runtime.context import Context
from runtime.process import log
from runtime.process.clock import Clock, belgrade_day
from runtime.process.failures import TRANSIENT_ERRORS
from runtime.process.retry import RetryPolicy
from runtime.storage.leader import LeaderLock
from runtime.storage.pool import Connection
from schemas.territory import COUNCILS
from services.reporting.completeness.loading import reporters_of
from services.reporting.completeness.model import Completeness
from services.reporting.domain.indicator import Indicator
from services.reporting.indicators import catalogue
from services.reporting.possible_duplicates.detection import find_pairs
from services.reporting.possible_duplicates.model import is_small, open_pairs
from services.reporting.possible_duplicates.repository import (
    POSSIBLE_DUPLICATES,
    DuplicateNoteRepository,
)
from services.reporting.projection.definition_gate import DefinitionGate
from services.reporting.projection.fingerprint import definitions_fingerprint
from services.reporting.projection.freshness import ProgressTracker
from services.reporting.publication.indicator_gauges import (
    IndicatorGauges,
    gauge_values,
    late_days,
    silent_gauges,
    withheld_gauges,
)
from services.reporting.publication.policy import PublishableMeasures
from services.reporting.publication.publisher import Publisher
from services.reporting.publication.queries import PublicationQueries
from services.reporting.publication.repository import PublicationRepository
from services.reporting.settings import ReportingSettings
from services.reporting.tables.queries import TableQueries
from services.reporting.tables.table import current_periods

PUBLICATION_LOCK = LeaderLock(3)
"""Its number: 1 and 2 are the runtime's."""
_BACKLOG_RECORDS = 2_000
"""With a greater lag, the cells that change now will soon change again."""
_BACKLOG_SECONDS = 30.0
"""The interval of publication during a backlog: it must not slow a bulk load down."""
_AREAS_PAUSE = 10
"""The pause after publishing areas, whose tables cost far more, in multiples of its duration."""
_DAY_CHANGE_DELAY = timedelta(minutes=5)
"""What a new day changes is published at 00:05, when every replica's clock is past midnight."""
_PAIR_COUNT_SECONDS = 60.0
"""A person looks at the pairs: a count that is a minute old is fresh enough."""

_LOG = log.get(__name__)


@dataclass(slots=True)
class _PublicationSchedule:
    """The day published last, and from when on (monotonic seconds) councils and areas are due."""

    day: date | None = None
    councils_due_s: float = 0.0
    areas_due_s: float = 0.0


def publication_task(
    gauges: IndicatorGauges, freshness: ProgressTracker, gate: DefinitionGate
) -> Callable[[Context], Awaitable[None]]:
    """Return the task that publishes and sets the gauges while this replica holds the lock.

    It starts when the entries follow this program's definitions: with others it would publish
    wrong numbers.
    """

    async def publish(context: Context) -> None:
        context.metrics.registry.register(gauges)
        await gate.wait_until_open()
        retry = _uncounted_retries()
        while True:
            await retry.retry_forever(lambda: _lead(context, gauges, freshness))

    return publish


async def publish_pair_counts(context: Context) -> Mapping[str, int]:
    """Publish how many possible duplicates are open in each council; return the public counts.

    Small counts are left out of the result.
    """
    as_of: datetime = context.clock()
    async with context.pool.acquire() as connection:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            found = open_pairs(await find_pairs(connection))
        counts = {council: found.get(council, 0) for council in COUNCILS}
        notes = DuplicateNoteRepository(connection)
        await notes.publish_counts(POSSIBLE_DUPLICATES, counts, as_of)
    return {council: count for council, count in counts.items() if not is_small(count)}


async def _lead(context: Context, gauges: IndicatorGauges, freshness: ProgressTracker) -> None:
    """Publish over the connection that holds the lock, until it or the database is lost."""
    async with PUBLICATION_LOCK.session(context.pool) as connection:
        await PublicationRepository(connection).require_definitions(definitions_fingerprint())
        _LOG.info("publication started")
        try:
            await _run_together(
                _publish(context, connection, gauges, freshness),
                _count_possible_duplicates(context, gauges),
            )
        except TRANSIENT_ERRORS as error:
            _LOG.warning("publication stopped", failure=log.describe(error))
        finally:
            gauges.set_values({})
            gauges.set_pair_counts({})
            gauges.set_late_days({})


async def _run_together(*works: Coroutine[object, object, NoReturn]) -> None:
    """Run until one of them fails, then cancel the others and raise its error."""
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
    context: Context, connection: Connection, gauges: IndicatorGauges, freshness: ProgressTracker
) -> NoReturn:
    assert isinstance(context.settings, ReportingSettings)  # noqa: S101 - the service declares them
    definitions = catalogue(context.declared)
    reporters = reporters_of(context.settings, context.declared)
    publisher = Publisher(
        connection,
        PublishableMeasures.of(definitions),
        context.clock,
        reporters,
        definitions_fingerprint(),
    )
    await publisher.publish_metadata(definitions)
    schedule = _PublicationSchedule()
    while True:
        is_changed = await _publish_new_day(publisher, context.clock, schedule)
        is_changed |= await publisher.apply_holds()
        is_changed |= await _publish_changes(publisher, freshness.lag, schedule)
        if is_changed:
            await _set_gauges(connection, gauges, definitions, await publisher.completeness())
        await asyncio.sleep(context.settings.publish_ms / 1000)


async def _set_gauges(
    connection: Connection,
    gauges: IndicatorGauges,
    definitions: Sequence[Indicator],
    completeness: Completeness,
) -> None:
    periods = current_periods(completeness.today)
    published = await PublicationQueries(connection).totals_of_periods(list(map(str, periods)))
    withheld = withheld_gauges(definitions, periods, await TableQueries(connection).holds())
    silent = silent_gauges(definitions, completeness)
    gauges.set_values(gauge_values(definitions, published, withheld, silent))
    gauges.set_late_days(late_days(completeness))


async def _publish_new_day(
    publisher: Publisher, clock: Clock, schedule: _PublicationSchedule
) -> bool:
    """Publish what a new day changes; return whether there was one (also after a start)."""
    day = belgrade_day(clock() - _DAY_CHANGE_DELAY)
    if day == schedule.day:
        return False
    await publisher.publish_day(day)
    schedule.day = day
    return True


async def _publish_changes(publisher: Publisher, lag: int, schedule: _PublicationSchedule) -> bool:
    """Publish what has changed and is due; return whether a published value differs."""
    started_s = time.monotonic()
    if started_s < schedule.councils_due_s or not await publisher.has_pending_changes():
        return False
    is_changed = await publisher.publish_councils()
    # Numbers first: a zero must not be confirmed before the facts sent with the report count.
    is_changed |= await publisher.publish_reports()
    if lag > _BACKLOG_RECORDS:
        schedule.councils_due_s = started_s + _BACKLOG_SECONDS
    areas_started_s = time.monotonic()
    if areas_started_s >= schedule.areas_due_s:
        is_changed |= await publisher.publish_areas()
        ended_s = time.monotonic()
        schedule.areas_due_s = ended_s + _AREAS_PAUSE * (ended_s - areas_started_s)
    return is_changed


async def _count_possible_duplicates(context: Context, gauges: IndicatorGauges) -> NoReturn:
    """Count and publish possible duplicates for as long as this replica publishes."""
    retry = _uncounted_retries()
    while True:
        counts = await retry.retry_forever(lambda: publish_pair_counts(context))
        gauges.set_pair_counts(counts)
        await asyncio.sleep(_PAIR_COUNT_SECONDS)


def _uncounted_retries() -> RetryPolicy:
    """Return a policy without a metric: the consumer already counts unavailable dependencies."""
    return RetryPolicy(lambda _: None)
