"""A complete run is due once a night, a sample after some seconds; a restart skips none."""

from datetime import UTC, datetime, timedelta

import pytest

from services.reporting.reconciliation.repository import ReconciliationRun
from services.reporting.reconciliation.task import due_run, last_full_run_time

NIGHT = datetime(2026, 11, 27, 1, 30, tzinfo=UTC)
"""Half past two in Belgrade."""
MINUTE = timedelta(minutes=1)


def completed(kind: str, started_at: datetime) -> ReconciliationRun:
    return ReconciliationRun(kind, started_at, started_at + MINUTE, 1, 0, agrees=True)


@pytest.mark.parametrize(
    ("now", "night"),
    [
        (NIGHT, NIGHT),
        (NIGHT - MINUTE, NIGHT - timedelta(days=1)),
        (NIGHT + timedelta(hours=23), NIGHT),
        # The nights in which the clock changes: at half past two there are two, or none.
        (datetime(2026, 10, 25, 12, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ],
)
def test_the_last_complete_run_was_due_at_half_past_two_in_belgrade(
    now: datetime, night: datetime
) -> None:
    assert last_full_run_time(now).astimezone(UTC) == night


def test_without_a_complete_run_a_complete_run_is_due() -> None:
    assert due_run(NIGHT, {}, 600) == "all"
    assert due_run(NIGHT, {"sample": completed("sample", NIGHT - MINUTE)}, 600) == "all"


def test_a_missed_night_is_made_up_for() -> None:
    yesterday = {"all": completed("all", NIGHT - timedelta(hours=20))}

    assert due_run(NIGHT - 2 * MINUTE, yesterday, 3600 * 24) is None
    assert due_run(NIGHT, yesterday, 3600 * 24) == "all"
    assert due_run(NIGHT + timedelta(hours=9), yesterday, 3600 * 24) == "all"


def test_a_sample_is_due_so_many_seconds_after_the_last_run_of_any_kind() -> None:
    complete = {"all": completed("all", NIGHT)}
    both = complete | {"sample": completed("sample", NIGHT + 20 * MINUTE)}

    assert due_run(NIGHT + 10 * MINUTE, complete, 600) is None
    assert due_run(NIGHT + 11 * MINUTE, complete, 600) == "sample"
    assert due_run(NIGHT + 30 * MINUTE, both, 600) is None
    assert due_run(NIGHT + 31 * MINUTE, both, 600) == "sample"
