"""Reads a range of one partition again, from one offset to another, without a consumer group."""

import asyncio
import time
from collections.abc import AsyncIterator

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from runtime.messaging.records import Partition, Record
from runtime.process.errors import Unavailable

_RECORDS_MAX = 1000
_POLL_SECONDS = 0.2
_QUIET_SECONDS_MAX = 30.0
"""A reachable broker sends something within milliseconds."""


async def read_range(
    bootstrap: str, partition: Partition, begin: int, end: int
) -> AsyncIterator[list[Record]]:
    """Yield the records with offsets in [begin, end), in order, at most a thousand at a time.

    Raises Unavailable if Kafka stops sending before the end.
    """
    if begin >= end:
        return
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "lmc-log-reader",  # required by the client; it never commits anything
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "log_level": 0,
        }
    )
    try:
        await asyncio.to_thread(consumer.assign, [TopicPartition(*partition, begin)])
        next_offset, quiet_since = begin, time.monotonic()
        while next_offset < end:
            # Never ask for more than there is: the client would wait for the rest.
            wanted = min(_RECORDS_MAX, end - next_offset)
            messages = await asyncio.to_thread(consumer.consume, wanted, _POLL_SECONDS)
            records = [record for each in messages if (record := _record(each)).offset < end]
            next_offset = _next_offset(consumer, partition, messages, next_offset)
            if records:
                yield records
            if messages:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > _QUIET_SECONDS_MAX:
                raise Unavailable(f"Kafka at {bootstrap} sends no more records of {partition}")
    finally:
        await asyncio.to_thread(consumer.close)


def _next_offset(
    consumer: Consumer, partition: Partition, messages: list[Message], known: int
) -> int:
    """Return the next offset; after the last record there may be offsets without a record."""
    [position] = consumer.position([TopicPartition(*partition)])
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
