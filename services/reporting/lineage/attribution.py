"""Attributes the change of a number to reasons: replays, in order, what was recorded since.

Each replay step adds the facts of one reason, and every change it causes is attributed to that
reason. So the steps add up to the difference, whatever the order of the facts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from services.reporting.domain.as_of import CONSENT_TYPES, facts_by_subject
from services.reporting.domain.fold import entries_with_facts
from services.reporting.domain.history import Fact, History, Identity
from services.reporting.domain.indicator import Indicator, MeasureKind
from services.reporting.lineage.supporting_facts import minimal_subset
from services.reporting.tables.in_memory import (
    SubjectEntry,
    contributing_entries,
    values_of_entries,
)
from services.reporting.tables.table import TOTAL, Table

_MERGE_TYPE = "registration.person.merged"


class ChangeReason(StrEnum):
    """Why an entry was added or removed, or a number is displayed otherwise.

    `late`: recorded in the interval, about a day before it; `new`: about its first day or a later
    one; `correction`: a new revision of a known record, or its repetition; `retraction`: a record
    was retracted; `merge`: two codes became one person, or no longer are; `consent`: consent was
    granted or withdrawn; `calendar`: a cohort's waiting period has ended; `definition`: the stored
    entries follow other definitions.
    """

    LATE = "late"
    NEW = "new"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    MERGE = "merge"
    CONSENT = "consent"
    CALENDAR = "calendar"
    DEFINITION = "definition"


@dataclass(frozen=True, slots=True)
class Interval:
    """The interval (since, until]; `day` is the civil day of `since`."""

    since: datetime
    until: datetime
    day: date

    def contains(self, fact: Fact) -> bool:
        """Whether the fact was recorded in the interval."""
        return self.since < fact.recorded_at <= self.until


class Contribution(NamedTuple):
    """What entries contribute to a number: its value (0 for a median) and their count."""

    number: Decimal
    entries: int

    def add(self, other: "Contribution") -> "Contribution":
        """Return the sum of both."""
        return Contribution(self.number + other.number, self.entries + other.entries)

    def subtract(self, other: "Contribution") -> "Contribution":
        """Return the difference."""
        return Contribution(self.number - other.number, self.entries - other.entries)


NO_CONTRIBUTION = Contribution(Decimal(0), 0)


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """Consecutively recorded facts with the same reason."""

    reason: ChangeReason
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class NumberChange:
    """What one step changed in a number: the entries added and removed, and the difference.

    `known_before` are the facts known before the step.
    """

    table: Table
    step: ReplayStep
    known_before: tuple[Fact, ...]
    added: tuple[SubjectEntry, ...]
    removed: tuple[SubjectEntry, ...]
    net: Contribution


def attribute_changes(
    facts: Sequence[Fact], tables: Sequence[Table], bucket: str | None, interval: Interval
) -> Iterator[NumberChange]:
    """Yield the changes caused by one group of codes that were ever linked.

    `facts` are all facts of the group. All tables belong to one indicator; `bucket` is None for
    their totals.
    """
    known = [fact for fact in facts if fact.recorded_at <= interval.since]
    before: list[SubjectEntry] | None = None
    for step in replay_steps(facts, interval):
        if before is None:
            before = entries_from(known, facts, tables[0].indicator)
        after = entries_from([*known, *step.facts], facts, tables[0].indicator)
        if after != before:
            yield from _changes(step, tuple(known), tables, (bucket, before, after))
        known += step.facts
        before = after


def replay_steps(facts: Iterable[Fact], interval: Interval) -> list[ReplayStep]:
    """Return what was recorded in the interval, in order; a step ends when the reason changes."""
    recorded = sorted(facts, key=_recording_order)
    known: set[Identity] = {f.identity for f in recorded if f.recorded_at <= interval.since}
    found: list[ReplayStep] = []
    for fact in filter(interval.contains, recorded):
        reason = _classify_fact(fact, interval.day, is_known=fact.identity in known)
        known.add(fact.identity)
        if found and found[-1].reason is reason:
            found[-1] = ReplayStep(reason, (*found[-1].facts, fact))
        else:
            found.append(ReplayStep(reason, (fact,)))
    return found


def _classify_fact(fact: Fact, day: date, *, is_known: bool) -> ChangeReason:
    """Return why a newly recorded fact matters; `day` is the interval's first day."""
    stated = fact.identity[1]
    if stated == _MERGE_TYPE:
        return ChangeReason.MERGE
    if stated in CONSENT_TYPES:
        return ChangeReason.CONSENT
    if fact.is_retraction:
        return ChangeReason.RETRACTION
    if is_known:
        return ChangeReason.CORRECTION
    return ChangeReason.LATE if fact.on < day else ChangeReason.NEW


def contribution(table: Table, bucket: str | None, entries: Sequence[SubjectEntry]) -> Contribution:
    """Return what these entries contribute to a bucket (None: to the total)."""
    rows = (
        ()
        if table.measure.kind is MeasureKind.DURATION
        else values_of_entries(table, entries, date.max)
    )
    number = next((row.value for row in rows if row.bucket == (bucket or TOTAL)), None)
    return Contribution(Decimal(number or 0), len(entries))


def entries_from(
    known: Sequence[Fact], facts: Sequence[Fact], definition: Indicator
) -> list[SubjectEntry]:
    """Fold the indicator's entries as if only the facts in `known` were recorded."""
    return [
        (code, entry)
        for code, own in facts_by_subject(known, facts).items()
        for _, entry in entries_with_facts(History(own), [definition])
    ]


def _changes(
    step: ReplayStep,
    known: tuple[Fact, ...],
    tables: Sequence[Table],
    states: tuple[str | None, Sequence[SubjectEntry], Sequence[SubjectEntry]],
) -> Iterator[NumberChange]:
    bucket, was, is_now = states
    for table in tables:
        before = contributing_entries(table, was, bucket)
        after = contributing_entries(table, is_now, bucket)
        if before != after:
            net = contribution(table, bucket, after).subtract(contribution(table, bucket, before))
            added, removed = _surplus(after, before), _surplus(before, after)
            yield NumberChange(table, step, known, added, removed, net)


def _surplus(
    entries: Iterable[SubjectEntry], others: Iterable[SubjectEntry]
) -> tuple[SubjectEntry, ...]:
    return tuple(sorted((Counter(entries) - Counter(others)).elements(), key=_order))


def _order(each: SubjectEntry) -> tuple[date, str, str, list[tuple[str, str]]]:
    subject, entry = each
    return (entry.on, subject, entry.municipality, sorted(entry.buckets))


def _recording_order(fact: Fact) -> tuple[datetime, str, str]:
    return (fact.recorded_at, fact.source, fact.event_id)


def causing_facts(
    change: NumberChange, entry: SubjectEntry, facts: Sequence[Fact], bucket: str | None
) -> list[Fact]:
    """Return the fewest facts of the step that already add or remove the entry."""

    def occurrences(added: Iterable[Fact]) -> int:
        entries = entries_from([*change.known_before, *added], facts, change.table.indicator)
        return Counter(contributing_entries(change.table, entries, bucket))[entry]

    before = occurrences(())
    return minimal_subset(list(change.step.facts), lambda added: occurrences(added) != before)
