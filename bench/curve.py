"""Cost per event while the tables grow: a rebuild of everything, and the live fold that follows."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bench.engines import Bench
from bench.live import between, live_fold
from bench.log import write_events
from bench.rebuilt import pass_over, rebuilt
from lmc.population import said
from schemas.envelope import Envelope
from schemas.event import Event

SEED = 2
BEGINNING = 2_000
"""Folded live, so that the tables are there and every partition has its position."""
LIVE = 30_000

Visit = Callable[[Bench, Mapping[str, int]], None]
"""Called at each size, with the records of each topic, before the next events are written."""


def curve(bench: Bench, sizes: Sequence[int], visit: Visit) -> list[dict[str, Any]]:
    """A point per size (records, ascending): what an event costs when there are so many.

    The rebuild folds them all. Then the live fold takes the next 30,000 of the same people.
    """
    people = said(SEED, sizes[-1] + LIVE)
    log = _Log(bench, people)
    log.write(BEGINNING)
    live_fold(bench, BEGINNING)
    return [_point(bench, log, size, visit) for size in sizes]


class _Log:
    """A log that grows."""

    def __init__(self, bench: Bench, people: Iterator[Envelope[Event]]) -> None:
        self._bench = bench
        self._people = people
        self.records = 0
        self.topics: dict[str, int] = {}

    def write(self, until: int) -> None:
        """Write the next events, until there are so many."""
        some = itertools.islice(self._people, until - self.records)
        for topic, count in write_events(self._bench.stack.kafka, some).items():
            self.topics[topic] = self.topics.get(topic, 0) + count
            self.records += count


def _point(bench: Bench, log: _Log, size: int, visit: Visit) -> dict[str, Any]:
    log.write(size)
    asyncio.run(pass_over(bench, log.topics))
    built = rebuilt(bench)
    visit(bench, log.topics)
    log.write(size + LIVE)
    folded, used = between(live_fold(bench, size + LIVE))
    return {
        "records": size,
        "lmc_rebuild": built.used.figures(size) | {"steps_s": built.steps_s},
        "lmc_live": used.figures(folded),
    }
