"""Everything is proved once a night, a sample after so many seconds; a restart forgets nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from services.reporting.proof.due import due, last_night
from services.reporting.proof.register import Verification

NIGHT = datetime(2026, 11, 27, 1, 30, tzinfo=UTC)
"""Half past two in Belgrade."""
MINUTE = timedelta(minutes=1)


def proved(kind: str, started_at: datetime) -> Verification:
    return Verification(kind, started_at, started_at + MINUTE, 1, 0, agrees=True)


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
def test_the_last_night_was_half_past_two_in_belgrade(now: datetime, night: datetime) -> None:
    assert last_night(now).astimezone(UTC) == night


def test_what_was_never_proved_is_proved_as_a_whole() -> None:
    assert due(NIGHT, {}, 600) == "all"
    assert due(NIGHT, {"sample": proved("sample", NIGHT - MINUTE)}, 600) == "all"


def test_a_night_that_was_missed_is_made_up_for() -> None:
    yesterday = {"all": proved("all", NIGHT - timedelta(hours=20))}

    assert due(NIGHT - 2 * MINUTE, yesterday, 3600 * 24) is None
    assert due(NIGHT, yesterday, 3600 * 24) == "all"
    assert due(NIGHT + timedelta(hours=9), yesterday, 3600 * 24) == "all"


def test_a_sample_is_due_so_many_seconds_after_the_last_proof_of_any_kind() -> None:
    whole = {"all": proved("all", NIGHT)}
    both = whole | {"sample": proved("sample", NIGHT + 20 * MINUTE)}

    assert due(NIGHT + 10 * MINUTE, whole, 600) is None
    assert due(NIGHT + 11 * MINUTE, whole, 600) == "sample"
    assert due(NIGHT + 30 * MINUTE, both, 600) is None
    assert due(NIGHT + 31 * MINUTE, both, 600) == "sample"
