"""Which fetched records continue a cursor, and how a batch is divided."""

import pytest

from runtime.messaging.records import Batch, PartitionCursor, PartitionSlice, Record
from runtime.process.errors import LogMismatch


def records(*offsets: int) -> list[Record]:
    return [Record("t", 0, offset, b"k", str(offset).encode(), 0) for offset in offsets]


def offsets(step: PartitionSlice | None) -> list[int] | None:
    return None if step is None else [record.offset for record in step.records]


def test_records_that_begin_at_the_cursor_advance_it() -> None:
    cursor = PartitionCursor(5)

    step = cursor.advance(records(5, 6, 7))

    assert offsets(step) == [5, 6, 7]
    assert cursor.next_offset == 8


@pytest.mark.parametrize("first", [0, 4, 6, 100])
def test_records_that_begin_elsewhere_are_dropped_and_the_cursor_stays(first: int) -> None:
    cursor = PartitionCursor(5)

    step = cursor.advance(records(first, first + 1))

    assert step is None
    assert cursor.seek_offset == 5


def test_offsets_without_a_record_are_accepted_when_fetched_twice() -> None:
    cursor = PartitionCursor(5)

    first, second = cursor.advance(records(7, 8)), cursor.advance(records(7, 8))

    assert first is None
    assert second is not None
    assert (second.begin, second.end, second.offset_gaps) == (5, 9, 2)


def test_two_different_gaps_are_both_refused() -> None:
    cursor = PartitionCursor(5)

    assert cursor.advance(records(7)) is None
    assert cursor.advance(records(9)) is None
    assert cursor.advance(records(5)) is not None


def test_a_gap_between_records_is_counted() -> None:
    step = PartitionCursor(5).advance(records(5, 6, 9))

    assert step is not None
    assert step.offset_gaps == 2


def test_the_record_before_the_cursor_is_recognised_and_not_returned() -> None:
    cursor = PartitionCursor(5, expected_digest=records(4)[0].digest)

    assert cursor.seek_offset == 4
    assert offsets(cursor.advance(records(4, 5))) == [5]
    assert cursor.seek_offset == 6


def test_the_record_before_the_cursor_may_arrive_alone() -> None:
    cursor = PartitionCursor(5, expected_digest=records(4)[0].digest)

    assert offsets(cursor.advance(records(4))) == []
    assert offsets(cursor.advance(records(5))) == [5]


def test_another_record_before_the_cursor_is_another_log() -> None:
    cursor = PartitionCursor(5, expected_digest=records(3)[0].digest)

    with pytest.raises(LogMismatch, match="offset 4 in partition 0 of t"):
        cursor.advance(records(4, 5))


def test_an_expired_record_before_the_cursor_is_not_requested_again() -> None:
    cursor = PartitionCursor(5, expected_digest=records(4)[0].digest)

    assert offsets(cursor.advance(records(5))) == [5]
    assert cursor.seek_offset == 6


def test_digests_differ_if_only_the_border_of_key_and_value_differs() -> None:
    one = Record("t", 0, 0, b"ab", b"c", 0)
    other = Record("t", 0, 0, b"a", b"bc", 0)

    assert one.digest != other.digest


def test_a_batch_record_by_record_covers_the_same_offsets() -> None:
    both = Batch(
        {("t", 0): PartitionSlice(3, records(5, 6)), ("t", 1): PartitionSlice(0, records(0))}
    )

    singles = [
        (cursor, step.begin, step.end)
        for batch in both.one_by_one()
        for cursor, step in batch.slices.items()
    ]

    assert singles == [(("t", 0), 3, 6), (("t", 0), 6, 7), (("t", 1), 0, 1)]
