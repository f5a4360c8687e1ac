"""Compares what reporting has made of a log with what the log says, read again from Kafka."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from schemas.topics import DOMAIN_TOPICS
from tests.integration.chaos.ground import ADMIN_S, PLACES, Base
from tests.integration.chaos.telling import NO_EVENT
from tests.integration.reporting.desk import ENTRIES, Stored, counted_by_reference
from tests.reference.history import unversioned, version
from tests.reference.plain import Event

Name = tuple[str, str]
Place = tuple[str, int]
Account = tuple[int, ...]
"""Folded, duplicate, quarantined, ignored, lost, next offset."""

FACTS = "SELECT source, event_id, subject, type, version, factid, revision, recorded_at FROM fact"
ACCOUNTS = """
SELECT topic, partition, folded, duplicate, quarantined, ignored, lost, next_offset FROM position
"""
ASIDE = "SELECT topic, partition, kafka_offset FROM quarantine"


@dataclass(frozen=True)
class Verdict:
    """What is wrong; all is empty if nothing is."""

    lost: frozenset[Name] = frozenset()
    invented: frozenset[Name] = frozenset()
    changed: frozenset[Name] = frozenset()
    missing: Counter[Stored] = field(default_factory=Counter)
    surplus: Counter[Stored] = field(default_factory=Counter)
    accounts: frozenset[Place] = frozenset()
    aside: frozenset[tuple[str, int, int]] = frozenset()


RIGHT = Verdict()


@dataclass
class Wanted:
    """What a log says: facts, how each record counts, and which are put aside."""

    facts: dict[Name, Event] = field(default_factory=dict)
    accounts: dict[Place, Counter[str]] = field(default_factory=dict)
    aside: set[tuple[str, int, int]] = field(default_factory=set)

    @property
    def counts(self) -> Counter[str]:
        """How many records of the whole log count as what."""
        return sum(self.accounts.values(), Counter())

    def hear(self, place: Place, offset: int, value: bytes | None) -> None:
        """Count the next record of a partition."""
        outcome = self._outcome(value)
        self.accounts.setdefault(place, Counter())[outcome] += 1
        if outcome == "quarantined":
            self.aside.add((*place, offset))

    def _outcome(self, value: bytes | None) -> str:
        if value is None:
            return "ignored"
        if value.startswith(NO_EVENT):
            return "quarantined"
        event: Event = json.loads(value)
        first = self.facts.setdefault((event["source"], event["id"]), event)
        if first is event:
            return "folded"
        if content(first) != content(event):
            return "quarantined"
        first["recordedtime"] = min(first["recordedtime"], event["recordedtime"])
        return "duplicate"

    def account(self, place: Place) -> Account:
        """The account of a partition that was passed to its end."""
        counts = self.accounts.get(place, Counter())
        outcomes = ("folded", "duplicate", "quarantined", "ignored", "lost")
        return (*(counts[outcome] for outcome in outcomes), counts.total())


async def wanted(bootstrap: str) -> Wanted:
    """What the log says that Kafka holds now."""
    found = Wanted()
    for message in await asyncio.to_thread(lambda: list(_messages(bootstrap))):
        found.hear((message.topic(), message.partition()), message.offset(), message.value())
    return found


async def verdict(base: Base) -> Verdict:
    """What is wrong with reporting's facts, entries and accounts."""
    said = await wanted(base.ground.kafka.bootstrap)
    pool = await base.pool("reporting")
    facts = {tuple(row)[:2]: tuple(row)[2:] for row in await pool.fetch(FACTS)}
    told = {name: columns(event) for name, event in said.facts.items()}
    entries = Counter(map(_stored, await pool.fetch(ENTRIES)))
    right = counted_by_reference(said.facts.values())
    accounts = {tuple(row)[:2]: tuple(row)[2:] for row in await pool.fetch(ACCOUNTS)}
    aside = {tuple(row) for row in await pool.fetch(ASIDE)}
    both = facts.keys() & told.keys()
    return Verdict(
        lost=frozenset(told.keys() - facts.keys()),
        invented=frozenset(facts.keys() - told.keys()),
        changed=frozenset(name for name in both if facts[name] != told[name]),
        missing=right - entries,
        surplus=entries - right,
        accounts=frozenset(
            place for place in said.accounts if accounts.get(place) != said.account(place)
        ),
        aside=frozenset(aside ^ said.aside),
    )


def content(event: Event) -> object:
    """What makes two events of one id the same: no instants, lists as sets, defaults filled in."""
    data = {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in ({"programmes": []} | event["data"]).items()
    }
    return event["type"], event["subject"], *state(event), data


def state(event: Event) -> tuple[str, int]:
    """Which state of which record the event is."""
    factid: str = event.get("factid") or event["id"]
    revision: int = event.get("revision", 1)
    return factid, revision


def columns(event: Event) -> tuple[object, ...]:
    """The columns of the fact beside its name."""
    kind = (unversioned(event["type"]), version(event["type"]))
    recorded_at = datetime.fromisoformat(event["recordedtime"])
    return event["subject"], *kind, *state(event), recorded_at


def _stored(row: Any) -> Stored:
    buckets = frozenset((each.partition(" ")[0], each.partition(" ")[2]) for each in row["buckets"])
    days = (row["on_date"], row["until_date"])
    return row["code"], row["name"], *days, row["municipality"], buckets, row["amount"]


def _messages(bootstrap: str) -> Iterator[Any]:
    """Every record of the domain topics, those of a partition in order."""
    names = {topic.name for topic in DOMAIN_TOPICS}
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "verdict", "log_level": 0})
    try:
        known = consumer.list_topics(timeout=ADMIN_S).topics
        assert names <= known.keys()
        places = [TopicPartition(*place, 0) for place in PLACES]
        left = sum(consumer.get_watermark_offsets(place, ADMIN_S)[1] for place in places)
        consumer.assign(places)
        while left:
            message = consumer.poll(ADMIN_S)
            assert message is not None, f"{left} records did not come"
            assert message.error() is None, message.error()
            left -= 1
            yield message
    finally:
        consumer.close()
