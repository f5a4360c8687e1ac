"""Reads why numbers are others than they were: only those people are folded who have changed."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import NamedTuple

from runtime.clock import belgrade_day
from runtime.postgres import Connection
from schemas.problem import refusal
from services.reporting.answering.known_at import ever_linked, seeds_of
from services.reporting.answering.steward import codes_of
from services.reporting.counting.history import Fact
from services.reporting.counting.known import groups, histories_of
from services.reporting.explaining.behind import Explained, Person
from services.reporting.explaining.changes import (
    NOTHING,
    Amount,
    Change,
    Moments,
    Reason,
    causes,
    changes_of,
)
from services.reporting.explaining.reading import SLICE_CODES
from services.reporting.explaining.store import Shelf
from services.reporting.folding.store import Book
from services.reporting.tables.memory import Counting
from services.reporting.tables.table import Table

REPLAYED_CODES_MAX = 50_000
"""People whose facts are told once more for one answer: some ten seconds."""
CAUSES_FACTS_MAX = 50
"""Of a person with more facts, what made an entry come or go is not looked for any closer."""
FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """One number of each table, between which moments, and which of the entries that moved.

    `until` is None for now; `bucket` is None for the totals.
    """

    tables: Sequence[Table]
    bucket: str | None
    since: datetime
    until: datetime | None
    page: range


class Moved(NamedTuple):
    """An entry that came or went, why, and the facts that made it."""

    reason: Reason
    has_come: bool
    explained: Explained
    because: tuple[Fact, ...]


@dataclass(slots=True)
class Tally:
    """What one reason has done to a number."""

    net: Amount = NOTHING
    came: int = 0
    went: int = 0


@dataclass(slots=True)
class Told:
    """What was recorded since, told again: per measure, and one page of the entries.

    `between` are the two moments, `later` is what has changed since the second.
    """

    between: dict[str, dict[Reason, Tally]] = field(default_factory=lambda: defaultdict(dict))
    later: dict[str, Amount] = field(default_factory=lambda: defaultdict(lambda: NOTHING))
    moved: list[Moved] = field(default_factory=list)
    in_all: int = 0

    def net(self, measure: str) -> Amount:
        """What all reasons together have done between the moments."""
        total = NOTHING
        for tally in self.between[measure].values():
            total = total.plus(tally.net)
        return total


@dataclass(frozen=True, slots=True)
class Group:
    """Everything told of codes that were ever linked, and which of them are erased."""

    facts: Sequence[Fact]
    erased: Collection[str]


async def replay(connection: Connection, asked: Asked) -> Told:
    """Tell again, in order, what was recorded since the first moment."""
    between = Moments(asked.since, asked.until or FOR_EVER, belgrade_day(asked.since))
    later = Moments(between.until, FOR_EVER, between.day)
    told = Told()
    if not asked.tables:
        return told
    for codes in _slices(await _changed(connection, asked)):
        for group in await _read(connection, codes):
            for change in changes_of(group.facts, asked.tables, asked.bucket, between):
                _tell(told, change, group, asked)
            for change in changes_of(group.facts, asked.tables, asked.bucket, later):
                name = change.table.name
                told.later[name] = told.later[name].plus(change.net)
            await asyncio.sleep(0)  # the fold goes on meanwhile
    return told


async def _changed(connection: Connection, asked: Asked) -> list[list[str]]:
    """The groups of codes that may count at the place, and of which anything new was recorded."""
    changed = await Shelf(connection).changed_since(asked.since)
    seeds = await seeds_of(connection, asked.tables, FOR_EVER)
    linked = groups(changed, await ever_linked(connection))
    found = sorted(sorted(codes) for codes in linked if not seeds.isdisjoint(codes))
    if sum(map(len, found)) > REPLAYED_CODES_MAX:
        raise refusal(
            "E1510",
            "$query.since",
            f"More than {REPLAYED_CODES_MAX:,} people have changed since then.",
            "Ask for a smaller place or from a later moment on.",
        )
    return found


async def _read(connection: Connection, groups_of_codes: Sequence[Sequence[str]]) -> list[Group]:
    book = Book(connection)
    facts: dict[str, list[Fact]] = defaultdict(list)
    for fact in await book.facts_of(chain.from_iterable(groups_of_codes)):
        facts[fact.subject].append(fact)
    erased = await book.erased_among(list(chain.from_iterable(groups_of_codes)))
    return [
        Group([fact for code in codes for fact in facts[code]], erased.intersection(codes))
        for codes in groups_of_codes
    ]


def _slices(groups_of_codes: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    """As many groups as are read at once."""
    some: list[list[str]] = []
    for codes in groups_of_codes:
        some.append(codes)
        if sum(map(len, some)) >= SLICE_CODES:
            yield some
            some = []
    if some:
        yield some


def _tell(told: Told, change: Change, group: Group, asked: Asked) -> None:
    """Count a change, and keep its entries if they are of the page."""
    tally = told.between[change.table.name].setdefault(change.step.reason, Tally())
    tally.net = tally.net.plus(change.net)
    tally.came += len(change.came)
    tally.went += len(change.went)
    for has_come, moved in ((False, change.went), (True, change.came)):
        first = told.in_all
        told.in_all += len(moved)
        shown = [each for n, each in enumerate(moved, start=first) if n in asked.page]
        if shown:
            told.moved += _moved(change, shown, group, (asked.bucket, has_come))


def _moved(
    change: Change, shown: Sequence[Counting], group: Group, how: tuple[str | None, bool]
) -> Iterator[Moved]:
    """Entries with the facts that they rest on (or did), and those that made them move."""
    bucket, has_come = how
    then = [*change.then, *change.step.facts] if has_come else change.then
    wanted = {subject for subject, _ in shown}
    people = {
        subject: Person(history, group.erased, [change.table.indicator])
        for subject, history in histories_of(then, group.facts).items()
        if subject in wanted
    }
    for subject, entry in shown:
        explained = people[subject].explain(entry, subject)
        because = _because(change, (subject, entry), explained, group, bucket)
        told = tuple(fact for fact in because if codes_of([fact]).isdisjoint(group.erased))
        yield Moved(change.step.reason, has_come, explained, told if explained.subject else ())


def _because(
    change: Change, counting: Counting, explained: Explained, group: Group, bucket: str | None
) -> Iterable[Fact]:
    """The facts of the step that made the entry move; of very many only those it rests on."""
    facts = change.step.facts
    if len(facts) == 1:
        return facts
    if len(group.facts) <= CAUSES_FACTS_MAX:
        return causes(change, counting, group.facts, bucket)
    rests = {id(fact) for fact in explained.facts}
    return (fact for fact in facts if id(fact) in rests)
