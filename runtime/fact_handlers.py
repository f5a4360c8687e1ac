"""The event handler and the start-up replay that all services with a fact repository share."""

from collections.abc import Awaitable, Callable

from runtime.context import Context
from runtime.messaging.record_processor import OutgoingEvents, ReceivedEvent
from runtime.messaging.startup_replay import FoundEvents, StartupReplay
from runtime.storage.fact_store import FactRepository
from runtime.storage.pool import Connection
from schemas.events.event import Event
from schemas.validation.event_rules import is_erasure


async def apply_or_erase(event: ReceivedEvent, repository: FactRepository) -> OutgoingEvents:
    """Apply the state of a fact, or erase the subject of an erasure; publish nothing."""
    if is_erasure(event):
        await repository.erase(event)
    else:
        await repository.apply(event)
    return ()


def erasure_replay(
    event_class: type[Event],
    repository: Callable[[Connection], FactRepository],
    afterwards: Callable[[Context], Awaitable[None]] | None = None,
) -> StartupReplay:
    """Return the replay that erases subjects again if the database was restored from a backup."""

    async def erase(connection: Connection, found: FoundEvents) -> None:
        for event in found:
            await repository(connection).erase(event)

    return StartupReplay(event_class, "consumer_position", erase, afterwards)
