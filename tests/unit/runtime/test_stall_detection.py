"""When a consumer counts as stalled."""

import pytest

from runtime.messaging.stall_detection import StallDetector
from runtime.process.errors import RestartRequired

PARTITION = ("t", 0)


def observed(*observations: tuple[float, int, int]) -> StallDetector:
    """Return a detector after these observations: (at, next offset, end)."""
    detector = StallDetector(stall_s=60.0)
    for now_s, following, end in observations:
        detector.observe(now_s, {PARTITION: following}, {PARTITION: end})
    return detector


def test_lag_without_progress_for_a_minute_is_a_stall() -> None:
    detector = observed((0, 5, 7), (59, 5, 8))

    with pytest.raises(RestartRequired, match="3 records wait and no position has moved for 60 s"):
        detector.observe(60, {PARTITION: 5}, {PARTITION: 8})


def test_progress_begins_a_new_minute() -> None:
    observed((0, 5, 7), (59, 6, 7), (118, 6, 7))


def test_without_lag_there_is_no_stall() -> None:
    observed((0, 7, 7), (600, 7, 7), (601, 7, 8), (659, 7, 8))


def test_waiting_for_a_dependency_is_no_stall() -> None:
    detector = observed((0, 5, 7))

    detector.reset(59)

    detector.observe(118, {PARTITION: 5}, {PARTITION: 7})


def test_a_partition_without_a_position_counts_from_offset_0() -> None:
    detector = StallDetector(stall_s=60.0)
    detector.observe(0, {}, {PARTITION: 1})

    with pytest.raises(RestartRequired):
        detector.observe(60, {}, {PARTITION: 1})
