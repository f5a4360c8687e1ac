"""Processes records one by one: each event once, in one transaction with all its effects."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime.messaging import inbox, outbox
from runtime.messaging.deferral import INTERNAL_ERROR, Deferral
from runtime.messaging.records import FAILURES_MAX, Partition, Record
from runtime.messaging.topic_identity import (
    check_offset,
    check_topic_id,
    topic_ids_of,
    watermarks,
)
from runtime.process import log
from runtime.process.errors import InternalError, ProcessExit, RestartRequired
from runtime.process.failures import TRANSIENT_ERRORS
from runtime.process.metrics import Metrics
from runtime.process.retry import RetryPolicy, reraise_if_cancelled
from runtime.storage import quarantine
from runtime.storage.pool import Connection, Pool
from runtime.storage.quarantine import PayloadCipher
from schemas.catalogue import BY_TYPE
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.validation.decode import decode_event
from schemas.validation.problems import Problem, Refusal

ReceivedEvent = Envelope[Event]
OutgoingEvents = Sequence[Envelope[Event]]
EventHandler = Callable[[ReceivedEvent, Any], Awaitable[OutgoingEvents]]
"""What a service does with an event: it reads and writes through its repository, the second
argument, and returns the events to publish. It may run again, and is rolled back as a whole."""
EventHandlers = Mapping[type[Event], EventHandler]

_SAVE_S_MAX = 1.0

_LOG = log.get(__name__)


@dataclass(eq=False)
class RecordProcessor:
    """Processes one service's records and tracks its offsets.

    Offsets of records without a handler are counted in memory; `save_offsets` stores them.
    """

    pool: Pool
    handlers: EventHandlers
    repository: Callable[[Connection], object] | None
    cipher: PayloadCipher | None
    metrics: Metrics
    retries: RetryPolicy
    known_types: Collection[str] = frozenset(BY_TYPE)
    next_offsets: dict[Partition, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._saved: dict[Partition, int] = {}
        self._lock = asyncio.Lock()
        self._deferral = Deferral(
            self.pool, self._handle, self.cipher, self.metrics, self.known_types
        )
        self._handled_types = {each.TYPE.rpartition(".v")[0] for each in self.handlers}

    async def assign(
        self, bootstrap: str, partitions: Collection[Partition]
    ) -> dict[Partition, int]:
        """Return the next offsets of assigned partitions; LogMismatch if Kafka's log differs."""
        async with self._lock:
            self._saved = await self.retries.retry_forever(
                lambda: self._positions(bootstrap, partitions)
            )
            self.next_offsets = dict(self._saved)
            return dict(self._saved)

    async def revoke(self) -> None:
        """Save the offsets and forget the partitions, which may go to other replicas."""
        with contextlib.suppress(*TRANSIENT_ERRORS):
            await self.save_offsets(within_s=0.0)
        self.next_offsets = {}

    async def process(self, record: Record) -> None:
        """Process the next record of a partition; RestartRequired if it is a later one.

        A record that was processed before, or of a partition that was revoked, is skipped.
        """
        async with self._lock:
            partition = record.topic_partition
            expected = self.next_offsets.get(partition, record.offset + 1)
            if record.offset > expected:
                raise RestartRequired(
                    f"a gap: {partition} continues at {record.offset}, not {expected}"
                )
            if record.offset < expected:
                return
            begun = time.monotonic()
            outcome = await self._outcome_of(record)
            self.metrics.consumer_events.labels(record.topic, outcome).inc()
            self.metrics.consumer_handler.observe(time.monotonic() - begun)

    async def handle_deferred(self) -> None:
        """Handle deferred events whose types this program knows; may run besides `process`."""
        await self._deferral.handle_known()

    async def save_offsets(self, within_s: float = _SAVE_S_MAX) -> None:
        """Save the offsets counted in memory, unless a record takes longer than `within_s`.

        Raises RestartRequired if another replica has advanced one.
        """
        try:
            async with asyncio.timeout(within_s):
                await self._lock.acquire()
        except TimeoutError:
            return
        try:
            for partition, offset in self.next_offsets.items():
                await self._save(partition, offset)
        finally:
            self._lock.release()

    async def _save(self, partition: Partition, offset: int) -> None:
        saved = self._saved[partition]
        if offset == saved:
            return
        if not await inbox.compare_and_advance(self.pool, partition, saved, offset):
            raise RestartRequired(f"another replica has advanced the position of {partition}")
        self._saved[partition] = offset

    async def _positions(
        self, bootstrap: str, partitions: Collection[Partition]
    ) -> dict[Partition, int]:
        if not partitions:  # there are more replicas than partitions
            return {}
        ids = await topic_ids_of(bootstrap, partitions)
        await inbox.start_positions(self.pool, ids)
        known = await inbox.read(self.pool, partitions)
        for partition, found in (await watermarks(bootstrap, ids)).items():
            offset, topic_id = known[partition]
            check_topic_id(partition, topic_id, found)
            check_offset(partition, offset, found)
        return {partition: offset for partition, (offset, _) in known.items()}

    async def _outcome_of(self, record: Record) -> str:
        """Process the record and return its outcome."""
        try:
            event = decode_event(record.value or b"")
        except Refusal as refusal:
            return await self._quarantine(record, refusal.problem)
        is_deferred = self._deferral.awaited(event) is not None
        if not is_deferred and not self._is_handled(event):
            self.next_offsets[record.topic_partition] = record.offset + 1
            return "ignored"
        try:
            if is_deferred:
                return await self._once(record, lambda it: self._deferral.defer(it, record, event))
            return await self._once(record, lambda it: self._handle(it, event))
        except Refusal as refusal:
            return await self._quarantine(record, refusal.problem)
        except ProcessExit:
            raise
        except Exception as error:  # noqa: BLE001 - any other exception is a defect of ours
            reraise_if_cancelled(error)
            return await self._count_failure(record, error)

    def _is_handled(self, event: ReceivedEvent) -> bool:
        """A retraction is handled with the type of its fact, which may still be on its way."""
        return type(event.data) in self.handlers or event.stated_type in self._handled_types

    async def _handle(self, connection: Connection, event: ReceivedEvent) -> str:
        """Handle the event if it is new and newer than its fact's state; return the outcome."""
        if not self._is_handled(event):  # a deferred event of a type that others handle
            return "ignored"
        if not await inbox.record_once(connection, event):
            return "duplicate"
        if not await inbox.supersede(connection, event):
            return "superseded"
        handler = self.handlers.get(type(event.data)) if event.data else None
        if handler is not None:
            repository = self.repository(connection) if self.repository else connection
            await outbox.enqueue(connection, await handler(event, repository))
        return "handled"

    async def _quarantine(self, record: Record, problem: Problem) -> str:
        async def insert(connection: Connection) -> str:
            await quarantine.insert(connection, record, problem, self.cipher)
            return "quarantined"

        outcome = await self._once(record, insert)
        self.metrics.quarantine_records.labels(record.topic, problem.code).inc()
        return outcome

    async def _count_failure(self, record: Record, error: Exception) -> str:
        failures = await self.retries.retry_forever(lambda: inbox.count_failure(self.pool, record))
        where = f"offset {record.offset} in partition {record.partition} of {record.topic}"
        if failures < FAILURES_MAX:
            raise InternalError(f"{where} has crashed the process {failures} times") from error
        _LOG.error("quarantined after crashes", where=where, failure=log.describe(error))
        return await self._quarantine(record, INTERNAL_ERROR)

    async def _once(self, record: Record, act: Callable[[Connection], Awaitable[str]]) -> str:
        """Act on a record and advance its position in one transaction, with retries."""
        outcome = await self.retries.retry_forever(lambda: self._transact(record, act))
        partition = record.topic_partition
        if partition in self.next_offsets:
            self.next_offsets[partition] = self._saved[partition] = record.offset + 1
        return outcome

    async def _transact(self, record: Record, act: Callable[[Connection], Awaitable[str]]) -> str:
        partition = record.topic_partition
        async with self.pool.acquire() as connection, connection.transaction():
            found = await inbox.lock(connection, partition)
            if found == record.offset + 1:  # our own commit, whose acknowledgement was lost
                return "duplicate"
            # Offsets counted in memory are ours too: a save may commit and lose its answer.
            if not self._saved[partition] <= found <= record.offset:
                raise RestartRequired(f"another replica has advanced the position of {partition}")
            outcome = await act(connection)
            await inbox.advance(connection, partition, record.offset + 1)
            return outcome
