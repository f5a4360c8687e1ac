"""Replays what was recorded since an instant; folds only the persons who have changed."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import NamedTuple

from runtime.process.clock import belgrade_day
from runtime.storage.pool import Connection
from schemas.validation.problems import refusal
from services.reporting.domain.as_of import facts_by_subject
from services.reporting.domain.history import Fact
from services.reporting.domain.linked_codes import linked_groups
from services.reporting.lineage.attribution import (
    NO_CONTRIBUTION,
    ChangeReason,
    Contribution,
    Interval,
    NumberChange,
    attribute_changes,
    causing_facts,
)
from services.reporting.lineage.entry_lineage import EntryLineage, SubjectLineage
from services.reporting.lineage.number_lineage import SLICE_CODES
from services.reporting.lineage.queries import LineageQueries
from services.reporting.projection.repository import ProjectionRepository
from services.reporting.queries.as_of import candidate_subjects
from services.reporting.queries.fact_effects import subject_codes
from services.reporting.queries.fact_queries import FactQueries
from services.reporting.tables.in_memory import SubjectEntry
from services.reporting.tables.table import Table

_REPLAYED_CODES_MAX = 50_000
"""Codes replayed for one response: about ten seconds."""
_CAUSES_FACTS_MAX = 50
"""For persons with more facts, the causing facts are not narrowed down."""
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
"""Later than every recorded fact."""


@dataclass(frozen=True, slots=True)
class ChangeQuery:
    """Which numbers (one per table), between which instants, and which page of changed entries.

    `until` is None for now; `bucket` is None for the totals.
    """

    tables: Sequence[Table]
    bucket: str | None
    since: datetime
    until: datetime | None
    page: range


class EntryChange(NamedTuple):
    """An added or removed entry, the reason, and the facts that caused it."""

    reason: ChangeReason
    is_added: bool
    lineage: EntryLineage
    caused_by: tuple[Fact, ...]


@dataclass(slots=True)
class ReasonTotal:
    """What one reason changed in a number."""

    net: Contribution = NO_CONTRIBUTION
    added: int = 0
    removed: int = 0


@dataclass(slots=True)
class ReplayResult:
    """Changes by measure and reason, and one page of the changed entries.

    `by_measure` covers the two instants; `later` is what changed after the second.
    """

    by_measure: dict[str, dict[ChangeReason, ReasonTotal]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    later: dict[str, Contribution] = field(
        default_factory=lambda: defaultdict(lambda: NO_CONTRIBUTION)
    )
    entry_changes: list[EntryChange] = field(default_factory=list)
    entry_changes_total: int = 0

    def net(self, measure: str) -> Contribution:
        """Return the sum of all reasons between the two instants."""
        total = NO_CONTRIBUTION
        for each in self.by_measure[measure].values():
            total = total.add(each.net)
        return total


@dataclass(frozen=True, slots=True)
class _LinkedFacts:
    """All facts of codes that were ever linked, and which of the codes are erased."""

    facts: Sequence[Fact]
    erased: Collection[str]


async def replay_changes(
    connection: Connection, query: ChangeQuery, codes_max: int = _REPLAYED_CODES_MAX
) -> ReplayResult:
    """Replay, in order, what was recorded since the first instant.

    Refusal (E1510) if more than `codes_max` codes have changed.
    """
    between = Interval(query.since, query.until or END_OF_TIME, belgrade_day(query.since))
    later = Interval(between.until, END_OF_TIME, between.day)
    result = ReplayResult()
    if not query.tables:
        return result
    for codes in _slices(await _changed(connection, query, codes_max)):
        for group in await _read(connection, codes):
            for change in attribute_changes(group.facts, query.tables, query.bucket, between):
                _count(result, change, group, query)
            for change in attribute_changes(group.facts, query.tables, query.bucket, later):
                name = change.table.name
                result.later[name] = result.later[name].add(change.net)
            await asyncio.sleep(0)  # let the projection run
    return result


async def _changed(connection: Connection, query: ChangeQuery, codes_max: int) -> list[list[str]]:
    """Return the groups of codes that may count in the place and have newly recorded facts."""
    changed = await LineageQueries(connection).changed_since(query.since)
    candidates = await candidate_subjects(connection, query.tables, END_OF_TIME)
    linked = linked_groups(changed, await FactQueries(connection).recorded_merges())
    found = sorted(sorted(codes) for codes in linked if not candidates.isdisjoint(codes))
    if sum(map(len, found)) > codes_max:
        raise refusal(
            "E1510",
            "$query.since",
            f"More than {codes_max:,} codes have changed since then.",
            "Ask for a smaller place, or since a later instant.",
        )
    return found


async def _read(
    connection: Connection, groups_of_codes: Sequence[Sequence[str]]
) -> list[_LinkedFacts]:
    projection = ProjectionRepository(connection)
    facts: dict[str, list[Fact]] = defaultdict(list)
    for fact in await projection.facts_of(chain.from_iterable(groups_of_codes)):
        facts[fact.subject].append(fact)
    erased = await projection.erased_among(list(chain.from_iterable(groups_of_codes)))
    return [
        _LinkedFacts([fact for code in codes for fact in facts[code]], erased.intersection(codes))
        for codes in groups_of_codes
    ]


def _slices(groups_of_codes: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    """Yield as many groups as are read at once."""
    some: list[list[str]] = []
    for codes in groups_of_codes:
        some.append(codes)
        if sum(map(len, some)) >= SLICE_CODES:
            yield some
            some = []
    if some:
        yield some


def _count(
    result: ReplayResult, change: NumberChange, group: _LinkedFacts, query: ChangeQuery
) -> None:
    """Count a change, and keep its entries if they belong to the page."""
    reason_total = result.by_measure[change.table.name].setdefault(
        change.step.reason, ReasonTotal()
    )
    reason_total.net = reason_total.net.add(change.net)
    reason_total.added += len(change.added)
    reason_total.removed += len(change.removed)
    for is_added, entries in ((False, change.removed), (True, change.added)):
        first = result.entry_changes_total
        result.entry_changes_total += len(entries)
        shown = [each for n, each in enumerate(entries, start=first) if n in query.page]
        if shown:
            result.entry_changes += _entry_changes(change, shown, group, (query.bucket, is_added))


def _entry_changes(
    change: NumberChange,
    shown: Sequence[SubjectEntry],
    group: _LinkedFacts,
    side: tuple[str | None, bool],
) -> Iterator[EntryChange]:
    """Yield entries with their supporting facts and the facts that added or removed them."""
    bucket, is_added = side
    known = [*change.known_before, *change.step.facts] if is_added else change.known_before
    wanted = {subject for subject, _ in shown}
    lineages = {
        subject: SubjectLineage(history, group.erased, [change.table.indicator])
        for subject, history in facts_by_subject(known, group.facts).items()
        if subject in wanted
    }
    for subject, entry in shown:
        lineage = lineages[subject].trace(entry, subject)
        caused_by = _caused_by(change, (subject, entry), lineage, group, bucket)
        causing = tuple(
            fact for fact in caused_by if subject_codes([fact]).isdisjoint(group.erased)
        )
        yield EntryChange(change.step.reason, is_added, lineage, causing if lineage.subject else ())


def _caused_by(
    change: NumberChange,
    subject_entry: SubjectEntry,
    lineage: EntryLineage,
    group: _LinkedFacts,
    bucket: str | None,
) -> Iterable[Fact]:
    """Return the causing facts; for persons with many facts, those that support the entry."""
    facts = change.step.facts
    if len(facts) == 1:
        return facts
    if len(group.facts) <= _CAUSES_FACTS_MAX:
        return causing_facts(change, subject_entry, group.facts, bucket)
    supporting = {id(fact) for fact in lineage.facts}
    return (fact for fact in facts if id(fact) in supporting)
