"""Compares a release with today's numbers, and finds out why they differ."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from runtime.context import Context
from runtime.process.clock import belgrade_day
from runtime.storage.pool import Connection
from services.reporting.completeness.loading import completeness_for_values, expected_completeness
from services.reporting.completeness.model import Completeness, mark_silent_zeros
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import Basis
from services.reporting.domain.linked_codes import linked_groups
from services.reporting.indicators import catalogue
from services.reporting.lineage.attribution import ChangeReason
from services.reporting.lineage.replay import END_OF_TIME
from services.reporting.projection.fingerprint import definitions_fingerprint
from services.reporting.projection.repository import ProjectionRepository
from services.reporting.publication.policy import is_live
from services.reporting.queries.as_of import batches, candidate_subjects, table_entries_as_of
from services.reporting.queries.fact_queries import FactQueries
from services.reporting.queries.snapshot import snapshot
from services.reporting.releases.change_reasons import facts_by_person, reasons_by_table
from services.reporting.releases.model import (
    Release,
    ReleaseValue,
    StepHistory,
    counted_value,
    differs,
)
from services.reporting.releases.repository import ReleaseRepository
from services.reporting.releases.snapshot import period_tables, read_values, release_value
from services.reporting.tables.in_memory import values_in_memory
from services.reporting.tables.table import Table, Value, ValueState


@dataclass(frozen=True, slots=True)
class ValueComparison:
    """One value of a release and of today; None where the bucket had no entries."""

    table: Table
    bucket: str
    frozen: ReleaseValue | None
    now: ReleaseValue | None

    @property
    def differs(self) -> bool:
        """Whether the number has changed; the end of a waiting period is no change.

        A missing bucket and one that counts nothing are equal. A withheld number is unknown, and
        so does not differ.
        """
        if self.frozen is None or self.now is None:
            return bool(_number(self.frozen) or _number(self.now))
        return differs(self.frozen, self.now)

    @property
    def difference(self) -> Decimal | None:
        """Today's number minus the frozen one; None if either has no number."""
        frozen, now = _number(self.frozen), _number(self.now)
        if self.frozen is None or self.now is None:
            return (now or Decimal(0)) - (frozen or Decimal(0))
        return None if frozen is None or now is None else now - frozen


def compare_values(
    tables: Sequence[Table], frozen: Iterable[ReleaseValue], now: Iterable[ReleaseValue]
) -> list[ValueComparison]:
    """Pair the values of these tables, table by table, buckets sorted by name."""
    then, today = _by_cell(frozen), _by_cell(now)
    found: list[ValueComparison] = []
    for table in tables:
        key = (table.indicator.id, table.measure.name, table.split)
        was, is_now = then[key], _spread(today[key], then[key])
        found += [
            ValueComparison(table, bucket, was.get(bucket), is_now.get(bucket))
            for bucket in sorted(was.keys() | is_now.keys())
        ]
    return found


def _spread(now: dict[str, ReleaseValue], frozen: Iterable[str]) -> dict[str, ReleaseValue]:
    """Return a table's values by bucket; if the table is withheld, so is every frozen bucket."""
    for row in now.values():
        if row.state is ValueState.WITHHELD:
            return dict.fromkeys(frozen, row) or now
    return now


def differing_tables(rows: Iterable[ValueComparison]) -> list[Table]:
    """Return the tables in which a number differs."""
    return list(dict.fromkeys(row.table for row in rows if row.differs))


_Cells = dict[tuple[str, str, str], dict[str, ReleaseValue]]


def _by_cell(rows: Iterable[ReleaseValue]) -> _Cells:
    """Index values by table and bucket."""
    found: _Cells = defaultdict(dict)
    for row in rows:
        found[row.cell[:3]][row.bucket] = row
    return found


def _number(row: ReleaseValue | None) -> Decimal | None:
    return None if row is None else counted_value(row)


@dataclass(frozen=True, slots=True)
class ReleaseComparison:
    """A release, the tables it has or could have, and their values side by side."""

    release: Release
    history: StepHistory
    frozen: Sequence[ReleaseValue]
    tables: Sequence[Table]
    rows: Sequence[ValueComparison]
    reasons: Mapping[Table, Iterable[str]]


async def compare_with_today(
    context: Context, release: Release, *, is_exact: bool
) -> ReleaseComparison:
    """Compare the entire release if `is_exact`, else only its published totals (class A).

    For exact readers the reasons are computed; others get the reasons that were stored.
    """
    tables = period_tables(catalogue(context.declared), release.place, release.period)
    completeness = await completeness_for_values(
        context.pool, release.place, expected_completeness(context)
    )
    shown = [table for table in tables if is_exact or is_live(table)]
    async with snapshot(context.pool) as connection:
        repository = ReleaseRepository(connection)
        frozen = await repository.rows(release.id)
        now = await read_values(connection, shown, belgrade_day(context.clock()))
        rows = compare_values(
            shown, frozen, now if is_exact else _as_published(shown, now, completeness)
        )
        changed = differing_tables(rows)
        return ReleaseComparison(
            release=release,
            history=await repository.history(release.place, str(release.period)),
            frozen=frozen,
            tables=tables,
            rows=rows,
            reasons=(
                await explain_differences(connection, changed, release, definitions_fingerprint())
                if is_exact
                else await _stored_reasons(repository, changed, release)
            ),
        )


def _as_published(
    tables: Iterable[Table], rows: Iterable[ReleaseValue], completeness: Completeness
) -> list[ReleaseValue]:
    """Return the values as published: `silent` instead of a zero that may be missing reports."""
    by_name = {table.name: table for table in tables}
    found: list[ReleaseValue] = []
    for row in rows:
        table = by_name[f"{row.indicator}.{row.measure}"]
        (seen,) = mark_silent_zeros(table, [Value(row.bucket, row.value, row.state)], completeness)
        found.append(row._replace(value=seen.value, state=seen.state))
    return found


async def _stored_reasons(
    repository: ReleaseRepository, tables: Iterable[Table], release: Release
) -> Mapping[Table, Iterable[str]]:
    reasons = await repository.reasons(release.id)
    return {table: reasons.get(table.indicator.id, ()) for table in tables}


async def explain_differences(
    connection: Connection,
    tables: Sequence[Table],
    release: Release,
    fingerprint: bytes,
) -> Mapping[Table, set[ChangeReason]]:
    """Return why these tables differ; `fingerprint` is that of today's definitions."""
    found: dict[Table, set[ChangeReason]] = defaultdict(set)
    async for facts in _facts_of_persons(connection, tables, release.read_at):
        for table, reasons in reasons_by_table(tables, facts, release.read_at).items():
            found[table] |= reasons
    is_other = fingerprint != release.definitions_fingerprint
    explained = [table for table in tables if found[table]]
    redefined = await _redefined(connection, explained, release) if is_other else set()
    for table in tables:
        is_new = table.indicator.version != release.definitions.get(table.indicator.id)
        if is_new or table in redefined:
            found[table].add(ChangeReason.DEFINITION)
        elif not found[table]:
            found[table].add(_remaining_reason(table, is_other=is_other))
    return found


async def _redefined(
    connection: Connection, tables: Sequence[Table], release: Release
) -> set[Table]:
    """Return the tables that today's definitions would have frozen otherwise.

    An as-of table follows today's consent; measures that depend on consent prove nothing.
    """
    comparable = [table for table in tables if table.measure.basis is not Basis.CONSENT]
    if not comparable:
        return set()
    entries = await table_entries_as_of(connection, comparable, release.read_at)
    day = belgrade_day(release.read_at)
    then = [
        release_value(table, each)
        for table in comparable
        for each in values_in_memory(table, entries, day)
    ]
    frozen = await ReleaseRepository(connection).rows(release.id)
    return set(differing_tables(compare_values(comparable, frozen, then)))


async def _facts_of_persons(
    connection: Connection, tables: Sequence[Table], since: datetime
) -> AsyncIterator[Sequence[Fact]]:
    """Yield the facts of each person who has facts recorded since, one person after the other."""
    if not tables:
        return
    projection = ProjectionRepository(connection)
    candidates = await candidate_subjects(connection, tables, END_OF_TIME)
    linked = list(linked_groups(candidates, await FactQueries(connection).recorded_merges()))
    changed = await ReleaseRepository(connection).subjects_changed_since(
        [code for codes in linked for code in codes], since
    )
    for codes in batches(codes for codes in linked if not changed.isdisjoint(codes)):
        for facts in facts_by_person(await projection.facts_of(codes)):
            yield facts
            await asyncio.sleep(0)  # let the projection run


def _remaining_reason(table: Table, *, is_other: bool) -> ChangeReason:
    """Return why a table differs if no fact recorded since has changed it."""
    if is_other:
        return ChangeReason.DEFINITION
    # Today's consent applies to every instant; the rest was recorded before the tables were read
    # and projected after.
    return ChangeReason.CONSENT if table.measure.basis is Basis.CONSENT else ChangeReason.LATE
