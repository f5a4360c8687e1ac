"""One batch, one transaction: its effects and its positions commit together, or neither does."""

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import Generic, Protocol, TypeVar

from runtime import log, positions
from runtime.batch import Batch, Record, Tallies, Tally
from runtime.errors import Bug, Exit
from runtime.metrics import Metrics
from runtime.positions import Moved
from runtime.postgres import Connection, Pool
from runtime.trouble import BUGS_MAX, Patience, give_way

P = TypeVar("P")

_LOG = log.get(__name__)


class Fold(Protocol[P]):
    """What a service does with records. It runs again, from `prepare` on, if it must begin anew."""

    async def prepare(self, records: Sequence[Record]) -> P:
        """Do what needs no lock: decode, and short transactions of its own."""
        ...

    async def apply(self, connection: Connection, prepared: P) -> Tallies:
        """Write, in the batch's transaction, and account for every record; or raise Again.

        The positions are locked and compared already; whoever calls moves them and commits.
        """
        ...

    async def refuse(self, connection: Connection, record: Record, reason: str) -> None:
        """Put aside, in the same way, a record that we cannot fold; it counts as quarantined."""
        ...


class Folding(Generic[P]):
    """Folds batches, waiting for the world in place, and deals with what brings us down."""

    def __init__(self, pool: Pool, fold: Fold[P], patience: Patience, metrics: Metrics) -> None:
        self._pool = pool
        self._fold = fold
        self._patience = patience
        self._metrics = metrics

    async def fold(self, batch: Batch) -> None:
        """Commit the batch; Moved if its positions are elsewhere, Bug if a record is our undoing.

        A batch that fails is folded again record by record: so its neighbours go on, and the one
        record is known that is counted, and refused when it has failed too often.
        """
        begun = time.monotonic()
        try:
            await self._patience.insist(lambda: self._commit(batch))
        except (Exit, Moved):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is our bug
            give_way(error)
            if len(batch.records) == 1:
                await self._blame(batch, error)
                return
            _LOG.exception("a batch failed", records=len(batch.records))
            for single in batch.singles():
                await self.fold(single)
        else:
            self._metrics.follow_batch.observe(time.monotonic() - begun)

    async def _commit(self, batch: Batch) -> None:
        prepared = await self._fold.prepare(batch.records)
        async with self._moving(batch) as connection:
            tallies = await self._fold.apply(connection, prepared)
            await positions.move(connection, batch, tallies)
        self._count(tallies)

    async def _blame(self, single: Batch, error: Exception) -> None:
        record = single.records[0]
        bugs = await self._patience.insist(lambda: positions.blame(self._pool, record))
        where = f"offset {record.offset} in partition {record.partition} of {record.topic}"
        if bugs < BUGS_MAX:
            raise Bug(f"{where} has brought us down {bugs} times") from error
        _LOG.error("refused for our bug", where=where, trouble=log.describe(error))
        await self._patience.insist(lambda: self._refuse(single))

    async def _refuse(self, single: Batch) -> None:
        record = single.records[0]
        tallies = {record.place: Tally(quarantined=1)}
        async with self._moving(single) as connection:
            await self._fold.refuse(connection, record, "bug")
            await positions.move(connection, single, tallies)
        self._count(tallies)

    @contextlib.asynccontextmanager
    async def _moving(self, batch: Batch) -> AsyncIterator[Connection]:
        """The batch's transaction, with its positions locked and found where it begins."""
        async with self._pool.acquire() as connection, connection.transaction():
            await positions.lock(connection, batch)
            yield connection

    def _count(self, tallies: Tallies) -> None:
        for (topic, _), tally in tallies.items():
            for outcome in ("folded", "duplicate", "quarantined", "ignored"):
                self._metrics.follow_records.labels(topic, outcome).inc(getattr(tally, outcome))
