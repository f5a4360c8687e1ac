"""Measure whether a subject with thousands of facts delays the events of others."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import Any

from confluent_kafka import Message, Producer

from bench.cost import Cost
from bench.engines import Bench
from bench.event_log import write_events
from bench.live_fold import live_fold
from bench.visibility import ObservedPositions, observe_positions, visible_at
from lmc.demo.population import simulated_events
from schemas.codes import RANDOM_BYTES, new_code
from schemas.envelope import Envelope, encode_event, with_recordedtime
from schemas.events.event import Event
from schemas.topics import topic_of

_FACTS = 2_000
_RATE_PER_S = 50
_SECONDS = 10
_NEW_FACTS = 20
_ROUNDS = 3
_SETTLE_S = 2.0
_OTHERS_SEED, _HOT_SEED = 4, 5
"""The seeds of the other subjects' events and of the hot subject's."""

_Acknowledged = Callable[[object, Message], None]


@dataclass(frozen=True, slots=True)
class _AcknowledgedRecord:
    """A record that Kafka has acknowledged, and when."""

    partition: tuple[str, int]
    offset: int
    at: datetime


def hot_subject(bench: Bench) -> dict[str, Any]:
    """Return the milliseconds from Kafka's acknowledgement to the commit for other subjects.

    Each round measures them alone, then while a subject with 2,000 facts gets two more a second.
    The cost of these facts is the median of the rounds, as background work falls into any of them.
    """
    code = new_code("p", bytes(range(RANDOM_BYTES)))
    hot = _events_of(code)
    write_events(bench.stack.kafka, itertools.islice(hot, _FACTS))
    live_fold(bench, _FACTS)
    with bench.running("reporting") as services:
        read_cost = bench.cost_reader(services["reporting"].process)
        others = iter({event.id: event for event in simulated_events(_OTHERS_SEED, 8_000)}.values())
        alone: list[float] = []
        alongside: list[float] = []
        more_s: list[float] = []
        for _ in range(_ROUNDS):
            begin = read_cost()
            alone += asyncio.run(_latencies_ms(bench, others, iter(())))
            middle = read_cost()
            alongside += asyncio.run(_latencies_ms(bench, others, hot))
            more_s.append(_cpu_s(read_cost() - middle) - _cpu_s(middle - begin))
    return {
        "facts_of_one_person": _FACTS,
        "cpu_ms_per_new_fact": round(1000 * median(more_s) / _NEW_FACTS, 1),
        "others_alone_ms": _figures(alone),
        "others_alongside_ms": _figures(alongside),
    }


def _cpu_s(cost: Cost) -> float:
    return cost.client_s + cost.postgres_s


def _events_of(code: str) -> Iterator[Envelope[Event]]:
    """Yield the events of a population as if all were about one person."""
    for event in simulated_events(_HOT_SEED, 2 * _FACTS + 10 * _NEW_FACTS):
        if event.subject.startswith("p-") and event.revision == 1:
            yield event._replace(subject=code)


async def _latencies_ms(
    bench: Bench, others: Iterator[Envelope[Event]], hot: Iterator[Envelope[Event]]
) -> Sequence[float]:
    observing = asyncio.create_task(observe_positions(bench))
    sent = await asyncio.to_thread(_send, bench.stack.kafka, others, hot)
    await asyncio.sleep(_SETTLE_S)
    observing.cancel()
    positions: ObservedPositions = await observing
    return [
        1000 * (visible_at(positions, each.partition, each.offset) - each.at).total_seconds()
        for each in sent
    ]


def _send(
    bootstrap: str, others: Iterator[Envelope[Event]], hot: Iterator[Envelope[Event]]
) -> Sequence[_AcknowledgedRecord]:
    """Send at an even pace; return what Kafka has acknowledged of the others' records."""
    sent: list[_AcknowledgedRecord] = []

    def acknowledged(error: object, record: Message) -> None:
        if error is None:
            partition = (str(record.topic()), int(record.partition()))
            sent.append(_AcknowledgedRecord(partition, int(record.offset()), datetime.now(UTC)))

    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
    started = time.monotonic()
    for number in range(_RATE_PER_S * _SECONDS):
        _produce(producer, next(others), acknowledged)
        if number % (_RATE_PER_S * _SECONDS // _NEW_FACTS) == 0 and (one := next(hot, None)):
            _produce(producer, one, None)
        while (wait_s := started + number / _RATE_PER_S - time.monotonic()) > 0:
            producer.poll(wait_s)
    producer.flush()
    return sent


def _produce(
    producer: Producer, event: Envelope[Event], acknowledged: _Acknowledged | None
) -> None:
    record = encode_event(with_recordedtime(event, datetime.now(UTC)))
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
