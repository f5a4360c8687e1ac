"""The clock, passed as an argument to whatever needs the present time."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC."""

BELGRADE = ZoneInfo("Europe/Belgrade")


def utc_now() -> datetime:
    """Return the machine's present time in UTC."""
    return datetime.now(UTC)


def belgrade_day(instant: datetime) -> date:
    """Return the civil date in the councils' time zone at this instant (aware)."""
    return instant.astimezone(BELGRADE).date()
