"""The topics of the bus: names, partitions, keys, retention, who says and who hears."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

PARTITIONS = 12  # the same for all domain topics: one person is on one partition number
FOR_EVER_MS = -1
DAYS_7_MS = 7 * 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic; partitioned by the clients' murmur2 default, `cleanup.policy=delete`."""

    name: str
    key: str
    said_by: tuple[str, ...]
    heard_by: tuple[str, ...]
    partitions: int = PARTITIONS
    retention_ms: int = FOR_EVER_MS


def topic_of(event_type: str) -> Topic:
    """The topic of a type, with or without its version; raises KeyError for no domain."""
    return _BY_DOMAIN[event_type.partition(".")[0]]


def partner_topic(partner_id: str) -> Topic:
    """The lane that only this partner writes and only intake reads, kept for 7 days."""
    return Topic(
        name=f"partner-{partner_id}",
        key="subject",
        said_by=(f"partner {partner_id}",),
        heard_by=("intake",),
        retention_ms=DAYS_7_MS,
    )


DOMAIN_TOPICS: Final[tuple[Topic, ...]] = (
    Topic(
        name="registration-events",
        key="person",
        said_by=("registration", "intake"),
        heard_by=("registration", "training", "matching", "reporting"),
    ),
    Topic(
        name="training-events",
        key="person",
        said_by=("training", "intake"),
        heard_by=("training", "matching", "reporting"),
    ),
    Topic(
        name="matching-events",
        key="person; for vacancies the vacancy",
        said_by=("matching", "intake"),
        heard_by=("registration", "matching", "reporting"),
    ),
    Topic(
        name="reference-events",
        key="subject",
        said_by=("intake",),
        heard_by=("reporting",),
    ),
    Topic(
        name="reporting-events",
        key="m-<municipality>",
        said_by=("reporting",),
        heard_by=(),
    ),
)
_BY_DOMAIN: Mapping[str, Topic] = MappingProxyType(
    {topic.name.removesuffix("-events"): topic for topic in DOMAIN_TOPICS}
)
