"""How fresh the tables are: the instant up to which every record of the log is folded."""

import asyncio
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from runtime import kafka
from runtime.context import Context
from runtime.errors import Unavailable
from runtime.kafka import Partition
from runtime.postgres import Pool
from schemas.topics import DOMAIN_TOPICS

FOLLOWED = tuple(topic for topic in DOMAIN_TOPICS if "reporting" in topic.heard_by)
PARTITIONS = tuple((topic.name, n) for topic in FOLLOWED for n in range(topic.partitions))

LOOK_AGAIN = timedelta(milliseconds=100)
"""Who asks more often gets the last look again."""
LOOKS_MAX = 2_000
"""Looks that the fold has not reached: half an hour of one a second, then they are thinned out."""
KAFKA_SECONDS_MAX = 1.0
"""So long an answer waits for Kafka; then it tells what was known before."""

POSITIONS = """
SELECT topic, partition, next_offset, quarantined,
       folded + duplicate + quarantined + ignored + lost AS accounted
FROM position
WHERE topic = ANY ($1::text[])
"""


@dataclass(frozen=True, slots=True)
class Folded:
    """One partition: how much of it is folded, and how much waits."""

    topic: str
    partition: int
    next_offset: int
    quarantined: int
    accounted: int
    lag: int


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a look at log and positions shows.

    Every record that Kafka had acknowledged at `folded_to` is folded; None while not even what
    was there at the first look is. Lags are against the last ends that Kafka told, `known_at`.
    """

    looked_at: datetime
    folded_to: datetime | None
    known_at: datetime | None
    partitions: tuple[Folded, ...]

    @property
    def lag(self) -> int:
        """How many records wait."""
        return sum(each.lag for each in self.partitions)


class _Look(NamedTuple):
    """The ends of the log, asked for at an instant: what was acknowledged before lies below."""

    at: datetime
    ends: Mapping[Partition, int]


class Freshness:
    """Remembers ends of the log until the fold has passed them."""

    def __init__(self, partitions: Collection[Partition] = PARTITIONS) -> None:
        self._partitions = partitions
        self._waiting: deque[_Look] = deque()
        self._newest: _Look | None = None
        self._folded_to: datetime | None = None
        self._asking: asyncio.Task[_Look | None] | None = None
        self._last: Fresh | None = None
        self._looking = asyncio.Lock()

    @property
    def lag(self) -> int:
        """How many records waited at the last look; 0 before the first."""
        return self._last.lag if self._last else 0

    async def look(self, context: Context) -> Fresh:
        """The state of things now, or at most LOOK_AGAIN ago; without Kafka, what is known."""
        async with self._looking:
            now = context.clock()
            if self._last is None or now - self._last.looked_at >= LOOK_AGAIN:
                await self._ask_kafka(now, context.settings.kafka)
                self._last = await self._judge(now, context.pool)
            return self._last

    async def _ask_kafka(self, now: datetime, bootstrap: str) -> None:
        """Note where the log ends. One question at a time: Kafka may be away for long."""
        asking = self._asking or asyncio.create_task(self._ends(now, bootstrap))
        done, _ = await asyncio.wait({asking}, timeout=KAFKA_SECONDS_MAX)
        self._asking = None if done else asking
        look = asking.result() if done else None
        if look is not None and len(look.ends) == len(self._partitions):
            self._newest = look
            self._waiting.append(look)
        if len(self._waiting) > LOOKS_MAX:
            self._waiting = deque(list(self._waiting)[::2])

    async def _ends(self, at: datetime, bootstrap: str) -> _Look | None:
        try:
            return _Look(at, await kafka.ends(bootstrap, self._partitions))
        except Unavailable:
            return None  # the follower waits for it too, and says so

    async def _judge(self, now: datetime, pool: Pool) -> Fresh:
        """Positions are read after the ends: what is folded then may only be more."""
        topics = sorted({topic for topic, _ in self._partitions})
        rows = {
            (row["topic"], row["partition"]): row for row in await pool.fetch(POSITIONS, topics)
        }
        following = {place: row["next_offset"] for place, row in rows.items()}
        while self._waiting and _is_folded(self._waiting[0], following):
            self._folded_to = self._waiting.popleft().at
        ends = self._newest.ends if self._newest else following
        folded = [
            Folded(
                *place,
                next_offset=following.get(place, 0),
                quarantined=rows[place]["quarantined"] if place in rows else 0,
                accounted=rows[place]["accounted"] if place in rows else 0,
                lag=max(0, ends.get(place, 0) - following.get(place, 0)),
            )
            for place in self._partitions
        ]
        known_at = self._newest.at if self._newest else None
        return Fresh(now, self._folded_to, known_at, tuple(folded))


def _is_folded(look: _Look, following: Mapping[Partition, int]) -> bool:
    return all(following.get(place, 0) >= end for place, end in look.ends.items())
