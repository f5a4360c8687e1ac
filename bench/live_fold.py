"""Measure the live fold: one reporting worker folds the events of a log into entries."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bench.cost import Cost, CostReader, cpu_s
from bench.engines import Bench
from services.reporting.publication.task import PUBLICATION_LOCK

_POLL_S = 0.05
_DEADLINE_S = 1800.0
_CALM_INTERVAL_S, _CALM_INTERVALS, _CALM_CPU_S_MAX = 1.0, 5, 0.05
"""The database is calm when it used at most a twentieth of a core in each of five seconds."""

_FOLDED = "SELECT coalesce(sum(next_offset), 0) FROM reporting.position"

_PUBLISHER = """
SELECT pid FROM pg_locks
WHERE locktype = 'advisory' AND classid = $1::int AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class FoldSample(NamedTuple):
    """The records folded and the cost so far, and the CPU seconds of publishing in it.

    Of publishing only the database session is measured, which is nearly all of it.
    """

    folded: int
    cost: Cost
    publishing_s: float


Samples = Sequence[FoldSample]
"""One sample per committed batch, from the first to the last."""


def live_fold(bench: Bench, records: int) -> Samples:
    """Fold a log of so many records, from reading to committing; return the samples."""
    with bench.running("reporting") as services:
        return asyncio.run(
            _samples(bench, bench.cost_reader(services["reporting"].process), records)
        )


def live_fold_of(bench: Bench, write: Callable[[], None], records: int) -> Samples:
    """Fold what `write` writes while the service runs, until so many records are folded.

    The cost of the start is not included. It grows with the tables: a day's periods are counted
    once, and new tables are vacuumed.
    """
    with bench.running("reporting") as services:
        read_cost = bench.cost_reader(services["reporting"].process)
        _wait_until_calm(read_cost)
        write()
        return asyncio.run(_samples(bench, read_cost, records))


def _wait_until_calm(read_cost: CostReader) -> None:
    """Wait until the database is nearly idle."""
    deadline = time.monotonic() + _DEADLINE_S
    begin, calm = read_cost(), 0
    while calm < _CALM_INTERVALS:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the database was still busy after {_DEADLINE_S:.0f} s")
        time.sleep(_CALM_INTERVAL_S)
        end = read_cost()
        calm = calm + 1 if (end - begin).postgres_s < _CALM_CPU_S_MAX else 0
        begin = end


def cost_between(samples: Samples) -> tuple[int, Cost]:
    """Return the records folded from the first sample to the last, and their cost."""
    first, last = samples[0], samples[-1]
    return last.folded - first.folded, last.cost - first.cost


def publishing_us_per_event(samples: Samples) -> float:
    """Return the CPU of the publishing database session, which works in long rounds meanwhile."""
    first, last = samples[0], samples[-1]
    return round(1e6 * (last.publishing_s - first.publishing_s) / (last.folded - first.folded), 1)


async def _samples(bench: Bench, read_cost: CostReader, records: int) -> Samples:
    connection = await bench.database("reporting")
    deadline = time.monotonic() + _DEADLINE_S
    samples: list[FoldSample] = []
    try:
        publisher = await connection.fetchval(_PUBLISHER, PUBLICATION_LOCK.number)
        while time.monotonic() < deadline:
            folded = int(await connection.fetchval(_FOLDED))
            if folded and (not samples or samples[-1].folded != folded):
                samples.append(FoldSample(folded, read_cost(), cpu_s(publisher)))
            if folded >= records:
                return samples
            await asyncio.sleep(_POLL_S)
    finally:
        await connection.close()
    raise TimeoutError(f"{records} records were not folded within {_DEADLINE_S:.0f} s")
