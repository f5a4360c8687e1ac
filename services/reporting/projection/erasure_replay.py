"""Read erasures from the log at startup: a restored database may not contain all of them."""

from runtime.messaging.startup_replay import FoundEvents, StartupReplay
from runtime.storage.pool import Connection
from schemas.events.registration import PersonErased
from services.reporting.projection.repository import ProjectionRepository


async def _store_erased(connection: Connection, found: FoundEvents) -> None:
    """Store the erased codes, also those that the projection has not reached yet."""
    codes = {event.subject for event in found if isinstance(event.data, PersonErased)}
    await ProjectionRepository(connection).insert_erased(codes)


ERASURES = StartupReplay(PersonErased, positions_table="position", apply=_store_erased)
