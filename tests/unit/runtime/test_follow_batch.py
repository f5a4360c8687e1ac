"""Which fetched records go on from a place in the log, and how a batch is taken apart."""

import pytest

from runtime.batch import Batch, Place, Record, Step
from runtime.errors import AnotherLog


def records(*offsets: int) -> list[Record]:
    return [Record("t", 0, offset, b"k", str(offset).encode(), 0) for offset in offsets]


def offsets(step: Step | None) -> list[int] | None:
    return None if step is None else [record.offset for record in step.records]


def test_records_that_begin_at_the_place_go_on() -> None:
    place = Place(5)

    step = place.go_on(records(5, 6, 7))

    assert offsets(step) == [5, 6, 7]
    assert place.next_offset == 8


@pytest.mark.parametrize("first", [0, 4, 6, 100])
def test_records_that_begin_elsewhere_are_dropped_and_the_place_stays(first: int) -> None:
    place = Place(5)

    step = place.go_on(records(first, first + 1))

    assert step is None
    assert place.seek_offset == 5


def test_offsets_without_a_record_are_believed_when_fetched_twice() -> None:
    place = Place(5)

    first, second = place.go_on(records(7, 8)), place.go_on(records(7, 8))

    assert first is None
    assert second is not None
    assert (second.begin, second.end, second.holes) == (5, 9, 2)


def test_two_different_gaps_are_both_doubted() -> None:
    place = Place(5)

    assert place.go_on(records(7)) is None
    assert place.go_on(records(9)) is None
    assert place.go_on(records(5)) is not None


def test_a_gap_between_records_is_counted() -> None:
    step = Place(5).go_on(records(5, 6, 9))

    assert step is not None
    assert step.holes == 2


def test_the_record_before_is_recognised_and_not_given_again() -> None:
    place = Place(5, witness=records(4)[0].digest)

    assert place.seek_offset == 4
    assert offsets(place.go_on(records(4, 5))) == [5]
    assert place.seek_offset == 6


def test_the_record_before_may_come_alone() -> None:
    place = Place(5, witness=records(4)[0].digest)

    assert offsets(place.go_on(records(4))) == []
    assert offsets(place.go_on(records(5))) == [5]


def test_another_record_before_is_another_log() -> None:
    place = Place(5, witness=records(3)[0].digest)

    with pytest.raises(AnotherLog, match="offset 4 in partition 0 of t"):
        place.go_on(records(4, 5))


def test_a_record_before_that_has_expired_is_not_asked_for_again() -> None:
    place = Place(5, witness=records(4)[0].digest)

    assert offsets(place.go_on(records(5))) == [5]
    assert place.seek_offset == 6


def test_records_differ_if_only_the_border_of_key_and_value_differs() -> None:
    one = Record("t", 0, 0, b"ab", b"c", 0)
    other = Record("t", 0, 0, b"a", b"bc", 0)

    assert one.digest != other.digest


def test_a_batch_in_steps_of_one_record_passes_the_same_offsets() -> None:
    whole = Batch({("t", 0): Step(3, records(5, 6)), ("t", 1): Step(0, records(0))})

    singles = [
        (place, step.begin, step.end)
        for batch in whole.singles()
        for place, step in batch.steps.items()
    ]

    assert singles == [(("t", 0), 3, 6), (("t", 0), 6, 7), (("t", 1), 0, 1)]
