"""Reads the log for one type of event before a service is ready, as far as it has not heard it.

A database that is restored from a backup is older than the log. What must be known before a door
shows anything stands there; it is found by its bytes, and most records are never decoded.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from runtime import log
from runtime.context import Context
from runtime.identity import check_id, check_offset, extents, log_ids
from runtime.kafka import Partition
from runtime.postgres import Connection
from runtime.reread import reread
from runtime.trouble import Patience
from schemas.envelope import Envelope, fact_type_of, hear
from schemas.event import Event
from schemas.problem import Refusal
from schemas.topics import topic_of

DDL = """
-- Up to here the log was read for what must be known first; a restore takes this back as well.
CREATE TABLE first_read (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    log_id text NOT NULL,
    PRIMARY KEY (topic, partition)
);
"""

# What was followed since the first read was heard on the way.
_BEGIN = {
    "heard_position": """
        SELECT mark.partition, mark.log_id,
               greatest(mark.next_offset, followed.next_offset) AS next_offset
        FROM first_read AS mark LEFT JOIN heard_position AS followed USING (topic, partition)
        WHERE topic = $1
    """,
    "position": """
        SELECT mark.partition, mark.log_id,
               greatest(mark.next_offset, followed.next_offset) AS next_offset
        FROM first_read AS mark LEFT JOIN position AS followed USING (topic, partition)
        WHERE topic = $1
    """,
}
_MOVE = """
INSERT INTO first_read (topic, partition, next_offset, log_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (topic, partition) DO UPDATE
SET next_offset = greatest(first_read.next_offset, excluded.next_offset)
"""

_LOG = log.get(__name__)

Found = Sequence[Envelope[Event]]


@dataclass(frozen=True, slots=True)
class FirstRead:
    """What to look for, and what to do with it; both must bear to be told the same again.

    Also a retraction of such a fact is given: it tells that the fact was stated, wherever it is.
    """

    kind: type[Event]
    followed_by: Literal["heard_position", "position"]
    """The table that tells how far the service has followed the topic, hearing this type.

    A topic that it does not follow is read from where the last first read ended.
    """
    keep: Callable[[Connection, Found], Awaitable[None]]
    """Takes what is found, in the transaction in which the mark moves."""
    then: Callable[[Context], Awaitable[None]] | None = None
    """When everything is read, and before the service is ready."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    place: Partition
    log_id: str
    begin: int
    end: int


class Reading:
    """One first read of a service."""

    def __init__(self, wanted: FirstRead, context: Context) -> None:
        self._wanted = wanted
        self._context = context
        self._fact_type = fact_type_of(wanted.kind.TYPE)
        self._topic = topic_of(wanted.kind.TYPE)
        self._patience = Patience(lambda _: None)
        self._is_done = False

    def trouble(self) -> str | None:
        """Why the doors are not open yet, or None."""
        return None if self._is_done else f"{self._topic.name} is being read first"

    async def run(self) -> None:
        """Read to the log's end as it is now; raises AnotherLog if it is not ours."""
        found = 0
        for stretch in await self._patience.insist(self._stretches):
            found += await self._patience.insist(partial(self._read, stretch))
        if self._wanted.then is not None:
            await self._patience.insist(partial(self._wanted.then, self._context))
        self._is_done = True
        _LOG.info("the log's first read is done", topic=self._topic.name, found=found)

    async def _stretches(self) -> list[_Stretch]:
        rows = await self._context.pool.fetch(_BEGIN[self._wanted.followed_by], self._topic.name)
        marks = {row["partition"]: row for row in rows}
        places = [(self._topic.name, number) for number in range(self._topic.partitions)]
        bootstrap = self._context.settings.kafka
        found = await extents(bootstrap, await log_ids(bootstrap, places))
        for place in places:
            if mark := marks.get(place[1]):
                check_id(place, mark["log_id"], found[place])
                check_offset(place, mark["next_offset"], found[place])
        begins = {place: extent.start for place, extent in found.items()}
        begins |= {(self._topic.name, number): row["next_offset"] for number, row in marks.items()}
        return [
            _Stretch(place, found[place].log_id, begins[place], found[place].end)
            for place in places
        ]

    async def _read(self, stretch: _Stretch) -> int:
        """Read one partition; gives how much was found."""
        found = 0
        settings = self._context.settings
        async for records in reread(settings.kafka, stretch.place, stretch.begin, stretch.end):
            if said := [each for record in records for each in self._said(record.value)]:
                await self._keep(stretch, said, records[-1].offset + 1)
                found += len(said)
        await self._keep(stretch, [], stretch.end)
        return found

    def _said(self, value: bytes | None) -> Found:
        """The event in a record, if it is one of those looked for."""
        if value is None or self._fact_type.encode() not in value:
            return []
        try:
            heard = hear(value)
        except Refusal:
            return []
        return [heard] if heard.stated_type == self._fact_type else []

    async def _keep(self, stretch: _Stretch, said: Found, next_offset: int) -> None:
        async with self._context.pool.acquire() as connection, connection.transaction():
            if said:
                await self._wanted.keep(connection, said)
            await connection.execute(_MOVE, *stretch.place, next_offset, stretch.log_id)


def trouble_of(readings: Iterable[Reading]) -> str | None:
    """Why the doors are not open yet, or None when all is read."""
    return next(filter(None, (reading.trouble() for reading in readings)), None)
