"""Processes one batch in one transaction: its effects and its positions commit together."""

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import Generic, Protocol, TypeVar

from runtime.messaging import positions
from runtime.messaging.positions import PositionConflict
from runtime.messaging.records import (
    FAILURES_MAX,
    Batch,
    CountsByPartition,
    Record,
    RecordCounts,
)
from runtime.process import log
from runtime.process.errors import InternalError, ProcessExit
from runtime.process.metrics import Metrics
from runtime.process.retry import RetryPolicy, reraise_if_cancelled
from runtime.storage.pool import Connection, Pool

P = TypeVar("P")

_LOG = log.get(__name__)

CRASHED = "E1901"
"""The code of a record that fails every time."""


class BatchHandler(Protocol[P]):
    """What a service does with records. It runs again, from `prepare` on, after a conflict."""

    async def prepare(self, records: Sequence[Record]) -> P:
        """Do what needs no lock: decode, and run short transactions of its own."""
        ...

    async def apply(self, connection: Connection, prepared: P) -> CountsByPartition:
        """Write, in the batch's transaction, and count every record; or raise RetryTransaction.

        The positions are locked and compared already; the caller advances them and commits.
        """
        ...

    async def quarantine(self, connection: Connection, record: Record, reason: str) -> None:
        """Quarantine, in the same transaction, a record that cannot be processed."""
        ...


class BatchProcessor(Generic[P]):
    """Processes batches, retries unavailable dependencies, and isolates a record that fails."""

    def __init__(
        self, pool: Pool, handler: BatchHandler[P], retries: RetryPolicy, metrics: Metrics
    ) -> None:
        self._pool = pool
        self._handler = handler
        self._retries = retries
        self._metrics = metrics

    async def process(self, batch: Batch) -> None:
        """Commit the batch; PositionConflict if its positions differ, InternalError if it fails.

        A batch that fails is processed again record by record. So its other records succeed, and
        the failing one is known, counted, and quarantined when it has failed too often.
        """
        begun = time.monotonic()
        try:
            await self._retries.retry_forever(lambda: self._commit(batch))
        except (ProcessExit, PositionConflict):
            raise
        except Exception as error:  # noqa: BLE001 - any other exception is a defect of ours
            reraise_if_cancelled(error)
            if len(batch.records) == 1:
                await self._count_failure(batch, error)
                return
            _LOG.exception("a batch failed", records=len(batch.records))
            for single in batch.one_by_one():
                await self.process(single)
        else:
            self._metrics.projection_batch.observe(time.monotonic() - begun)

    async def _commit(self, batch: Batch) -> None:
        prepared = await self._handler.prepare(batch.records)
        async with self._transaction(batch) as connection:
            counts = await self._handler.apply(connection, prepared)
            await positions.advance(connection, batch, counts)
        self._count(counts)

    async def _count_failure(self, single: Batch, error: Exception) -> None:
        record = single.records[0]
        failures = await self._retries.retry_forever(
            lambda: positions.count_failure(self._pool, record)
        )
        where = f"offset {record.offset} in partition {record.partition} of {record.topic}"
        if failures < FAILURES_MAX:
            raise InternalError(f"{where} has crashed the process {failures} times") from error
        _LOG.error("quarantined after crashes", where=where, failure=log.describe(error))
        await self._retries.retry_forever(lambda: self._quarantine(single))

    async def _quarantine(self, single: Batch) -> None:
        record = single.records[0]
        counts = {record.topic_partition: RecordCounts(quarantined=1, quarantined_codes=(CRASHED,))}
        async with self._transaction(single) as connection:
            await self._handler.quarantine(connection, record, "internal error")
            await positions.advance(connection, single, counts)
        self._count(counts)

    @contextlib.asynccontextmanager
    async def _transaction(self, batch: Batch) -> AsyncIterator[Connection]:
        """The batch's transaction, with its positions locked where the batch begins."""
        async with self._pool.acquire() as connection, connection.transaction():
            await positions.lock(connection, batch)
            yield connection

    def _count(self, counts: CountsByPartition) -> None:
        for (topic, _), each in counts.items():
            for outcome in ("applied", "duplicate", "quarantined", "ignored"):
                self._metrics.projection_records.labels(topic, outcome).inc(getattr(each, outcome))
            for code in each.quarantined_codes:
                self._metrics.quarantine_records.labels(topic, code).inc()
