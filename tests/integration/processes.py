"""Programs of the tests' own that are started, frozen and killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from runtime.settings import ServiceSettings

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def running(
    module: str, settings: ServiceSettings, folder: Path, *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A module as a process in a group of its own, SIGKILLed with all its own at the end.

    It gets the settings as LMC_WORKER_…, and leaves what it prints in the folder's `log`.
    """
    fields = settings.model_dump(mode="json", exclude_none=True)
    env = {f"LMC_WORKER_{name.upper()}": str(value) for name, value in fields.items()}
    with (folder / "log").open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            cwd=ROOT,
            env=os.environ | env,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
