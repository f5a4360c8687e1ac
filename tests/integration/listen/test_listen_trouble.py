"""Trouble: refused by a handler, our own bug, a lost database, a handler that hangs."""

import asyncio

import pytest

from lmc.postgres import LocalPostgres
from runtime.errors import AnotherLog, BeginAgain, Bug
from runtime.listen import Heard, Limits, Says
from runtime.postgres import Pool
from runtime.settings import ServiceSettings
from schemas.problem import refusal
from schemas.registration import PersonMoved
from tests.integration.follow.story import END_SESSIONS
from tests.integration.listen.story import (
    Notes,
    caught_up,
    end,
    listener,
    listening,
    moved,
    note,
    noted,
    tell,
)


async def test_an_event_that_its_handler_refuses_is_quarantined_and_nothing_of_it_stays(
    pool: Pool, settings: ServiceSettings
) -> None:
    async def refuses(heard: Heard, notes: Notes) -> Says:
        says = await note(heard, notes)
        if heard.id == "e-1":
            raise refusal("E1016", "$.data", "It cannot be.", "Say something else.")
        return says

    async with listening(listener(pool, settings, {PersonMoved: refuses})):
        tell(settings.kafka, [moved("e-1"), moved("e-2")])
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-2"]
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 1
    assert await pool.fetchval("SELECT code FROM quarantine") == "E1016"


async def test_the_third_failure_at_one_event_puts_it_aside_as_our_bug(
    pool: Pool, settings: ServiceSettings
) -> None:
    async def trips(heard: Heard, notes: Notes) -> Says:
        await notes.note(heard)
        if heard.id == "e-2":
            raise ZeroDivisionError
        return ()

    tell(settings.kafka, [moved("e-1"), moved("e-2"), moved("e-3")])
    for _ in range(2):
        with pytest.raises(Bug, match="has brought us down"):
            await end(listener(pool, settings, {PersonMoved: trips}))
    async with listening(listener(pool, settings, {PersonMoved: trips})):
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-1", "e-3"]
    assert await pool.fetchval("SELECT code FROM quarantine") == "E1901"


async def test_a_lost_database_is_waited_for_in_place(
    pool: Pool, settings: ServiceSettings, postgres: LocalPostgres
) -> None:
    lost = {"database": settings.postgres_database}

    async def loses(heard: Heard, notes: Notes) -> Says:
        await notes.note(heard)
        if heard.id == "e-1" and lost:
            await asyncio.to_thread(postgres.run_sql, END_SESSIONS, variables=lost.copy())
            lost.clear()
        return ()

    async with listening(listener(pool, settings, {PersonMoved: loses})):
        tell(settings.kafka, [moved("e-1"), moved("e-2")])
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-1", "e-2"]


async def test_a_handler_that_hangs_makes_us_begin_again(
    pool: Pool, settings: ServiceSettings
) -> None:
    async def hangs(_heard: Heard, _notes: Notes) -> Says:
        await asyncio.Event().wait()
        return ()

    tell(settings.kafka, [moved("e-1")])
    limits = Limits(write_s=0.05, look_s=0.1, stall_s=1.0)

    with pytest.raises(BeginAgain, match="1 records wait"):
        await end(listener(pool, settings, {PersonMoved: hangs}, limits))


async def test_a_log_that_is_another_one_ends_the_listener(
    pool: Pool, settings: ServiceSettings
) -> None:
    await pool.execute("UPDATE heard_position SET log_id = 'another'")

    with pytest.raises(AnotherLog, match="made anew"):
        await end(listener(pool, settings))
