"""Whether somebody with thousands of facts keeps the others waiting."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import Any

from confluent_kafka import Message, Producer

from bench.engines import Bench
from bench.live import live_fold
from bench.log import write_events
from bench.used import Used
from bench.watch import Looks, visible_at, watch
from lmc.population import said
from schemas.codes import RANDOM_BYTES, fresh_code
from schemas.envelope import Envelope, stamped, to_bytes
from schemas.event import Event
from schemas.topics import topic_of

FACTS = 2_000
RATE_PER_S = 50
SECONDS = 10
NEW_FACTS = 20
ROUNDS = 3
SETTLE_S = 2.0
EVERYBODY, SOMEBODY = 4, 5
"""Seeds: of those who must not wait, and of the one with so many facts."""

Acknowledged = Callable[[object, Message], None]


@dataclass(frozen=True, slots=True)
class Sent:
    """A record that Kafka has acknowledged."""

    place: tuple[str, int]
    offset: int
    at: datetime


def stall(bench: Bench) -> dict[str, Any]:
    """Milliseconds from Kafka's acknowledgement until committed, for everybody else.

    In turn alone and while a person with 2,000 facts gets two more each second. What these cost is
    the median of the rounds: what runs beside the fold by itself falls into any of them.
    """
    code = fresh_code("p", bytes(range(RANDOM_BYTES)))
    somebody = _of_one(code)
    write_events(bench.stack.kafka, itertools.islice(somebody, FACTS))
    live_fold(bench, FACTS)
    with bench.running("reporting") as programs:
        look = bench.look(programs["reporting"].program)
        everybody = iter({event.id: event for event in said(EVERYBODY, 8_000)}.values())
        alone: list[float] = []
        beside: list[float] = []
        more_s: list[float] = []
        for _ in range(ROUNDS):
            begin = look()
            alone += asyncio.run(_latencies_ms(bench, everybody, iter(())))
            middle = look()
            beside += asyncio.run(_latencies_ms(bench, everybody, somebody))
            more_s.append(_cpu_s(look() - middle) - _cpu_s(middle - begin))
    return {
        "facts_of_one_person": FACTS,
        "cpu_ms_per_new_fact": round(1000 * median(more_s) / NEW_FACTS, 1),
        "others_alone_ms": _figures(alone),
        "others_beside_ms": _figures(beside),
    }


def _cpu_s(used: Used) -> float:
    return used.client_s + used.postgres_s


def _of_one(code: str) -> Iterator[Envelope[Event]]:
    """The events of a whole population as if all were one person's."""
    for event in said(SOMEBODY, 2 * FACTS + 10 * NEW_FACTS):
        if event.subject.startswith("p-") and event.revision == 1:
            yield event._replace(subject=code)


async def _latencies_ms(
    bench: Bench, everybody: Iterator[Envelope[Event]], somebody: Iterator[Envelope[Event]]
) -> Sequence[float]:
    watching = asyncio.create_task(watch(bench))
    sent = await asyncio.to_thread(_send, bench.stack.kafka, everybody, somebody)
    await asyncio.sleep(SETTLE_S)
    watching.cancel()
    looks: Looks = await watching
    return [
        1000 * (visible_at(looks, each.place, each.offset) - each.at).total_seconds()
        for each in sent
    ]


def _send(
    bootstrap: str, everybody: Iterator[Envelope[Event]], somebody: Iterator[Envelope[Event]]
) -> Sequence[Sent]:
    """Send at an even pace; gives what Kafka has acknowledged of everybody's."""
    sent: list[Sent] = []

    def acknowledged(error: object, record: Message) -> None:
        if error is None:
            place = (str(record.topic()), int(record.partition()))
            sent.append(Sent(place, int(record.offset()), datetime.now(UTC)))

    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
    begun = time.monotonic()
    for number in range(RATE_PER_S * SECONDS):
        _produce(producer, next(everybody), acknowledged)
        if number % (RATE_PER_S * SECONDS // NEW_FACTS) == 0 and (one := next(somebody, None)):
            _produce(producer, one, None)
        while (wait_s := begun + number / RATE_PER_S - time.monotonic()) > 0:
            producer.poll(wait_s)
    producer.flush()
    return sent


def _produce(producer: Producer, event: Envelope[Event], acknowledged: Acknowledged | None) -> None:
    record = to_bytes(stamped(event, datetime.now(UTC)))
    topic = topic_of(event.type).name
    producer.produce(topic, record, key=event.subject, on_delivery=acknowledged)


def _figures(latencies_ms: Sequence[float]) -> dict[str, float]:
    cuts = quantiles(latencies_ms, n=100)
    return {
        "p50": round(cuts[49], 1),
        "p95": round(cuts[94], 1),
        "p99": round(cuts[98], 1),
        "max": round(max(latencies_ms), 1),
    }
