"""Reads a part of one partition again, from one offset to another, without any group."""

import asyncio
import time
from collections.abc import AsyncIterator

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from runtime.batch import Record
from runtime.errors import Unavailable
from runtime.kafka import Partition

RECORDS_MAX = 1000
POLL_SECONDS = 0.2
QUIET_SECONDS_MAX = 30.0
"""A broker that is there sends something within milliseconds."""


async def reread(
    bootstrap: str, place: Partition, begin: int, end: int
) -> AsyncIterator[list[Record]]:
    """The records whose offsets lie in [begin, end), in order, a thousand at a time.

    Raises Unavailable if Kafka stops sending before the end.
    """
    if begin >= end:
        return
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "lmc-reread",  # the client wants a name; nothing is ever committed under it
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "log_level": 0,
        }
    )
    try:
        await asyncio.to_thread(consumer.assign, [TopicPartition(*place, begin)])
        next_offset, quiet_since = begin, time.monotonic()
        while next_offset < end:
            # Never more than there are: the client would wait for the rest until its time is up.
            wanted = min(RECORDS_MAX, end - next_offset)
            messages = await asyncio.to_thread(consumer.consume, wanted, POLL_SECONDS)
            records = [record for each in messages if (record := _record(each)).offset < end]
            next_offset = _next(consumer, place, messages, next_offset)
            if records:
                yield records
            if messages:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_SECONDS_MAX:
                raise Unavailable(f"Kafka at {bootstrap} sends no more of {place}")
    finally:
        await asyncio.to_thread(consumer.close)


def _next(consumer: Consumer, place: Partition, messages: list[Message], known: int) -> int:
    """The next offset; behind the last record there may be some that hold none."""
    [position] = consumer.position([TopicPartition(*place)])
    last = messages[-1].offset() if messages else None
    reached: int = position.offset if last is None else last + 1
    return max(known, reached)


def _record(message: Message) -> Record:
    if error := message.error():
        raise Unavailable(f"Kafka: {error.str()}") from KafkaException(error)
    _, timestamp_ms = message.timestamp()
    return Record(
        message.topic(),
        message.partition(),
        message.offset(),
        message.key(),
        message.value(),
        timestamp_ms,
    )
