"""The way into Kafka: what was said in transactions of the database is sent by one relay."""

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

from runtime import log
from runtime.backoff import Backoff
from runtime.errors import Unavailable
from runtime.metrics import Metrics
from runtime.postgres import AGAIN, LOCK_RELAY, TROUBLE, Connection, Pool, own_session
from runtime.said import DDL, say
from schemas.envelope import CONTENT_TYPE

__all__ = ["DDL", "Relay", "partition_of", "say"]

HEADERS = [("content-type", CONTENT_TYPE.encode())]
ROUND_ROWS_MAX = 2_000
"""One round in memory is 1 MB as events are, 256 MB at the very worst."""
BATCH_BYTES_MAX = 512 * 1024
"""Per partition and round; Kafka's own limit for a batch is 1 MiB."""
REQUEST_MS_MAX = 15_000
ACK_SECONDS_MAX = 60.0
"""After so long without an acknowledgement the producer is believed to be stuck."""
QUIET_SECONDS_MAX = 5.0
"""So long Kafka may be silent before the service stops calling itself ready."""
START_SECONDS_MAX = 20.0
LEAVE_SECONDS_MAX = 3.0
"""The same when the process stops: what was not acknowledged is sent again by the next one."""
CLOSE_SECONDS_MAX = 5.0
POLL_SECONDS = 1.0
"""The net under NOTIFY."""
FROZEN_SECONDS_MAX = 30
"""A relay stopped for so long loses its session, and with it the lock, to another copy."""

_LOG = log.get(__name__)
_RETRIED = (*TROUBLE, *AGAIN, KafkaError, Unavailable)

_UNSENT = """
SELECT id, topic, key, value, recorded_at FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT $1
"""
_MARK = """
UPDATE outbox
SET sent_at = clock_timestamp(), partition = acked.partition, kafka_offset = acked.kafka_offset
FROM unnest($1::bigint[], $2::integer[], $3::bigint[]) AS acked (id, partition, kafka_offset)
WHERE outbox.id = acked.id
"""


class Relay:
    """Sends what the outbox of one service holds, in order, whoever of its copies has the lock."""

    def __init__(self, pool: Pool, kafka: str, name: str, metrics: Metrics) -> None:
        self._pool = pool
        self._kafka = kafka
        self._name = name
        self._metrics = metrics
        self._woken = asyncio.Event()
        self._leaving = asyncio.Event()
        self._trouble: str | None = "not yet connected"

    def trouble(self) -> str | None:
        """Why nothing can be sent at the moment, or None; a copy that waits its turn is well."""
        return self._trouble

    def stop(self) -> None:
        """Let `run` return as soon as what is in flight is marked."""
        self._leaving.set()
        self._woken.set()

    async def run(self) -> None:
        """Send until stopped; trouble with the database or Kafka is waited out, with back-off."""
        backoff = Backoff()
        while not self._leaving.is_set():
            try:
                async with own_session(self._pool) as connection:
                    await self._lead(connection, backoff)
            except _RETRIED as error:
                if self._leaving.is_set():
                    return
                self._trouble = f"{type(error).__name__} while sending"
                self._metrics.outbox_failures.inc()
                wait_s = backoff.next_s()
                _LOG.warning("relay begins anew", wait_s=round(wait_s, 2), trouble=log.brief(error))
                await asyncio.sleep(wait_s)
            finally:
                self._metrics.outbox_relay.set(0)

    async def _lead(self, connection: Connection, backoff: Backoff) -> None:
        """Everything on one connection: with it the lock, the reading and the marking end."""
        await connection.execute(f"SET idle_session_timeout = '{FROZEN_SECONDS_MAX}s'")
        if not await self._locked(connection):
            return
        await _wake_by_notify(connection, self._woken)
        await self._unsent(connection)  # how long they wait is told while Kafka is away, too
        async with _producer(self._kafka) as producer:
            self._metrics.outbox_relay.set(1)
            while not self._leaving.is_set():
                self._woken.clear()
                rows = await self._unsent(connection)
                sent = await self._round(connection, producer, rows) if rows else 0
                self._trouble = None
                backoff.reset()
                if sent == len(rows) < ROUND_ROWS_MAX:
                    await self._pause()

    async def _unsent(self, connection: Connection) -> Sequence[asyncpg.Record]:
        rows: Sequence[asyncpg.Record] = await connection.fetch(_UNSENT, ROUND_ROWS_MAX)
        self._metrics.outbox_oldest.set(rows[0]["recorded_at"].timestamp() if rows else 0)
        return rows

    async def _locked(self, connection: Connection) -> bool:
        """Wait for this service's lock, polling: a lock waited for would meet lock_timeout."""
        while not self._leaving.is_set():
            self._woken.clear()
            if await connection.fetchval(
                "SELECT pg_try_advisory_lock($1, hashtext($2))", LOCK_RELAY, self._name
            ):
                return True
            self._trouble = None
            await self._pause()
        return False

    async def _pause(self) -> None:
        if not self._leaving.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)

    async def _round(
        self, connection: Connection, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]
    ) -> int:
        """Send these rows, or as many as fit in, and mark them; raises if one is not acknowledged.

        Gives their number.
        """
        begun = time.monotonic()
        batches = await _batches(producer, rows)
        flights = [await _depart(producer, batch) for batch in batches]
        await self._land(connection, flights)
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

    async def _land(self, connection: Connection, flights: "Sequence[_Flight]") -> None:
        """Wait until all flights are done, or for so long that the producer must be stuck."""
        begun = time.monotonic()
        pending = set(flights)
        while pending:
            _, pending = await asyncio.wait(pending, timeout=POLL_SECONDS)
            quiet_s = time.monotonic() - begun
            if quiet_s > (LEAVE_SECONDS_MAX if self._leaving.is_set() else ACK_SECONDS_MAX):
                return
            if pending and quiet_s > QUIET_SECONDS_MAX:
                self._trouble = f"Kafka has acknowledged nothing for {quiet_s:.0f} s"
            await connection.execute("SELECT 1")  # keeps the session, and finds it lost


_Flight = asyncio.Future[RecordMetadata]


@dataclass(frozen=True, slots=True)
class _Batch:
    """The rows of one round for one partition: Kafka takes them whole and in order, or not."""

    topic: str
    partition: int
    records: BatchBuilder
    ids: list[int] = field(default_factory=list)


async def _batches(producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> list[_Batch]:
    """One batch per partition; what does not fit in waits, with all after it, for the next round.

    Never two batches of a partition at once: if the first failed and the second did not, a
    subject's events would arrive in another order than they were said.
    """
    batches: dict[tuple[str, int], _Batch] = {}
    full: set[tuple[str, int]] = set()
    partitions = {
        topic: len(await producer.partitions_for(topic)) for topic in {row["topic"] for row in rows}
    }
    now_ms = int(time.time() * 1000)
    for row in rows:
        topic, key = row["topic"], row["key"].encode()
        place = (topic, partition_of(key, partitions[topic]))
        if place in full:
            continue
        batch = batches.get(place)
        if batch is None:
            batch = batches[place] = _Batch(*place, producer.create_batch())
        if batch.records.append(timestamp=now_ms, key=key, value=row["value"], headers=HEADERS):
            batch.ids.append(row["id"])
        else:
            full.add(place)
    return list(batches.values())


def partition_of(key: bytes, partitions: int) -> int:
    """The partition that the clients' default partitioner (murmur2) gives a key."""
    hashed: int = murmur2(key)
    return (hashed & 0x7FFFFFFF) % partitions


async def _depart(producer: AIOKafkaProducer, batch: _Batch) -> _Flight:
    flight: _Flight
    try:
        flight = await producer.send_batch(batch.records, batch.topic, partition=batch.partition)
    except KafkaError as error:
        flight = asyncio.get_running_loop().create_future()
        flight.set_exception(error)
    # Nobody may look at it again if the database is lost meanwhile: that is no fault of the loop.
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


async def _wake_by_notify(connection: Connection, woken: asyncio.Event) -> None:
    """Set `woken` whenever a transaction that said something commits."""
    channel = await connection.fetchval("SELECT 'outbox_' || current_schema()")

    def wake(*_: object) -> None:
        woken.set()

    await connection.add_listener(channel, wake)


@contextlib.asynccontextmanager
async def _producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    """A started producer; at the end what is in flight is awaited before it is closed."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,  # a round is a batch already
        max_batch_size=BATCH_BYTES_MAX,
        request_timeout_ms=REQUEST_MS_MAX,
    )
    try:
        async with asyncio.timeout(START_SECONDS_MAX):
            await producer.start()
        yield producer
    finally:
        await _close(producer)


async def _close(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS_MAX):
            await producer.stop()
    except (TimeoutError, KafkaError):
        # An idempotent producer retries for ever. Only its sender's end keeps it from sending an
        # old batch behind the back of its successor; aiokafka has no public way to it.
        sender = producer._sender.sender_task  # noqa: SLF001
        if sender is not None:
            sender.cancel()
        await producer.client.close()
