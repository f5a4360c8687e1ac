"""Events of types that a program does not know are deferred, and handled by one that knows them."""

import json
from collections.abc import Sequence

import pytest

from runtime.messaging.deferral import Deferral
from runtime.messaging.record_processor import OutgoingEvents, ReceivedEvent
from runtime.messaging.records import Record
from runtime.process.errors import InternalError, Unavailable
from runtime.process.metrics import Metrics
from runtime.process.settings import ServiceSettings
from runtime.storage import deferred_events
from runtime.storage.pool import Connection, Pool
from schemas.catalogue import BY_TYPE
from schemas.envelope import Envelope, encode_event
from schemas.events.event import Event
from schemas.events.registration import PersonMoved
from schemas.validation.decode import decode_event
from tests.integration.event_consumer.builders import (
    PERSON,
    TOPIC,
    NotedEvents,
    caught_up,
    consuming,
    delivered,
    end,
    event_consumer,
    moved,
    noted,
    produce,
    retracted,
)
from tests.waiting import eventually

OLDER_TYPES = frozenset(BY_TYPE) - {PersonMoved.TYPE}
"""The catalogue of a program from before persons could move."""


async def test_an_event_of_an_unknown_version_is_deferred_and_its_neighbours_are_handled(
    pool: Pool, settings: ServiceSettings
) -> None:
    version_9 = encode_event(moved("e-2")).replace(b".moved.v1", b".moved.v9")
    await _consume(pool, settings, [moved("e-1"), version_9, moved("e-3")])

    assert await noted(pool) == ["e-1", "e-3"]
    assert await _awaited(pool) == ["registration.person.moved.v9"]
    assert await pool.fetchval("SELECT count(*) FROM quarantine") == 0


async def test_a_deferred_event_is_handled_once_when_a_program_knows_its_type(
    pool: Pool, settings: ServiceSettings
) -> None:
    await _consume_before(pool, settings, [moved("e-1"), moved("e-1")])
    before = await noted(pool), await _awaited(pool)
    await _start_newer(pool, settings)

    assert before == ([], [PersonMoved.TYPE] * 2)
    assert await noted(pool) == ["e-1"]
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 1


async def test_a_retraction_is_deferred_with_its_fact_and_both_keep_their_precedence(
    pool: Pool, settings: ServiceSettings
) -> None:
    later_retracted = [moved("e-1", factid="f"), retracted("e-2", factid="f")]
    earlier_retracted = [retracted("e-4", factid="g"), moved("e-3", factid="g")]
    await _consume_before(pool, settings, later_retracted + earlier_retracted)
    before = await noted(pool)
    await _start_newer(pool, settings)

    assert before == []
    assert await noted(pool) == ["e-1", "e-2", "e-4"]


async def test_a_deferred_state_older_than_the_known_one_is_not_handled(
    pool: Pool, settings: ServiceSettings
) -> None:
    await _consume(pool, settings, [moved("e-2", factid="f", revision=2)])
    async with pool.acquire() as connection:
        await _defer(connection, moved("e-1", factid="f", revision=1))
    await _start_newer(pool, settings)

    assert await noted(pool) == ["e-2"]


async def test_a_deferred_event_without_a_handler_is_dropped_when_its_type_is_known(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with pool.acquire() as connection:
        await _defer(connection, delivered("e-1"))
    await _start_newer(pool, settings)

    assert await noted(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 0


async def test_a_deferred_event_that_does_not_fit_its_type_is_quarantined(
    pool: Pool, settings: ServiceSettings
) -> None:
    unfit = json.loads(encode_event(moved("e-1")))
    unfit["data"]["on"] = "never"
    await _consume_before(pool, settings, [])
    async with pool.acquire() as connection:
        record = Record(TOPIC, 0, 7, None, json.dumps(unfit).encode(), 0)
        await deferred_events.insert(connection, record, PersonMoved.TYPE, PERSON)
    await _start_newer(pool, settings)

    assert await pool.fetchval("SELECT kafka_offset FROM quarantine") == 7


async def test_the_third_crash_at_a_deferred_event_quarantines_it(
    pool: Pool, settings: ServiceSettings
) -> None:
    async def fails(_event: ReceivedEvent, _repository: NotedEvents) -> OutgoingEvents:
        raise ZeroDivisionError

    await _consume_before(pool, settings, [moved("e-1")])
    for _ in range(2):
        with pytest.raises(InternalError, match="deferred event"):
            await end(event_consumer(pool, settings, {PersonMoved: fails}))
    async with consuming(event_consumer(pool, settings, {PersonMoved: fails})):
        await eventually(lambda: _is_empty(pool))

    assert await pool.fetchval("SELECT code FROM quarantine") == "E1901"


async def test_an_unknown_event_with_personal_data_is_quarantined_and_not_stored(
    pool: Pool, settings: ServiceSettings
) -> None:
    personal = json.loads(encode_event(moved("e-1")))
    personal["type"] = "registration.person.moved.v9"
    personal["data"]["note"] = "0101990710008"
    await _consume(pool, settings, [json.dumps(personal).encode()])

    assert await _awaited(pool) == []
    assert await pool.fetchval("SELECT code FROM quarantine") == "E1201"


async def test_at_the_limit_nothing_more_is_deferred(pool: Pool) -> None:
    async def never(_connection: Connection, _event: Envelope[Event]) -> str:
        raise AssertionError

    deferral = Deferral(pool, never, None, Metrics(), OLDER_TYPES, events_max=1)
    async with pool.acquire() as connection:
        first, second = (_record(offset, moved(f"e-{offset}")) for offset in range(2))
        await deferral.defer(connection, first, decode_event(first.value or b""))
        with pytest.raises(Unavailable, match="1 events of unknown types"):
            await deferral.defer(connection, second, decode_event(second.value or b""))

    assert await _awaited(pool) == [PersonMoved.TYPE]


async def test_an_erased_subject_has_no_deferred_events(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO erased_subject (code, event) VALUES ($1, $2)", PERSON, b"{}"
        )
        await _defer(connection, moved("e-1"))

    assert await _awaited(pool) == []


async def _consume(
    pool: Pool, settings: ServiceSettings, events: Sequence[Envelope[Event] | bytes]
) -> None:
    async with consuming(event_consumer(pool, settings)):
        produce(settings.kafka, events)
        await caught_up(pool, settings.kafka)


async def _consume_before(
    pool: Pool, settings: ServiceSettings, events: Sequence[Envelope[Event] | bytes]
) -> None:
    """Consume with a program that does not know the type yet."""
    async with consuming(event_consumer(pool, settings, known_types=OLDER_TYPES)):
        produce(settings.kafka, events)
        await caught_up(pool, settings.kafka)


async def _start_newer(pool: Pool, settings: ServiceSettings) -> None:
    """Start a program that knows all types, until it has handled what was deferred."""
    async with consuming(event_consumer(pool, settings)):
        await eventually(lambda: _is_empty(pool))


async def _defer(connection: Connection, event: Envelope[Event]) -> None:
    await deferred_events.insert(connection, _record(0, event), event.type, event.subject)


def _record(offset: int, event: Envelope[Event]) -> Record:
    return Record(TOPIC, 0, offset, None, encode_event(event), 0)


async def _is_empty(pool: Pool) -> bool:
    return bool(await pool.fetchval("SELECT count(*) = 0 FROM deferred_event"))


async def _awaited(pool: Pool) -> list[str]:
    rows = await pool.fetch("SELECT awaited FROM deferred_event ORDER BY id")
    return [row["awaited"] for row in rows]
