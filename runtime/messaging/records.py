"""Records of the log, and the batches of them that one transaction processes; no effects."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from runtime.process.errors import LogMismatch

FAILURES_MAX = 3
"""So often may one record crash the process; then it is quarantined as an internal error."""

Partition = tuple[str, int]
"""A topic and the number of its partition."""


class Record(NamedTuple):
    """One record of the log; `timestamp_ms` is from its producer's clock.

    `headers` are those of records that others have produced; ours repeat what the value says.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Sequence[tuple[str, bytes | None]] = ()

    @property
    def topic_partition(self) -> Partition:
        """The partition that holds it."""
        return self.topic, self.partition

    @property
    def digest(self) -> bytes:
        """SHA-256 over key and value: the last record's digest identifies a log."""
        return hashlib.sha256((self.key or b"") + b"\0" + (self.value or b"")).digest()


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """The records of one partition in one batch, by outcome; each is counted once."""

    applied: int = 0
    duplicate: int = 0
    quarantined: int = 0
    ignored: int = 0
    quarantined_codes: tuple[str, ...] = field(default=(), compare=False)
    """The code of each quarantined record; empty in counts that were read back."""

    @property
    def total(self) -> int:
        """How many records are accounted for."""
        return self.applied + self.duplicate + self.quarantined + self.ignored


CountsByPartition = Mapping[Partition, RecordCounts]


@dataclass(frozen=True, slots=True)
class PartitionSlice:
    """The part of a batch from one partition: from the offset `begin` to its last record."""

    begin: int
    records: Sequence[Record]

    @property
    def end(self) -> int:
        """The offset after its last record."""
        return self.records[-1].offset + 1

    @property
    def offset_gaps(self) -> int:
        """Offsets in it without a record, as a partner's transactions leave them."""
        return self.end - self.begin - len(self.records)

    def one_by_one(self) -> Iterator["PartitionSlice"]:
        """Yield the same as slices of one record."""
        begin = self.begin
        for record in self.records:
            yield PartitionSlice(begin, (record,))
            begin = record.offset + 1


@dataclass(frozen=True, slots=True)
class Batch:
    """The records that one transaction processes."""

    slices: Mapping[Partition, PartitionSlice]

    @property
    def records(self) -> list[Record]:
        """All records; those of one partition in the order of the log."""
        return [record for each in self.slices.values() for record in each.records]

    def one_by_one(self) -> Iterator["Batch"]:
        """Yield the same as batches of one record, in an order in which they may be committed."""
        for partition, partition_slice in self.slices.items():
            for single in partition_slice.one_by_one():
                yield Batch({partition: single})


@dataclass(slots=True)
class PartitionCursor:
    """The next offset of one partition in this process, and the record expected before it.

    `expected_digest` is the digest that the record before `next_offset` must have. That record is
    read again after every seek, so that another log with the same name and id is noticed in time.
    """

    next_offset: int
    expected_digest: bytes | None = None
    _gap_end: int | None = None

    @property
    def seek_offset(self) -> int:
        """The offset to fetch from."""
        return self.next_offset - (self.expected_digest is not None)

    def advance(self, records: Sequence[Record]) -> PartitionSlice | None:
        """Advance over fetched records and return their slice; None asks for a seek.

        Records that begin after a gap are accepted only when a fetch from exactly `next_offset`
        has returned them twice: then the offsets between hold no record.
        """
        fresh = records[self._recognised(records[0]) :]
        if fresh and fresh[0].offset not in {self.next_offset, self._gap_end}:
            self._gap_end = max(fresh[0].offset, self.next_offset)
            return None
        partition_slice = PartitionSlice(self.next_offset, fresh)
        if fresh:
            self.next_offset = partition_slice.end
            self.expected_digest, self._gap_end = None, None
        return partition_slice

    def _recognised(self, first: Record) -> int:
        """Return 1 if `first` is the expected record, else 0; LogMismatch if it is another."""
        if self.expected_digest is None or first.offset != self.next_offset - 1:
            return 0
        if first.digest != self.expected_digest:
            raise LogMismatch(
                f"the record at offset {first.offset} in partition {first.partition} of "
                f"{first.topic} is not the one that was processed there"
            )
        self.expected_digest = None
        return 1
