"""The outbox relay: one replica of a service sends the outbox to Kafka, in order."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from runtime.messaging import outbox
from runtime.process import log
from runtime.process.errors import Unavailable
from runtime.process.failures import DATABASE_UNAVAILABLE, SERIALIZATION_FAILURES
from runtime.process.metrics import Metrics
from runtime.process.retry import Backoff
from runtime.storage.leader import LeaderLock
from runtime.storage.pool import LOCK_RELAY, Connection, Pool, dedicated_connection
from schemas.envelope import CONTENT_TYPE

_HEADERS = [("content-type", CONTENT_TYPE.encode())]
_REQUEST_MS_MAX = 15_000
_ACK_SECONDS_MAX = 60.0
"""After so long without an acknowledgement the producer counts as stuck."""
_QUIET_SECONDS_MAX = 5.0
"""After so long without an acknowledgement the service is not ready."""
_START_SECONDS_MAX = 20.0
_STOP_SECONDS_MAX = 3.0
"""The same when the process stops: the next one sends what was not acknowledged again."""
_CLOSE_SECONDS_MAX = 5.0
_CHECK_SECONDS = 1.0
"""Between two checks of the session while batches are in flight."""

_LOG = log.get(__name__)
_RETRIED = (*DATABASE_UNAVAILABLE, *SERIALIZATION_FAILURES, KafkaError, Unavailable)

_UNSENT = """
SELECT id, topic, key, value, recorded_at FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT $1
"""
_MARK = """
UPDATE outbox
SET sent_at = clock_timestamp(), partition = acked.partition, kafka_offset = acked.kafka_offset
FROM unnest($1::bigint[], $2::integer[], $3::bigint[]) AS acked (id, partition, kafka_offset)
WHERE outbox.id = acked.id
"""


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """Sizes and times; the defaults are right outside tests."""

    round_rows: int = 2_000
    """One round takes 1 MB of memory with usual events, at most 256 MB."""
    batch_bytes: int = 512 * 1024
    """Per partition and round; Kafka's own limit for a batch is 1 MiB."""
    poll_s: float = 1.0
    """Between two polls of the outbox, in case a NOTIFY is lost, and of the leader lock."""
    suspended_s: int = 30
    """A relay suspended for so long loses the leader lock to another replica."""


DEFAULT_LIMITS = RelayLimits()


class OutboxRelay:
    """Sends the outbox of one service to Kafka, in the replica that holds the leader lock."""

    def __init__(
        self, pool: Pool, kafka: str, metrics: Metrics, limits: RelayLimits = DEFAULT_LIMITS
    ) -> None:
        self._pool = pool
        self._kafka = kafka
        self._metrics = metrics
        self._limits = limits
        self._lock = LeaderLock(LOCK_RELAY, limits.suspended_s)
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._unready_reason: str | None = "not yet connected"

    def unready_reason(self) -> str | None:
        """Return why nothing can be sent now, or None; a replica without the lock is ready."""
        return self._unready_reason

    def stop(self) -> None:
        """Let `run` return as soon as the batches in flight are marked."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Send until stopped; retry with back-off while the database or Kafka is unavailable."""
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                async with dedicated_connection(self._pool) as connection:
                    await self._lead(connection, backoff)
            except _RETRIED as error:
                if self._stopping.is_set():
                    return
                self._unready_reason = f"{type(error).__name__} while sending"
                self._metrics.outbox_failures.inc()
                wait_s = backoff.next_s()
                _LOG.warning("relay restarts", wait_s=round(wait_s, 2), failure=log.brief(error))
                await asyncio.sleep(wait_s)
            finally:
                self._metrics.outbox_relay.set(0)

    async def _lead(self, connection: Connection, backoff: Backoff) -> None:
        """Lock, read and mark over one connection: when it is lost, all three end."""
        if not await self._locked(connection):
            return
        await outbox.wake_by_notify(connection, self._woken)
        await self._unsent(connection)  # sets the oldest event's gauge also without Kafka
        async with _producer(self._kafka, self._limits.batch_bytes) as producer:
            self._metrics.outbox_relay.set(1)
            while not self._stopping.is_set():
                self._woken.clear()
                rows = await self._unsent(connection)
                sent = await self._round(connection, producer, rows) if rows else 0
                self._unready_reason = None
                backoff.reset()
                if sent == len(rows) < self._limits.round_rows:
                    await self._pause()

    async def _unsent(self, connection: Connection) -> Sequence[asyncpg.Record]:
        rows: Sequence[asyncpg.Record] = await connection.fetch(_UNSENT, self._limits.round_rows)
        self._metrics.outbox_oldest.set(rows[0]["recorded_at"].timestamp() if rows else 0)
        return rows

    async def _locked(self, connection: Connection) -> bool:
        """Wait for the leader lock; return False if the relay is stopped before."""
        while not self._stopping.is_set():
            self._woken.clear()
            if await self._lock.try_acquire(connection):
                return True
            self._unready_reason = None
            await self._pause()
        return False

    async def _pause(self) -> None:
        if not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._limits.poll_s)

    async def _round(
        self, connection: Connection, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]
    ) -> int:
        """Send these rows, or as many as fit, mark them, and return their number.

        Raises if one is not acknowledged.
        """
        begun = time.monotonic()
        batches = await _batches(producer, rows)
        flights = [await _send(producer, batch) for batch in batches]
        await self._await_flights(connection, flights)
        acked = [
            (batch, flight.result().offset)
            for batch, flight in zip(batches, flights, strict=True)
            if flight.done() and flight.exception() is None
        ]
        await connection.execute(_MARK, *_columns(acked))
        for batch, _ in acked:
            self._metrics.outbox_sent.labels(batch.topic).inc(len(batch.ids))
        _raise_failure(flights)
        self._metrics.outbox_round.observe(time.monotonic() - begun)
        age_s = (datetime.now(UTC) - rows[0]["recorded_at"]).total_seconds()
        self._metrics.outbox_wait.observe(max(0.0, age_s))
        return sum(len(batch.ids) for batch in batches)

    async def _await_flights(self, connection: Connection, flights: "Sequence[_Flight]") -> None:
        """Wait until all batches in flight are done, or the producer counts as stuck."""
        begun = time.monotonic()
        pending = set(flights)
        while pending:
            _, pending = await asyncio.wait(pending, timeout=_CHECK_SECONDS)
            quiet_s = time.monotonic() - begun
            if quiet_s > (_STOP_SECONDS_MAX if self._stopping.is_set() else _ACK_SECONDS_MAX):
                return
            if pending and quiet_s > _QUIET_SECONDS_MAX:
                self._unready_reason = f"Kafka has acknowledged nothing for {quiet_s:.0f} s"
            await connection.execute(
                "SELECT 1"
            )  # keeps the session alive, and raises if it is lost


_Flight = asyncio.Future[RecordMetadata]


@dataclass(frozen=True, slots=True)
class _Batch:
    """The rows of one round for one partition: Kafka accepts all of them in order, or none."""

    topic: str
    partition: int
    records: BatchBuilder
    ids: list[int] = field(default_factory=list)


async def _batches(producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> list[_Batch]:
    """Return one batch per partition; rows that do not fit wait, with all after them.

    Never two batches of a partition at once: if the first failed and the second did not, a
    subject's events would arrive in another order than they were enqueued.
    """
    batches: dict[tuple[str, int], _Batch] = {}
    full: set[tuple[str, int]] = set()
    partitions = {
        topic: len(await producer.partitions_for(topic)) for topic in {row["topic"] for row in rows}
    }
    now_ms = int(time.time() * 1000)
    for row in rows:
        topic, key = row["topic"], row["key"].encode()
        partition = (topic, partition_of(key, partitions[topic]))
        if partition in full:
            continue
        batch = batches.get(partition)
        if batch is None:
            batch = batches[partition] = _Batch(*partition, producer.create_batch())
        if batch.records.append(timestamp=now_ms, key=key, value=row["value"], headers=_HEADERS):
            batch.ids.append(row["id"])
        else:
            full.add(partition)
    return list(batches.values())


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition that the Kafka clients' default partitioner (murmur2) gives a key."""
    hashed: int = murmur2(key)
    return (hashed & 0x7FFFFFFF) % partitions


async def _send(producer: AIOKafkaProducer, batch: _Batch) -> _Flight:
    flight: _Flight
    try:
        flight = await producer.send_batch(batch.records, batch.topic, partition=batch.partition)
    except KafkaError as error:
        flight = asyncio.get_running_loop().create_future()
        flight.set_exception(error)
    # If the database is lost meanwhile, nobody retrieves its exception: asyncio must not complain.
    flight.add_done_callback(lambda done: done.cancelled() or done.exception())
    return flight


def _columns(acked: Sequence[tuple[_Batch, int]]) -> tuple[list[int], list[int], list[int]]:
    ids: list[int] = []
    partitions: list[int] = []
    offsets: list[int] = []
    for batch, base_offset in acked:
        ids += batch.ids
        partitions += [batch.partition] * len(batch.ids)
        offsets += range(base_offset, base_offset + len(batch.ids))
    return ids, partitions, offsets


def _raise_failure(flights: Sequence[_Flight]) -> None:
    for flight in flights:
        if not flight.done():
            raise Unavailable("Kafka does not acknowledge")
        flight.result()


@contextlib.asynccontextmanager
async def _producer(kafka: str, batch_bytes: int) -> AsyncIterator[AIOKafkaProducer]:
    """Start a producer; at the end wait for batches in flight before closing it."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,  # a round is a batch already
        max_batch_size=batch_bytes,
        request_timeout_ms=_REQUEST_MS_MAX,
    )
    try:
        async with asyncio.timeout(_START_SECONDS_MAX):
            await producer.start()
        yield producer
    finally:
        await _close(producer)


async def _close(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(_CLOSE_SECONDS_MAX):
            await producer.stop()
    except (TimeoutError, KafkaError):
        # An idempotent producer retries for ever. Only cancelling its sender keeps it from sending
        # an old batch after its successor has started; aiokafka has no public way to do it.
        sender = producer._sender.sender_task  # noqa: SLF001
        if sender is not None:
            sender.cancel()
        await producer.client.close()
