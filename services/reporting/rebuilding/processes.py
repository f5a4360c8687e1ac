"""The processes that build: started, watched, and started again if one dies."""

import asyncio
import multiprocessing
import os
from collections.abc import Awaitable, Callable
from multiprocessing.context import SpawnProcess

from runtime.errors import Bug
from services.reporting.rebuilding.building import build
from services.reporting.settings import Settings

DEATHS_MAX = 3
"""So often a process may die, by whatever hand; a part that kills each of them is our bug."""
LOOK_S = 0.25


async def run_builders(
    settings: Settings, count: int, look: Callable[[], Awaitable[object]]
) -> None:
    """Return when all processes have ended well; `look` is called now and then meanwhile.

    Raises Bug if they die again and again. None outlives this one.
    """
    alive = [_start(settings) for _ in range(count)]
    deaths = 0
    try:
        while alive:
            await look()
            ended = [each for each in alive if each.exitcode is not None]
            alive = [each for each in alive if each.exitcode is None]
            died = sum(each.exitcode != 0 for each in ended)
            deaths += died
            if deaths > DEATHS_MAX:
                raise Bug("the processes of the rebuild die: the last lines above say why")
            alive += [_start(settings) for _ in range(died)]
            await asyncio.sleep(LOOK_S)
    finally:
        for process in alive:
            process.kill()
            process.join()
    await look()


def _start(settings: Settings) -> SpawnProcess:
    process = multiprocessing.get_context("spawn").Process(
        target=build, args=(settings, os.getpid()), daemon=True
    )
    process.start()
    return process
