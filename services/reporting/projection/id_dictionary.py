"""The numeric ids of measures and buckets: assigned once, equal in all replicas, never changed."""

from collections.abc import Collection, Iterable, Mapping

from runtime.storage.pool import Connection, Pool
from services.reporting.domain.dimensions import Bucket
from services.reporting.domain.indicator import Entry, Indicator
from services.reporting.projection import queries

_BUCKET_SETS_MAX = 50_000
"""Sets of buckets in memory, some 50 MB; when there are more, they are looked up again."""


class IdDictionary:
    """The ids known to this process; registering names assigns ids that do not exist yet."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._measures: dict[str, int] = {}
        self._buckets: dict[Bucket, int] = {}
        self._sets: dict[frozenset[Bucket], tuple[int, ...]] = {}

    @property
    def measures(self) -> Mapping[str, int]:
        """The id of each registered measure by its name, such as "MI-05.registered"."""
        return self._measures

    @property
    def bucket_sets(self) -> Mapping[frozenset[Bucket], tuple[int, ...]]:
        """The ascending ids of each registered set of buckets."""
        return self._sets

    async def register_catalogue(self, catalogue: Iterable[Indicator]) -> None:
        """Assign ids to the measures of the catalogue, and load the ids of all known buckets."""
        wanted = [name for indicator in catalogue for name, _ in indicator.named_measures]
        async with self._pool.acquire() as connection:
            await queries.insert_measures(connection, wanted)
            self._measures |= await queries.measure_ids(connection)
            await self._load_buckets(connection)

    async def register_buckets(self, entries: Collection[Entry]) -> None:
        """Assign ids to the buckets of these entries, in a short transaction of its own.

        Call it while a batch's transaction is open: the ids stay when the batch is rolled back, and
        no other replica waits for the batch because of them.
        """
        wanted = {entry.buckets for entry in entries}
        new = wanted - self._sets.keys()
        await self._assign(frozenset().union(*new) - self._buckets.keys())
        if len(self._sets) > _BUCKET_SETS_MAX:
            self._sets.clear()
        for buckets in wanted - self._sets.keys():
            self._sets[buckets] = tuple(sorted([self._buckets[bucket] for bucket in buckets]))

    async def _assign(self, missing: frozenset[Bucket]) -> None:
        if missing:
            async with self._pool.acquire() as connection:
                await queries.insert_buckets(connection, missing)
                await self._load_buckets(connection)

    async def _load_buckets(self, connection: Connection) -> None:
        self._buckets |= await queries.bucket_ids(connection)
