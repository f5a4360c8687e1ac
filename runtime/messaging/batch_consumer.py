"""Consumes topics into PostgreSQL exactly once: aiokafka, with positions in the database."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import aiokafka
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from runtime.messaging import positions
from runtime.messaging.batch_processor import BatchHandler, BatchProcessor
from runtime.messaging.positions import Position, PositionConflict
from runtime.messaging.records import Batch, Partition, PartitionCursor, PartitionSlice, Record
from runtime.messaging.stall_detection import STALL_S, StallDetector
from runtime.messaging.topic_identity import check_topic_id, topic_ids_of, watermarks
from runtime.process import log
from runtime.process.failures import TRANSIENT_ERRORS
from runtime.process.metrics import Metrics
from runtime.process.retry import RetryPolicy, reraise_if_cancelled
from runtime.storage.pool import Pool

P = TypeVar("P")

_POLL_MS = 200
"""A poll waits so long for records before it checks the assignment again."""
_FETCH_BYTES_MAX = 16 * 1024 * 1024
"""Of all partitions together; of each one aiokafka fetches 1 MiB, sixteen of the largest events."""
_NEVER_MS = 24 * 60 * 60 * 1000
"""While a batch waits for PostgreSQL this replica keeps its partitions, though it does not poll:
aiokafka sends the heartbeats. A replica that is stuck is ended by the stall detector."""
_COMMIT_S_MAX = 2.0
_STOP_S_MAX = 10.0

_LOG = log.get(__name__)


@dataclass(frozen=True, slots=True)
class BatchConsumerLimits:
    """Sizes and times; the defaults are right outside tests."""

    batch_records: int = 1000
    session_s: float = 10.0  # after it a lost replica's partitions go to the others
    check_interval_s: float = 5.0  # between two checks of lag, topic identity and stalls
    stall_s: float = STALL_S
    metadata_s: float = 30.0  # after it partitions that were added to a topic are taken up


@dataclass(eq=False)
class BatchConsumer(Generic[P]):
    """One replica (`instance`) of the consumer group `group` on `topics`.

    Where records expire (`expires`), those that expired before they were processed are counted as
    lost; elsewhere such a gap means another log.
    """

    pool: Pool
    kafka: str
    group: str
    instance: str
    topics: Sequence[str]
    handler: BatchHandler[P]
    metrics: Metrics
    limits: BatchConsumerLimits = BatchConsumerLimits()
    expires: bool = False

    def __post_init__(self) -> None:
        self._retries = RetryPolicy(
            lambda reason: self.metrics.projection_retries.labels(reason).inc()
        )
        self._processor = BatchProcessor(self.pool, self.handler, self._retries, self.metrics)
        self._stalls = StallDetector(self.limits.stall_s)
        self._reader: _Reader | None = None

    def unready_reason(self) -> str | None:
        """Return what is being waited for, or None; a reason not to be ready."""
        return self._retries.unready_reason()

    async def run(self) -> None:
        """Consume until cancelled; raises the ProcessExit that ends the process."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._consume())
                tasks.create_task(self._monitor())
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _consume(self) -> None:
        while True:
            try:
                async with self._reading() as reader:
                    while True:
                        await self._process_next(reader)
            except KafkaError as error:
                await self._retries.wait(error)

    async def _process_next(self, reader: "_Reader") -> None:
        """Read the positions of newly assigned partitions, then read and process a batch."""
        while assigned := reader.take_assigned():
            found = await self._retries.retry_forever(lambda: self._positions(assigned))
            reader.start_at(found.values())
        batch = await reader.read(self.limits.batch_records)
        if not batch.slices:
            return
        try:
            await self._processor.process(batch)
        except PositionConflict as conflict:
            _LOG.warning("a batch was dropped", reason=str(conflict))
            reader.reassign(batch.slices)
        else:
            reader.mark_processed(batch)

    async def _positions(self, assigned: Collection[Partition]) -> dict[Partition, Position]:
        return await positions.assign(self.pool, self.kafka, assigned, expires=self.expires)

    async def _monitor(self) -> None:
        while True:
            await asyncio.sleep(self.limits.check_interval_s)
            try:
                await self._check()
            except TRANSIENT_ERRORS as error:
                reraise_if_cancelled(error)
                _LOG.warning("cannot check the log", failure=log.brief(error))
                self._stalls.reset(time.monotonic())

    async def _check(self) -> None:
        """Check the topics' identity, measure the lag, detect stalls, commit offsets to Kafka."""
        known = await positions.read(self.pool, self.topics)
        ours = (self._reader.partitions() if self._reader else set()) or set(known)
        # Nobody has consumed anything yet: then check the first partition of each topic.
        ours = ours or {(topic, 0) for topic in self.topics}
        found = await watermarks(self.kafka, await topic_ids_of(self.kafka, ours))
        next_offsets = {each: known[each].next_offset for each in ours if each in known}
        self.metrics.projection_lag.clear()
        for partition, marks in found.items():
            if partition in known:
                check_topic_id(partition, known[partition].topic_id, marks)
            lag = marks.end - next_offsets.get(partition, 0)
            self.metrics.projection_lag.labels(*partition).set(lag)
        if self.unready_reason():
            self._stalls.reset(time.monotonic())
        ends = {partition: marks.end for partition, marks in found.items()}
        self._stalls.observe(time.monotonic(), next_offsets, ends)
        if self._reader:
            await self._reader.commit_offsets()

    @contextlib.asynccontextmanager
    async def _reading(self) -> AsyncIterator["_Reader"]:
        consumer = aiokafka.AIOKafkaConsumer(
            bootstrap_servers=self.kafka,
            group_id=self.group,
            group_instance_id=f"{self.group}-{self.instance}",
            enable_auto_commit=False,
            auto_offset_reset="none",
            partition_assignment_strategy=[RangePartitionAssignor],
            session_timeout_ms=int(self.limits.session_s * 1000),
            heartbeat_interval_ms=int(self.limits.session_s * 1000 / 3),
            max_poll_interval_ms=_NEVER_MS,
            fetch_max_bytes=_FETCH_BYTES_MAX,
            metadata_max_age_ms=int(self.limits.metadata_s * 1000),
        )
        self._reader = _Reader(consumer)
        try:
            await consumer.start()
            consumer.subscribe(list(self.topics), listener=self._reader)
            yield self._reader
        finally:
            self._reader = None
            with contextlib.suppress(TimeoutError, KafkaError):
                async with asyncio.timeout(_STOP_S_MAX):
                    await consumer.stop()


class _Reader(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is not typed
    """Reads the assigned partitions, each from its position on."""

    def __init__(self, consumer: aiokafka.AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._assigned: set[Partition] = set()
        self._cursors: dict[Partition, PartitionCursor] = {}
        self._processed: dict[Partition, int] = {}

    # aiokafka calls these two in its own task and ignores what they raise: they only set fields.

    def on_partitions_revoked(self, revoked: object) -> None:
        """Forget everything: the next assignment names all partitions again."""
        del revoked
        self._assigned, self._cursors, self._processed = set(), {}, {}

    def on_partitions_assigned(self, assigned: Collection[aiokafka.TopicPartition]) -> None:
        """Fetch nothing before the positions are known."""
        self.on_partitions_revoked(())
        self.reassign(assigned)

    def take_assigned(self) -> set[Partition]:
        """Return, once, the partitions whose positions must be read."""
        assigned, self._assigned = self._assigned, set()
        return assigned

    def partitions(self) -> set[Partition]:
        """Return the partitions that are being read."""
        return set(self._cursors)

    def start_at(self, found: Iterable[Position]) -> None:
        """Read these partitions from their positions on, unless they were revoked meanwhile."""
        for position in found:
            partition = position.topic_partition
            if partition in self._consumer.assignment():
                cursor = PartitionCursor(position.next_offset, position.last_record)
                self._cursors[partition] = cursor
                self._seek(partition, cursor)
                self._consumer.resume(aiokafka.TopicPartition(*partition))

    def reassign(self, partitions: Iterable[Partition]) -> None:
        """Pause these partitions until their positions were read again."""
        for partition in self._consumer.assignment() & set(partitions):
            self._consumer.pause(aiokafka.TopicPartition(*partition))
            self._cursors.pop(partition, None)
            self._assigned.add(partition)

    async def read(self, records_max: int) -> Batch:
        """Return the next records, maybe none; seek where they do not continue the cursor."""
        try:
            fetched = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=records_max)
        except (NoOffsetForPartitionError, OffsetOutOfRangeError):
            self.reassign(self._consumer.assignment())
            return Batch({})
        slices: dict[Partition, PartitionSlice] = {}
        for partition, raw in fetched.items():
            cursor = self._cursors.get(partition)
            advanced = cursor.advance([_record(each) for each in raw]) if cursor else None
            if advanced and advanced.records:
                slices[partition] = advanced
            elif cursor and not advanced:
                self._seek(partition, cursor)
        return Batch(slices)

    def mark_processed(self, batch: Batch) -> None:
        """Remember the offsets that are committed in the database."""
        self._processed |= {partition: each.end for partition, each in batch.slices.items()}

    async def commit_offsets(self) -> None:
        """Commit the processed offsets to Kafka, for its tools only: nothing is read from there."""
        processed, self._processed = self._processed, {}
        assigned = self._consumer.assignment()
        offsets = {
            aiokafka.TopicPartition(*partition): end
            for partition, end in processed.items()
            if partition in assigned
        }
        if offsets:
            with contextlib.suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(_COMMIT_S_MAX):
                    await self._consumer.commit(offsets)

    def _seek(self, partition: Partition, cursor: PartitionCursor) -> None:
        self._consumer.seek(aiokafka.TopicPartition(*partition), cursor.seek_offset)


def _record(raw: aiokafka.ConsumerRecord) -> Record:
    return Record(
        raw.topic, raw.partition, raw.offset, raw.key, raw.value, raw.timestamp, raw.headers
    )
