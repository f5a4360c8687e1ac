"""Records one by one, without Faust: order, gaps, other replicas, offsets in memory."""

import pytest

from runtime.messaging import admin, inbox
from runtime.messaging.record_processor import RecordProcessor
from runtime.messaging.records import Partition, Record
from runtime.process.errors import LogMismatch, RestartRequired
from runtime.process.metrics import Metrics
from runtime.process.retry import RetryPolicy
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Pool
from schemas.envelope import Envelope, encode_event
from schemas.events.event import Event
from tests.integration.event_consumer.builders import (
    HANDLERS,
    TOPIC,
    NotedEvents,
    delivered,
    moved,
    noted,
)

PARTITION: Partition = (TOPIC, 0)


@pytest.fixture
async def processor(pool: Pool, settings: ServiceSettings) -> RecordProcessor:
    return await _assigned(pool, settings)


@pytest.fixture
async def end(processor: RecordProcessor, settings: ServiceSettings) -> int:
    """The next offset of the partition, for the service and in the log."""
    assert processor.next_offsets.keys() == {PARTITION}
    return (await admin.end_offsets(settings.kafka, {PARTITION}))[PARTITION]


async def test_a_gap_requires_a_restart(pool: Pool, processor: RecordProcessor, end: int) -> None:
    await processor.process(_record(end, moved("e-1")))

    with pytest.raises(RestartRequired, match="a gap"):
        await processor.process(_record(end + 2, moved("e-2")))

    assert await noted(pool) == ["e-1"]


async def test_a_record_that_arrives_again_is_skipped(
    pool: Pool, processor: RecordProcessor, end: int
) -> None:
    """Even with another event in it: its offset decides."""
    await processor.process(_record(end, moved("e-1")))
    await processor.process(_record(end, moved("e-2")))

    assert await noted(pool) == ["e-1"]


async def test_offsets_counted_in_memory_are_saved_with_the_next_event(
    pool: Pool, processor: RecordProcessor, end: int
) -> None:
    await processor.process(_record(end, delivered("e-1")))
    counted = await _position(pool)
    await processor.process(_record(end + 1, moved("e-2")))

    assert counted == end
    assert await _position(pool) == end + 2


async def test_offsets_counted_in_memory_can_be_saved_without_an_event(
    pool: Pool, processor: RecordProcessor, end: int
) -> None:
    await processor.process(_record(end, delivered("e-1")))
    await processor.save_offsets()

    assert await _position(pool) == end + 1


async def test_an_event_that_another_replica_has_handled_is_not_handled(
    pool: Pool, settings: ServiceSettings, processor: RecordProcessor, end: int
) -> None:
    other = await _assigned(pool, settings)
    await other.process(_record(end, moved("e-1")))
    await other.process(_record(end + 1, moved("e-2")))

    with pytest.raises(RestartRequired, match="another replica"):
        await processor.process(_record(end, moved("e-1")))

    assert await noted(pool) == ["e-1", "e-2"]


async def test_a_commit_whose_acknowledgement_was_lost_is_not_repeated(
    pool: Pool, settings: ServiceSettings, processor: RecordProcessor, end: int
) -> None:
    other = await _assigned(pool, settings)
    await other.process(_record(end, moved("e-1")))

    await processor.process(_record(end, moved("e-1")))
    await processor.process(_record(end + 1, moved("e-2")))

    assert await noted(pool) == ["e-1", "e-2"]


@pytest.mark.parametrize("counted", [1, 3])
async def test_offsets_whose_save_lost_its_acknowledgement_are_continued_from(
    pool: Pool, processor: RecordProcessor, end: int, counted: int
) -> None:
    await processor.process(_record(end, delivered("e-0")))
    await pool.execute("UPDATE consumer_position SET next_offset = $1", end + 1)
    for number in range(1, counted):
        await processor.process(_record(end + number, delivered(f"e-{number}")))

    await processor.process(_record(end + counted, moved("e-9")))
    await processor.process(_record(end + counted + 1, delivered("e-10")))
    await pool.execute("UPDATE consumer_position SET next_offset = $1", end + counted + 2)
    await processor.save_offsets()

    assert await noted(pool) == ["e-9"]
    assert await _position(pool) == end + counted + 2


async def test_offsets_in_memory_do_not_overwrite_those_that_another_replica_has_saved(
    pool: Pool, settings: ServiceSettings, processor: RecordProcessor, end: int
) -> None:
    other = await _assigned(pool, settings)
    await processor.process(_record(end, delivered("e-1")))
    for offset in range(end, end + 3):
        await other.process(_record(offset, moved(f"e-{offset}")))

    with pytest.raises(RestartRequired, match="another replica"):
        await processor.save_offsets()

    assert await _position(pool) == end + 3


async def test_records_of_a_revoked_partition_are_skipped(
    pool: Pool, processor: RecordProcessor, end: int
) -> None:
    await processor.revoke()
    await processor.process(_record(end, moved("e-1")))

    assert await noted(pool) == []
    assert await _position(pool) == end


@pytest.mark.parametrize(
    "change", ["topic_id = 'another'", "next_offset = next_offset + 1", "next_offset = -1"]
)
async def test_positions_of_another_log_are_refused(
    pool: Pool, settings: ServiceSettings, change: str
) -> None:
    await pool.execute(f"UPDATE consumer_position SET {change}")  # noqa: S608 - ours

    with pytest.raises(LogMismatch):
        await _assigned(pool, settings)


async def _assigned(pool: Pool, settings: ServiceSettings) -> RecordProcessor:
    retries = RetryPolicy(lambda _: None)
    processor = RecordProcessor(pool, HANDLERS, NotedEvents, None, Metrics(), retries)
    await processor.assign(settings.kafka, {PARTITION})
    return processor


async def _position(pool: Pool) -> int:
    return (await inbox.read(pool, {PARTITION}))[PARTITION][0]


def _record(offset: int, event: Envelope[Event]) -> Record:
    return Record(*PARTITION, offset, None, encode_event(event), 0)
