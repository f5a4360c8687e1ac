"""How fresh the tables are: the instant up to which every record of the log is projected."""

import asyncio
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from runtime.context import Context
from runtime.messaging import admin
from runtime.messaging.records import Partition
from runtime.process.errors import Unavailable
from runtime.storage.pool import Pool
from schemas.topics import DOMAIN_TOPICS
from services.reporting.projection import queries

CONSUMED_TOPICS = tuple(topic for topic in DOMAIN_TOPICS if "reporting" in topic.consumers)
_PARTITIONS = tuple((topic.name, n) for topic in CONSUMED_TOPICS for n in range(topic.partitions))

_CACHE_FOR = timedelta(milliseconds=100)
"""How long a check is returned again instead of a new one."""
_PENDING_MAX = 2_000
"""Log ends not reached yet: half an hour of one a second; then every second one is dropped."""
_KAFKA_SECONDS_MAX = 1.0
"""How long a check waits for Kafka; then it returns what was known before."""


@dataclass(frozen=True, slots=True)
class PartitionProgress:
    """One partition: its next offset, records by outcome, and how many wait (`lag`)."""

    topic: str
    partition: int
    next_offset: int
    quarantined: int
    accounted: int
    lag: int


@dataclass(frozen=True, slots=True)
class ProjectionProgress:
    """The progress of the projection at the instant `checked_at`.

    Every record that Kafka had acknowledged at `projected_through` is projected; it is None until
    the log ends of the first check are reached. Lags are against the newest log ends known.
    """

    checked_at: datetime
    projected_through: datetime | None
    partitions: tuple[PartitionProgress, ...]

    @property
    def lag(self) -> int:
        """How many records wait in all partitions."""
        return sum(each.lag for each in self.partitions)


class _LogEnds(NamedTuple):
    """End offsets requested at an instant: everything acknowledged before lies below them."""

    at: datetime
    ends: Mapping[Partition, int]


class ProgressTracker:
    """Keeps log ends until the projection has reached them."""

    def __init__(self, partitions: Collection[Partition] = _PARTITIONS) -> None:
        self._partitions = partitions
        self._pending: deque[_LogEnds] = deque()
        self._newest: _LogEnds | None = None
        self._projected_through: datetime | None = None
        self._request: asyncio.Task[_LogEnds | None] | None = None
        self._last: ProjectionProgress | None = None
        self._lock = asyncio.Lock()

    @property
    def lag(self) -> int:
        """How many records waited at the last check; 0 before the first."""
        return self._last.lag if self._last else 0

    async def check(self, context: Context) -> ProjectionProgress:
        """Return the progress now, or that of a check at most _CACHE_FOR ago.

        While Kafka is unavailable, the log ends of the last successful request are used.
        """
        async with self._lock:
            now = context.clock()
            if self._last is None or now - self._last.checked_at >= _CACHE_FOR:
                await self._request_ends(now, context.settings.kafka)
                self._last = await self._progress(now, context.pool)
            return self._last

    async def _request_ends(self, now: datetime, bootstrap: str) -> None:
        """Read the log ends. One request at a time, because Kafka may be unavailable for long."""
        request = self._request or asyncio.create_task(self._ends(now, bootstrap))
        done, _ = await asyncio.wait({request}, timeout=_KAFKA_SECONDS_MAX)
        self._request = None if done else request
        found = request.result() if done else None
        if found is not None:
            self._newest = found
            self._pending.append(found)
        if len(self._pending) > _PENDING_MAX:
            self._pending = deque(list(self._pending)[::2])

    async def _ends(self, at: datetime, bootstrap: str) -> _LogEnds | None:
        try:
            # Whoever adds partitions to a topic does not tell us: they are asked for each time.
            topics = {topic for topic, _ in self._partitions}
            partitions = {*self._partitions, *await admin.partitions_of(bootstrap, topics)}
            ends = await admin.end_offsets(bootstrap, partitions)
            if len(ends) < len(partitions):
                return None
            self._partitions = sorted(partitions)
            return _LogEnds(at, ends)
        except Unavailable:
            return None  # the consumer waits for Kafka too, and reports it

    async def _progress(self, now: datetime, pool: Pool) -> ProjectionProgress:
        """Compare positions with log ends; positions are read later, so they can only be ahead."""
        rows = {
            (row["topic"], row["partition"]): row
            for row in await queries.progress(pool, {topic for topic, _ in self._partitions})
        }
        next_offsets = {partition: row["next_offset"] for partition, row in rows.items()}
        while self._pending and _is_reached(self._pending[0], next_offsets):
            self._projected_through = self._pending.popleft().at
        ends = self._newest.ends if self._newest else next_offsets
        partitions = tuple(
            PartitionProgress(
                *partition,
                next_offset=next_offsets.get(partition, 0),
                quarantined=rows[partition]["quarantined"] if partition in rows else 0,
                accounted=rows[partition]["accounted"] if partition in rows else 0,
                lag=max(0, ends.get(partition, 0) - next_offsets.get(partition, 0)),
            )
            for partition in self._partitions
        )
        return ProjectionProgress(now, self._projected_through, partitions)


def _is_reached(log_ends: _LogEnds, next_offsets: Mapping[Partition, int]) -> bool:
    return all(next_offsets.get(each, 0) >= end for each, end in log_ends.ends.items())
