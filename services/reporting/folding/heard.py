"""A batch of records as reporting hears it: events, what is refused, what is no fact at all."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from runtime.batch import Record
from schemas.envelope import Envelope, content_of, digest_of, hear
from schemas.event import Event
from schemas.problem import Problem, Refusal
from schemas.registration import PersonErased, PersonMerged
from services.reporting.counting.fold import subject_code

Name = tuple[str, str]
"""An event's name for ever: (source, id)."""


class Heard(NamedTuple):
    """An event with its record; `digest` tells duplicates from conflicts.

    `data` is JSON: as the model reads them, without defaults; of an unknown type as they were said.
    """

    record: Record
    envelope: Envelope[Event]
    digest: bytes
    recorded_at: datetime
    data: str

    @property
    def name(self) -> Name:
        """The event's name for ever."""
        return (self.envelope.source, self.envelope.id)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes whose entries it may change: its own, and of a merge the other side."""
        code = subject_code(self.envelope)
        if code is None:
            return ()
        said = self.envelope.data
        return (code, said.with_) if isinstance(said, PersonMerged) else (code,)

    @property
    def is_of_organisation(self) -> bool:
        """Whether it tells what an organisation has reported; it makes no entries."""
        return self.envelope.subject.startswith("o-")


class Refused(NamedTuple):
    """A record that must be quarantined, and why."""

    record: Record
    problem: Problem


@dataclass(frozen=True, slots=True)
class Hearing:
    """Everything between two positions, in the log's order; an empty record is no fact."""

    heard: tuple[Heard, ...]
    refused: tuple[Refused, ...]
    ignored: tuple[Record, ...]

    def before(self, offset: int) -> "Hearing":
        """Only what lies before an offset; of one partition."""
        return Hearing(
            tuple(event for event in self.heard if event.record.offset < offset),
            tuple(each for each in self.refused if each.record.offset < offset),
            tuple(record for record in self.ignored if record.offset < offset),
        )


def decoded(records: Iterable[Record]) -> Hearing:
    """Read records as events, tolerantly; nothing is lost, nothing is raised."""
    heard: list[Heard] = []
    refused: list[Refused] = []
    ignored: list[Record] = []
    for record in records:
        if record.value is None:
            ignored.append(record)
            continue
        try:
            heard.append(_heard(record, hear(record.value)))
        except Refusal as refusal:
            refused.append(Refused(record, refusal.problem))
    return Hearing(tuple(heard), tuple(refused), tuple(ignored))


def firsts(heard: Sequence[Heard]) -> dict[Name, Heard]:
    """The first event of each name."""
    found: dict[Name, Heard] = {}
    for event in heard:
        found.setdefault(event.name, event)
    return found


def erased_codes(heard: Iterable[Heard]) -> set[str]:
    """The codes that these events erase."""
    said = (event.envelope for event in heard)
    return {each.subject for each in said if isinstance(each.data, PersonErased)}


def _heard(record: Record, envelope: Envelope[Event]) -> Heard:
    """What no outbox has stamped is known from the instant Kafka got it."""
    stamped = envelope.recordedtime or datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
    content = content_of(envelope)
    is_known = envelope.data is not None
    data = content.decode() if is_known else json.dumps(dict(envelope.content), ensure_ascii=False)
    return Heard(record, envelope, digest_of(envelope, content), stamped, data)
