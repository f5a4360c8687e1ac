"""Why a number has changed since it was frozen: a pure function of facts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from runtime.process.clock import belgrade_day
from schemas.events.registration import PersonMerged
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import Indicator
from services.reporting.domain.linked_codes import facts_by_canonical_code
from services.reporting.lineage.attribution import (
    ChangeReason,
    Interval,
    ReplayStep,
    entries_from,
    replay_steps,
)
from services.reporting.lineage.replay import END_OF_TIME
from services.reporting.tables.in_memory import SubjectEntries, entries_by_bucket
from services.reporting.tables.table import Table

_PersonContribution = Counter[object]
"""What one person contributes to a table, under whichever code."""


def reasons_by_table(
    tables: Sequence[Table], facts: Sequence[Fact], since: datetime
) -> dict[Table, set[ChangeReason]]:
    """Return per table why one person's facts recorded after an instant have changed it.

    `facts` are all facts of the person, under all codes ever linked. They are replayed in order;
    each change of the person's contribution gives a reason, if the final one has changed.
    """
    interval = Interval(since, END_OF_TIME, belgrade_day(since))
    steps = replay_steps(facts, interval)
    found: dict[Table, set[ChangeReason]] = {}
    for definition, own in groupby(tables if steps else (), _definition):
        found |= _of_one(list(own), facts, (definition, steps, interval))
    return found


def facts_by_person(facts: Iterable[Fact]) -> Iterable[Sequence[Fact]]:
    """Group facts by person: codes linked now or by any merge ever recorded."""
    every = list(facts)
    links = [
        (fact.subject, fact.event.with_) for fact in every if isinstance(fact.event, PersonMerged)
    ]
    return facts_by_canonical_code(every, links).values()


def _definition(table: Table) -> Indicator:
    return table.indicator


def _of_one(
    tables: Sequence[Table],
    facts: Sequence[Fact],
    replayed: tuple[Indicator, list[ReplayStep], Interval],
) -> Iterator[tuple[Table, set[ChangeReason]]]:
    """Yield the changes of one person's contribution to some tables of one indicator."""
    definition, steps, interval = replayed
    known = [fact for fact in facts if fact.recorded_at <= interval.since]
    folded = [entries_from(known, facts, definition)]
    for step in steps:
        known += step.facts
        folded.append(entries_from(known, facts, definition))
    for table in tables:
        states = [_contributions(table, entries) for entries in folded]
        if states[0] != states[-1]:
            changes = zip(steps, states, states[1:], strict=False)
            yield table, {step.reason for step, was, is_now in changes if was != is_now}


def _contributions(table: Table, entries: SubjectEntries) -> _PersonContribution:
    parts: dict[str, _PersonContribution] = defaultdict(Counter)
    for bucket, counted in entries_by_bucket(table, entries).items():
        for subject, entry in counted:
            parts[subject][bucket, entry.amount] += 1
    return Counter(frozenset(part.items()) for part in parts.values())
