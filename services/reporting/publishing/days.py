"""The SQL of the calendar: through which day it is published, and the to-periods that are over."""

from datetime import date

from runtime.postgres import Connection
from schemas.periods import Period

FORGET_TO_PERIODS = "DELETE FROM published.value WHERE period_type = 'to' AND period <> $1"

CALENDAR_DAY = "SELECT day FROM calendar"

IS_PUBLISHED = """
SELECT EXISTS (SELECT FROM calendar WHERE (day, catalogue_digest, policy) = ($1, $2, $3))
"""

KEEP_CALENDAR_DAY = """
INSERT INTO calendar (day, catalogue_digest, policy) VALUES ($1, $2, $3)
ON CONFLICT (is_one) DO UPDATE
SET (day, catalogue_digest, policy) = (excluded.day, excluded.catalogue_digest, excluded.policy)
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

    async def is_published(self, day: date, digest: bytes | None, policy: int) -> bool:
        """Whether the periods of this day were published last, by these definitions and policy."""
        found: bool = await self._connection.fetchval(IS_PUBLISHED, day, digest, policy)
        return found

    async def keep(self, day: date, digest: bytes | None, policy: int) -> None:
        """Note that the periods of this day are published, and by what."""
        await self._connection.execute(KEEP_CALENDAR_DAY, day, digest, policy)
