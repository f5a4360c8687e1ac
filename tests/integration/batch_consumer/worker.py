"""A batch consumer in its own process, to kill and suspend: `python -m …worker TOPIC FOLDER`.

It reads its settings from LMC_WORKER_…; in FOLDER it creates `inside` before its first commit and
then waits for `continue`.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic_settings import SettingsConfigDict

from runtime.messaging.batch_consumer import BatchConsumerLimits
from runtime.messaging.records import CountsByPartition, Record
from runtime.process import log
from runtime.process.settings import ServiceSettings, read_settings
from runtime.storage.pool import Connection, open_pool
from tests.integration.batch_consumer.builders import SWIFT, InsertSeen, batch_consumer
from tests.waiting import eventually


class Settings(ServiceSettings):
    """The environment of the process."""

    model_config = SettingsConfigDict(env_prefix="LMC_WORKER_")


class InsertAndWait(InsertSeen):
    """Stays inside its first transaction until the file `continue` exists."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def apply(self, connection: Connection, prepared: Sequence[Record]) -> CountsByPartition:
        """Insert, signal that, and wait."""
        counts = await super().apply(connection, prepared)
        (self._folder / "inside").touch()
        await eventually(lambda: asyncio.to_thread((self._folder / "continue").exists))
        return counts


async def main(topic: str, folder: Path) -> None:
    """Consume the topic in small batches until killed."""
    settings = read_settings(Settings)
    log.set_up("worker", "info")
    limits = BatchConsumerLimits(
        batch_records=20, session_s=SWIFT.session_s, check_interval_s=SWIFT.check_interval_s
    )
    await batch_consumer(
        await open_pool(settings), settings, topic, InsertAndWait(folder), limits
    ).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
