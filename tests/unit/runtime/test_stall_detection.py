"""When a consumer counts as stalled."""

import pytest

from runtime.messaging.stall_detection import StallDetector
from runtime.process.errors import RestartRequired

PLACE = ("t", 0)


def looked(*looks: tuple[float, int, int]) -> StallDetector:
    """Return a detector after these observations: (at, next offset, end)."""
    progress = StallDetector(stall_s=60.0)
    for now_s, following, end in looks:
        progress.observe(now_s, {PLACE: following}, {PLACE: end})
    return progress


def test_lag_without_progress_for_a_minute_is_a_stall() -> None:
    progress = looked((0, 5, 7), (59, 5, 8))

    with pytest.raises(RestartRequired, match="3 records wait and no position has moved for 60 s"):
        progress.observe(60, {PLACE: 5}, {PLACE: 8})


def test_progress_begins_a_new_minute() -> None:
    looked((0, 5, 7), (59, 6, 7), (118, 6, 7))


def test_without_lag_there_is_no_stall() -> None:
    looked((0, 7, 7), (600, 7, 7), (601, 7, 8), (659, 7, 8))


def test_waiting_for_a_dependency_is_no_stall() -> None:
    progress = looked((0, 5, 7))

    progress.reset(59)

    progress.observe(118, {PLACE: 5}, {PLACE: 7})


def test_a_partition_without_a_position_counts_from_offset_0() -> None:
    progress = StallDetector(stall_s=60.0)
    progress.observe(0, {}, {PLACE: 1})

    with pytest.raises(RestartRequired):
        progress.observe(60, {}, {PLACE: 1})
