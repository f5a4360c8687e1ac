"""Reads what is behind numbers: counts first, then folds the persons of one page or slice."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate

from runtime.postgres import Connection
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Indicator
from services.reporting.explaining.behind import Explained, Part, Person, Size, parts_of, sizes
from services.reporting.explaining.question import After
from services.reporting.explaining.store import Cell, Place, Row, Shelf
from services.reporting.folding.store import Book
from services.reporting.tables.memory import behind
from services.reporting.tables.store import Tables
from services.reporting.tables.table import BEGINNING, TOTAL, Counted, Table, Value, shown

PARTS_PERSONS_MAX = 10_000
"""Of so many persons the sources are told apart, in some seconds; of more only the months."""
SLICE_CODES = 100
"""Read and folded at once: on a crowded machine too, far below the time a session may idle."""

FROM_THE_BEGINNING = Place(BEGINNING, 0)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the entries behind numbers, who counts in them, and where the next ones are."""

    rows: Sequence[Row]
    people: Mapping[str, Person]
    next: After | None

    async def explained(self) -> list[Explained]:
        """Each entry with the facts on which it rests; the database is not needed any more."""
        found: list[Explained] = []
        for row in self.rows:
            person = self.people[row.subject]
            found += (person.explain(row.entry, row.subject) for _ in range(row.times))
            await asyncio.sleep(0)  # the fold goes on meanwhile
        return found


class Behind:
    """What is behind the numbers of some tables of one indicator, at one instant."""

    def __init__(self, connection: Connection, tables: Sequence[Table], bucket: str | None) -> None:
        self._connection = connection
        self._shelf = Shelf(connection)
        self._tables = tables
        self._bucket = bucket

    async def size(self) -> Mapping[str, Size]:
        """How many persons and entries there are, by the name of the measure."""
        return {name: await self._shelf.size(cell) for name, cell in (await self._cells()).items()}

    async def parts(self) -> Mapping[Part, Size]:
        """The entries by the source of the fact that counts and by month.

        Where too many persons count, by month only.
        """
        cells = await self._cells()
        found = [code for cell in cells.values() for code in await self._shelf.subjects(cell)]
        codes = list(dict.fromkeys(found))
        if len(codes) > PARTS_PERSONS_MAX:
            months = [await self._shelf.by_month(cell) for cell in cells.values()]
            return {part: size for each in months for part, size in each.items()}
        return sizes([each async for each in self._parts(codes)])

    async def page(self, after: After | None, limit: int) -> Page:
        """Entries in a stable order; equal ones of one person are not parted."""
        rows = await self._rows(after, limit + 1)
        fitting = sum(times <= limit for times in accumulate(row.times for row in rows))
        told = rows[: max(fitting, 1)]
        codes = list(dict.fromkeys(row.subject for row in told))
        people: dict[str, Person] = {}
        for begin in range(0, len(codes), SLICE_CODES):
            people |= await self._people(codes[begin : begin + SLICE_CODES])
        return Page(told, people, _end(told, after) if len(told) < len(rows) else None)

    async def _parts(self, codes: Sequence[str]) -> AsyncIterator[Counter[Part]]:
        for begin in range(0, len(codes), SLICE_CODES):
            some = codes[begin : begin + SLICE_CODES]
            people = await self._people(some)
            for table in self._tables:
                mine: dict[str, list[Row]] = defaultdict(list)
                for name in {table.name, table.observed}:
                    for row in await self._shelf.entries_of(some, name):
                        mine[row.subject].append(row)
                for code, stored in mine.items():
                    counting = [(code, row.entry) for row in stored]
                    inside = behind(table, counting, self._bucket)
                    yield parts_of(people[code], (entry for _, entry in inside))

    async def _rows(self, after: After | None, limit: int) -> list[Row]:
        """Different entries, the measures in the order of the definition."""
        names = [table.measure.name for table in self._tables]
        first = names.index(after.measure) if after else 0
        at = Place(after.on, after.passed) if after else FROM_THE_BEGINNING
        rows: list[Row] = []
        cells = await self._cells()
        for table in self._tables[first:]:
            if table.name in cells and len(rows) < limit:
                rows += await self._shelf.page(cells[table.name], at, limit - len(rows))
            at = FROM_THE_BEGINNING
        return rows

    async def _cells(self) -> Mapping[str, Cell]:
        found = [await self._shelf.cell(table, self._bucket) for table in self._tables]
        return {cell.measure: cell for cell in found if cell is not None}

    async def _people(self, codes: Sequence[str]) -> Mapping[str, Person]:
        return await people_of(self._connection, codes, [self._tables[0].indicator])


async def people_of(
    connection: Connection, codes: Sequence[str], definitions: Sequence[Indicator]
) -> Mapping[str, Person]:
    """The stored subjects that these codes name, each with the facts of all its codes."""
    book = Book(connection)
    locked = await book.components(codes)
    names = {each.id: each.code for each in locked.values()}
    told: dict[str, list[Fact]] = {code: [] for code in codes}
    for fact in await book.facts_of(locked):
        told[names[locked[fact.subject].root]].append(fact)
    erased = await book.erased_among(locked)
    return {code: Person(facts, erased, definitions) for code, facts in told.items()}


async def exact_values(
    exact: Tables, tables: Sequence[Table], bucket: str | None, today: date
) -> list[tuple[Table, list[Value]]]:
    """The exact numbers; of one bucket, if one is meant."""
    return [
        (table, one_bucket(bucket, table, await exact.values(table, today), today))
        for table in tables
    ]


def one_bucket(
    bucket: str | None, table: Table, values: Sequence[Value], today: date
) -> list[Value]:
    """The value of one bucket, if one is meant; what nobody counts in is 0."""
    if bucket is None or table.split == TOTAL:
        return list(values)
    found = [value for value in values if value.bucket in (bucket, None)]
    return found or shown(table, [Counted(bucket, 0, Decimal(0), 0)], today)


def _end(told: Sequence[Row], after: After | None) -> After:
    """After the last of these entries, as `Place` counts."""
    entry = told[-1].entry
    measure = entry.measure.partition(".")[2]
    day = [row for row in told if (row.entry.measure, row.entry.on) == (entry.measure, entry.on)]
    begun = after.passed if after and (after.measure, after.on) == (measure, entry.on) else 0
    return After(measure=measure, on=entry.on, passed=len(day) + begun)
