"""Reads all tables of a council's period, exact, from one instant of the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from runtime.postgres import Connection, Pool
from schemas.periods import Period
from services.reporting.answering.reading import one_instant
from services.reporting.closing.model import Row
from services.reporting.closing.store import Archive, Foundation
from services.reporting.counting.indicator import Indicator
from services.reporting.tables.store import Tables
from services.reporting.tables.table import TOTAL, Table, Value


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Numbers, and what they rest on."""

    foundation: Foundation
    rows: Sequence[Row]


def all_tables(definitions: Iterable[Indicator], place: str, period: Period) -> list[Table]:
    """Every measure with its total and all its splits."""
    return [
        Table(indicator, measure, place, period, split)
        for indicator in definitions
        for measure in indicator.measures
        for split in (TOTAL, *(each.name for each in indicator.splits_of(measure)))
    ]


async def snapshot(pool: Pool, tables: Sequence[Table], today: date) -> Snapshot:
    """The tables as they are on a day, all from one instant."""
    async with one_instant(pool) as connection:
        foundation = await Archive(connection).foundation()
        return Snapshot(foundation, await read(connection, tables, today))


async def read(connection: Connection, tables: Iterable[Table], today: date) -> list[Row]:
    """The rows of the tables, as the connection's transaction sees them."""
    exact = await Tables.at_one_instant(connection)
    return [row_of(table, value) for table in tables for value in await exact.values(table, today)]


def row_of(table: Table, value: Value) -> Row:
    """A number of a table, as a release keeps it."""
    return Row(
        table.indicator.id,
        table.measure.name,
        table.split,
        value.bucket or TOTAL,
        value.value,
        value.state,
    )
