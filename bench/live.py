"""The live fold: events of a log that is there already, into entries, by one reporting worker."""

import asyncio
import time
from collections.abc import Iterable

from confluent_kafka import Producer

from bench.engines import Bench
from lmc.population import said
from schemas.envelope import Envelope, stamped, to_bytes
from schemas.event import Event
from schemas.topics import topic_of

EVENTS = 60_000
QUEUE_MAX = 5_000
LOOK_S = 0.05
DEADLINE_S = 600.0

FOLDED = "SELECT coalesce(sum(next_offset), 0) FROM reporting.position"


def live_fold_events_per_s(bench: Bench) -> float:
    """Events per second from the first committed batch to the last, decoding and all included."""
    _produce(bench.stack.kafka, said(1, EVENTS))
    bench.start("reporting")
    return asyncio.run(_rate(bench))


def _produce(bootstrap: str, events: Iterable[Envelope[Event]]) -> None:
    producer = Producer(
        {"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "linger.ms": 20}
    )
    for number, envelope in enumerate(events):
        record = to_bytes(stamped(envelope, envelope.time))
        producer.produce(topic_of(envelope.type).name, record, key=envelope.subject)
        if number % QUEUE_MAX == 0:
            producer.flush()
    producer.flush()


async def _rate(bench: Bench) -> float:
    connection = await bench.database("reporting")
    deadline = time.monotonic() + DEADLINE_S
    first: tuple[float, int] | None = None
    try:
        while time.monotonic() < deadline:
            folded, now = int(await connection.fetchval(FOLDED)), time.monotonic()
            if folded and first is None:
                first = (now, folded)
            if first is not None and folded >= EVENTS:
                return (folded - first[1]) / (now - first[0])
            await asyncio.sleep(LOOK_S)
    finally:
        await connection.close()
    raise TimeoutError(f"{EVENTS} events were not folded within {DEADLINE_S:.0f} s")
