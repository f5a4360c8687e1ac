"""A rebuild as a process of its own, which notes when each of its steps began and what it used."""

import asyncio
import json
import os
import resource
import sys
import time
from pathlib import Path

from runtime.postgres import open_pool
from services.reporting.proof.prove import TOPICS
from services.reporting.rebuilding.names import BUILDING
from services.reporting.rebuilding.rebuild import Rebuild, alone
from services.reporting.settings import Settings

BEGUN, DONE = "begun", "done"


class Notes:
    """One line of JSON per step, in the order of time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._last = ""

    def tell(self, step: str, _done: int = 0, _total: int = 0) -> None:
        """Note a step when it is told for the first time."""
        if step != self._last:
            self._last = step
            line = {"step": step, "at_s": time.time(), "cpu_s": _cpu_s()}
            with self._file.open("a") as out:
                out.write(f"{json.dumps(line)}\n")


async def rebuild(notes: Notes) -> None:
    """Build with a process per processor, compare, change over."""
    settings = Settings()
    async with await open_pool(settings, BUILDING) as pool, alone(pool):
        work = Rebuild(settings, TOPICS, pool, notes.tell)
        notes.tell(BEGUN)
        await work.prepare(os.cpu_count() or 1)
        notes.tell("changing over")
        await work.change_over()
        notes.tell(DONE)


def _cpu_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    asyncio.run(rebuild(Notes(Path(sys.argv[1]))))
