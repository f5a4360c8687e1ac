"""One record after the other, without Faust: order, gaps, other copies, what is counted."""

import pytest

from runtime import inbox, kafka
from runtime.batch import Record
from runtime.errors import AnotherLog, BeginAgain
from runtime.hearing import Hearing
from runtime.kafka import Partition
from runtime.metrics import Metrics
from runtime.postgres import Pool
from runtime.settings import ServiceSettings
from runtime.trouble import Patience
from schemas.envelope import Envelope, to_bytes
from schemas.event import Event
from tests.integration.listen.story import HEARS, TOPIC, Notes, delivered, moved, noted

PLACE: Partition = (TOPIC, 0)


@pytest.fixture
async def hearing(pool: Pool, settings: ServiceSettings) -> Hearing:
    return await _taken_up(pool, settings)


@pytest.fixture
async def end(hearing: Hearing, settings: ServiceSettings) -> int:
    """The next offset of the partition, for the service and in the log."""
    assert hearing.next.keys() == {PLACE}
    return (await kafka.ends(settings.kafka, {PLACE}))[PLACE]


async def test_a_gap_makes_us_begin_again(pool: Pool, hearing: Hearing, end: int) -> None:
    await hearing.hear(_record(end, moved("e-1")))

    with pytest.raises(BeginAgain, match="a gap"):
        await hearing.hear(_record(end + 2, moved("e-2")))

    assert await noted(pool) == ["e-1"]


async def test_a_record_that_comes_again_is_passed(pool: Pool, hearing: Hearing, end: int) -> None:
    """Even one that would be another event: what counts is its place in the log."""
    await hearing.hear(_record(end, moved("e-1")))
    await hearing.hear(_record(end, moved("e-2")))

    assert await noted(pool) == ["e-1"]


async def test_offsets_counted_in_memory_are_saved_with_the_next_event(
    pool: Pool, hearing: Hearing, end: int
) -> None:
    await hearing.hear(_record(end, delivered("e-1")))
    counted = await _position(pool)
    await hearing.hear(_record(end + 1, moved("e-2")))

    assert counted == end
    assert await _position(pool) == end + 2


async def test_offsets_counted_in_memory_can_be_saved_without_an_event(
    pool: Pool, hearing: Hearing, end: int
) -> None:
    await hearing.hear(_record(end, delivered("e-1")))
    await hearing.write()

    assert await _position(pool) == end + 1


async def test_an_event_that_another_copy_has_heard_meanwhile_is_not_heard(
    pool: Pool, settings: ServiceSettings, hearing: Hearing, end: int
) -> None:
    other = await _taken_up(pool, settings)
    await other.hear(_record(end, moved("e-1")))
    await other.hear(_record(end + 1, moved("e-2")))

    with pytest.raises(BeginAgain, match="another copy"):
        await hearing.hear(_record(end, moved("e-1")))

    assert await noted(pool) == ["e-1", "e-2"]


async def test_a_commit_whose_answer_was_lost_is_not_repeated(
    pool: Pool, settings: ServiceSettings, hearing: Hearing, end: int
) -> None:
    other = await _taken_up(pool, settings)
    await other.hear(_record(end, moved("e-1")))

    await hearing.hear(_record(end, moved("e-1")))
    await hearing.hear(_record(end + 1, moved("e-2")))

    assert await noted(pool) == ["e-1", "e-2"]


async def test_counted_offsets_do_not_overwrite_what_another_copy_has_saved(
    pool: Pool, settings: ServiceSettings, hearing: Hearing, end: int
) -> None:
    other = await _taken_up(pool, settings)
    await hearing.hear(_record(end, delivered("e-1")))
    for offset in range(end, end + 3):
        await other.hear(_record(offset, moved(f"e-{offset}")))

    with pytest.raises(BeginAgain, match="another copy"):
        await hearing.write()

    assert await _position(pool) == end + 3


async def test_records_of_a_partition_that_was_left_are_passed(
    pool: Pool, hearing: Hearing, end: int
) -> None:
    await hearing.leave()
    await hearing.hear(_record(end, moved("e-1")))

    assert await noted(pool) == []
    assert await _position(pool) == end


@pytest.mark.parametrize(
    "change", ["log_id = 'another'", "next_offset = next_offset + 1", "next_offset = -1"]
)
async def test_positions_of_another_log_are_not_taken_up(
    pool: Pool, settings: ServiceSettings, change: str
) -> None:
    await pool.execute(f"UPDATE heard_position SET {change}")  # noqa: S608 - ours

    with pytest.raises(AnotherLog):
        await _taken_up(pool, settings)


async def _taken_up(pool: Pool, settings: ServiceSettings) -> Hearing:
    patience = Patience(lambda _: None)
    hearing = Hearing(pool, HEARS, Notes, None, Metrics(), patience)
    await hearing.take_up(settings.kafka, {PLACE})
    return hearing


async def _position(pool: Pool) -> int:
    return (await inbox.read(pool, {PLACE}))[PLACE][0]


def _record(offset: int, event: Envelope[Event]) -> Record:
    return Record(*PLACE, offset, None, to_bytes(event), 0)
