"""Why a number is another one now than when it was frozen: a pure question about facts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from runtime.clock import belgrade_day
from schemas.registration import PersonMerged
from services.reporting.counting.components import roots_of
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Indicator
from services.reporting.explaining.changes import Moments, Reason, Step, known, steps
from services.reporting.tables.memory import Subjects, in_cells
from services.reporting.tables.table import Table

EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Everything is recorded by then."""

Part = Counter[object]
"""What one person adds to a table, whatever code names the person."""


def reasons(
    tables: Sequence[Table], told: Sequence[Fact], since: datetime
) -> dict[Table, set[Reason]]:
    """Per table why one person's facts recorded after an instant have changed it.

    `told` are all facts of the person, under all codes ever linked. They are told once more in
    order; whatever changes the person's part of a table is a reason, if in the end that part is
    another one.
    """
    moments = Moments(since, EVER, belgrade_day(since))
    made = steps(told, moments)
    found: dict[Table, set[Reason]] = {}
    for definition, mine in groupby(tables if made else (), _definition):
        found |= _of_one(list(mine), told, (definition, made, moments))
    return found


def together(facts: Iterable[Fact]) -> Iterable[Sequence[Fact]]:
    """The facts of those who are one person, now or under any merge that was ever said."""
    every = list(facts)
    links = [
        (fact.subject, fact.event.with_) for fact in every if isinstance(fact.event, PersonMerged)
    ]
    roots = roots_of({fact.subject for fact in every}.union(*links), links)
    groups: dict[str, list[Fact]] = defaultdict(list)
    for fact in every:
        groups[roots[fact.subject]].append(fact)
    return groups.values()


def _definition(table: Table) -> Indicator:
    return table.indicator


def _of_one(
    tables: Sequence[Table], told: Sequence[Fact], asked: tuple[Indicator, list[Step], Moments]
) -> Iterator[tuple[Table, set[Reason]]]:
    """What has changed one person's part of some tables of one indicator."""
    definition, made, moments = asked
    then = [fact for fact in told if fact.recorded_at <= moments.since]
    states = [known(then, told, definition)]
    for step in made:
        then += step.facts
        states.append(known(then, told, definition))
    for table in tables:
        parts = [_part(table, entries) for entries in states]
        if parts[0] != parts[-1]:
            changes = zip(made, parts, parts[1:], strict=False)
            yield table, {step.reason for step, was, is_now in changes if was != is_now}


def _part(table: Table, entries: Subjects) -> Part:
    parts: dict[str, Part] = defaultdict(Counter)
    for bucket, counted in in_cells(table, entries).items():
        for subject, entry in counted:
            parts[subject][bucket, entry.amount] += 1
    return Counter(frozenset(part.items()) for part in parts.values())
