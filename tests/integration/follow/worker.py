"""A follower as a process of its own, to be killed and frozen: `python -m …worker TOPIC FOLDER`.

It reads its settings from LMC_WORKER_…; in FOLDER it leaves `inside` before its first commit and
then waits for `go_on`.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic_settings import SettingsConfigDict

from runtime import log
from runtime.follow import Limits, Record, Tallies
from runtime.postgres import Connection, open_pool
from runtime.settings import ServiceSettings, read_settings
from tests.integration.follow.story import SWIFT, NoteEverything, become, follower


class Settings(ServiceSettings):
    """The environment of the process."""

    model_config = SettingsConfigDict(env_prefix="LMC_WORKER_")


class NoteAndWait(NoteEverything):
    """Stays inside its first transaction until it is told to go on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def apply(self, connection: Connection, prepared: Sequence[Record]) -> Tallies:
        """Write, show that it is written, and wait."""
        tallies = await super().apply(connection, prepared)
        (self._folder / "inside").touch()
        await become(lambda: asyncio.to_thread((self._folder / "go_on").exists))
        return tallies


async def main(topic: str, folder: Path) -> None:
    """Follow the topic in small batches until killed."""
    settings = read_settings(Settings)
    log.set_up("worker", "info")
    limits = Limits(batch_records=20, session_s=SWIFT.session_s, look_s=SWIFT.look_s)
    await follower(await open_pool(settings), settings, topic, NoteAndWait(folder), limits).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
