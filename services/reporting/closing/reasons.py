"""Why a number is another one now than it was at an instant: a pure question about facts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from schemas.registration import PersonMerged
from services.reporting.counting.components import roots_of
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Entry, Indicator
from services.reporting.counting.known import entries_known_at
from services.reporting.tables.memory import in_cells
from services.reporting.tables.table import Table

MERGED: Final = PersonMerged.TYPE.rpartition(".v")[0]
EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Everything is known by then."""
FRESH_MAX: Final = 50
"""Of somebody with more new facts all are the reason: each would be a fold of its own."""


class Reason(StrEnum):
    """What made a number change."""

    LATE = "late"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    MERGE = "merge"
    DEFINITION = "definition"


def reasons(
    tables: Sequence[Table], facts: Iterable[Fact], since: datetime
) -> dict[Table, set[Reason]]:
    """Per table what the facts recorded after an instant have done to it.

    `facts` are all of everybody who counts in one of the tables then or now. Of somebody's new
    facts those are the reason without which the number would be another; if none is so by itself,
    all are.
    """
    found: dict[Table, set[Reason]] = defaultdict(set)
    for told in _together(facts):
        fresh = [fact for fact in told if fact.recorded_at > since]
        if fresh:
            for table, telling in _telling(tables, told, fresh, since):
                found[table] |= {_reason(fact) for fact in telling or fresh}
    return found


def _telling(
    tables: Sequence[Table], told: Sequence[Fact], fresh: Sequence[Fact], since: datetime
) -> Iterator[tuple[Table, Sequence[Fact]]]:
    """The tables in which one person's part has changed, each with the new facts that did it."""
    definitions = list(dict.fromkeys(table.indicator for table in tables))
    now, then = (list(entries_known_at(told, definitions, at)) for at in (EVER, since))
    asked = fresh if len(fresh) <= FRESH_MAX else ()
    without = [(fact, list(_without(fact, told, definitions))) for fact in asked]
    for table in tables:
        part = _part(table, now)
        if part != _part(table, then):
            yield table, [fact for fact, entries in without if _part(table, entries) != part]


def _without(
    fact: Fact, told: Sequence[Fact], definitions: Sequence[Indicator]
) -> Iterator[tuple[str, Entry]]:
    return entries_known_at([each for each in told if each is not fact], definitions, EVER)


def _together(facts: Iterable[Fact]) -> Iterable[Sequence[Fact]]:
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


def _part(table: Table, entries: Iterable[tuple[str, Entry]]) -> Counter[object]:
    """What one person adds to a table; whatever code names the person."""
    parts: dict[str, Counter[object]] = defaultdict(Counter)
    for bucket, counted in in_cells(table, entries).items():
        for subject, entry in counted:
            parts[subject][bucket, entry.amount] += 1
    return Counter(frozenset(part.items()) for part in parts.values())


def _reason(fact: Fact) -> Reason:
    if fact.identity[1] == MERGED:
        return Reason.MERGE
    if fact.is_retraction:
        return Reason.RETRACTION
    return Reason.CORRECTION if fact.revision > 1 else Reason.LATE
