"""Reads the entries of a number: counts first, then folds the persons of one page or batch."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate

from runtime.storage.pool import Connection
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import Indicator
from services.reporting.lineage.entry_lineage import (
    EntryLineage,
    NumberPart,
    PartSize,
    SubjectLineage,
    count_parts,
    sum_parts,
)
from services.reporting.lineage.parameters import PageCursor
from services.reporting.lineage.queries import CellFilter, LineageQueries, PageStart, StoredEntry
from services.reporting.projection.repository import ProjectionRepository
from services.reporting.tables.in_memory import contributing_entries
from services.reporting.tables.queries import TableQueries
from services.reporting.tables.table import (
    BEGINNING,
    TOTAL,
    BucketCount,
    Table,
    Value,
    table_values,
)

_SOURCE_PARTS_SUBJECTS_MAX = 10_000
"""Up to so many persons, parts are by source and month (some seconds); above, by month only."""
SLICE_CODES = 100
"""Read and folded at once: on a busy machine too, far below the idle limit of a session."""

_FIRST_PAGE = PageStart(BEGINNING, 0)


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries of a number, the facts of their subjects, and the cursor of the next page."""

    rows: Sequence[StoredEntry]
    lineages: Mapping[str, SubjectLineage]
    next: PageCursor | None

    async def trace(self) -> list[EntryLineage]:
        """Return each entry with its supporting facts; uses no database."""
        found: list[EntryLineage] = []
        for row in self.rows:
            person = self.lineages[row.subject]
            found += (person.trace(row.entry, row.subject) for _ in range(row.times))
            await asyncio.sleep(0)  # let the projection run
        return found


class NumberLineage:
    """The entries of some tables of one indicator, within one snapshot."""

    def __init__(self, connection: Connection, tables: Sequence[Table], bucket: str | None) -> None:
        self._connection = connection
        self._queries = LineageQueries(connection)
        self._tables = tables
        self._bucket = bucket

    async def size(self) -> Mapping[str, PartSize]:
        """Return the counts of persons and entries by measure."""
        return {
            name: await self._queries.size(cell) for name, cell in (await self._cells()).items()
        }

    async def parts(
        self, subjects_max: int = _SOURCE_PARTS_SUBJECTS_MAX
    ) -> Mapping[NumberPart, PartSize]:
        """Return the entries by month and by the source of the counted fact.

        By month only if more than `subjects_max` persons count.
        """
        cells = await self._cells()
        found = [code for cell in cells.values() for code in await self._queries.subjects(cell)]
        codes = list(dict.fromkeys(found))
        if len(codes) > subjects_max:
            months = [await self._queries.by_month(cell) for cell in cells.values()]
            return {part: size for each in months for part, size in each.items()}
        return sum_parts([each async for each in self._parts(codes)])

    async def page(self, after: PageCursor | None, limit: int) -> EntryPage:
        """Return entries in a stable order; equal entries of one person stay on one page."""
        rows = await self._rows(after, limit + 1)
        fitting = sum(times <= limit for times in accumulate(row.times for row in rows))
        page = rows[: max(fitting, 1)]
        codes = list(dict.fromkeys(row.subject for row in page))
        lineages: dict[str, SubjectLineage] = {}
        for begin in range(0, len(codes), SLICE_CODES):
            lineages |= await self._lineages(codes[begin : begin + SLICE_CODES])
        return EntryPage(page, lineages, _end(page, after) if len(page) < len(rows) else None)

    async def _parts(self, codes: Sequence[str]) -> AsyncIterator[Counter[NumberPart]]:
        for begin in range(0, len(codes), SLICE_CODES):
            some = codes[begin : begin + SLICE_CODES]
            lineages = await self._lineages(some)
            for table in self._tables:
                own: dict[str, list[StoredEntry]] = defaultdict(list)
                for name in {table.name, table.observed_measure}:
                    for row in await self._queries.entries_of(some, name):
                        own[row.subject].append(row)
                for code, stored in own.items():
                    counting = [(code, row.entry) for row in stored]
                    inside = contributing_entries(table, counting, self._bucket)
                    yield count_parts(lineages[code], (entry for _, entry in inside))

    async def _rows(self, after: PageCursor | None, limit: int) -> list[StoredEntry]:
        """Return distinct entries, measures in the order of the definition."""
        names = [table.measure.name for table in self._tables]
        first = names.index(after.measure) if after else 0
        start = PageStart(after.on, after.skip) if after else _FIRST_PAGE
        rows: list[StoredEntry] = []
        cells = await self._cells()
        for table in self._tables[first:]:
            if table.name in cells and len(rows) < limit:
                rows += await self._queries.page(cells[table.name], start, limit - len(rows))
            start = _FIRST_PAGE
        return rows

    async def _cells(self) -> Mapping[str, CellFilter]:
        found = [await self._queries.cell(table, self._bucket) for table in self._tables]
        return {cell.measure: cell for cell in found if cell is not None}

    async def _lineages(self, codes: Sequence[str]) -> Mapping[str, SubjectLineage]:
        return await _load_lineages(self._connection, codes, [self._tables[0].indicator])


async def _load_lineages(
    connection: Connection, codes: Sequence[str], definitions: Sequence[Indicator]
) -> Mapping[str, SubjectLineage]:
    """Load the stored subjects of these codes, each with the facts of all its codes."""
    projection = ProjectionRepository(connection)
    locked = await projection.linked_subjects(codes)
    names = {each.id: each.code for each in locked.values()}
    facts: dict[str, list[Fact]] = {code: [] for code in codes}
    for fact in await projection.facts_of(locked):
        facts[names[locked[fact.subject].canonical_id]].append(fact)
    erased = await projection.erased_among(locked)
    return {code: SubjectLineage(own, erased, definitions) for code, own in facts.items()}


async def exact_values(
    exact: TableQueries, tables: Sequence[Table], bucket: str | None, today: date
) -> list[tuple[Table, list[Value]]]:
    """Return the exact values of the tables, or of one bucket."""
    return [
        (table, select_bucket(bucket, table, await exact.values(table, today), today))
        for table in tables
    ]


def select_bucket(
    bucket: str | None, table: Table, values: Sequence[Value], today: date
) -> list[Value]:
    """Return the value of one bucket if one is requested; 0 for a bucket without entries."""
    if bucket is None or table.split == TOTAL:
        return list(values)
    found = [value for value in values if value.bucket in (bucket, None)]
    return found or table_values(table, [BucketCount(bucket, 0, Decimal(0), 0)], today)


def _end(page: Sequence[StoredEntry], after: PageCursor | None) -> PageCursor:
    """Return the cursor after the last of these entries."""
    entry = page[-1].entry
    measure = entry.measure.partition(".")[2]
    day = [row for row in page if (row.entry.measure, row.entry.on) == (entry.measure, entry.on)]
    skipped = after.skip if after and (after.measure, after.on) == (measure, entry.on) else 0
    return PageCursor(measure=measure, on=entry.on, skip=len(day) + skipped)
