"""The Kafka topics: names, partitions, keys, retention, producers and consumers."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

PARTITIONS = 12  # equal for all domain topics, so that a person has one partition number
_RETENTION_UNLIMITED_MS = -1
_DAYS_7_MS = 7 * 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic; partitioned by murmur2 of the key, the default of Kafka; `cleanup.policy=delete`."""

    name: str
    key: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    partitions: int = PARTITIONS
    retention_ms: int = _RETENTION_UNLIMITED_MS


def topic_of(event_type: str) -> Topic:
    """Return the topic of a type, with or without version; KeyError if its domain is unknown."""
    return _BY_DOMAIN[event_type.partition(".")[0]]


def partner_topic(partner_id: str) -> Topic:
    """Return the topic that only this partner writes and only intake reads; kept for 7 days."""
    return Topic(
        name=f"partner-{partner_id}",
        key="subject",
        producers=(f"partner {partner_id}",),
        consumers=("intake",),
        retention_ms=_DAYS_7_MS,
    )


DOMAIN_TOPICS: Final[tuple[Topic, ...]] = (
    Topic(
        name="registration-events",
        key="person",
        producers=("registration", "intake"),
        consumers=("registration", "training", "matching", "reporting"),
    ),
    Topic(
        name="training-events",
        key="person",
        producers=("training", "intake"),
        consumers=("training", "matching", "reporting"),
    ),
    Topic(
        name="matching-events",
        key="person; for vacancies the vacancy",
        producers=("matching", "intake"),
        consumers=("registration", "matching", "reporting"),
    ),
    Topic(
        name="reference-events",
        key="subject",
        producers=("intake",),
        consumers=("reporting",),
    ),
    Topic(
        name="reporting-events",
        key="m-<municipality>",
        producers=("reporting",),
        consumers=(),
    ),
)
_BY_DOMAIN: Mapping[str, Topic] = MappingProxyType(
    {topic.name.removesuffix("-events"): topic for topic in DOMAIN_TOPICS}
)
