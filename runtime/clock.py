"""Time as an argument: who needs the present is given a `Clock`."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Gives the present instant, aware, in UTC."""

BELGRADE = ZoneInfo("Europe/Belgrade")


def utc_now() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


def belgrade_day(instant: datetime) -> date:
    """The civil date on the calendar of the councils at this instant (aware)."""
    return instant.astimezone(BELGRADE).date()
