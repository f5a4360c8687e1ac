"""Tables as of an instant: reads facts, folds them, and counts the entries in memory."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import date, datetime

from runtime.storage.pool import Connection, Pool
from schemas.territory import councils_in
from services.reporting.domain.as_of import entries_as_of
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import Entry, MeasureKind, PlaceRule
from services.reporting.domain.linked_codes import linked_groups
from services.reporting.queries.fact_queries import CandidateFilter, FactQueries
from services.reporting.queries.snapshot import long_snapshot
from services.reporting.queries.values import TableValues
from services.reporting.tables.holds import withheld_values
from services.reporting.tables.in_memory import values_in_memory
from services.reporting.tables.queries import TableQueries
from services.reporting.tables.table import Table, codes_counted_for

BATCH_CODES = 500
"""Folded at once: some hundredths of a second, so that the live projection hardly waits."""

ProgressCallback = Callable[[int, int], None]
"""Takes the number of codes that are done, and of all codes."""


def ignore_progress(_done: int, _total: int) -> None:
    """Do nothing: the default where nobody follows the progress."""


async def values_as_of(
    pool: Pool,
    tables: Sequence[Table],
    instant: datetime,
    today: date,
    report: ProgressCallback = ignore_progress,
) -> TableValues:
    """Return the values of tables of one place; `today` decides which cohorts are pending.

    They are computed from facts: only holds on facts withhold them.
    """
    async with long_snapshot(pool) as connection:
        holds = (await TableQueries(connection).holds()).on_facts()
        certain = [table for table in tables if not holds.cover(table)]
        entries = await table_entries_as_of(connection, certain, instant, report) if certain else []
    return [
        (
            table,
            withheld_values(table)
            if holds.cover(table)
            else values_in_memory(table, entries, today),
        )
        for table in tables
    ]


async def table_entries_as_of(
    connection: Connection,
    tables: Sequence[Table],
    instant: datetime,
    report: ProgressCallback = ignore_progress,
) -> list[tuple[str, Entry]]:
    """Return (canonical code, entry) of these tables' measures, of all candidate subjects."""
    names = {name for table in tables for name in (table.name, table.observed_measure)}
    definitions = list(dict.fromkeys(table.indicator for table in tables))
    found: list[tuple[str, Entry]] = []
    async for facts in _candidate_facts(connection, tables, instant, report):
        known = entries_as_of(facts, definitions, instant)
        found += [(subject, entry) for subject, entry in known if entry.measure in names]
    return found


async def _candidate_facts(
    connection: Connection,
    tables: Sequence[Table],
    instant: datetime,
    report: ProgressCallback = ignore_progress,
) -> AsyncIterator[list[Fact]]:
    """Yield all facts of the subjects that may count in one of the tables as of an instant.

    Batch by batch; all facts of one person, under all codes ever linked, are in one batch.
    """
    queries = FactQueries(connection)
    subjects = await candidate_subjects(connection, tables, instant)
    groups = list(linked_groups(subjects, await queries.recorded_merges()))
    done, total = 0, sum(map(len, groups))
    for codes in batches(groups):
        report(done, total)
        yield await queries.facts_of(codes)
        done += len(codes)
    report(done, total)


async def candidate_subjects(
    connection: Connection, tables: Sequence[Table], instant: datetime
) -> set[str]:
    """Return the codes with a fact that counts at the place, or makes another one count there."""
    counted = [table for table in tables if table.measure.kind is not MeasureKind.OBSERVED]
    types = {event.TYPE.rpartition(".v")[0] for table in counted for event in table.measure.of}
    by_residence = [t.place for t in counted if t.indicator.place_rule is PlaceRule.RESIDENCE]
    wanted = CandidateFilter(
        types=list(types),
        places=_codes_counted_at(table.place for table in counted),
        residences=_codes_counted_at(by_residence),
    )
    found = await FactQueries(connection).candidate_subjects(wanted, instant)
    return found | _series(tables)


def batches(groups: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    """Yield the codes of so many groups as are folded at once; no group is divided."""
    codes: list[str] = []
    for group in groups:
        codes += group
        if len(codes) >= BATCH_CODES:
            yield codes
            codes = []
    if codes:
        yield codes


def _series(tables: Iterable[Table]) -> set[str]:
    """Return the subjects of the observed measures; that of a base is its figure's series."""
    names = [table.measure.name for table in tables if table.measure.kind is MeasureKind.OBSERVED]
    return {f"s-{each}" for name in names for each in (name, name.removesuffix("_base"))}


def _codes_counted_at(places: Iterable[str]) -> list[str]:
    """Return the municipality codes whose facts count at these places."""
    return codes_counted_for(frozenset[str]().union(*map(councils_in, set(places))))
