"""What the log says of closed versions, read before a door closes one: the database may be old.

A version that was said stays said, although a restored database has never heard of it. Whoever
acted on it must not meet its number again with other content.
"""

from runtime.first_read import FirstRead, Found
from runtime.postgres import Connection
from schemas.reporting import PeriodClosed
from services.reporting.closing.store import Archive, Version


async def remember(connection: Connection, found: Found) -> None:
    """Remember which versions were said."""
    said: set[Version] = {
        (each.subject.removeprefix("m-"), each.data.period, each.data.version)
        for each in found
        if isinstance(each.data, PeriodClosed)
    }
    if said:
        await Archive(connection).keep_said(said)


CLOSINGS = FirstRead(PeriodClosed, followed_by="position", keep=remember)
