"""The start-up replay: reads the log for one type of event before a service is ready.

A database restored from a backup is older than the log. Events that must take effect before an
endpoint shows anything are found in the rest of the log by their bytes, and most records are never
decoded.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from runtime.context import Context
from runtime.messaging.admin import partitions_of
from runtime.messaging.log_reader import read_range
from runtime.messaging.records import Partition
from runtime.messaging.topic_identity import (
    check_offset,
    check_topic_id,
    topic_ids_of,
    watermarks,
)
from runtime.process import log
from runtime.process.errors import Unavailable
from runtime.process.retry import RetryPolicy
from runtime.storage.pool import Connection
from schemas.envelope import Envelope, fact_type_of
from schemas.events.event import Event
from schemas.topics import topic_of
from schemas.validation.decode import decode_event
from schemas.validation.problems import Refusal

DDL = """
-- The start-up replay has read the log up to here; restoring a backup sets this back as well.
CREATE TABLE startup_replay (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    topic_id text NOT NULL,
    PRIMARY KEY (topic, partition)
);
"""

# What was consumed since the last replay was seen by the consumer.
_BEGIN = {
    "consumer_position": """
        SELECT replay.partition, replay.topic_id,
               greatest(replay.next_offset, consumed.next_offset) AS next_offset
        FROM startup_replay AS replay
        LEFT JOIN consumer_position AS consumed USING (topic, partition)
        WHERE topic = $1
    """,
    "position": """
        SELECT replay.partition, replay.topic_id,
               greatest(replay.next_offset, consumed.next_offset) AS next_offset
        FROM startup_replay AS replay LEFT JOIN position AS consumed USING (topic, partition)
        WHERE topic = $1
    """,
}
_ADVANCE = """
INSERT INTO startup_replay (topic, partition, next_offset, topic_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (topic, partition) DO UPDATE
SET next_offset = greatest(startup_replay.next_offset, excluded.next_offset)
"""

_LOG = log.get(__name__)

FoundEvents = Sequence[Envelope[Event]]


@dataclass(frozen=True, slots=True)
class StartupReplay:
    """Which events to look for, and what to do with them; both callbacks must be idempotent.

    A retraction of such a fact is found too: it shows that the fact was stated somewhere.
    """

    event_class: type[Event]
    positions_table: Literal["consumer_position", "position"]
    """The table with the positions up to which the service has consumed this type.

    A topic that the service does not consume is read from the end of the last replay.
    """
    apply: Callable[[Connection, FoundEvents], Awaitable[None]]
    """Processes found events, in the transaction that advances the replay's position."""
    afterwards: Callable[[Context], Awaitable[None]] | None = None
    """Runs when everything is read, and before the service is ready."""


@dataclass(frozen=True, slots=True)
class _Range:
    partition: Partition
    topic_id: str
    begin: int
    end: int


class StartupReplayRun:
    """One start-up replay of a running service."""

    def __init__(self, replay: StartupReplay, context: Context) -> None:
        self._replay = replay
        self._context = context
        self._fact_type = fact_type_of(replay.event_class.TYPE)
        self._topic = topic_of(replay.event_class.TYPE)
        self._retries = RetryPolicy(lambda _: None)
        self._is_done = False

    def unready_reason(self) -> str | None:
        """Return why endpoints are not ready yet, or None."""
        return None if self._is_done else f"{self._topic.name} is being replayed"

    async def run(self) -> None:
        """Read to the present end of the log; raises LogMismatch if it is not the known one."""
        found = 0
        for each in await self._retries.retry_forever(self._ranges):
            found += await self._retries.retry_forever(partial(self._read, each))
        if self._replay.afterwards is not None:
            await self._retries.retry_forever(partial(self._replay.afterwards, self._context))
        self._is_done = True
        _LOG.info("start-up replay complete", topic=self._topic.name, found=found)

    async def _ranges(self) -> list[_Range]:
        rows = await self._context.pool.fetch(
            _BEGIN[self._replay.positions_table], self._topic.name
        )
        known = {(self._topic.name, row["partition"]): row for row in rows}
        bootstrap = self._context.settings.kafka
        # Of Kafka, not of the list of topics: a partition that was added later has erasures too.
        partitions = await partitions_of(bootstrap, [self._topic.name])
        if len(partitions) < self._topic.partitions:
            raise Unavailable(f"Kafka has not all partitions of {self._topic.name}")
        found = await watermarks(bootstrap, await topic_ids_of(bootstrap, partitions))
        for partition in partitions:
            if row := known.get(partition):
                check_topic_id(partition, row["topic_id"], found[partition])
                check_offset(partition, row["next_offset"], found[partition])
        begins = {partition: marks.start for partition, marks in found.items()}
        begins |= {partition: row["next_offset"] for partition, row in known.items()}
        return [
            _Range(partition, found[partition].topic_id, begins[partition], found[partition].end)
            for partition in partitions
        ]

    async def _read(self, each: _Range) -> int:
        """Read one partition; return the number of found events."""
        found = 0
        bootstrap = self._context.settings.kafka
        async for records in read_range(bootstrap, each.partition, each.begin, each.end):
            if events := [event for record in records for event in self._matching(record.value)]:
                await self._apply(each, events, records[-1].offset + 1)
                found += len(events)
        await self._apply(each, [], each.end)
        return found

    def _matching(self, value: bytes | None) -> FoundEvents:
        """Return the event in a record if it is one of those looked for."""
        if value is None or self._fact_type.encode() not in value:
            return []
        try:
            event = decode_event(value)
        except Refusal:
            return []
        return [event] if event.stated_type == self._fact_type else []

    async def _apply(self, each: _Range, events: FoundEvents, next_offset: int) -> None:
        async with self._context.pool.acquire() as connection, connection.transaction():
            if events:
                await self._replay.apply(connection, events)
            await connection.execute(_ADVANCE, *each.partition, next_offset, each.topic_id)


def unready_reason(runs: Iterable[StartupReplayRun]) -> str | None:
    """Return why endpoints are not ready yet, or None when every replay is complete."""
    return next(filter(None, (run.unready_reason() for run in runs)), None)
