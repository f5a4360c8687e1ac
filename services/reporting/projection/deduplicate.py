"""Deduplicate events: which are new facts, which are duplicates, which conflict with a fact."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from runtime.messaging.records import CountsByPartition, Partition, RecordCounts
from schemas.validation.problems import Problem
from services.reporting.projection.decode import (
    DecodedBatch,
    DecodedEvent,
    EventKey,
    RejectedRecord,
)
from services.reporting.projection.repository import ExistingFact, ProjectionRepository

RefusedDigests = Mapping[EventKey, Collection[bytes]]
"""The digests that lost a conflict before, by the key of their events."""


@dataclass(frozen=True, slots=True)
class DeduplicatedBatch:
    """The events of a batch by outcome; a conflict has the digest that counts, None if unknown.

    `earlier` has the instants of duplicates that were recorded before their facts.
    """

    fresh: list[DecodedEvent] = field(default_factory=list)
    duplicates: list[DecodedEvent] = field(default_factory=list)
    conflicts: list[tuple[DecodedEvent, bytes | None]] = field(default_factory=list)
    earlier: dict[EventKey, datetime] = field(default_factory=dict)

    def add(self, event: DecodedEvent, fact: ExistingFact) -> None:
        """Add an event whose key is a fact: as a duplicate, or as a conflict."""
        if event.digest != fact.digest:
            self.conflicts.append((event, fact.digest))
            return
        self.duplicates.append(event)
        if event.recorded_at < self.earlier.get(event.key, fact.recorded_at):
            self.earlier[event.key] = event.recorded_at


def deduplicate(
    events: Iterable[DecodedEvent],
    refused: RefusedDigests,
    existing: Mapping[EventKey, ExistingFact],
) -> DeduplicatedBatch:
    """Sort events into facts, duplicates and conflicts; of each key the first in the log counts.

    A digest that was refused before is refused again, although there may be no fact to conflict
    with. The live projection and a rebuild both use this rule.
    """
    batch = DeduplicatedBatch()
    facts = dict(existing)
    for event in events:
        fact = facts.get(event.key)
        if event.digest in refused.get(event.key, ()):
            batch.conflicts.append((event, None))
        elif fact is None:
            facts[event.key] = ExistingFact(event.digest, event.recorded_at)
            batch.fresh.append(event)
        else:
            batch.add(event, fact)
    return batch


async def insert_new_facts(
    repository: ProjectionRepository, events: Sequence[DecodedEvent]
) -> DeduplicatedBatch:
    """Insert the events that are new facts, store new conflicts, and return every outcome."""
    if not events:
        return DeduplicatedBatch()
    refused = await repository.refused_digests({event.key for event in events})
    first: dict[EventKey, DecodedEvent] = {}
    for event in events:
        if event.digest not in refused.get(event.key, ()):
            first.setdefault(event.key, event)
    added = await repository.insert_facts(sorted(first.values(), key=lambda event: event.key))
    others = first.keys() - added
    batch = deduplicate(events, refused, await repository.existing_facts(others))
    conflicts = [(event.key, event.digest, kept) for event, kept in batch.conflicts if kept]
    if conflicts:
        await repository.insert_conflicts(conflicts)
    return batch


def records_to_quarantine(decoded: DecodedBatch, batch: DeduplicatedBatch) -> list[RejectedRecord]:
    """Return the records that cannot be decoded, and those of conflicts."""
    conflicts = (RejectedRecord(event.record, _CONFLICT) for event, _ in batch.conflicts)
    return [*decoded.rejected, *conflicts]


def record_counts(decoded: DecodedBatch, batch: DeduplicatedBatch) -> CountsByPartition:
    """Count the records of each partition by outcome."""
    applied = Counter(event.record.topic_partition for event in batch.fresh)
    duplicate = Counter(event.record.topic_partition for event in batch.duplicates)
    rejected = records_to_quarantine(decoded, batch)
    codes: dict[Partition, list[str]] = defaultdict(list)
    for each in rejected:
        codes[each.record.topic_partition].append(each.problem.code)
    ignored = Counter(record.topic_partition for record in decoded.ignored)
    return {
        each: RecordCounts(
            applied[each], duplicate[each], len(codes[each]), ignored[each], tuple(codes[each])
        )
        for each in {*applied, *duplicate, *codes, *ignored}
    }


_CONFLICT = Problem(
    "E1301",
    "$.id",
    "Another event of this source has the same id and other content; the first one counts.",
    "Send it under an id of its own; to correct a fact keep its factid and raise the revision.",
)
