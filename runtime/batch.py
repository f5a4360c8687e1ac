"""Records of the log, and what makes a row of them a batch that may be folded: no effects."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from runtime.errors import AnotherLog
from runtime.kafka import Partition


class Record(NamedTuple):
    """One record of the log as it came; `timestamp_ms` is its producer's clock."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int

    @property
    def place(self) -> Partition:
        """The partition it lies in."""
        return self.topic, self.partition

    @property
    def digest(self) -> bytes:
        """SHA-256 over key and value: by its last record a log is known again."""
        return hashlib.sha256((self.key or b"") + b"\0" + (self.value or b"")).digest()


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the records of one partition in one batch; each is counted once."""

    folded: int = 0
    duplicate: int = 0
    quarantined: int = 0
    ignored: int = 0

    @property
    def total(self) -> int:
        """How many records are accounted for."""
        return self.folded + self.duplicate + self.quarantined + self.ignored


Tallies = Mapping[Partition, Tally]


@dataclass(frozen=True, slots=True)
class Step:
    """How a batch moves one partition: from the offset `begin` to behind its last record."""

    begin: int
    records: Sequence[Record]

    @property
    def end(self) -> int:
        """The next offset after it."""
        return self.records[-1].offset + 1

    @property
    def holes(self) -> int:
        """Offsets passed that hold no record, as a partner's transactions leave them."""
        return self.end - self.begin - len(self.records)

    def singles(self) -> Iterator["Step"]:
        """The same way in steps of one record."""
        begin = self.begin
        for record in self.records:
            yield Step(begin, (record,))
            begin = record.offset + 1


@dataclass(frozen=True, slots=True)
class Batch:
    """What is folded in one transaction."""

    steps: Mapping[Partition, Step]

    @property
    def records(self) -> list[Record]:
        """All its records; those of one partition in the order of the log."""
        return [record for step in self.steps.values() for record in step.records]

    def singles(self) -> Iterator["Batch"]:
        """The same in batches of one record, in an order in which they may be committed."""
        for place, step in self.steps.items():
            for single in step.singles():
                yield Batch({place: single})


@dataclass(slots=True)
class Place:
    """Where this process stands in one partition, and what it has yet to see there.

    `witness` is the digest that the record before `next_offset` must have. It is read again after
    every seek, so that another log under the same name and id is noticed before it is folded.
    """

    next_offset: int
    witness: bytes | None = None
    _hole_to: int | None = None

    @property
    def seek_offset(self) -> int:
        """From where to fetch."""
        return self.next_offset - (self.witness is not None)

    def go_on(self, records: Sequence[Record]) -> Step | None:
        """The step that fetched records make from here, or None if they begin elsewhere.

        None asks for a seek. Records that begin behind a gap are believed only when the fetch from
        exactly here has brought them twice: then the offsets between hold nothing.
        """
        fresh = records[self._recognised(records[0]) :]
        if fresh and fresh[0].offset not in {self.next_offset, self._hole_to}:
            self._hole_to = max(fresh[0].offset, self.next_offset)
            return None
        step = Step(self.next_offset, fresh)
        if fresh:
            self.next_offset, self.witness, self._hole_to = step.end, None, None
        return step

    def _recognised(self, first: Record) -> int:
        """How many records (1 or 0) are the witness; AnotherLog if something else stands there."""
        if self.witness is None or first.offset != self.next_offset - 1:
            return 0
        if first.digest != self.witness:
            raise AnotherLog(
                f"the record at offset {first.offset} in partition {first.partition} of "
                f"{first.topic} is not the one that was folded from there"
            )
        self.witness = None
        return 1
