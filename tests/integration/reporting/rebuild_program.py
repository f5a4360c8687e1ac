"""A rebuild as a process of its own that a test kills: prepares, changes over, ends."""

import asyncio
import sys

from runtime.postgres import open_pool
from services.reporting.rebuilding.names import BUILDING
from services.reporting.rebuilding.rebuild import Rebuild, alone
from services.reporting.settings import Settings


class Told(Settings):
    """The settings of reporting, from the variables of a worker under test."""

    model_config = Settings.model_config | {"env_prefix": "LMC_WORKER_"}


async def main(topics: list[str]) -> None:
    """Rebuild what was folded of these topics, with two processes."""
    settings = Settings.model_validate(Told().model_dump())
    async with await open_pool(settings, BUILDING) as pool, alone(pool):
        rebuild = Rebuild(settings, topics, pool, lambda *_: None)
        await rebuild.prepare(2)
        await rebuild.change_over()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
