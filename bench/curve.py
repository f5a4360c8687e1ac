"""Cost per event by log size: a full rebuild, then a live fold of the next events."""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bench.engines import Bench
from bench.event_log import LogRecord, records_of, write_records
from bench.live_fold import cost_between, live_fold, live_fold_of, publishing_us_per_event
from bench.rebuild import discard_changes, measure_rebuild, skip_to_end
from lmc.demo.population import simulated_events
from schemas.envelope import Envelope
from schemas.events.event import Event

_SEED = 2
_FIRST_EVENTS = 2_000
"""Folded live, so that the tables exist and every partition has a position."""
_LIVE_EVENTS = 30_000

Visit = Callable[[Bench, Mapping[str, int]], None]
"""A function called at each size, with the records of each topic, before the next writes."""


def curve(bench: Bench, sizes: Sequence[int], visit: Visit) -> list[dict[str, Any]]:
    """Return one point per log size (records, ascending) with the cost per event.

    A rebuild folds all records. Then a live fold that already runs gets the next 30,000 events of
    the same persons at once.
    """
    events = simulated_events(_SEED, sizes[-1] + _LIVE_EVENTS)
    log = _Log(bench, events)
    log.write(_FIRST_EVENTS)
    live_fold(bench, _FIRST_EVENTS)
    return [_point(bench, log, size, visit) for size in sizes]


class _Log:
    """A log that grows in steps."""

    def __init__(self, bench: Bench, events: Iterator[Envelope[Event]]) -> None:
        self._bench = bench
        self._events = events
        self.records = 0
        self.topics: dict[str, int] = {}

    def write(self, until: int) -> None:
        """Write the next events, until the log has so many records."""
        self._write(records_of(self._next(until)))

    def prepared_write(self, until: int) -> Callable[[], None]:
        """Return a function that writes the next events; they are encoded already."""
        records = list(records_of(self._next(until)))
        return lambda: self._write(records)

    def _next(self, until: int) -> Iterator[Envelope[Event]]:
        return itertools.islice(self._events, until - self.records)

    def _write(self, records: Iterable[LogRecord]) -> None:
        for topic, count in write_records(self._bench.stack.kafka, records).items():
            self.topics[topic] = self.topics.get(topic, 0) + count
            self.records += count


def _point(bench: Bench, log: _Log, size: int, visit: Visit) -> dict[str, Any]:
    log.write(size)
    asyncio.run(skip_to_end(bench, log.topics))
    rebuild = measure_rebuild(bench)
    visit(bench, log.topics)
    asyncio.run(discard_changes(bench))
    samples = live_fold_of(bench, log.prepared_write(size + _LIVE_EVENTS), size + _LIVE_EVENTS)
    folded, cost = cost_between(samples)
    publishing = {"publishing_cpu_us_per_event": publishing_us_per_event(samples)}
    return {
        "records": size,
        "lmc_rebuild": rebuild.cost.figures(size) | {"steps_s": rebuild.steps_s},
        "lmc_live": cost.figures(folded) | publishing,
    }
