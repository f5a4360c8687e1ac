"""A rebuild as a separate process that a test kills: prepare, cut over, exit."""

import asyncio
import sys

from runtime.storage.pool import open_pool
from services.reporting.rebuild.schema_names import STAGING_SESSION
from services.reporting.rebuild.workflow import Rebuild, exclusive_rebuild
from services.reporting.settings import ReportingSettings


class EnvironmentSettings(ReportingSettings):
    """The settings of reporting, from the environment of a process under test."""

    model_config = ReportingSettings.model_config | {"env_prefix": "LMC_WORKER_"}


async def main(topics: list[str]) -> None:
    """Rebuild the projection of these topics with two processes."""
    settings = ReportingSettings.model_validate(EnvironmentSettings().model_dump())
    async with await open_pool(settings, STAGING_SESSION) as pool, exclusive_rebuild(pool):
        rebuild = Rebuild(settings, topics, pool, lambda *_: None)
        await rebuild.prepare(2)
        await rebuild.cut_over()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
