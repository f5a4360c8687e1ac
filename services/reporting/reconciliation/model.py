"""What a reconciliation reports: checks, discrepancies, and the holds that they cause."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import TypeAdapter

from schemas import territory
from schemas.catalogue import BY_TYPE
from schemas.envelope import fact_type_of
from schemas.events.event import Event
from services.reporting.domain.history import RETRACTIONS
from services.reporting.domain.indicator import Indicator, PlaceRule
from services.reporting.tables.holds import OPEN_ENDED_KINDS, Hold

_LISTED_MAX = 100
"""Differences listed per check; all are counted."""
RULE = "a difference counts if a second check, in a new database snapshot, finds it too"

Progress = Callable[[str, int, int], None]
"""Called with a check's name, how much of it is done, and how much there is."""


def no_progress(_check: str, _done: int, _total: int) -> None:
    """Ignore the progress."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is wrong: where, and what."""

    where: str
    what: str


@dataclass(slots=True)
class Check:
    """One part of a reconciliation: what was compared, and what differs."""

    name: str
    compares: str
    compared: int = 0
    differs: int = 0
    differences: list[Difference] = field(default_factory=list)

    def add(self, *differences: Difference) -> None:
        """Count differences, and list the first _LISTED_MAX."""
        self.differs += len(differences)
        self.differences.extend(differences[: max(0, _LISTED_MAX - len(self.differences))])


@dataclass(frozen=True, slots=True)
class PartitionPosition:
    """How far a partition was projected when its log was checked."""

    topic: str
    partition: int
    next_offset: int


@dataclass(frozen=True, slots=True)
class ReconciliationReport:
    """Whether log, facts and entries agree, and where not. Digests are hexadecimal SHA-256."""

    made_at: datetime
    agrees: bool
    definitions_fingerprint: str
    entries_fingerprint: str | None
    checks: tuple[Check, ...]
    positions: tuple[PartitionPosition, ...]
    rule: str = RULE

    def to_json(self) -> str:
        """Return the report as one JSON object."""
        return _REPORT.dump_json(self, indent=2).decode()

    def without_codes(self) -> str:
        """Return the report without its differences, which contain codes of people."""
        return _REPORT.dump_json(self, exclude={"checks": {"__all__": {"differences"}}}).decode()


_REPORT = TypeAdapter(ReconciliationReport)


class DiscrepancyKind(StrEnum):
    """What a discrepancy is about; that is how it is checked again."""

    SUBJECT = "subject"
    """A code: its entries, its canonical code, and those of all codes linked with it."""
    UNKNOWN_SUBJECT = "unknown_subject"
    """A subject id that entries have and no code has."""
    RECORD = "record"
    """A record of the log and the fact of its name."""
    PARTITION = "partition"
    """The record counts of a partition."""
    TOPIC = "topic"
    """Whether a partition is there, and is the one that was projected."""
    REPORTS = "reports"
    """A council: through which day partners have reported on it."""
    FACT_COUNT = "fact_count"
    """How many facts there are."""
    TOO_MANY = "too_many"
    """More than are checked one by one; only a complete run resolves it."""


class Discrepancy(NamedTuple):
    """What differs, by names and codes, so that it can be checked in another projection too."""

    kind: DiscrepancyKind
    code: str | None = None
    topic: str | None = None
    partition: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A discrepancy confirmed by a second check, what differs, and the holds it causes."""

    discrepancy: Discrepancy
    differences: tuple[Difference, ...]
    holds: tuple[Hold, ...]


FindingHandler = Callable[[Finding], Awaitable[None]]


async def _ignore_finding(_: Finding) -> None:
    """Ignore the finding; the report lists it."""


def open_ended_measures(catalogue: Iterable[Indicator]) -> frozenset[str]:
    """Return the measures whose entries count until they end."""
    return frozenset(
        name
        for indicator in catalogue
        for name, measure in indicator.named_measures
        if measure.kind in OPEN_ENDED_KINDS
    )


def holds_of_event(
    catalogue: Sequence[Indicator], event: Event, municipality: str | None
) -> Iterator[Hold]:
    """Yield holds for an event that is missing or wrong; for a retraction, for what it retracts."""
    classes = {type(event)}
    if type(event) in RETRACTIONS:
        classes = classes_of(getattr(event, "type", ""))
    return holds_of_classes(catalogue, classes, municipality)


def holds_of_classes(
    catalogue: Sequence[Indicator], classes: Iterable[type[Event]], municipality: str | None
) -> Iterator[Hold]:
    """Yield holds on every measure that counts facts of these classes, without an end.

    They hold at this council (None: anywhere). Measures by residence are held anywhere.
    """
    council = _council(municipality)
    for indicator in catalogue:
        is_at_home = indicator.place_rule is PlaceRule.RESIDENCE
        for name, measure in indicator.named_measures:
            if not set(classes).isdisjoint(measure.of):
                yield Hold(name, None if is_at_home else council, affects_facts=True)


def hold_of_council(municipality: str | None) -> Hold:
    """Return a hold on everything displayed of a council (None: of any)."""
    return Hold(None, _council(municipality), affects_facts=True)


def classes_of(fact_type: str) -> set[type[Event]]:
    """Return the classes of all versions of a type."""
    return {model for stated, model in BY_TYPE.items() if fact_type_of(stated) == fact_type}


def _council(municipality: str | None) -> str | None:
    if municipality is None or not territory.is_listed(municipality):
        return None
    return territory.council_of(municipality)


_SLICE_SUBJECTS = 300
"""Some tenths of a second, also on a busy machine far below the five-second limit of an idle
transaction; so the check does not delay the database's vacuum either.
"""
_SLICE_RECORDS = 500


@dataclass(frozen=True, slots=True)
class Pacing:
    """How fast a check works, and where it reports findings.

    `pause_ratio`: after each slice it pauses for so many times the slice's duration.
    """

    on_finding: FindingHandler = _ignore_finding
    pause_ratio: float = 0.0
    subjects: int = _SLICE_SUBJECTS
    records: int = _SLICE_RECORDS

    async def pause_after(self, begun_s: float) -> None:
        """Pause after a slice that was begun at this moment."""
        if self.pause_ratio:
            await asyncio.sleep(self.pause_ratio * (time.monotonic() - begun_s))


NO_PAUSE = Pacing()
