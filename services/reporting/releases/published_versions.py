"""Reads from the log which versions were published, before any period can be closed.

A published version stays published, although a restored database does not have it. Whoever acted on
it must not see its number again with other content.
"""

from runtime.messaging.startup_replay import FoundEvents, StartupReplay
from runtime.storage.pool import Connection
from schemas.events.reporting import PeriodClosed
from services.reporting.releases.repository import ReleaseRepository, VersionKey


async def _store_published_versions(connection: Connection, found: FoundEvents) -> None:
    """Store which versions were published."""
    published: set[VersionKey] = {
        (each.subject.removeprefix("m-"), each.data.period, each.data.version)
        for each in found
        if isinstance(each.data, PeriodClosed)
    }
    if published:
        await ReleaseRepository(connection).add_published_versions(published)


CLOSING_REPLAY = StartupReplay(
    PeriodClosed, positions_table="position", apply=_store_published_versions
)
