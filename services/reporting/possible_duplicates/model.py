"""Possible duplicates: one job, as MI-13 defines it, reported by two sources."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from schemas.events.matching import PlacementMade
from schemas.rules.jobs import job_reports
from schemas.territory import council_of
from services.reporting.domain.history import Fact, History

_ID_CHARS = 16
_SMALL_BELOW = 3
"""A smaller count is published as `small` without a number: it could identify a person."""


class DifferenceReason(StrEnum):
    """Why two reports that look like one job are two jobs."""

    TWO_EMPLOYERS = "two_employers"
    NEW_CONTRACT = "new_contract"
    SECOND_SHIFT = "second_shift"
    OTHER = "other"


class PlacementRecord(NamedTuple):
    """The key of a placement's record, which stays the same through corrections."""

    source: str
    factid: str
    subject: str


RecordPair = tuple[PlacementRecord, PlacementRecord]


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """The first report of a job, and another source's report of it."""

    council: str
    first: Fact[PlacementMade]
    other: Fact[PlacementMade]

    @property
    def records(self) -> RecordPair:
        """Both records in order of their keys: a correction may change which report is first."""
        return ordered_pair(_record_of(self.first), _record_of(self.other))

    @property
    def id(self) -> str:
        """A short identifier of the two records."""
        return _pair_id(self.records)

    @property
    def days_apart(self) -> int:
        """How many days the second reported job begins after the first."""
        return (self.other.on - self.first.on).days


class DifferenceNote(NamedTuple):
    """The steward's decision that a pair is two jobs."""

    reason: DifferenceReason
    noted_at: datetime


class AssessedPair(NamedTuple):
    """A pair; it is closed if it has a note."""

    pair: DuplicatePair
    note: DifferenceNote | None


def duplicate_pairs(history: History) -> Iterator[DuplicatePair]:
    """Yield the pairs of one person: the first report of each job with every other source's."""
    for first, *others in job_reports(history.of(PlacementMade)):
        council = council_of(first.event.municipality)
        for other in others:
            if other.source != first.source:
                yield DuplicatePair(council, first, other)


def ordered_pair(one: PlacementRecord, other: PlacementRecord) -> RecordPair:
    """Return two records in order of their keys."""
    return (one, other) if one <= other else (other, one)


def _pair_id(records: RecordPair) -> str:
    """Return the identifier of a pair: a hash of both keys."""
    keys = "\0".join(part for record in records for part in record)
    return hashlib.sha256(keys.encode()).hexdigest()[:_ID_CHARS]


def open_pairs(found: Iterable[AssessedPair]) -> Mapping[str, int]:
    """Return the number of pairs without a decision, by council."""
    counts: dict[str, int] = {}
    for pair, note in found:
        if note is None:
            counts[pair.council] = counts.get(pair.council, 0) + 1
    return counts


def disclosed_count(pairs: int) -> tuple[int | None, str]:
    """Return the number and its state as they may be published."""
    if is_small(pairs):
        return None, "small"
    return pairs, "value" if pairs else "zero"


def is_small(pairs: int) -> bool:
    """Return whether so few could identify a person; zero is not small."""
    return 0 < pairs < _SMALL_BELOW


def _record_of(fact: Fact[PlacementMade]) -> PlacementRecord:
    return PlacementRecord(fact.source, fact.factid, fact.subject)
