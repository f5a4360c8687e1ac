"""Run a rebuild in a process of its own, and note the start and the CPU of each step."""

import asyncio
import json
import os
import resource
import sys
import time
from pathlib import Path

from runtime.storage.pool import open_pool
from services.reporting.rebuild.schema_names import STAGING_SESSION
from services.reporting.rebuild.workflow import Rebuild, exclusive_rebuild
from services.reporting.reconciliation.report import TOPICS
from services.reporting.settings import ReportingSettings

_STARTED, DONE = "started", "done"


class _StepLog:
    """A file with one line of JSON per step, in the order of time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._last = ""

    def note(self, step: str, _done: int = 0, _total: int = 0) -> None:
        """Write a line when a step is reported for the first time."""
        if step != self._last:
            self._last = step
            line = {"step": step, "at_s": time.time(), "cpu_s": _cpu_s()}
            with self._file.open("a") as out:
                out.write(f"{json.dumps(line)}\n")


async def _rebuild(steps: _StepLog) -> None:
    """Rebuild with one process per processor, compare, cut over."""
    settings = ReportingSettings()
    async with await open_pool(settings, STAGING_SESSION) as pool, exclusive_rebuild(pool):
        work = Rebuild(settings, TOPICS, pool, steps.note)
        steps.note(_STARTED)
        await work.prepare(os.cpu_count() or 1)
        steps.note("cutting over")
        await work.cut_over()
        steps.note(DONE)


def _cpu_s() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in usages)


if __name__ == "__main__":
    asyncio.run(_rebuild(_StepLog(Path(sys.argv[1]))))
