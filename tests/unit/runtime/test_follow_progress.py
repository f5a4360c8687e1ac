"""When a reader counts as stalled."""

import pytest

from runtime.errors import BeginAgain
from runtime.progress import Progress

PLACE = ("t", 0)


def looked(*looks: tuple[float, int, int]) -> Progress:
    """A progress that has seen (at, next offset, end)."""
    progress = Progress(stall_s=60.0)
    for now_s, following, end in looks:
        progress.look(now_s, {PLACE: following}, {PLACE: end})
    return progress


def test_lag_without_a_move_for_a_minute_is_a_stall() -> None:
    progress = looked((0, 5, 7), (59, 5, 8))

    with pytest.raises(BeginAgain, match="3 records wait and no position has moved for 60 s"):
        progress.look(60, {PLACE: 5}, {PLACE: 8})


def test_a_move_begins_a_new_minute() -> None:
    looked((0, 5, 7), (59, 6, 7), (118, 6, 7))


def test_without_lag_nothing_need_move() -> None:
    looked((0, 7, 7), (600, 7, 7), (601, 7, 8), (659, 7, 8))


def test_waiting_for_the_world_is_no_stall() -> None:
    progress = looked((0, 5, 7))

    progress.excuse(59)

    progress.look(118, {PLACE: 5}, {PLACE: 7})


def test_a_partition_that_nobody_follows_counts_as_followed_to_nothing() -> None:
    progress = Progress(stall_s=60.0)
    progress.look(0, {}, {PLACE: 1})

    with pytest.raises(BeginAgain):
        progress.look(60, {}, {PLACE: 1})
