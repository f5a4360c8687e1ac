"""What the tests of the follower share: a fold that writes down what it sees, and a log to fold."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence

from confluent_kafka import Producer

from runtime import quarantine
from runtime.follow import Follower, Limits, Record, Tallies, Tally
from runtime.metrics import Metrics
from runtime.postgres import Connection, Pool
from runtime.settings import ServiceSettings
from runtime.trouble import WORLD
from schemas.problem import Problem

SEEN = """
CREATE TABLE seen (
    topic text NOT NULL, partition integer NOT NULL, kafka_offset bigint NOT NULL, value text
);
"""
END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'database';"
POISON = b"poison"
SWIFT = Limits(session_s=6.0, look_s=0.2)
"""Kafka grants no shorter session than 6 s."""
DEADLINE_S = 120.0
ADMIN_S = 30


class NoteEverything:
    """A fold without any protection of its own: what is applied twice stands there twice."""

    async def prepare(self, records: Sequence[Record]) -> Sequence[Record]:
        """Take the records as they are."""
        return records

    async def apply(self, connection: Connection, prepared: Sequence[Record]) -> Tallies:
        """Note every record but the poison, which is quarantined."""
        counts: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        for record in prepared:
            is_poison = record.value == POISON
            counts[record.place]["quarantined" if is_poison else "folded"] += 1
            if is_poison:
                await self.refuse(connection, record, "poison")
        good = [record for record in prepared if record.value != POISON]
        rows = [(*record[:3], (record.value or b"").decode()) for record in good]
        await connection.executemany("INSERT INTO seen VALUES ($1, $2, $3, $4)", rows)
        return {place: Tally(**count) for place, count in counts.items()}

    async def refuse(self, connection: Connection, record: Record, reason: str) -> None:
        """Put the record into quarantine."""
        problem = Problem("E1901", "$", reason, "")
        await quarantine.keep(connection, record, problem, None)


def follower(
    pool: Pool,
    settings: ServiceSettings,
    topic: str,
    fold: NoteEverything | None = None,
    limits: Limits = SWIFT,
) -> Follower[Sequence[Record]]:
    """A follower of one topic, in a group that no other test uses."""
    return Follower(
        pool=pool,
        kafka=settings.kafka,
        group=f"group-{topic}",
        instance=settings.instance,
        topics=[topic],
        fold=fold or NoteEverything(),
        metrics=Metrics(),
        limits=limits,
    )


def say(bootstrap: str, topic: str, values: Iterable[bytes], partitions: int = 1) -> None:
    """Write the values to the topic, one partition after the other in turn."""
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
    """So many values that differ."""
    return [f"value-{number}".encode() for number in range(begin, begin + count)]


async def become(condition: Callable[[], Awaitable[bool]], seconds: float = DEADLINE_S) -> None:
    """Return as soon as the condition holds; a lost database only delays; fails at the deadline."""
    deadline = time.monotonic() + seconds
    while not await _holds(condition):
        if time.monotonic() > deadline:
            raise AssertionError(f"not true after {seconds} s: {condition}")
        await asyncio.sleep(0.02)


async def seen(pool: Pool) -> list[str]:
    """Every value that was folded, as often as it was."""
    rows = await pool.fetch("SELECT value FROM seen ORDER BY topic, partition, kafka_offset")
    return [row["value"] for row in rows]


async def reached(pool: Pool, passed: int) -> bool:
    """Whether so many offsets are passed."""
    total = await pool.fetchval("SELECT coalesce(sum(next_offset), 0) FROM position")
    return bool(total >= passed)


async def follow_until(running: Follower[Sequence[Record]], passed: int) -> None:
    """Run the follower until so many offsets are passed, then stop it."""
    task = asyncio.create_task(running.run())
    folded = asyncio.create_task(become(lambda: reached(running.pool, passed)))
    await asyncio.wait({task, folded}, return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
    folded.cancel()
    for each in await asyncio.gather(task, folded, return_exceptions=True):
        if isinstance(each, Exception):
            raise each


async def _holds(condition: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await condition()
    except WORLD:
        return False
