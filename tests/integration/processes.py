"""Run a module of the tests as a process that can be stopped and killed."""

import asyncio
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from runtime.process.settings import ServiceSettings

ROOT = Path(__file__).parents[2]
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that ask over plain HTTP whether a process is ready, fifty times a second: without it
each of them reads the certificates of all authorities first."""


@asynccontextmanager
async def running(
    module: str, settings: ServiceSettings, folder: Path, *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a module as a process in its own group; kill the group at the end.

    It gets the settings as environment variables LMC_WORKER_…, and its output goes to the file
    `log` in the folder.
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
