"""The SQL of the steward's questions: one fact with its subject, and what was put aside."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from runtime.postgres import Connection
from services.reporting.counting.history import Fact
from services.reporting.folding.heard import Name
from services.reporting.folding.store import Book

KEPT_FACT = """
SELECT subject, type, version, factid, revision, on_date, municipality, recorded_at, folded_at, data
FROM fact WHERE source = $1 AND event_id = $2
"""

PUT_ASIDE = """
SELECT topic, partition, kafka_offset AS "offset", code, path, reason, quarantined_at
FROM quarantine WHERE source = $1 AND event_id = $2
ORDER BY id
LIMIT 100  -- a partner that repeats one conflict for ever
"""


@dataclass(frozen=True, slots=True)
class KeptFact:
    """A fact as it is stored; `data` is JSON."""

    subject: str
    type: str
    version: int
    factid: str
    revision: int
    on_date: date | None
    municipality: str | None
    recorded_at: datetime
    folded_at: datetime
    data: str


@dataclass(frozen=True, slots=True)
class PutAside:
    """A record in quarantine: where it lies, and why."""

    topic: str
    partition: int
    offset: int
    code: str
    path: str
    reason: str
    quarantined_at: datetime


class Drawer:
    """What the steward may open, over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._book = Book(connection)

    async def fact(self, name: Name) -> KeptFact | None:
        """The fact of an event's name."""
        row = await self._connection.fetchrow(KEPT_FACT, *name)
        return None if row is None else KeptFact(**row)

    async def put_aside(self, name: Name) -> list[PutAside]:
        """Records of that name in quarantine."""
        return [PutAside(**row) for row in await self._connection.fetch(PUT_ASIDE, *name)]

    async def history(self, code: str) -> list[Fact]:
        """All facts of everybody linked with a code."""
        return await self._book.facts_of(await self._book.components([code]))

    async def erased_among(self, codes: Collection[str]) -> set[str]:
        """Those of the codes of which nothing is shown."""
        return await self._book.erased_among(codes)
