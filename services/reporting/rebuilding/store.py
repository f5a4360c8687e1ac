"""The SQL of building: who works at which part, and the rows that it becomes."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from runtime.postgres import Connection
from services.reporting.folding.copying import copy_entries
from services.reporting.folding.heard import Heard, Name
from services.reporting.folding.rows import Row
from services.reporting.folding.store import FACT_COLUMNS, columns_of
from services.reporting.rebuilding.names import LOCK_REBUILD, NEXT, TRY_LOCK
from services.reporting.rebuilding.subject import Decided, Outcomes

OPEN_PARTS = """
SELECT partition, slice, slices, records FROM part WHERE done_at IS NULL ORDER BY partition, slice
"""
PROGRESS = """
SELECT coalesce(sum(records), 0)::bigint AS total,
       coalesce(sum(records) FILTER (WHERE done_at IS NOT NULL), 0)::bigint AS done
FROM part
"""
FREE_PART = "SELECT pg_advisory_unlock($1, $2)"
IS_OPEN = """
SELECT EXISTS (SELECT FROM part WHERE partition = $1 AND slice = $2 AND done_at IS NULL)
"""
END_PART = "UPDATE part SET done_at = clock_timestamp() WHERE partition = $1 AND slice = $2"
OF_PARTITION = "SELECT topic, next_offset FROM target WHERE partition = $1 ORDER BY topic"

CONFLICTS = "SELECT source, event_id, refused FROM conflict"
BUGS = "SELECT topic, kafka_offset FROM quarantine WHERE partition = $1 AND code = 'E1901'"
NEW_IDS = """
SELECT nextval(pg_get_serial_sequence('subject', 'id')) AS id FROM generate_series(1, $1::bigint)
"""


class Part(NamedTuple):
    """The records of one partition number in all topics whose key falls into a slice."""

    partition: int
    slice: int
    slices: int
    records: int


class Site:
    """Where parts are built, as one connection with BUILDING's settings sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def progress(self) -> tuple[int, int]:
        """Records done, and all of them."""
        row = await self._connection.fetchrow(PROGRESS)
        return (row["done"], row["total"]) if row else (0, 0)

    async def decided(self, partition: int) -> Decided:
        """What the live fold has decided that concerns a partition."""
        refused: dict[Name, set[bytes]] = {}
        for source, event_id, digest in await self._connection.fetch(CONFLICTS):
            refused.setdefault((source, event_id), set()).add(digest)
        bugs = await self._connection.fetch(BUGS, partition)
        return Decided(
            {name: frozenset(digests) for name, digests in refused.items()},
            frozenset((row["topic"], row["kafka_offset"]) for row in bugs),
        )

    async def take_part(self) -> Part | None:
        """A part that nobody works at, locked for this session; None if there is none left."""
        for row in await self._connection.fetch(OPEN_PARTS):
            part = Part(*row)
            if not await self._connection.fetchval(TRY_LOCK, LOCK_REBUILD, _key(part)):
                continue
            if await self._connection.fetchval(IS_OPEN, part.partition, part.slice):
                return part
            await self.leave_part(part)
        return None

    async def leave_part(self, part: Part) -> None:
        """Unlock a part."""
        await self._connection.execute(FREE_PART, LOCK_REBUILD, _key(part))

    async def topics_of(self, partition: int) -> list[tuple[str, int]]:
        """The topics that have this partition, each with the offset before which a part ends."""
        return [tuple(row) for row in await self._connection.fetch(OF_PARTITION, partition)]

    async def add_facts(self, facts: Iterable[Heard]) -> None:
        """Append facts; nobody looks yet whether one is there twice."""
        await self._connection.copy_records_to_table(
            "fact", schema_name=NEXT, columns=FACT_COLUMNS, records=map(columns_of, facts)
        )

    async def add_subjects(self, codes: Sequence[str]) -> list[int]:
        """Append subjects, each its own root; their numbers."""
        ids = [row["id"] for row in await self._connection.fetch(NEW_IDS, len(codes))]
        await self._connection.copy_records_to_table(
            "subject",
            schema_name=NEXT,
            columns=("id", "code", "root"),
            records=zip(ids, codes, ids, strict=True),
        )
        return ids

    async def add_entries(self, rows: Sequence[Row]) -> None:
        """Append entries."""
        await copy_entries(self._connection, rows, NEXT)

    async def end_part(self, part: Part, outcomes: Outcomes, apart: Collection[str]) -> None:
        """Note what became of a part's records, and that it is done."""
        tallies = [
            (topic, part.partition, outcome, records)
            for (topic, outcome), records in outcomes.items()
        ]
        await self._connection.copy_records_to_table("tally", schema_name=NEXT, records=tallies)
        await self._connection.copy_records_to_table(
            "apart", schema_name=NEXT, records=[(code,) for code in sorted(apart)]
        )
        await self._connection.execute(END_PART, part.partition, part.slice)


def _key(part: Part) -> int:
    return part.partition * 10_000 + part.slice
