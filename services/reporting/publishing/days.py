"""The SQL of the calendar: through which day it is published, and the to-periods that are over."""

from datetime import date

from runtime.postgres import Connection
from schemas.periods import Period

FORGET_TO_PERIODS = "DELETE FROM published.value WHERE period_type = 'to' AND period <> $1"

CALENDAR_DAY = "SELECT day FROM calendar"

KEEP_CALENDAR_DAY = """
INSERT INTO calendar (day) VALUES ($1) ON CONFLICT (is_one) DO UPDATE SET day = excluded.day
"""


class Days:
    """The calendar over one connection, within the transaction of whoever asks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def forget_to_periods(self, but: Period) -> None:
        """Remove the totals of all to-periods but one: the others are counted when asked for."""
        await self._connection.execute(FORGET_TO_PERIODS, str(but))

    async def last(self) -> date | None:
        """The day whose periods were published last; None before the first time."""
        found: date | None = await self._connection.fetchval(CALENDAR_DAY)
        return found

    async def keep(self, day: date) -> None:
        """Note that the periods of this day are published."""
        await self._connection.execute(KEEP_CALENDAR_DAY, day)
