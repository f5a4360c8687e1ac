"""A listener handles each event once, says what follows from it, and passes over the rest."""

import asyncio

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from runtime import kafka
from runtime.postgres import Pool
from runtime.settings import ServiceSettings
from schemas.envelope import to_bytes
from tests.integration.follow.story import ADMIN_S
from tests.integration.listen.story import (
    TOPIC,
    caught_up,
    delivered,
    listener,
    listening,
    moved,
    noted,
    retracted,
    tell,
)


async def test_an_event_is_handled_and_what_follows_from_it_is_said(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with listening(listener(pool, settings)):
        tell(settings.kafka, [moved("e-1")])
        await caught_up(pool, settings.kafka)
    said = await pool.fetch("SELECT topic, source FROM outbox")

    assert await noted(pool) == ["e-1"]
    assert [tuple(row) for row in said] == [("matching-events", "/services/test")]


async def test_an_event_that_comes_twice_is_handled_once(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with listening(listener(pool, settings)):
        tell(settings.kafka, [moved("e-1"), moved("e-1")])
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-1"]


async def test_an_id_that_comes_with_other_content_is_quarantined_and_the_first_stays(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with listening(listener(pool, settings)):
        tell(settings.kafka, [moved("e-1", factid="f"), moved("e-1", factid="g")])
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-1"]
    assert await pool.fetchval("SELECT code FROM quarantine") == "E1301"


async def test_an_older_state_of_a_fact_is_not_handled(
    pool: Pool, settings: ServiceSettings
) -> None:
    states = [
        moved("e-2", factid="f", revision=2),
        moved("e-1", factid="f", revision=1),
        moved("e-0", factid="f", revision=2),
        moved("e-3", factid="f", revision=3),
    ]
    async with listening(listener(pool, settings)):
        tell(settings.kafka, states)
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-2", "e-3"]


async def test_a_fact_that_was_taken_back_before_it_came_is_not_handled(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with listening(listener(pool, settings)):
        tell(settings.kafka, [retracted("e-2", factid="f"), moved("e-1", factid="f")])
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-2"]


async def test_what_nobody_here_hears_is_passed_and_its_offsets_are_saved(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with listening(listener(pool, settings)):
        tell(settings.kafka, [delivered(f"e-{n}") for n in range(100)])
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 0


async def test_what_is_no_event_is_quarantined_and_its_neighbours_go_on(
    pool: Pool, settings: ServiceSettings
) -> None:
    unknown = delivered("e-2").type.encode()
    newer = to_bytes(delivered("e-2")).replace(unknown, unknown.replace(b".v1", b".v9"))
    async with listening(listener(pool, settings)):
        tell(settings.kafka, [moved("e-1"), b"no event", newer, b"", moved("e-3")])
        await caught_up(pool, settings.kafka)
    codes = await pool.fetch("SELECT code FROM quarantine ORDER BY kafka_offset")

    assert await noted(pool) == ["e-1", "e-3"]
    assert [row["code"] for row in codes] == ["E1101", "E1117", "E1101"]


async def test_kafkas_word_on_what_was_heard_is_overruled_by_the_database(
    pool: Pool, settings: ServiceSettings
) -> None:
    """Offsets of the group that lie ahead lose nothing; offsets that lie behind double nothing."""
    running = listener(pool, settings)
    ends = await kafka.ends(settings.kafka, {(TOPIC, 0), (TOPIC, 1)})
    tell(settings.kafka, [moved(f"e-{n}") for n in range(5)], partition=0)
    tell(settings.kafka, [moved(f"f-{n}") for n in range(5)], partition=1)
    ahead = TopicPartition(TOPIC, 0, ends[TOPIC, 0] + 3)
    behind = TopicPartition(TOPIC, 1, 0)
    await _commit(settings.kafka, f"lmc-{running.name}", [ahead, behind])

    async with listening(running):
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == [f"{name}-{n}" for name in "ef" for n in range(5)]


async def test_a_database_that_begins_at_0_hears_what_kafka_says_was_heard(
    pool: Pool, settings: ServiceSettings
) -> None:
    """As after a restore of an empty backup: everything in the log is heard again."""
    running = listener(pool, settings)
    tell(settings.kafka, [moved(f"z-{n}") for n in range(3)], partition=0)
    ends = await kafka.ends(settings.kafka, {(TOPIC, 0)})
    await pool.execute("UPDATE heard_position SET next_offset = 0 WHERE partition = 0")
    await _commit(settings.kafka, f"lmc-{running.name}", [TopicPartition(TOPIC, 0, ends[TOPIC, 0])])

    async with listening(running):
        await caught_up(pool, settings.kafka)

    assert {"z-0", "z-1", "z-2"} <= set(await noted(pool))


async def test_a_second_start_goes_on_where_the_first_ended(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with listening(listener(pool, settings)):
        tell(settings.kafka, [moved("e-1"), delivered("e-2")])
        await caught_up(pool, settings.kafka)
    tell(settings.kafka, [moved("e-3")])

    async with listening(listener(pool, settings)):
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-1", "e-3"]


async def _commit(bootstrap: str, group: str, offsets: list[TopicPartition]) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    asked = [ConsumerGroupTopicPartitions(group, offsets)]
    for future in admin.alter_consumer_group_offsets(asked).values():
        await asyncio.to_thread(future.result, ADMIN_S)
