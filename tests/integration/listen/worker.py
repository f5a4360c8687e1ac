"""A listener as a process of its own, to be killed and frozen: `python -m …worker FOLDER`.

It reads its settings from LMC_WORKER_…; in FOLDER it leaves `inside` before its first commit and
then waits for `go_on`. It ends with the exit code that its watch raises.
"""

import asyncio
import sys
from pathlib import Path

from pydantic_settings import SettingsConfigDict

from runtime import log
from runtime.errors import Exit
from runtime.listen import Heard, Hears, Says
from runtime.postgres import open_pool
from runtime.settings import ServiceSettings, read_settings
from schemas.registration import PersonMoved
from tests.integration.follow.story import become
from tests.integration.listen.story import Notes, end, listener, note


class Settings(ServiceSettings):
    """The environment of the process."""

    model_config = SettingsConfigDict(env_prefix="LMC_WORKER_")


def hears(folder: Path) -> Hears:
    """Note what is heard, but wait inside the first transaction until told to go on."""

    async def note_and_wait(heard: Heard, notes: Notes) -> Says:
        says = await note(heard, notes)
        (folder / "inside").touch()
        await become(lambda: asyncio.to_thread((folder / "go_on").exists))
        return says

    return {PersonMoved: note_and_wait}


async def main(folder: Path) -> int:
    """Listen until killed, or until the watch says otherwise."""
    settings = read_settings(Settings)
    log.set_up("worker", "info")
    try:
        await end(listener(await open_pool(settings), settings, hears(folder)), within_s=None)
    except Exit as error:
        return error.code
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
