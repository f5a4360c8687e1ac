"""Failures: a refusing handler, an internal error, a lost database, a stalled handler."""

import asyncio

import pytest

from lmc.devstack.local_postgres import LocalPostgres
from runtime.messaging.event_consumer import EventConsumerLimits
from runtime.messaging.record_processor import OutgoingEvents, ReceivedEvent
from runtime.process.errors import InternalError, LogMismatch, RestartRequired
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Pool
from schemas.events.registration import PersonMoved
from schemas.validation.problems import refusal
from tests.integration.batch_consumer.builders import END_SESSIONS
from tests.integration.event_consumer.builders import (
    NotedEvents,
    caught_up,
    consuming,
    end,
    event_consumer,
    moved,
    note_and_propose,
    noted,
    produce,
)


async def test_an_event_that_its_handler_refuses_is_quarantined_and_rolled_back(
    pool: Pool, settings: ServiceSettings
) -> None:
    async def refuses(event: ReceivedEvent, repository: NotedEvents) -> OutgoingEvents:
        proposals = await note_and_propose(event, repository)
        if event.id == "e-1":
            raise refusal("E1016", "$.data", "It cannot be.", "Send something else.")
        return proposals

    async with consuming(event_consumer(pool, settings, {PersonMoved: refuses})):
        produce(settings.kafka, [moved("e-1"), moved("e-2")])
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-2"]
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 1
    assert await pool.fetchval("SELECT code FROM quarantine") == "E1016"


async def test_the_third_crash_at_one_event_quarantines_it_as_an_internal_error(
    pool: Pool, settings: ServiceSettings
) -> None:
    async def fails(event: ReceivedEvent, repository: NotedEvents) -> OutgoingEvents:
        await repository.add(event)
        if event.id == "e-2":
            raise ZeroDivisionError
        return ()

    produce(settings.kafka, [moved("e-1"), moved("e-2"), moved("e-3")])
    for _ in range(2):
        with pytest.raises(InternalError, match="has crashed the process"):
            await end(event_consumer(pool, settings, {PersonMoved: fails}))
    async with consuming(event_consumer(pool, settings, {PersonMoved: fails})):
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-1", "e-3"]
    assert await pool.fetchval("SELECT code FROM quarantine") == "E1901"


async def test_a_lost_database_is_waited_for(
    pool: Pool, settings: ServiceSettings, postgres: LocalPostgres
) -> None:
    lost = {"database": settings.postgres_database}

    async def loses(event: ReceivedEvent, repository: NotedEvents) -> OutgoingEvents:
        await repository.add(event)
        if event.id == "e-1" and lost:
            await asyncio.to_thread(postgres.run_sql, END_SESSIONS, variables=lost.copy())
            lost.clear()
        return ()

    async with consuming(event_consumer(pool, settings, {PersonMoved: loses})):
        produce(settings.kafka, [moved("e-1"), moved("e-2")])
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-1", "e-2"]


async def test_a_stalled_handler_requires_a_restart(pool: Pool, settings: ServiceSettings) -> None:
    async def hangs(_event: ReceivedEvent, _repository: NotedEvents) -> OutgoingEvents:
        await asyncio.Event().wait()
        return ()

    produce(settings.kafka, [moved("e-1")])
    limits = EventConsumerLimits(save_interval_s=0.05, check_interval_s=0.1, stall_s=1.0)

    with pytest.raises(RestartRequired, match="1 records wait"):
        await end(event_consumer(pool, settings, {PersonMoved: hangs}, limits))


async def test_another_log_ends_the_consumer(pool: Pool, settings: ServiceSettings) -> None:
    await pool.execute("UPDATE consumer_position SET topic_id = 'another'")

    with pytest.raises(LogMismatch, match="created again"):
        await end(event_consumer(pool, settings))
