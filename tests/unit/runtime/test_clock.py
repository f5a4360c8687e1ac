"""Days are those of the councils' time zone, Belgrade."""

from datetime import UTC, date, datetime

from runtime.process.clock import belgrade_day, utc_now


def test_a_late_evening_in_utc_is_the_next_day_in_belgrade() -> None:
    assert belgrade_day(datetime(2023, 6, 30, 22, 30, tzinfo=UTC)) == date(2023, 7, 1)


def test_winter_time_begins_its_day_an_hour_later() -> None:
    assert belgrade_day(datetime(2023, 12, 31, 22, 30, tzinfo=UTC)) == date(2023, 12, 31)


def test_the_clock_is_aware_and_in_utc() -> None:
    assert utc_now().tzinfo is UTC
