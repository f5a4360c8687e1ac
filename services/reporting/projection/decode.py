"""Decode the records of a batch into events; records that are no valid event are rejected."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from runtime.messaging.records import Record
from schemas.envelope import Envelope, canonical_content, digest_of_content
from schemas.events.event import Event
from schemas.events.registration import PersonErased, PersonMerged
from schemas.validation.decode import decode_event
from schemas.validation.problems import Problem, Refusal
from services.reporting.domain.fold import subject_code
from services.reporting.domain.history import Fact

EventKey = tuple[str, str]
"""What identifies an event: (source, id)."""


class DecodedEvent(NamedTuple):
    """An event with its record; events with equal keys and digests are duplicates.

    `data` is JSON: as the event's model reads it, without defaults; of an unknown type, unchanged.
    """

    record: Record
    envelope: Envelope[Event]
    digest: bytes
    recorded_at: datetime
    data: str

    @property
    def key(self) -> EventKey:
        """What identifies the event: (source, id)."""
        return (self.envelope.source, self.envelope.id)

    @property
    def affected_codes(self) -> tuple[str, ...]:
        """The codes whose entries it may change: its subject, and both codes of a merge."""
        code = subject_code(self.envelope)
        if code is None:
            return ()
        event = self.envelope.data
        return (code, event.with_) if isinstance(event, PersonMerged) else (code,)

    @property
    def is_organisation_report(self) -> bool:
        """Whether it states what an organisation has reported; such an event makes no entries."""
        return self.envelope.subject.startswith("o-")

    @property
    def fact(self) -> Fact | None:
        """The event as the fold takes it; None if this version does not know the type."""
        envelope = self.envelope
        if envelope.data is None:
            return None
        return Fact(
            envelope.source,
            envelope.fact_type,
            envelope.version,
            envelope.subject,
            envelope.factid,
            envelope.revision,
            envelope.id,
            self.recorded_at,
            envelope.data,
        )


class RejectedRecord(NamedTuple):
    """A record that must be quarantined, and why."""

    record: Record
    problem: Problem


@dataclass(frozen=True, slots=True)
class DecodedBatch:
    """The decoded records of a batch, in the order of the log; `ignored` ones have no value."""

    events: tuple[DecodedEvent, ...]
    rejected: tuple[RejectedRecord, ...]
    ignored: tuple[Record, ...]

    def before(self, offset: int) -> "DecodedBatch":
        """Return the part before an offset, of a batch from one partition."""
        return DecodedBatch(
            tuple(event for event in self.events if event.record.offset < offset),
            tuple(each for each in self.rejected if each.record.offset < offset),
            tuple(record for record in self.ignored if record.offset < offset),
        )


def decode_batch(records: Iterable[Record]) -> DecodedBatch:
    """Decode records as events; every record is in the result, and nothing is raised."""
    events: list[DecodedEvent] = []
    rejected: list[RejectedRecord] = []
    ignored: list[Record] = []
    for record in records:
        if record.value is None:
            ignored.append(record)
            continue
        try:
            events.append(_decode(record, decode_event(record.value)))
        except Refusal as refusal:
            rejected.append(RejectedRecord(record, refusal.problem))
    return DecodedBatch(tuple(events), tuple(rejected), tuple(ignored))


def erased_codes(events: Iterable[DecodedEvent]) -> set[str]:
    """Return the codes that these events erase."""
    envelopes = (event.envelope for event in events)
    return {each.subject for each in envelopes if isinstance(each.data, PersonErased)}


def _decode(record: Record, envelope: Envelope[Event]) -> DecodedEvent:
    """Return the event; without a recordedtime it counts as recorded when Kafka received it."""
    recorded = envelope.recordedtime or datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
    content = canonical_content(envelope)
    is_known = envelope.data is not None
    data = content.decode() if is_known else json.dumps(dict(envelope.content), ensure_ascii=False)
    return DecodedEvent(record, envelope, digest_of_content(envelope, content), recorded, data)
