"""The dense numbers of measures and buckets: made once, known to every copy, never changed."""

from collections.abc import Collection, Iterable, Mapping

from runtime.postgres import Connection, Pool
from services.reporting.counting.dimensions import Bucket
from services.reporting.counting.indicator import Entry, Indicator

ADD_MEASURES = """
INSERT INTO measure (name)
SELECT told.name FROM unnest($1::text[]) AS told (name)
WHERE NOT EXISTS (SELECT FROM measure m WHERE m.name = told.name)
ORDER BY told.name COLLATE "C"
ON CONFLICT DO NOTHING
"""
MEASURES = "SELECT name, id FROM measure"
ADD_BUCKETS = """
INSERT INTO bucket (split, name)
SELECT told.split, told.name FROM unnest($1::text[], $2::text[]) AS told (split, name)
WHERE NOT EXISTS (SELECT FROM bucket b WHERE (b.split, b.name) = (told.split, told.name))
ORDER BY told.split COLLATE "C", told.name COLLATE "C"
ON CONFLICT DO NOTHING
"""
BUCKETS = "SELECT split, name, id FROM bucket"
SETS_MAX = 50_000
"""Sets of buckets remembered: some 50 MB; then they are learnt afresh."""


class Names:
    """The numbers that this process knows; `learn` makes those that nobody has made yet."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._measures: dict[str, int] = {}
        self._buckets: dict[Bucket, int] = {}
        self._sets: dict[frozenset[Bucket], tuple[int, ...]] = {}

    @property
    def measures(self) -> Mapping[str, int]:
        """The number of each measure ("MI-05.registered") of the catalogue."""
        return self._measures

    @property
    def sets(self) -> Mapping[frozenset[Bucket], tuple[int, ...]]:
        """The ascending numbers of each set of buckets that was learnt; the same ones recur."""
        return self._sets

    async def learn_catalogue(self, catalogue: Iterable[Indicator]) -> None:
        """Number the measures of the catalogue; load the buckets that others have met."""
        wanted = [name for indicator in catalogue for name, _ in indicator.named_measures]
        async with self._pool.acquire() as connection:
            await connection.execute(ADD_MEASURES, wanted)
            for name, number in await connection.fetch(MEASURES):
                self._measures[name] = number
            await self._load(connection)

    async def learn(self, entries: Collection[Entry]) -> None:
        """Number the buckets of these entries, in a short transaction of its own.

        It may be called while a batch's transaction is open: what it writes stays, whatever
        becomes of the batch, and nobody waits for the batch because of it.
        """
        wanted = {entry.buckets for entry in entries}
        new = wanted - self._sets.keys()
        await self._number(frozenset().union(*new) - self._buckets.keys())
        if len(self._sets) > SETS_MAX:
            self._sets.clear()
        for buckets in wanted - self._sets.keys():
            self._sets[buckets] = tuple(sorted([self._buckets[bucket] for bucket in buckets]))

    async def _number(self, missing: frozenset[Bucket]) -> None:
        if missing:
            async with self._pool.acquire() as connection:
                await connection.execute(ADD_BUCKETS, *zip(*sorted(missing), strict=True))
                await self._load(connection)

    async def _load(self, connection: Connection) -> None:
        for split, name, number in await connection.fetch(BUCKETS):
            self._buckets[split, name] = number
