"""Why a number is another one than it was: what was recorded in between, told once more in order.

Each step adds the facts of one reason, and whatever changes with it is the doing of that reason.
So the steps add up to the difference, whatever came first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from services.reporting.counting.fold import counted_of
from services.reporting.counting.history import Fact, History, Identity
from services.reporting.counting.indicator import Indicator, Kind
from services.reporting.counting.known import CONSENTS, histories_of
from services.reporting.explaining.rests import fewest
from services.reporting.tables.memory import Counting, behind, counted
from services.reporting.tables.table import TOTAL, Table

MERGES = "registration.person.merged"


class Reason(StrEnum):
    """Why an entry came or went, or a number reads otherwise.

    `late`: told between the two moments of a day before the first; `new`: of that day or a later
    one; `correction`: a record told before is stated otherwise, or again; `retraction`: it is
    taken back; `merge`: two codes became one person, or are one no more; `consent`; `calendar`: a
    cohort's term has passed; `definition`: what is stored follows other definitions.
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
class Moments:
    """From an instant (exclusive) to another; `day` is the civil day of the first."""

    since: datetime
    until: datetime
    day: date

    def holds(self, fact: Fact) -> bool:
        """Whether the fact was recorded between them."""
        return self.since < fact.recorded_at <= self.until


class Amount(NamedTuple):
    """What a number is made of: the number itself (0 for a median), and how many entries."""

    number: Decimal
    entries: int

    def plus(self, other: "Amount") -> "Amount":
        """Both together."""
        return Amount(self.number + other.number, self.entries + other.entries)

    def less(self, other: "Amount") -> "Amount":
        """What is left of it."""
        return Amount(self.number - other.number, self.entries - other.entries)


NOTHING = Amount(Decimal(0), 0)


@dataclass(frozen=True, slots=True)
class Step:
    """Facts recorded one after the other for one reason."""

    reason: Reason
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What a step did to a number: the entries that came and went, and the difference.

    `then` are the facts that were known before it.
    """

    table: Table
    step: Step
    then: tuple[Fact, ...]
    came: tuple[Counting, ...]
    went: tuple[Counting, ...]
    net: Amount


def changes_of(
    facts: Sequence[Fact], tables: Sequence[Table], bucket: str | None, moments: Moments
) -> Iterator[Change]:
    """The changes in a group of codes that were ever linked; `facts` are all of theirs.

    All tables are of one indicator; `bucket` is None for their totals.
    """
    then = [fact for fact in facts if fact.recorded_at <= moments.since]
    before: list[Counting] | None = None
    for step in steps(facts, moments):
        if before is None:
            before = known(then, facts, tables[0].indicator)
        after = known([*then, *step.facts], facts, tables[0].indicator)
        if after != before:
            yield from _changes(step, tuple(then), tables, (bucket, before, after))
        then += step.facts
        before = after


def steps(facts: Iterable[Fact], moments: Moments) -> list[Step]:
    """What was recorded between, in order, as long as the reason stays the same in one step."""
    told = sorted(facts, key=_in_time)
    known: set[Identity] = {f.identity for f in told if f.recorded_at <= moments.since}
    found: list[Step] = []
    for fact in filter(moments.holds, told):
        reason = reason_of(fact, moments.day, is_known=fact.identity in known)
        known.add(fact.identity)
        if found and found[-1].reason is reason:
            found[-1] = Step(reason, (*found[-1].facts, fact))
        else:
            found.append(Step(reason, (fact,)))
    return found


def reason_of(fact: Fact, day: date, *, is_known: bool) -> Reason:
    """What a newly recorded fact is; `day` is that of the first moment."""
    stated = fact.identity[1]
    if stated == MERGES:
        return Reason.MERGE
    if stated in CONSENTS:
        return Reason.CONSENT
    if fact.is_retraction:
        return Reason.RETRACTION
    if is_known:
        return Reason.CORRECTION
    return Reason.LATE if fact.on < day else Reason.NEW


def amount(table: Table, bucket: str | None, entries: Sequence[Counting]) -> Amount:
    """The number that the entries behind a bucket make (None: the total)."""
    rows = () if table.measure.kind is Kind.DURATION else counted(table, entries, date.max)
    number = next((row.value for row in rows if row.bucket == (bucket or TOTAL)), None)
    return Amount(Decimal(number or 0), len(entries))


def known(then: Sequence[Fact], facts: Sequence[Fact], definition: Indicator) -> list[Counting]:
    """The entries of an indicator, if of all facts these were known then."""
    return [
        (root, entry)
        for root, told in histories_of(then, facts).items()
        for _, entry in counted_of(History(told), [definition])
    ]


def _changes(
    step: Step,
    then: tuple[Fact, ...],
    tables: Sequence[Table],
    states: tuple[str | None, Sequence[Counting], Sequence[Counting]],
) -> Iterator[Change]:
    bucket, was, is_now = states
    for table in tables:
        before, after = behind(table, was, bucket), behind(table, is_now, bucket)
        if before != after:
            net = amount(table, bucket, after).less(amount(table, bucket, before))
            moved = _surplus(after, before), _surplus(before, after)
            yield Change(table, step, then, *moved, net)


def _surplus(entries: Iterable[Counting], others: Iterable[Counting]) -> tuple[Counting, ...]:
    return tuple(sorted((Counter(entries) - Counter(others)).elements(), key=_order))


def _order(each: Counting) -> tuple[date, str, str, list[tuple[str, str]]]:
    subject, entry = each
    return (entry.on, subject, entry.municipality, sorted(entry.buckets))


def _in_time(fact: Fact) -> tuple[datetime, str, str]:
    return (fact.recorded_at, fact.source, fact.event_id)


def causes(
    change: Change, counting: Counting, facts: Sequence[Fact], bucket: str | None
) -> list[Fact]:
    """Those facts of the step that already make the entry come or go, and none too many."""

    def times(told: Iterable[Fact]) -> int:
        entries = known([*change.then, *told], facts, change.table.indicator)
        return Counter(behind(change.table, entries, bucket))[counting]

    before = times(())
    return fewest(list(change.step.facts), lambda told: times(told) != before)
