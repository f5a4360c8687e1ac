"""An event consumer in its own process, to kill and suspend: `python -m …worker FOLDER`.

It reads its settings from LMC_WORKER_…; in FOLDER it creates `inside` before its first commit and
then waits for `continue`. It ends with the exit code that its watch raises.
"""

import asyncio
import sys
from pathlib import Path

from pydantic_settings import SettingsConfigDict

from runtime.messaging.record_processor import EventHandlers, OutgoingEvents, ReceivedEvent
from runtime.process import log
from runtime.process.errors import ProcessExit
from runtime.process.settings import ServiceSettings, read_settings
from runtime.storage.pool import open_pool
from schemas.events.registration import PersonMoved
from tests.integration.event_consumer.builders import (
    NotedEvents,
    end,
    event_consumer,
    note_and_propose,
)
from tests.waiting import eventually


class Settings(ServiceSettings):
    """The environment of the process."""

    model_config = SettingsConfigDict(env_prefix="LMC_WORKER_")


def handlers(folder: Path) -> EventHandlers:
    """Note events, but wait inside the first transaction until the file `continue` exists."""

    async def note_and_wait(event: ReceivedEvent, repository: NotedEvents) -> OutgoingEvents:
        proposals = await note_and_propose(event, repository)
        (folder / "inside").touch()
        await eventually(lambda: asyncio.to_thread((folder / "continue").exists))
        return proposals

    return {PersonMoved: note_and_wait}


async def main(folder: Path) -> int:
    """Consume until killed, or until the watch raises."""
    settings = read_settings(Settings)
    log.set_up("worker", "info")
    try:
        await end(
            event_consumer(await open_pool(settings), settings, handlers(folder)), within_s=None
        )
    except ProcessExit as error:
        return error.code
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
