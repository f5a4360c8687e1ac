"""Run the builder processes: start them, watch them, and restart those that die."""

import asyncio
import multiprocessing
import os
from collections.abc import Awaitable, Callable
from multiprocessing.context import SpawnProcess

from runtime.process.errors import InternalError
from services.reporting.rebuild.builder import build
from services.reporting.settings import ReportingSettings

_DEATHS_MAX = 3
"""How often processes may die in total; a chunk that crashes each of them is a bug of ours."""
_CHECK_EVERY_S = 0.25


async def run_builders(
    settings: ReportingSettings, count: int, report_progress: Callable[[], Awaitable[object]]
) -> None:
    """Return when all processes have succeeded; call `report_progress` every _CHECK_EVERY_S.

    Raises InternalError if they die again and again. No process outlives this function.
    """
    alive = [_start(settings) for _ in range(count)]
    deaths = 0
    try:
        while alive:
            await report_progress()
            ended = [each for each in alive if each.exitcode is not None]
            alive = [each for each in alive if each.exitcode is None]
            died = sum(each.exitcode != 0 for each in ended)
            deaths += died
            if deaths > _DEATHS_MAX:
                raise InternalError(
                    "the processes of the rebuild die: the last lines above name the error"
                )
            alive += [_start(settings) for _ in range(died)]
            await asyncio.sleep(_CHECK_EVERY_S)
    finally:
        for process in alive:
            process.kill()
            process.join()
    await report_progress()


def _start(settings: ReportingSettings) -> SpawnProcess:
    process = multiprocessing.get_context("spawn").Process(
        target=build, args=(settings, os.getpid()), daemon=True
    )
    process.start()
    return process
