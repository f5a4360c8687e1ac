"""What the tests of the batch consumer share: a handler that inserts records, and a producer."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from confluent_kafka import Producer

from runtime.messaging.batch_consumer import BatchConsumer, BatchConsumerLimits
from runtime.messaging.batch_processor import CRASHED
from runtime.messaging.records import CountsByPartition, Record, RecordCounts
from runtime.process.metrics import Metrics
from runtime.process.settings import ServiceSettings
from runtime.storage import quarantine
from runtime.storage.pool import Connection, Pool
from schemas.validation.problems import Problem
from tests.waiting import eventually

SEEN = """
CREATE TABLE seen (
    topic text NOT NULL, partition integer NOT NULL, kafka_offset bigint NOT NULL, value text
);
"""
END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'database';"
POISON = b"poison"
SWIFT = BatchConsumerLimits(session_s=6.0, check_interval_s=0.2)
"""Kafka grants no shorter session than 6 s."""
DEADLINE_S = 120.0
ADMIN_S = 30


class InsertSeen:
    """A handler without protection of its own: what is applied twice is in the table twice."""

    async def prepare(self, records: Sequence[Record]) -> Sequence[Record]:
        """Return the records unchanged."""
        return records

    async def apply(self, connection: Connection, prepared: Sequence[Record]) -> CountsByPartition:
        """Insert every record but the poison, which is quarantined."""
        counts: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        for record in prepared:
            is_poison = record.value == POISON
            counts[record.topic_partition]["quarantined" if is_poison else "applied"] += 1
            if is_poison:
                await self.quarantine(connection, record, "poison")
        good = [record for record in prepared if record.value != POISON]
        rows = [(*record[:3], (record.value or b"").decode()) for record in good]
        await connection.executemany("INSERT INTO seen VALUES ($1, $2, $3, $4)", rows)
        return {
            each: RecordCounts(applied=count["applied"], quarantined=count["quarantined"])
            for each, count in counts.items()
        }

    async def quarantine(self, connection: Connection, record: Record, reason: str) -> None:
        """Quarantine the record."""
        problem = Problem(CRASHED, "$", reason, "")
        await quarantine.insert(connection, record, problem, None)


def batch_consumer(
    pool: Pool,
    settings: ServiceSettings,
    topic: str,
    handler: InsertSeen | None = None,
    limits: BatchConsumerLimits = SWIFT,
) -> BatchConsumer[Sequence[Record]]:
    """Return a consumer of one topic, in a group that no other test uses."""
    return BatchConsumer(
        pool=pool,
        kafka=settings.kafka,
        group=f"group-{topic}",
        instance=settings.instance,
        topics=[topic],
        handler=handler or InsertSeen(),
        metrics=Metrics(),
        limits=limits,
    )


def produce(bootstrap: str, topic: str, values: Iterable[bytes], partitions: int = 1) -> None:
    """Produce the values to the topic, to its partitions in turn."""
    failures: list[object] = []
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5})
    for number, value in enumerate(values):
        producer.produce(
            topic,
            value,
            key=str(number).encode(),
            partition=number % partitions,
            on_delivery=lambda error, _: failures.append(error) if error else None,
        )
        producer.poll(0)
    left = producer.flush(DEADLINE_S)
    if failures or left:
        raise AssertionError(f"{left} records were not written: {failures[:1]}")


def numbered(count: int, begin: int = 0) -> list[bytes]:
    """Return so many different values."""
    return [f"value-{number}".encode() for number in range(begin, begin + count)]


async def seen(pool: Pool) -> list[str]:
    """Return every processed value, as often as it was processed."""
    rows = await pool.fetch("SELECT value FROM seen ORDER BY topic, partition, kafka_offset")
    return [row["value"] for row in rows]


async def reached(pool: Pool, offsets: int) -> bool:
    """Return whether so many offsets are consumed."""
    total = await pool.fetchval("SELECT coalesce(sum(next_offset), 0) FROM position")
    return bool(total >= offsets)


async def consume_until(running: BatchConsumer[Sequence[Record]], offsets: int) -> None:
    """Run the consumer until so many offsets are consumed, then stop it."""
    task = asyncio.create_task(running.run())
    complete = asyncio.create_task(eventually(lambda: reached(running.pool, offsets)))
    await asyncio.wait({task, complete}, return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
    complete.cancel()
    for each in await asyncio.gather(task, complete, return_exceptions=True):
        if isinstance(each, Exception):
            raise each
