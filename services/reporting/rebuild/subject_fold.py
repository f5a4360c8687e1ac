"""Fold all records of one key in memory into facts, entries and counts; pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runtime.messaging.records import Record
from schemas.events.registration import PersonMerged
from services.reporting.domain.fold import entries_of, subject_code
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import Entry, Indicator
from services.reporting.projection.decode import (
    DecodedBatch,
    DecodedEvent,
    EventKey,
    RejectedRecord,
    decode_batch,
)
from services.reporting.projection.deduplicate import (
    DeduplicatedBatch,
    deduplicate,
    records_to_quarantine,
)

RecordOutcomes = Counter[tuple[str, str]]
"""The number of records by (topic, outcome)."""


@dataclass(frozen=True, slots=True)
class LiveDecisions:
    """What the live projection has decided about records, and a rebuild must repeat.

    `refused` has the digests that lost a conflict; `quarantined` the (topic, offset) of records of
    this partition whose processing failed every time.
    """

    refused: Mapping[EventKey, frozenset[bytes]]
    quarantined: frozenset[tuple[str, int]]


@dataclass(slots=True)
class WriteBuffer:
    """Rows to write, collected subject by subject.

    `subjects` has codes with their entries; `cross_partition` the codes whose entries depend on
    facts of other keys.
    """

    facts: list[DecodedEvent] = field(default_factory=list)
    subjects: list[tuple[str, Sequence[Entry]]] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)
    conflicts: list[tuple[EventKey, bytes, bytes]] = field(default_factory=list)
    cross_partition: set[str] = field(default_factory=set)
    outcomes: RecordOutcomes = field(default_factory=Counter)


def fold_subject(
    records: Sequence[Record],
    decisions: LiveDecisions,
    catalogue: Sequence[Indicator],
    buffer: WriteBuffer,
) -> None:
    """Fold all records of one key, those of each topic in the order of the log, into the buffer.

    Entries of codes that a merge names, and of codes whose records have another key, depend on
    facts of other keys: these codes are collected in `cross_partition` and recomputed at the end.
    """
    decoded = decode_batch(_without_quarantined(records, decisions, buffer))
    batch = deduplicate(decoded.events, decisions.refused, {})
    fresh = _recorded_first(batch)
    _count(decoded, batch, buffer)
    buffer.facts += fresh
    facts_by_code: dict[str, list[Fact]] = {}
    for event in fresh:
        code = subject_code(event.envelope)
        if code is not None:
            facts = facts_by_code.setdefault(code, [])
            if (fact := event.fact) is not None:
                facts.append(fact)
        if type(event.envelope.data) is PersonMerged:
            buffer.cross_partition.update(event.affected_codes)
    for code, facts in facts_by_code.items():
        if code.encode() != records[0].key:
            buffer.cross_partition.add(code)
        buffer.subjects.append((code, entries_of(facts, catalogue)))


def _without_quarantined(
    records: Sequence[Record], decisions: LiveDecisions, buffer: WriteBuffer
) -> Sequence[Record]:
    if not decisions.quarantined:
        return records
    kept = [each for each in records if (each.topic, each.offset) not in decisions.quarantined]
    for record in records:
        if (record.topic, record.offset) in decisions.quarantined:
            buffer.outcomes[record.topic, "quarantined"] += 1
    return kept


def _recorded_first(batch: DeduplicatedBatch) -> Sequence[DecodedEvent]:
    """Return the new facts, each with the earliest recording of it and its duplicates."""
    if not batch.earlier:
        return batch.fresh
    return [
        event._replace(recorded_at=batch.earlier.get(event.key, event.recorded_at))
        for event in batch.fresh
    ]


def _count(decoded: DecodedBatch, batch: DeduplicatedBatch, buffer: WriteBuffer) -> None:
    """Count every record by its outcome, and collect rejected records and conflicts."""
    outcomes = buffer.outcomes
    for event in batch.fresh:
        outcomes[event.record.topic, "applied"] += 1
    for event in batch.duplicates:
        outcomes[event.record.topic, "duplicate"] += 1
    for record in decoded.ignored:
        outcomes[record.topic, "ignored"] += 1
    rejected = records_to_quarantine(decoded, batch)
    for record, _ in rejected:
        outcomes[record.topic, "quarantined"] += 1
    buffer.rejected += rejected
    buffer.conflicts += [
        (event.key, event.digest, kept) for event, kept in batch.conflicts if kept is not None
    ]
