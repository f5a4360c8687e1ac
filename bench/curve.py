"""Cost per event while the tables grow: a rebuild of everything, and the live fold that follows."""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bench.engines import Bench
from bench.live import between, live_fold, live_fold_of, publishing_us_per_event
from bench.log import Said, records_of, write_records
from bench.rebuilt import forget_changes, pass_over, rebuilt
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

    The rebuild folds them all. Then a live fold that runs already gets the next 30,000 of the same
    people at once.
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
        self._write(records_of(self._next(until)))

    def ready(self, until: int) -> Callable[[], None]:
        """The same at once, when it is called: what costs time beside the writing is done."""
        records = list(records_of(self._next(until)))
        return lambda: self._write(records)

    def _next(self, until: int) -> Iterator[Envelope[Event]]:
        return itertools.islice(self._people, until - self.records)

    def _write(self, records: Iterable[Said]) -> None:
        for topic, count in write_records(self._bench.stack.kafka, records).items():
            self.topics[topic] = self.topics.get(topic, 0) + count
            self.records += count


def _point(bench: Bench, log: _Log, size: int, visit: Visit) -> dict[str, Any]:
    log.write(size)
    asyncio.run(pass_over(bench, log.topics))
    built = rebuilt(bench)
    visit(bench, log.topics)
    asyncio.run(forget_changes(bench))
    track = live_fold_of(bench, log.ready(size + LIVE), size + LIVE)
    folded, used = between(track)
    publishing = {"publishing_cpu_us_per_event": publishing_us_per_event(track)}
    return {
        "records": size,
        "lmc_rebuild": built.used.figures(size) | {"steps_s": built.steps_s},
        "lmc_live": used.figures(folded) | publishing,
    }
