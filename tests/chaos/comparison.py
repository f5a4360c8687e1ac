"""Compares reporting's facts, entries and counts with the log, read again from Kafka."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from schemas.topics import DOMAIN_TOPICS
from tests.chaos.domain_log import MALFORMED
from tests.chaos.environment import ADMIN_S, PARTITIONS, ServiceDatabase
from tests.integration.reporting.harness import (
    ENTRIES,
    StoredEntries,
    counted_by_reference,
    stored_entries,
)
from tests.reference.history import unversioned, version
from tests.reference.shapes import Event

EventKey = tuple[str, str]
PartitionKey = tuple[str, int]
PartitionCounts = tuple[int, ...]
"""Folded, duplicate, quarantined, ignored, lost, next offset."""

FACTS = "SELECT source, event_id, subject, type, version, factid, revision, recorded_at FROM fact"
PARTITION_COUNTS = """
SELECT topic, partition, applied, duplicate, quarantined, ignored, lost, next_offset FROM position
"""
QUARANTINED = "SELECT topic, partition, kafka_offset FROM quarantine"


@dataclass(frozen=True)
class Differences:
    """The differences; every field is empty if there are none."""

    lost: frozenset[EventKey] = frozenset()
    invented: frozenset[EventKey] = frozenset()
    changed: frozenset[EventKey] = frozenset()
    missing: Counter[StoredEntries] = field(default_factory=Counter)
    surplus: Counter[StoredEntries] = field(default_factory=Counter)
    partitions: frozenset[PartitionKey] = frozenset()
    quarantined: frozenset[tuple[str, int, int]] = frozenset()


NO_DIFFERENCES = Differences()


@dataclass
class ExpectedState:
    """What follows from a log: facts, outcomes of records, and quarantined records."""

    facts: dict[EventKey, Event] = field(default_factory=dict)
    partitions: dict[PartitionKey, Counter[str]] = field(default_factory=dict)
    quarantined: set[tuple[str, int, int]] = field(default_factory=set)

    @property
    def counts(self) -> Counter[str]:
        """The number of records of the entire log by outcome."""
        return sum(self.partitions.values(), Counter())

    def count_record(self, partition: PartitionKey, offset: int, value: bytes | None) -> None:
        """Count the next record of a partition."""
        outcome = self._outcome(value)
        self.partitions.setdefault(partition, Counter())[outcome] += 1
        if outcome == "quarantined":
            self.quarantined.add((*partition, offset))

    def _outcome(self, value: bytes | None) -> str:
        if value is None:
            return "ignored"
        if value.startswith(MALFORMED):
            return "quarantined"
        event: Event = json.loads(value)
        first = self.facts.setdefault((event["source"], event["id"]), event)
        if first is event:
            return "applied"
        if event_content(first) != event_content(event):
            return "quarantined"
        first["recordedtime"] = min(first["recordedtime"], event["recordedtime"])
        return "duplicate"

    def partition_counts(self, partition: PartitionKey) -> PartitionCounts:
        """Return the counts of a partition that was processed to its end."""
        counts = self.partitions.get(partition, Counter())
        outcomes = ("applied", "duplicate", "quarantined", "ignored", "lost")
        return (*(counts[outcome] for outcome in outcomes), counts.total())


async def expected_from_log(bootstrap: str) -> ExpectedState:
    """Return what follows from the log that Kafka contains now."""
    state = ExpectedState()
    for message in await asyncio.to_thread(lambda: list(_messages(bootstrap))):
        state.count_record(
            (message.topic(), message.partition()), message.offset(), message.value()
        )
    return state


async def compare_with_log(database: ServiceDatabase) -> Differences:
    """Return the differences of reporting's facts, entries and counts from the log."""
    expected = await expected_from_log(database.environment.kafka.bootstrap)
    pool = await database.pool("reporting")
    facts = {tuple(row)[:2]: tuple(row)[2:] for row in await pool.fetch(FACTS)}
    expected_facts = {name: fact_columns(event) for name, event in expected.facts.items()}
    entries = stored_entries(await pool.fetch(ENTRIES))
    expected_entries = counted_by_reference(expected.facts.values())
    partitions = {tuple(row)[:2]: tuple(row)[2:] for row in await pool.fetch(PARTITION_COUNTS)}
    quarantined = {tuple(row) for row in await pool.fetch(QUARANTINED)}
    common = facts.keys() & expected_facts.keys()
    return Differences(
        lost=frozenset(expected_facts.keys() - facts.keys()),
        invented=frozenset(facts.keys() - expected_facts.keys()),
        changed=frozenset(name for name in common if facts[name] != expected_facts[name]),
        missing=expected_entries - entries,
        surplus=entries - expected_entries,
        partitions=frozenset(
            partition
            for partition in expected.partitions
            if partitions.get(partition) != expected.partition_counts(partition)
        ),
        quarantined=frozenset(quarantined ^ expected.quarantined),
    )


def event_content(event: Event) -> object:
    """Return what two events of one id must share: no instants, lists sorted, with defaults."""
    data = {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in ({"programmes": []} | event["data"]).items()
    }
    return event["type"], event["subject"], *fact_state(event), data


def fact_state(event: Event) -> tuple[str, int]:
    """Return the factid and the revision of the event."""
    factid: str = event.get("factid") or event["id"]
    revision: int = event.get("revision", 1)
    return factid, revision


def fact_columns(event: Event) -> tuple[object, ...]:
    """Return the columns of the fact, except for source and event id."""
    kind = (unversioned(event["type"]), version(event["type"]))
    recorded_at = datetime.fromisoformat(event["recordedtime"])
    return event["subject"], *kind, *fact_state(event), recorded_at


def _messages(bootstrap: str) -> Iterator[Any]:
    """Yield every record of the domain topics, those of a partition in order."""
    names = {topic.name for topic in DOMAIN_TOPICS}
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "comparison", "log_level": 0})
    try:
        existing = consumer.list_topics(timeout=ADMIN_S).topics
        assert names <= existing.keys()
        starts = [TopicPartition(*partition, 0) for partition in PARTITIONS]
        left = sum(consumer.get_watermark_offsets(partition, ADMIN_S)[1] for partition in starts)
        consumer.assign(starts)
        while left:
            message = consumer.poll(ADMIN_S)
            assert message is not None, f"{left} records did not arrive"
            assert message.error() is None, message.error()
            left -= 1
            yield message
    finally:
        consumer.close()
